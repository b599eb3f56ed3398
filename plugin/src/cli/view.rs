//! What was typed after `tree`, `watch`, `describe` and `logs`.

use std::str::FromStr;

use clap::Args;
use gene_types::names;

use crate::cluster::ConnectionArgs;

/// `tree`.
#[derive(Args, Debug)]
pub struct TreeArgs {
    /// The Execution
    #[arg(value_name = "NAME", value_parser = execution)]
    pub name: String,
    /// Show it until it ends
    #[arg(short, long)]
    pub watch: bool,
    /// Show every vertex, not only those with a problem
    #[arg(long)]
    pub expand: bool,
    /// The cluster
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// `watch`.
#[derive(Args, Debug)]
pub struct WatchArgs {
    /// The Execution
    #[arg(value_name = "NAME", value_parser = execution)]
    pub name: String,
    /// The cluster
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// `describe`.
#[derive(Args, Debug)]
pub struct DescribeArgs {
    /// An Execution, a task or a vertex of it; the word `execution` may stand before
    #[arg(value_name = "NAME[/TASK[/INDEX]]", num_args = 1..=2, required = true)]
    pub words: Vec<String>,
    /// The cluster
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// `logs`.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own, as in kubectl")]
pub struct LogsArgs {
    /// An Execution, a task or a vertex of it
    #[arg(value_name = "NAME[/TASK[/INDEX]]")]
    pub target: Target,
    /// Go on as more is printed, until the Execution ends
    #[arg(short, long)]
    pub follow: bool,
    /// Only vertices that failed
    #[arg(long)]
    pub failed: bool,
    /// Only so many of the last lines of each vertex
    #[arg(long, value_name = "N")]
    pub tail: Option<u32>,
    /// What its container printed before it was started again; of a pod that was replaced, that of the one before
    #[arg(short, long, conflicts_with = "follow")]
    pub previous: bool,
    /// Print when each line was printed
    #[arg(long)]
    pub timestamps: bool,
    /// Another container of the pod than the one that runs the command
    #[arg(short, long, value_name = "NAME", value_parser = execution)]
    pub container: Option<String>,
    /// The cluster
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// An Execution, a task or a vertex: `wgs`, `wgs/align`, `wgs/align/3` or `wgs/align[3]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The Execution's name.
    pub execution: String,
    /// The task's name.
    pub task: Option<String>,
    /// The index in the task.
    pub index: Option<u32>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('/').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let execution = execution(name)?;
        let Some(rest) = rest else { return Ok(Self { execution, task: None, index: None }) };
        let of_brackets = rest.strip_suffix(']').and_then(|rest| rest.split_once('['));
        let (task, index) = of_brackets
            .or_else(|| rest.split_once('/'))
            .map_or((rest, None), |(task, index)| (task, Some(index)));
        if !names::is_dns_label(task) {
            return Err(format!("{task:?} cannot be a task; want NAME/TASK or NAME/TASK/INDEX"));
        }
        let index = index.map(|index| {
            index.parse().map_err(|_| {
                format!("{index:?} cannot be an index; want a number, as in {execution}/{task}/0")
            })
        });
        Ok(Self { execution, task: Some(task.to_owned()), index: index.transpose()? })
    }
}

impl DescribeArgs {
    /// What is to be described.
    ///
    /// # Errors
    /// The words are not what a person can have meant; why.
    pub fn target(&self) -> Result<Target, String> {
        match self.words.as_slice() {
            [target] => target.parse(),
            [kind, target] if is_kind(kind) => target.parse(),
            [kind, _] => Err(format!("only Executions can be described, not {kind:?}")),
            _ => Err("want the name of an Execution".to_owned()),
        }
    }
}

fn is_kind(word: &str) -> bool {
    ["execution", "executions", "exec", "execs"].contains(&word.to_ascii_lowercase().as_str())
}

fn execution(text: &str) -> Result<String, String> {
    if names::is_dns_subdomain(text) {
        Ok(text.to_owned())
    } else {
        Err("a name consists of a-z, 0-9, \"-\" and \".\"".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_people_write_them() {
        let target = |execution: &str, task: Option<&str>, index| {
            Some(Target { execution: execution.to_owned(), task: task.map(str::to_owned), index })
        };
        let cases = [
            ("wgs", target("wgs", None, None)),
            ("wgs/align", target("wgs", Some("align"), None)),
            ("wgs/align/3", target("wgs", Some("align"), Some(3))),
            ("wgs/align[3]", target("wgs", Some("align"), Some(3))),
            ("", None),
            ("wgs/", None),
            ("/align", None),
            ("wgs/align/", None),
            ("wgs/align/-1", None),
            ("wgs/align/3/4", None),
            ("wgs/align[3", None),
            ("../secrets", None),
            ("wgs/al ign", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Target>().ok(), expected, "{text:?}");
        }
    }
}
