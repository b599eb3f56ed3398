//! What was typed. Nothing here decides what it means.

mod cluster;
mod name;
mod script;
mod submit;
mod view;
mod workflow;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use cluster::{ChangeArgs, DeleteArgs, GetArgs, GetFormat, Goal, PhaseArg, VersionArgs, WaitArgs};
pub use name::{Target, is_kind, object_name, without_kind};
pub use script::{JobArgs, RepjobArgs, ToolArgs};
pub use submit::{DryRun, SubmitArgs, SubmitFiles, SubmitFormat, SubmitKind, SubmitOptions};
pub use view::{DescribeArgs, LogsArgs, TreeArgs, WatchArgs};
pub use workflow::WorkflowArgs;

use crate::wfformat::{self, Commands};

/// Check, run and follow Executions: DAGs of jobs on Kubernetes or on this machine
#[derive(Parser, Debug)]
#[command(name = "kubectl-gene", bin_name = "kubectl gene", disable_version_flag = true)]
pub struct Cli {
    /// Whether messages have colours; auto: on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Whether messages have colours.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run Executions and workflows on this machine, without a cluster
    Run(RunArgs),
    /// Check files without running anything
    ///
    /// Prints one line for each file that can run, and for the others every fault with its line and what
    /// to do. The exit code is 0 where there are no errors (warnings do not count), else 1.
    Lint(LintArgs),
    /// Send Executions to a cluster
    ///
    /// The files are checked here first, as lint does under a cluster's limits; nothing is sent of files with
    /// errors. What is sent is the file's own document, or the Execution that a workflow is made into. A name that is
    /// taken is an error: choose another with --name, or delete or retry the Execution that has it. A workflow that
    /// names no Execution (executionName) gets a new name each time.
    #[command(
        visible_alias = "sub",
        after_help = "Examples:\n  kubectl gene submit wgs.yaml\n  kubectl gene submit wgs.yaml --name wgs-2 --wait\n  kubectl gene submit wgs.yaml --dry-run=server -o yaml\n  kubectl gene submit workflow wgs.yaml --tool-repo tools --input samples.csv --set lanes=4"
    )]
    Submit(Box<SubmitArgs>),
    /// List Executions, or print some
    #[command(
        after_help = "Examples:\n  kubectl gene get executions\n  kubectl gene get -A --phase Running --phase Failed\n  kubectl gene get wgs -o yaml\n  kubectl gene get wgs -o jsonpath='{.status.progress}'"
    )]
    Get(GetArgs),
    /// Delete Executions with their Jobs and pods
    ///
    /// Without --wait it returns as soon as the server knows; Jobs and pods go in the background.
    #[command(
        after_help = "Examples:\n  kubectl gene delete wgs\n  kubectl gene delete execution wgs --wait --timeout 2m\n  kubectl gene delete -l sample=s1 --ignore-not-found"
    )]
    Delete(DeleteArgs),
    /// Wait until Executions are in a phase, have a condition, or are gone
    ///
    /// Exit code 1 where the time is over, 3 where what is waited for cannot come any more: an Execution that
    /// failed will not succeed.
    #[command(
        after_help = "Examples:\n  kubectl gene wait wgs --for=phase=Succeeded --timeout 12h\n  kubectl gene wait wgs --for=condition=Suspended\n  kubectl gene wait wgs --for=delete"
    )]
    Wait(WaitArgs),
    /// Start nothing new; what runs goes on
    Suspend(ChangeArgs),
    /// Go on after a suspend
    Resume(ChangeArgs),
    /// End what runs and start nothing any more; only a retry leads on from there
    Cancel(ChangeArgs),
    /// Run again what failed or was ended, and what depends on it
    ///
    /// What succeeded stays. Mend the cause first: the tasks of an Execution cannot be changed, but what
    /// they use can (images, volumes, quotas).
    Retry(ChangeArgs),
    /// Show the tasks of an Execution, how far they are, and why they wait or failed
    #[command(
        after_help = "Examples:\n  kubectl gene tree wgs\n  kubectl gene tree wgs -w\n  kubectl gene tree wgs --expand | grep Failed"
    )]
    Tree(TreeArgs),
    /// Show an Execution until it ends: a live picture, or on a pipe one line per change
    ///
    /// The exit code is 0 where it succeeded, 3 where it failed, 130 after Ctrl-C.
    Watch(WatchArgs),
    /// Tell all about an Execution, a task or one vertex
    #[command(
        after_help = "Examples:\n  kubectl gene describe execution wgs\n  kubectl gene describe wgs/align\n  kubectl gene describe wgs/align/3"
    )]
    Describe(DescribeArgs),
    /// Print what vertices printed
    ///
    /// Of several vertices each line begins with the vertex: `align[3] | …`
    #[command(
        after_help = "Examples:\n  kubectl gene logs wgs/align/3\n  kubectl gene logs wgs -f\n  kubectl gene logs wgs --failed --tail 20"
    )]
    Logs(LogsArgs),
    /// Turn an Argo Workflow, or a WfFormat 1.5 recording, into an Execution
    ///
    /// Which of the two it is, the file says itself. The Execution goes to standard output. What of a Workflow
    /// (or `WorkflowTemplate`, or `CronWorkflow`) an Execution cannot say is listed on standard error: as an error where
    /// something else would run without it, else as a warning. A recording becomes one task for each recorded
    /// task, with its run time and memory as estimate.
    #[command(
        after_help = "Examples:\n  kubectl gene convert workflow.yaml --parameter sample=s1 > execution.yaml\n  kubectl gene convert recording.json --commands sleep=0.001 > execution.yaml"
    )]
    Convert(ConvertArgs),
    /// Print this program's version and the cluster's
    Version(VersionArgs),
    /// Print a shell completion script
    ///
    /// It completes the program kubectl-gene. For bash: source <(kubectl-gene completion bash); for zsh, a
    /// file _kubectl-gene in a directory of $fpath; for fish: kubectl-gene completion fish | source
    Completion(CompletionArgs),
}

