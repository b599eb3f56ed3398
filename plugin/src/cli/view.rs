//! What was typed after `tree`, `watch`, `describe` and `logs`.

use clap::Args;
use gene_types::names;

use super::name::{Target, is_kind, object_name};
use crate::cluster::ConnectionArgs;

/// `tree`.
#[derive(Args, Debug)]
pub struct TreeArgs {
    /// The Execution
    #[arg(value_name = "NAME", value_parser = object_name)]
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
    #[arg(value_name = "NAME", value_parser = object_name)]
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
    #[arg(short, long, value_name = "NAME", value_parser = container)]
    pub container: Option<String>,
    /// The cluster
    #[command(flatten)]
    pub connection: ConnectionArgs,
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

fn container(text: &str) -> Result<String, String> {
    if names::is_dns_label(text) {
        Ok(text.to_owned())
    } else {
        Err("a container's name has only a-z, 0-9 and \"-\"".to_owned())
    }
}
