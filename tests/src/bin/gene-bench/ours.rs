//! A run of the controller: one Execution from its creation to its recorded end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::{Stream, StreamExt as _};
use gene_controller::slim::SlimExecution;
use kube::{
    Api,
    api::{DynamicObject, PostParams},
    runtime::{WatchStreamExt as _, watcher},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{
    calls::Calls,
    cluster::{CONTROLLER_USER, Cluster, NAMESPACE, executions},
    histogram::Histogram,
    process,
};

/// Longer than any run takes on a machine that is worth measuring on.
pub const LIMIT: Duration = Duration::from_mins(15);

/// How long a controller that is ready is left alone before its memory is taken as what it holds at rest.
const REST: Duration = Duration::from_millis(500);

/// What it took.
#[derive(Debug)]
pub struct Ours {
    /// From just before the create of the Execution to its final phase seen by a watch.
    pub seconds: f64,
    /// CPU seconds of the controller.
    pub cpu: f64,
    /// CPU seconds of the API server.
    pub server_cpu: f64,
    /// Bytes by which the controller grew at its highest.
    pub growth: u64,
    /// What the controller asked of the API server.
    pub calls: Calls,
    /// Job event decoded to child's create sent.
    pub event_to_create: Histogram,
}

#[derive(Debug, Deserialize)]
struct Status {
    #[serde(default)]
    phase: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    progress: String,
}

/// Runs the Execution with a controller of its own and removes it.
pub async fn run(cluster: &Cluster, execution: &Value) -> Result<Ours> {
    let ours = run_and_keep(cluster, execution).await?;
    cluster.clear().await?;
    Ok(ours)
}

/// Runs the Execution with a controller of its own; the Execution, its Jobs and pods stay.
pub async fn run_and_keep(cluster: &Cluster, execution: &Value) -> Result<Ours> {
    let name = execution["metadata"]["name"].as_str().context("a workload without a name")?;
    let controller = process::controller(cluster).await?;
    let api = Api::<SlimExecution>::namespaced(cluster.client.clone(), NAMESPACE);
    let one = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let mut events = std::pin::pin!(watcher(api, one).default_backoff());
    listed(&mut events).await?;
    sleep(REST).await;

    let (cpu, memory) = (controller.cpu_seconds()?, controller.memory()?);
    let before = Calls::of_metrics(&controller.metrics()?);
    let server_cpu = cluster.server_cpu_seconds().await?;
    if let Some(audit) = &cluster.audit {
        audit.lock().map_err(|_| anyhow::anyhow!("the audit log's reader broke down"))?.skip()?;
    }
    let start = Instant::now();
    create(cluster, execution).await?;
    let ended = timeout(LIMIT, ended(&mut events)).await;
    let seconds = start.elapsed().as_secs_f64();
    let status = ended.with_context(|| format!("it has not ended:\n{}", controller.log_end()))??;
    let is_whole = status.progress.split_once('/').is_some_and(|(done, of)| done == of);
    let Status { phase, message, progress } = status;
    ensure!(
        phase == "Succeeded" && is_whole,
        "it ended {phase} at {progress}: {message}\n{}",
        controller.log_end()
    );

    let page = controller.metrics()?;
    let calls = match &cluster.audit {
        Some(audit) => {
            let entries =
                audit.lock().map_err(|_| anyhow::anyhow!("the audit log's reader broke down"))?.entries()?;
            Calls::of_user(&entries, CONTROLLER_USER)
        }
        None => Calls::of_metrics(&page).since(&before),
    };
    let ours = Ours {
        seconds,
        cpu: controller.cpu_seconds()? - cpu,
        server_cpu: cluster.server_cpu_seconds().await? - server_cpu,
        growth: controller.peak_memory()?.saturating_sub(memory),
        calls,
        event_to_create: Histogram::read(&page, "gene_event_to_create_seconds"),
    };
    controller.stop().await?;
    Ok(ours)
}

/// Creates an Execution.
pub async fn create(cluster: &Cluster, execution: &Value) -> Result<()> {
    let api = Api::<DynamicObject>::namespaced_with(cluster.client.clone(), NAMESPACE, &executions());
    let object: DynamicObject = serde_json::from_value(execution.clone())?;
    api.create(&PostParams::default(), &object).await?;
    Ok(())
}

/// Waits until a watch has listed what there is, so that nothing that comes later is missed.
pub async fn listed<K>(
    events: &mut (impl Stream<Item = watcher::Result<watcher::Event<K>>> + Unpin),
) -> Result<()> {
    loop {
        match next(events).await? {
            watcher::Event::InitDone => return Ok(()),
            watcher::Event::InitApply(_) => bail!("something is left of an earlier run"),
            _ => {}
        }
    }
}

/// What a watch brings next. Where it was interrupted, it goes on by itself.
pub async fn next<K>(
    events: &mut (impl Stream<Item = watcher::Result<watcher::Event<K>>> + Unpin),
) -> Result<watcher::Event<K>> {
    loop {
        let event = timeout(LIMIT, events.next()).await.context("a watch brings nothing")?;
        match event.context("a watch ended")? {
            Ok(event) => return Ok(event),
            Err(error) => eprintln!("  a watch was interrupted: {error}"),
        }
    }
}

async fn ended(
    events: &mut (impl Stream<Item = watcher::Result<watcher::Event<SlimExecution>>> + Unpin),
) -> Result<Status> {
    loop {
        let (watcher::Event::Apply(execution) | watcher::Event::InitApply(execution)) = next(events).await?
        else {
            continue;
        };
        let Some(text) = execution.status else { continue };
        let status: Status = serde_json::from_str(text.get())?;
        if matches!(status.phase.as_str(), "Succeeded" | "Failed" | "Error") {
            return Ok(status);
        }
    }
}