/// `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Files with Executions or workflows; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What a vertex becomes
    #[arg(long, value_enum, default_value_t = RunnerKind::Process)]
    pub runner: RunnerKind,
    /// At most so many vertices at once (default: the number of cores)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub parallelism: Option<u32>,
    /// After a failure, still run what does not depend on it
    #[arg(long)]
    pub keep_going: bool,
    /// Where state and logs are kept (default: .gene/NAME)
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The directory that stands for a claim, or for the volume of that name
    #[arg(long = "volume", value_name = "CLAIM=DIR")]
    pub volumes: Vec<String>,
    /// The value of a variable that the file takes from elsewhere (`valueFrom`)
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Go on where an earlier run stopped or failed
    #[arg(long, conflicts_with = "fresh")]
    pub resume: bool,
    /// Start anew; the earlier run is kept once as DIR.previous
    #[arg(long)]
    pub fresh: bool,
    /// Print the finished Execution
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub output: Option<ObjectFormat>,
    #[command(flatten)]
    pub workflow: WorkflowArgs,
}

/// What a vertex becomes on this machine.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunnerKind {
    /// A process of this machine; images are not used
    Process,
    /// A container of the task's image
    Podman,
    /// A container of the task's image
    Docker,
}

/// How an object is printed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectFormat {
    /// As YAML
    Yaml,
    /// As JSON
    Json,
}

/// `lint`.
#[derive(Args, Debug)]
pub struct LintArgs {
    /// Files with Executions or workflows; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub workflow: WorkflowArgs,
}

/// `convert`.
#[derive(Args, Debug)]
pub struct ConvertArgs {
    /// An Argo Workflow or a WfFormat 1.5 recording; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// A Workflow's parameter, in place of the value in the file
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, String)>,
    /// Of a recording, the recorded commands (the default), or `sleep[=SCALE]`: sleep for the recorded time, times SCALE
    ///
    /// A task without a recorded command runs `true`, one without a recorded time sleeps 0 s; both are said.
    #[arg(long, value_name = "recorded|sleep[=SCALE]")]
    pub commands: Option<Commands>,
    /// The image of every task of a recording (default: busybox:1.37)
    #[arg(long, value_name = "IMAGE", value_parser = wfformat::image)]
    pub image: Option<String>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("want NAME=VALUE".to_owned()),
    }
}

/// `completion`.
#[derive(Args, Debug)]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: CompletionShell,
}

/// The shells for which there is a completion script.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionShell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

/// What was typed, or the exit code where that is already the answer: 0 for help, 2 for a mistake.
pub fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        let code = if error.use_stderr() { 2 } else { 0 };
        // Nobody is left to be told where even this cannot be written.
        let _ = error.print();
        ExitCode::from(code)
    })
}
