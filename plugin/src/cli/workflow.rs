//! What workflow files need beside themselves.

use std::path::PathBuf;

use clap::Args;

/// The flags for workflow files.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Workflows")]
pub struct WorkflowArgs {
    /// Values of inputs: an object in JSON or YAML, or a sheet (.csv, .tsv) whose columns become arrays
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The value of one input; wins over --input, and may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<String>,
    /// Where tools are: a file, a directory or an http(s) address; may be given several times (default: ~/kubegene/tools)
    #[arg(long, value_name = "PLACE")]
    pub tool_repo: Vec<String>,
}

fn assignment(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() => Ok(text.to_owned()),
        _ => Err("want the name of an input and its value: --set name=value".to_owned()),
    }
}
