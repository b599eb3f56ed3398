//! The shape of a whole-genome run with GATK.

use anyhow::Result;

use super::{Cluster, Report, against_floor, floor, ours, shape};
use crate::{report::Spread, shape::StartOn};

/// The floor, ours by `JobComplete`, ours by `PodSucceeded`.
type Triple = (floor::Floor, ours::Ours, ours::Ours);

pub(super) async fn measure(cluster: &Cluster, runs: usize, report: &mut Report) -> Result<()> {
    let mut triples = Vec::new();
    for run in 0..runs {
        let by_job = shape::gatk(&format!("gatk-job-{run}"), StartOn::JobComplete);
        let by_pod = shape::gatk(&format!("gatk-pod-{run}"), StartOn::PodSucceeded);
        let floor = floor::run(cluster, &by_job).await?;
        let job = ours::run(cluster, &by_job).await?;
        let pod = ours::run(cluster, &by_pod).await?;
        eprintln!("  floor {:.2} s, by Job {:.2} s, by pod {:.2} s", floor.seconds, job.seconds, pod.seconds);
        triples.push((floor, job, pod));
    }
    let of = |figure: fn(&Triple) -> f64| Spread::of(triples.iter().map(figure), 2).to_string();
    report.add(
        "GATK shape, 98 Jobs: Jobs/s against the floor, by `JobComplete`",
        of(|(floor, job, _)| against_floor(floor, job)),
        "≥ 0.9",
    );
    report.add("… by `PodSucceeded`", of(|(floor, _, pod)| against_floor(floor, pod)), "> 1");
    report.add("… seconds of the floor", of(|(floor, _, _)| floor.seconds), "");
    report.add("… seconds by `JobComplete`", of(|(_, job, _)| job.seconds), "");
    report.add("… seconds by `PodSucceeded`", of(|(_, _, pod)| pod.seconds), "");
    Ok(())
}
