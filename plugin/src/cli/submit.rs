//! What was typed after `submit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{
    name::object_name,
    script::{JobArgs, RepjobArgs},
    workflow::WorkflowArgs,
};
use crate::cluster::ConnectionArgs;

/// `submit`.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
pub struct SubmitArgs {
    #[command(subcommand)]
    pub kind: Option<SubmitKind>,
    #[command(flatten)]
    pub files: SubmitFiles,
}

/// What is submitted, where a word says so.
#[derive(Subcommand, Debug)]
pub enum SubmitKind {
    /// Send workflows: files of tasks that name tools
    ///
    /// As without this word, but a file with anything else is refused.
    Workflow(SubmitFiles),
    /// Send a script as one job
    ///
    /// The script stands in the container, on the claim or in the image; nothing of it is read here.
    #[command(
        after_help = "Examples:\n  kubectl gene submit job /data/print.sh --tool nginx:latest --pvc data\n  kubectl gene submit job /data/print.sh --tool nginx:latest --pvc data --shell bash --memory 4G --wait"
    )]
    Job(SubmitScript<JobArgs>),
    /// Send each line of a script as a job
    ///
    /// A line "bash SCRIPT ARGUMENTS" or "sh SCRIPT ARGUMENTS" is a job; SCRIPT is an absolute path in the
    /// container. Other lines are not run, which is said.
    #[command(
        after_help = "Examples:\n  kubectl gene submit repjob ./align-all.sh --tool bwa:0.7.12 --pvc data --mount-path /data"
    )]
    Repjob(SubmitScript<RepjobArgs>),
}

/// A script to submit.
#[derive(Args, Debug)]
pub struct SubmitScript<S: Args> {
    #[command(flatten)]
    pub script: S,
    /// Where tools are: a file, a directory or an http(s) address; may be given several times (default: ~/kubegene/tools)
    #[arg(long, value_name = "PLACE")]
    pub tool_repo: Vec<String>,
    #[command(flatten)]
    pub options: SubmitOptions,
}

/// Files to submit.
#[derive(Args, Debug)]
pub struct SubmitFiles {
    /// Files with Executions or workflows; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub options: SubmitOptions,
    #[command(flatten)]
    pub workflow: WorkflowArgs,
}

/// How it is submitted.
#[derive(Args, Clone, Debug)]
pub struct SubmitOptions {
    /// Submit the one Execution of the files under this name
    #[arg(long, value_parser = object_name)]
    pub name: Option<String>,
    /// Submit nothing, and print it; workflow: the workflow with everything filled in (meant without a value); client:
    /// the Execution; server: the Execution as the server would store it
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = DryRun::None, default_missing_value = "workflow", num_args = 0..=1, require_equals = true, hide_possible_values = true, hide_default_value = true)]
    pub dry_run: DryRun,
    /// Wait for the end; exit code 3 if it failed
    #[arg(long, conflicts_with = "watch")]
    pub wait: bool,
    /// Follow it to its end; exit code 3 if it failed
    #[arg(long)]
    pub watch: bool,
    /// Print the Execution, or its name alone
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub output: Option<SubmitFormat>,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// What is shown of an Execution that is not to be created.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It is created
    None,
    /// The workflow with everything filled in; of a file with the Execution itself, as client
    Workflow,
    /// The Execution, as this program would send it
    Client,
    /// The Execution, as the server would store it
    Server,
}

impl DryRun {
    /// Whether the server has no part in it.
    pub fn is_local(self) -> bool {
        matches!(self, Self::Workflow | Self::Client)
    }
}

/// What `submit` prints.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitFormat {
    /// The name alone
    Name,
    /// The Execution as JSON
    Json,
    /// The Execution as YAML
    Yaml,
}
