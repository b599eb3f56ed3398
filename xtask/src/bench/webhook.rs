//! The webhook. What measures is the program `gene-bench` of the crate `tests`, as for a cluster.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Result, ensure};
use clap::Args;

use super::cluster::{OwnCluster, build};

/// How to measure.
#[derive(Args, Debug)]
pub struct WebhookArgs {
    /// Runs of each case that is run more than once; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=99))]
    runs: u16,
    /// Seconds of each run
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// What to measure, one or several by commas; without it, all that needs no cluster
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = ["small", "large", "mixed", "throughput", "judge", "memory", "admission"])]
    case: Vec<String>,
    /// The webhook's program where it is not to be the one that is built here, such as the image's
    #[arg(long, value_name = "FILE")]
    webhook: Option<PathBuf>,
}

/// Measures and prints a table.
pub fn run(args: &WebhookArgs) -> Result<()> {
    let directory = build(&["gene-webhook", "gene-tests"])?;
    let mut command = Command::new(directory.join("gene-bench"));
    let program = args.webhook.clone().unwrap_or_else(|| directory.join("gene-webhook"));
    command.arg("webhook").arg("--webhook").arg(program);
    command.args([format!("--runs={}", args.runs), format!("--seconds={}", args.seconds)]);
    if !args.case.is_empty() {
        command.arg(format!("--case={}", args.case.join(",")));
    }
    // Held until the measuring has ended, and ended then.
    let mut own = None;
    if args.case.iter().any(|case| case == "admission")
        && env::var_os("KUBECONFIG").is_none_or(|files| files.is_empty())
    {
        let cluster = own.insert(OwnCluster::up(false)?);
        command.env("KUBECONFIG", cluster.kubeconfig());
    }
    let status = command.status()?;
    ensure!(status.success(), "measuring ended with {status}");
    Ok(())
}
