//! The commands that ask a cluster.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::name::object_name;
use crate::cluster::{ConnectionArgs, connection::duration};

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
