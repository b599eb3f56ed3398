//! Small Executions beside a large one.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::Result;
use futures::StreamExt as _;
use gene_controller::slim::SlimJob;
use gene_types::names::LABEL_TASK;
use kube::{
    Api,
    runtime::{WatchStreamExt as _, watcher},
};
use tokio::time::sleep;

use super::{Cluster, Report, ours, shape};
use crate::{cluster::NAMESPACE, process, report::Spread};

const LARGE: usize = 5_000;
const SMALL: usize = 300;

/// What the large one may have begun before the small ones come.
const HEAD_START: Duration = Duration::from_secs(3);

/// The small ones are created by so many at once.
const WRITERS: usize = 8;

pub(super) async fn measure(cluster: &Cluster, report: &mut Report) -> Result<()> {
    let controller = process::controller(cluster).await?;
    // The task of the small ones has a name of its own, so that no Job of the large one is looked at.
    let jobs = Api::<SlimJob>::namespaced(cluster.client.clone(), NAMESPACE);
    let selector = format!("{LABEL_TASK}=t0");
    let mut events =
        std::pin::pin!(watcher(jobs, watcher::Config::default().labels(&selector)).default_backoff());
    ours::listed(&mut events).await?;
    ours::create(cluster, &shape::independent("large", LARGE)).await?;
    sleep(HEAD_START).await;

    let creating = async {
        let numbers = futures::stream::iter(0..SMALL);
        let created = numbers.map(async |number| {
            let name = format!("small-{number}");
            let workload = shape::chain(&name, 1, shape::StartOn::JobComplete);
            let since = Instant::now();
            ours::create(cluster, &workload).await.map(|()| (name, since))
        });
        created.buffer_unordered(WRITERS).collect::<Vec<Result<_>>>().await
    };
    let seeing = async {
        let mut seen = HashMap::new();
        while seen.len() < SMALL {
            if let watcher::Event::Apply(job) = ours::next(&mut events).await?
                && let Some(vertex) = job.vertex
            {
                seen.entry(vertex.execution).or_insert_with(Instant::now);
            }
        }
        anyhow::Ok(seen)
    };
    let (created, seen) = tokio::join!(creating, seeing);
    let seen = seen?;
    let mut waits = Vec::new();
    for created in created {
        let (name, since) = created?;
        waits.push(seen[&name].duration_since(since).as_secs_f64());
    }
    let longest = waits.iter().copied().fold(0.0, f64::max);
    let half = Spread::of(waits, 2);
    report.add(
        "300 Executions of one vertex beside one of 5,000: seconds until each has its Job, longest",
        format!("{longest:.2}"),
        "≤ 10",
    );
    report.add("… median (least–greatest)", half.to_string(), "");
    controller.stop().await?;
    cluster.clear().await
}
