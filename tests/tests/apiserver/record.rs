//! What a watch of the test's own has seen of the Jobs of a namespace: also of those that are gone again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures::TryStreamExt;
use gene_tests::resources;
use kube::{
    Client,
    api::DynamicObject,
    runtime::{WatchStreamExt, watcher},
};

/// One Job.
#[derive(Clone, Debug)]
pub struct Seen {
    pub name: String,
    pub task: String,
    pub index: usize,
    pub attempt: u32,
    /// RFC 3339 in whole seconds: the order of the texts is that of the times.
    pub created: String,
    pub started: Option<String>,
    pub completed: Option<String>,
    pub has_failed: bool,
    /// Its place in the order in which Jobs were first seen.
    pub order: usize,
}

/// Jobs by uid.
pub type Record = Arc<Mutex<BTreeMap<String, Seen>>>;

/// Fills the record, for ever.
pub async fn keep(client: Client, namespace: String, record: Record) {
    let api = resources::jobs(&client, &namespace);
    let mut jobs =
        std::pin::pin!(watcher(api, watcher::Config::default()).default_backoff().touched_objects());
    loop {
        // The watcher begins anew by itself.
        let Ok(Some(job)) = jobs.try_next().await else { continue };
        let mut record = record.lock().unwrap();
        let uid = job.metadata.uid.clone().unwrap_or_default();
        let order = record.get(&uid).map_or(record.len(), |seen| seen.order);
        record.insert(uid, seen(&job, order));
    }
}

fn seen(job: &DynamicObject, order: usize) -> Seen {
    let labels = job.metadata.labels.clone().unwrap_or_default();
    let label = |name: &str| labels[&format!("execution.kubegene.io/{name}")].clone();
    let status = &job.data["status"];
    let time = |name: &str| status[name].as_str().map(str::to_owned);
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    let metadata = serde_json::to_value(&job.metadata).unwrap();
    Seen {
        name: job.metadata.name.clone().unwrap_or_default(),
        task: label("task"),
        index: label("index").parse().unwrap(),
        attempt: label("attempt").parse().unwrap(),
        created: metadata["creationTimestamp"].as_str().unwrap().to_owned(),
        started: time("startTime"),
        completed: time("completionTime"),
        has_failed: conditions.iter().any(|is| is["type"] == "Failed" && is["status"] == "True"),
        order,
    }
}
