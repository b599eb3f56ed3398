//! What was typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    cli::{JobArgs, PhaseArg, RepjobArgs, is_kind, object_name},
    cluster::connection::namespace,
};

/// A client for workflows on Kubernetes
#[derive(Parser, Debug)]
#[command(
    name = "genectl",
    bin_name = "genectl",
    disable_version_flag = true,
    arg_required_else_help = true,
    after_help = "This is \"kubectl gene\" with the command line of KubeGene's own client; that has more to offer."
)]
pub struct Cli {
    /// The kubeconfig (default: $KUBECONFIG, then ~/.kube/config); the namespace in it is not used
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Submit a workflow or a script
    #[command(visible_alias = "submit", arg_required_else_help = true)]
    Sub(SubArgs),
    /// List executions
    #[command(
        override_usage = "genectl get [OPTIONS] execution [NAME]...",
        after_help = "Examples:\n  genectl get execution\n  genectl get execution wgs -n lab -o yaml\n  genectl get execution --all-namespaces --phase Running,Succeeded"
    )]
    Get(GetArgs),
    /// Show an execution with the state of each of its jobs
    #[command(
        override_usage = "genectl describe [OPTIONS] execution NAME",
        after_help = "Examples:\n  genectl describe execution wgs -n lab"
    )]
    Describe(OneArgs),
    /// Delete an execution with its jobs
    #[command(
        alias = "del",
        override_usage = "genectl delete [OPTIONS] execution NAME",
        after_help = "Examples:\n  genectl delete execution wgs -n lab"
    )]
    Delete(OneArgs),
    /// Print the version
    Version,
}

/// `sub`.
#[derive(Args, Debug)]
pub struct SubArgs {
    /// Where the tools are: a file, a directory or the URL of a file (default: $HOME/kubegene/tools)
    #[arg(long, global = true, value_name = "WHERE")]
    pub tool_repo: Option<String>,
    /// Print the workflow with everything filled in, and submit nothing
    #[arg(long, global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true, hide_possible_values = true, value_name = "BOOL")]
    pub dry_run: bool,
    #[command(subcommand)]
    pub what: What,
}

/// What is submitted.
#[derive(Subcommand, Debug)]
pub enum What {
    /// Submit a workflow
    ///
    /// The inputs "executionName" and "namespace" name the execution and its namespace; without them it is
    /// execution-XXXXX in "default".
    #[command(after_help = "Examples:\n  genectl sub workflow wgs.yaml --input inputs.json")]
    Workflow(WorkflowArgs),
    /// Submit a script as one job
    ///
    /// The script and its data stand on the claim; nothing of it is read here.
    #[command(
        after_help = "Examples:\n  genectl sub job /kubegene/bwa_help.sh --memory 1g --cpu 1 --tool bwa:0.7.12 --pvc pvc-gene"
    )]
    Job(JobArgs),
    /// Submit each line of a script as a job
    ///
    /// A line "bash SCRIPT ARGUMENTS" or "sh SCRIPT ARGUMENTS" is a job; SCRIPT is an absolute path in the
    /// container.
    #[command(
        after_help = "Examples:\n  genectl sub repjob /kubegene/bwa_mem_work.sh --memory 1g --cpu 1 --tool bwa:0.7.12 --pvc pvc-gene"
    )]
    Repjob(RepjobArgs),
}

/// `sub workflow`.
#[derive(Args, Debug)]
pub struct WorkflowArgs {
    /// The workflow
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The values of inputs, as a JSON object
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
}

/// `get`.
#[derive(Args, Debug)]
pub struct GetArgs {
    /// The word "execution", and names where not all are wanted
    #[arg(value_name = "execution [NAME]", required = true)]
    words: Vec<String>,
    /// The namespace
    #[arg(short, long, value_name = "NAME", default_value = "default", value_parser = namespace)]
    pub namespace: String,
    /// The executions of every namespace
    #[arg(long)]
    pub all_namespaces: bool,
    /// Only those in one of these phases, with commas between them
    #[arg(
        long = "phase",
        value_enum,
        value_name = "PHASE",
        value_delimiter = ',',
        ignore_case = true,
        hide_possible_values = true
    )]
    pub phases: Vec<PhaseArg>,
    /// A table, or the objects
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Wide)]
    pub output: Output,
}

/// What `get` prints.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A table
    Wide,
    /// The objects as JSON, in a list
    Json,
    /// The objects as YAML, in a list
    Yaml,
}

/// `describe` and `delete`.
#[derive(Args, Debug)]
pub struct OneArgs {
    #[command(flatten)]
    pub names: Words,
    /// The namespace
    #[arg(short, long, value_name = "NAME", default_value = "default", value_parser = namespace)]
    pub namespace: String,
}

/// The kind and a name.
#[derive(Args, Debug)]
pub struct Words {
    /// The word "execution", and the name
    #[arg(value_name = "execution NAME", required = true, num_args = 1..)]
    words: Vec<String>,
}

impl GetArgs {
    /// The names that are asked for; none means all.
    ///
    /// # Errors
    /// The words are not what a person can have meant; why.
    pub fn names(&self) -> Result<Vec<String>, String> {
        let names = after_kind(&self.words)?;
        match () {
            () if names.is_empty() => Ok(names),
            () if !self.phases.is_empty() => Err("--phase is for lists, and names are given".to_owned()),
            () if self.all_namespaces => {
                Err("--all-namespaces is for lists, and names are given; say where they are with -n"
                    .to_owned())
            }
            () => Ok(names),
        }
    }
}

impl Words {
    /// The one name.
    ///
    /// # Errors
    /// The words are not what a person can have meant; why.
    pub fn one(&self) -> Result<String, String> {
        match after_kind(&self.words)?.as_slice() {
            [name] => Ok(name.clone()),
            [] => Err("want a name after the word \"execution\"".to_owned()),
            [_, second, ..] => Err(format!("want one name, and there is {second:?} after it")),
        }
    }
}

fn after_kind(words: &[String]) -> Result<Vec<String>, String> {
    match words.split_first() {
        Some((kind, names)) if is_kind(kind) => names.iter().map(|name| object_name(name)).collect(),
        Some((other, _)) => Err(format!("want the word \"execution\" first, not {other:?}")),
        None => Err("want the word \"execution\"".to_owned()),
    }
}
