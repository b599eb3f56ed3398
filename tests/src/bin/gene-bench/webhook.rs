//! The webhook: the release binary as a process, real TLS, loopback. What it is sent is what a real API server sent
//! when an Execution was created, with the tasks exchanged.

mod admission;
mod authority;
mod busy;
mod client;
mod flood;
mod judge;
mod latency;
mod paced;
mod review;
mod server;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::ValueEnum;

use super::{process::load, report::Report};

/// What is measured of the webhook.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The webhook's program
    #[arg(long)]
    webhook: PathBuf,
    /// Runs of each case that is run more than once; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=99))]
    runs: u16,
    /// Seconds of each run
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// What to measure, one or several by commas; without it, all that needs no cluster
    #[arg(long, value_enum, value_delimiter = ',')]
    case: Vec<Case>,
}

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Case {
    /// 200 reviews a second of 100 vertices in 10 tasks
    Small,
    /// 200 reviews a second of 2,000 tasks
    Large,
    /// 200 reviews a second, a tenth of them of 2,000 tasks
    Mixed,
    /// What a review costs the server
    Throughput,
    /// What judging a review costs, without a server
    Judge,
    /// Memory at rest, and under a flood of the largest bodies
    Memory,
    /// What admission adds to a create, on the cluster of $KUBECONFIG; only where it is named
    Admission,
}

/// What needs no cluster.
const ALONE: [Case; 6] = [Case::Small, Case::Large, Case::Mixed, Case::Throughput, Case::Judge, Case::Memory];

/// Measures and prints the table.
pub async fn measure(args: &Args) -> Result<()> {
    let cases = if args.case.is_empty() { ALONE.as_slice() } else { &args.case };
    let mut report = Report::default();
    let mut result = Ok(());
    for case in cases {
        eprintln!("{case:?}, load {}", load());
        let setting = Setting {
            program: args.webhook.clone(),
            runs: usize::from(args.runs),
            length: Duration::from_secs(args.seconds.into()),
        };
        result = match case {
            Case::Small => paced::small(&setting, &mut report).await,
            Case::Large => paced::large(&setting, &mut report).await,
            Case::Mixed => paced::mixed(&setting, &mut report).await,
            Case::Throughput => busy::measure(&setting, &mut report).await,
            Case::Judge => judge::measure(&mut report),
            Case::Memory => flood::measure(&setting, &mut report).await,
            Case::Admission => admission::measure(&setting, &mut report).await,
        };
        if result.is_err() {
            break;
        }
    }
    // What was measured until something went wrong is worth reading too.
    println!("{}", report.markdown());
    result
}

/// What all cases are measured with.
struct Setting {
    program: PathBuf,
    runs: usize,
    length: Duration,
}
