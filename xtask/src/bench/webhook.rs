//! The webhook. What measures is the program `gene-bench` of the crate `tests`, as for a cluster.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use super::cluster::build;

/// How to measure.
#[derive(Args, Debug)]
pub struct WebhookArgs {
    /// Runs of each case that is run more than once; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=99))]
    runs: u16,
    /// Seconds of each run
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// What to measure, one or several by commas; without it, all
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = ["small", "large", "mixed", "throughput", "memory"])]
    case: Vec<String>,
}

/// Measures and prints a table.
pub fn run(args: &WebhookArgs) -> Result<()> {
    let directory = build(&["gene-webhook", "gene-tests"])?;
    let mut command = Command::new(directory.join("gene-bench"));
    command.arg("webhook").arg("--webhook").arg(directory.join("gene-webhook"));
    command.args([format!("--runs={}", args.runs), format!("--seconds={}", args.seconds)]);
    if !args.case.is_empty() {
        command.arg(format!("--case={}", args.case.join(",")));
    }
    let status = command.status()?;
    ensure!(status.success(), "measuring ended with {status}");
    Ok(())
}
