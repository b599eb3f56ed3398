//! Pods that end as a test says: no scheduler places them, and the test writes their status as a node would.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use fastrand::Rng;
use futures::TryStreamExt;
use gene_tests::resources;
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
    runtime::{WatchStreamExt, watcher},
};
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use crate::shape::Shape;

/// The scheduler of played pods.
pub const NOBODY: &str = "nobody";

/// The longest that a played pod runs, in milliseconds.
const LONGEST: u64 = 700;

/// Ends the played pods of a namespace as the shape says, for ever.
pub async fn play(client: Client, namespace: String, shape: Arc<Shape>, mut rng: Rng) {
    let api = resources::pods(&client, &namespace);
    let config = watcher::Config::default().fields(&format!("spec.schedulerName={NOBODY}"));
    let mut seen = BTreeSet::new();
    let mut played = JoinSet::new();
    let mut pods =
        std::pin::pin!(watcher(api.clone(), config).default_backoff().applied_objects().try_filter(|pod| {
            let is_pending = pod.data["status"]["phase"] == "Pending";
            async move { is_pending }
        }));
    loop {
        // The watcher begins anew by itself.
        let Ok(Some(pod)) = pods.try_next().await else { continue };
        if seen.insert(pod.metadata.uid.clone()) {
            let runs = Duration::from_millis(rng.u64(0..=LONGEST));
            let (api, shape) = (api.clone(), Arc::clone(&shape));
            played.spawn(async move {
                sleep(runs).await;
                end(&api, &pod, &shape).await;
            });
        }
    }
}

async fn end(api: &Api<DynamicObject>, pod: &DynamicObject, shape: &Shape) {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let label = |name: &str| labels[&format!("execution.kubegene.io/{name}")].clone();
    let (index, attempt): (usize, u32) = (label("index").parse().unwrap(), label("attempt").parse().unwrap());
    let fails = attempt < shape.fails(&label("task"), index);
    let (phase, code, reason) = if fails { ("Failed", 3, "Error") } else { ("Succeeded", 0, "Completed") };
    let container = &pod.data["spec"]["containers"][0];
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let status = json!({"status": {"phase": phase, "startTime": now, "containerStatuses": [{
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": false,
        "restartCount": 0,
        "state": {"terminated": {"exitCode": code, "reason": reason, "startedAt": now, "finishedAt": now}},
    }]}});
    let name = pod.metadata.name.clone().unwrap_or_default();
    let patched = api.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await;
    if let Err(error) = patched {
        // The namespace is being deleted, or the Job was.
        eprintln!("pod {name} was not ended: {error}");
    }
}
