//! `gene-bench cluster` measures the controller and the plugin on a control plane with fake nodes, beside a floor:
//! the same Jobs created by a program that does nothing else. `gene-bench webhook` measures the webhook, alone and behind
//! a real API server. `cargo xtask bench …` starts both; docs/performance.md tells what the figures mean.
//!
//! Each run of ours has a controller process of its own, with the rights of manifests/ and a token of its
//! service account. The floor comes in by the same token.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to whoever typed the command")]

mod audit;
mod calls;
mod case;
mod cluster;
mod floor;
mod histogram;
mod ours;
mod process;
mod report;
mod shape;
mod webhook;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use tokio::runtime::Builder;

use case::Case;

/// What is measured.
#[derive(Parser, Debug)]
#[command(about = "Measure what runs in a cluster")]
enum Bench {
    /// gene-controller and kubectl-gene on the cluster of $KUBECONFIG
    Cluster(Args),
    /// gene-webhook
    Webhook(webhook::Args),
}

/// What is measured on a cluster, with what.
#[derive(clap::Args, Debug)]
struct Args {
    /// The controller's program
    #[arg(long)]
    controller: PathBuf,
    /// The plugin's program
    #[arg(long)]
    plugin: PathBuf,
    /// The API server's audit log, by which calls are counted; without it, the controller's own count holds
    #[arg(long)]
    audit_log: Option<PathBuf>,
    /// Runs of each case; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=99))]
    runs: u16,
    /// What to measure, one or several by commas; without it, all
    #[arg(long, value_enum, value_delimiter = ',')]
    case: Vec<Case>,
}

fn main() -> Result<()> {
    // An error says that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Bench::parse() {
        Bench::Cluster(args) => {
            Builder::new_multi_thread().enable_all().build()?.block_on(measure_cluster(&args))
        }
        // One thread, so that no latency holds a client's way from one core to another.
        Bench::Webhook(args) => {
            Builder::new_current_thread().enable_all().build()?.block_on(webhook::measure(&args))
        }
    }
}

async fn measure_cluster(args: &Args) -> Result<()> {
    let cluster = cluster::Cluster::prepare(args).await?;
    let cases = if args.case.is_empty() { Case::all() } else { args.case.clone() };
    let mut report = report::Report::default();
    let mut result = Ok(());
    for case in cases {
        eprintln!("{case:?}, load {}", process::load());
        result = case.measure(&cluster, usize::from(args.runs), &mut report).await;
        if result.is_err() {
            break;
        }
    }
    // What was measured until something went wrong is worth reading too.
    println!("{}", report.markdown());
    cluster.remove().await;
    result
}
