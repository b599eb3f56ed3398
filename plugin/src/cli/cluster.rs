//! The commands that ask a cluster.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};

use super::{
    name::object_name,
    script::{JobArgs, RepjobArgs},
    workflow::WorkflowArgs,
};
use crate::cluster::{ConnectionArgs, connection::duration};

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

/// `get`.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own, as kubectl has it")]
pub struct GetArgs {
    /// Their names (default: all); the word `executions` may stand before them
    #[arg(value_name = "NAME", value_parser = object_name)]
    pub names: Vec<String>,
    /// Those of every namespace
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "names"])]
    pub all_namespaces: bool,
    /// Only those with these labels: a=b, a!=b, a in (b,c)
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "names")]
    pub selector: Option<String>,
    /// Only those in this phase; may be given several times, or several with commas between them
    #[arg(
        long = "phase",
        value_enum,
        value_name = "PHASE",
        value_delimiter = ',',
        conflicts_with = "names",
        ignore_case = true
    )]
    pub phases: Vec<PhaseArg>,
    /// wide, name, json, yaml, or jsonpath=TEMPLATE
    #[arg(short, long, value_name = "FORMAT", default_value = "table", hide_default_value = true)]
    pub output: GetFormat,
    /// Leave out the line with the names of the columns
    #[arg(long)]
    pub no_headers: bool,
    /// With json and yaml: print metadata.managedFields too
    #[arg(long)]
    pub show_managed_fields: bool,
    /// Go on printing what changes
    #[arg(short, long)]
    pub watch: bool,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// The phases of an Execution.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[value(rename_all = "PascalCase")]
pub enum PhaseArg {
    /// Nothing was done about it yet
    Pending,
    /// It is being worked on
    Running,
    /// All is done
    Succeeded,
    /// Something failed, was cancelled or took too long
    Failed,
    /// The Execution itself is at fault
    Error,
}

impl PhaseArg {
    /// The phase as the status writes it.
    pub fn as_status(self) -> &'static str {
        use gene_types::v1alpha1::status::phase;
        match self {
            Self::Pending => phase::NEW,
            Self::Running => phase::RUNNING,
            Self::Succeeded => phase::SUCCEEDED,
            Self::Failed => phase::FAILED,
            Self::Error => phase::ERROR,
        }
    }
}

/// What `get` prints.
#[derive(Clone, Debug, PartialEq)]
pub enum GetFormat {
    /// A line each
    Table,
    /// The same with more columns
    Wide,
    /// The names alone
    Name,
    /// The objects as JSON
    Json,
    /// The objects as YAML
    Yaml,
    /// What a template picks of them
    JsonPath(crate::render::jsonpath::Template),
}

impl std::str::FromStr for GetFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "wide" => Ok(Self::Wide),
            "name" => Ok(Self::Name),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            _ => match text.split_once('=') {
                Some(("jsonpath", template)) => template.parse().map(Self::JsonPath),
                _ => Err("want wide, name, json, yaml or jsonpath=TEMPLATE".to_owned()),
            },
        }
    }
}

/// `delete`.
#[derive(Args, Debug)]
pub struct DeleteArgs {
    /// Their names; the word `execution` may stand before them
    #[arg(value_name = "NAME", value_parser = object_name, required_unless_present_any = ["selector", "all"], conflicts_with_all = ["selector", "all"])]
    pub names: Vec<String>,
    /// Those with these labels
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "all")]
    pub selector: Option<String>,
    /// All of the namespace
    #[arg(long)]
    pub all: bool,
    /// Return when the Executions, their Jobs and their pods are gone
    #[arg(long)]
    pub wait: bool,
    /// How long to wait for that: 30s, 5m
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5m", requires = "wait")]
    pub timeout: Duration,
    /// Names that are not there are no error
    #[arg(long)]
    pub ignore_not_found: bool,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// `wait`.
#[derive(Args, Debug)]
pub struct WaitArgs {
    /// Their names; the word `execution` may stand before them
    #[arg(value_name = "NAME", value_parser = object_name, required = true)]
    pub names: Vec<String>,
    /// What to wait for: phase=Succeeded, condition=Complete, condition=Suspended=False, delete
    #[arg(long = "for", value_name = "WHAT")]
    pub goal: Goal,
    /// How long: 30s, 2h
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub timeout: Duration,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// What can be waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A phase, as the status writes it
    Phase(String),
    /// A condition and its status
    Condition(String, String),
    /// That it is gone
    Delete,
}

impl std::str::FromStr for Goal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const WANT: &str = "want phase=PHASE, condition=TYPE, condition=TYPE=STATUS or delete";
        match text.split_once('=') {
            None if text == "delete" => Ok(Self::Delete),
            Some(("phase", phase)) => {
                let known = PhaseArg::from_str(phase, true).map_err(|_| {
                    let known: Vec<_> =
                        PhaseArg::value_variants().iter().map(|known| format!("{known:?}")).collect();
                    format!("a phase is one of {}", known.join(", "))
                })?;
                Ok(Self::Phase(known.as_status().to_owned()))
            }
            Some(("condition", condition)) => {
                let (type_, status) = condition.split_once('=').unwrap_or((condition, "True"));
                let status = ["True", "False"].into_iter().find(|known| known.eq_ignore_ascii_case(status));
                match status {
                    Some(status) if !type_.is_empty() => {
                        Ok(Self::Condition(type_.to_owned(), status.to_owned()))
                    }
                    _ => Err(WANT.to_owned()),
                }
            }
            _ => Err(WANT.to_owned()),
        }
    }
}

/// `suspend`, `resume`, `cancel`, `retry`.
#[derive(Args, Debug)]
pub struct ChangeArgs {
    /// Their names; the word `execution` may stand before them
    #[arg(value_name = "NAME", value_parser = object_name, required = true)]
    pub names: Vec<String>,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// `version`.
#[derive(Args, Debug)]
pub struct VersionArgs {
    /// This program's version alone, without asking a cluster
    #[arg(long)]
    pub client: bool,
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_read() {
        let phase = |phase: &str| Goal::Phase(phase.to_owned());
        let condition = |type_: &str, status: &str| Goal::Condition(type_.to_owned(), status.to_owned());
        let cases = [
            ("delete", Some(Goal::Delete)),
            ("phase=Succeeded", Some(phase("Succeeded"))),
            ("phase=failed", Some(phase("Failed"))),
            ("phase=Pending", Some(phase(""))),
            ("phase=Skipped", None),
            ("condition=Complete", Some(condition("Complete", "True"))),
            ("condition=Suspended=false", Some(condition("Suspended", "False"))),
            ("condition=", None),
            ("condition=A=maybe", None),
            ("deleted", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Goal>().ok(), expected, "{text:?}");
        }
    }
}
