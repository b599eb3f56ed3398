//! The floor: the least that anybody can do who makes one Job of each vertex and waits for `Complete`.
//!
//! The same Jobs are created level by level by many writers at once; a level begins when a watch has seen
//! the last Job of the one before complete.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use futures::Stream;
use gene_controller::{
    job::{Owner, TaskJob},
    observe::{JobState, job_state},
    slim::SlimJob,
};
use gene_engine::{Options, Run, Vertex};
use gene_types::{Limits, names::LABEL_NAME, validate_document};
use kube::{
    Api,
    runtime::{WatchStreamExt as _, watcher},
};
use serde_json::Value;
use tokio::{task::JoinSet, time::timeout};

use super::{
    cluster::{Cluster, NAMESPACE},
    ours,
};

/// As many creates are in flight as the controller has.
const WRITERS: usize = 32;

/// What it took.
pub struct Floor {
    /// From the first create to the last Job's completion seen.
    pub seconds: f64,
    /// CPU seconds of the API server.
    pub server_cpu: f64,
}

/// Creates the Jobs of this Execution bare, without it.
pub async fn run(cluster: &Cluster, execution: &Value) -> Result<Floor> {
    let name = execution["metadata"]["name"].as_str().context("a workload without a name")?;
    let levels = levels(name, execution)?;
    let jobs = Api::<SlimJob>::namespaced(cluster.as_controller.clone(), NAMESPACE);
    let selector = format!("{LABEL_NAME}={name}");
    let mut events =
        std::pin::pin!(watcher(jobs, watcher::Config::default().labels(&selector)).default_backoff());
    ours::listed(&mut events).await?;
    let cpu = cluster.server_cpu_seconds().await?;
    let start = Instant::now();
    for level in levels {
        let count = level.len();
        let mut writers = create(cluster, level);
        timeout(ours::LIMIT, complete(&mut events, count)).await.context("the floor took too long")??;
        while let Some(written) = writers.join_next().await {
            written??;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let server_cpu = cluster.server_cpu_seconds().await? - cpu;
    cluster.clear().await?;
    Ok(Floor { seconds, server_cpu })
}

/// The Jobs as they are sent, by the longest way from the beginning.
fn levels(name: &str, execution: &Value) -> Result<Vec<Vec<Vec<u8>>>> {
    let valid = validate_document(execution.clone(), &Limits::CLUSTER)
        .map_err(|faults| anyhow::anyhow!("a workload is at fault: {faults:?}"))?;
    let run = Run::new(Arc::new(valid), Options::default());
    let owner = Owner { namespace: NAMESPACE.into(), name: name.into(), uid: "none".into() };
    let (execution, plan) = (run.valid().execution(), run.valid().plan());
    let mut of_task = vec![0; plan.tasks.len()];
    let mut levels = Vec::new();
    for id in &plan.order {
        let task = &plan.tasks[*id as usize];
        let level = task
            .dependencies
            .iter()
            .map(|dependency| of_task[dependency.task as usize] + 1)
            .max()
            .unwrap_or(0);
        of_task[*id as usize] = level;
        if levels.len() <= level {
            levels.resize_with(level + 1, Vec::new);
        }
        let template = TaskJob::new(execution, &owner, &execution.spec.tasks[*id as usize]);
        let width = task.commands.static_width().context("a workload whose width is not known")?;
        for index in 0..u32::try_from(width)? {
            let command = run.command(Vertex { task: *id, index });
            let mut job =
                template.job(index, 0, &command).map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
            // There is no Execution that could own it.
            if let Some(metadata) = job["metadata"].as_object_mut() {
                metadata.remove("ownerReferences");
            }
            levels[level].push(serde_json::to_vec(&job)?);
        }
    }
    Ok(levels)
}

fn create(cluster: &Cluster, jobs: Vec<Vec<u8>>) -> JoinSet<Result<()>> {
    let jobs = Arc::new(Mutex::new(jobs.into_iter()));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (jobs, client) = (Arc::clone(&jobs), cluster.as_controller.clone());
        writers.spawn(async move {
            loop {
                let next = jobs.lock().map_err(|_| anyhow::anyhow!("a writer broke down"))?.next();
                let Some(job) = next else { return Ok(()) };
                let uri = format!("/apis/batch/v1/namespaces/{NAMESPACE}/jobs");
                // As the controller asks: the answer is the metadata alone.
                let request = http::Request::post(uri)
                    .header("Content-Type", "application/json")
                    .header("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
                    .body(job)?;
                client.request::<serde::de::IgnoredAny>(request).await?;
            }
        });
    }
    writers
}

/// Waits until so many more Jobs have been seen complete.
async fn complete(
    events: &mut (impl Stream<Item = watcher::Result<watcher::Event<SlimJob>>> + Unpin),
    count: usize,
) -> Result<()> {
    let mut seen = HashSet::new();
    while seen.len() < count {
        let (watcher::Event::Apply(job) | watcher::Event::InitApply(job)) = ours::next(events).await? else {
            continue;
        };
        match job_state(&job) {
            JobState::Unfinished { .. } => {}
            JobState::Complete { .. } => {
                seen.insert(job.metadata.uid);
            }
            JobState::Failed { message, .. } => ensure!(false, "a Job of the floor failed: {message}"),
        }
    }
    Ok(())
}
