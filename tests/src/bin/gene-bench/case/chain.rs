//! A chain: nothing is to be had by doing things at once.

use anyhow::Result;

use super::{Cluster, Report, floor, ours, shape};
use crate::{histogram::Histogram, report::Spread, shape::StartOn};

const LENGTH: usize = 20;

pub(super) async fn measure(cluster: &Cluster, runs: usize, report: &mut Report) -> Result<()> {
    let (mut by_job, mut by_pod, mut quiet) = (Vec::new(), Vec::new(), Histogram::default());
    for run in 0..runs {
        let job =
            ours::run(cluster, &shape::chain(&format!("chain-job-{run}"), LENGTH, StartOn::JobComplete))
                .await?;
        let pod =
            ours::run(cluster, &shape::chain(&format!("chain-pod-{run}"), LENGTH, StartOn::PodSucceeded))
                .await?;
        eprintln!("  by Job {:.2} s, by pod {:.2} s: {}", job.seconds, pod.seconds, pod.calls.words());
        quiet.add(&job.event_to_create);
        by_job.push(job.seconds / LENGTH as f64);
        by_pod.push(pod.seconds / LENGTH as f64);
    }
    let floor = floor::run(cluster, &shape::chain("chain-floor", LENGTH, StartOn::JobComplete)).await?;
    report.add("chain of 20, seconds a level: by `JobComplete`", Spread::of(by_job, 3).to_string(), "≤ 1.1");
    report.add("… by `PodSucceeded`", Spread::of(by_pod, 3).to_string(), "≤ 0.1");
    report.add("… of the floor (one run)", format!("{:.3}", floor.seconds / LENGTH as f64), "");
    report.add(
        "Job event decoded → child's create sent, ≤ 20 events/s",
        quiet.words(),
        "p50 ≤ 1 ms, p99 ≤ 10 ms",
    );
    Ok(())
}
