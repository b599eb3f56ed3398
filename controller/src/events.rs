//! Events on an Execution, for what a person would ask about.
//!
//! They are a courtesy: nothing waits for them and nothing depends on them. What there is too much of, and what the API
//! server does not take at once, is dropped and counted.

mod budget;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use gene_types::v1alpha1::API_VERSION;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::Api;
use kube::api::PostParams;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::metrics::{self, Metrics};
use crate::owner::Owner;
use budget::{Budget, Verdict};

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

/// Some seconds of what an API server takes one after the other.
const QUEUE: usize = 1024;
/// How long the API server may take for one.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long nothing is sent after the API server did not answer.
const AWAY: Duration = Duration::from_secs(10);
/// The API's limit on a note, in bytes.
const NOTE: usize = 1024;
/// The API's limit on a reporting instance, in bytes.
const INSTANCE: usize = 128;
/// Leaves room for a dot and a number in a name, whose limit is 253 bytes.
const NAME: usize = 230;

impl Recorder {
    /// A recorder, and the task that writes what is published until every clone of the recorder is gone.
    ///
    /// `instance` names this process among the replicas (its pod).
    pub fn new(
        client: kube::Client,
        instance: String,
        metrics: Arc<Metrics>,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (queue, records) = mpsc::channel(QUEUE);
        let recorder = Self { queue, metrics: Arc::clone(&metrics) };
        let writer = Writer {
            client,
            instance: cut(instance, INSTANCE),
            metrics,
            budget: Budget::default(),
            away_until: None,
            last_stamp: 0,
            forbidden: false,
        };
        (recorder, writer.run(records))
    }

    /// Records an Event on `execution`; never waits and never fails. What is too much for one Execution (25 at once
    /// and one a minute, of one reason 8), what has just been said, and what the API server is not there to take is
    /// dropped and counted.
    ///
    /// `reason` is one word in upper camel case, `note` a sentence, cut at 1 kB.
    pub fn publish(&self, execution: &Owner, kind: Kind, reason: &'static str, note: String) {
        let record = Record { execution: execution.clone(), kind, reason, note };
        if self.queue.try_send(record).is_err() {
            self.metrics.event_dropped();
        }
    }
}

struct Writer {
    client: kube::Client,
    instance: String,
    metrics: Arc<Metrics>,
    budget: Budget,
    /// While the API server is taken to be away.
    away_until: Option<Instant>,
    /// The time in the name of the last Event, in nanoseconds; no two Events have the same.
    last_stamp: i128,
    /// Whether the log has said that the API server refuses Events.
    forbidden: bool,
}

impl Writer {
    async fn run(mut self, mut records: mpsc::Receiver<Record>) {
        while let Some(record) = records.recv().await {
            let now = Instant::now();
            if self.away_until.is_some_and(|until| now < until) {
                self.metrics.event_dropped();
                continue;
            }
            match self.budget.spend(&record.execution.uid, record.reason, &record.note, now) {
                Verdict::Publish => self.write(record, "").await,
                Verdict::Last => self.write(record, " (more such Events are left out)").await,
                Verdict::Drop => self.metrics.event_dropped(),
            }
        }
    }

    async fn write(&mut self, record: Record, suffix: &str) {
        let namespace = record.execution.namespace.clone();
        let event = self.event(record, suffix);
        let api = Api::<Event>::namespaced(self.client.clone(), &namespace);
        let began = Instant::now();
        let answer = timeout(PATIENCE, api.create(&PostParams::default(), &event)).await;
        let code = answer.as_ref().map_or(0, |answer| metrics::code(answer, 201));
        self.metrics.api_call("create", "events", code, began.elapsed());
        let why = match answer {
            Ok(Ok(_)) => return,
            Ok(Err(kube::Error::Api(status))) => status.message,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {PATIENCE:?}"),
        };
        self.metrics.event_dropped();
        match code {
            // A refusal for want of a right, or because the namespace is being deleted.
            403 if !self.forbidden => {
                self.forbidden = true;
                tracing::warn!(namespace, "Events are refused, which is said once: {why}");
            }
            0 | 429 | 500.. => {
                self.away_until = Some(Instant::now() + AWAY);
                tracing::warn!("no Events for {AWAY:?}: the API server does not take them: {why}");
            }
            _ => tracing::debug!(namespace, "Event not recorded: {why}"),
        }
    }

    fn event(&mut self, record: Record, suffix: &str) -> Event {
        let Record { execution, kind, reason, note } = record;
        let now = Timestamp::now();
        self.last_stamp = now.as_nanosecond().max(self.last_stamp + 1);
        let note = cut(note, NOTE - suffix.len()) + suffix;
        let kind = match kind {
            Kind::Normal => "Normal",
            Kind::Warning => "Warning",
        };
        // A name may not have a dot beside a dot, nor a dash before one.
        let stem = cut_plain(&execution.name, NAME).trim_end_matches(['.', '-']);
        Event {
            metadata: ObjectMeta {
                name: Some(format!("{stem}.{:x}", self.last_stamp)),
                namespace: Some(execution.namespace.clone()),
                ..ObjectMeta::default()
            },
            action: Some("Reconcile".to_owned()),
            event_time: Some(MicroTime(now)),
            note: Some(note),
            reason: Some(reason.to_owned()),
            regarding: Some(ObjectReference {
                api_version: Some(API_VERSION.to_owned()),
                kind: Some("Execution".to_owned()),
                name: Some(execution.name),
                namespace: Some(execution.namespace),
                uid: Some(execution.uid),
                ..ObjectReference::default()
            }),
            reporting_controller: Some("gene-controller".to_owned()),
            reporting_instance: Some(self.instance.clone()),
            type_: Some(kind.to_owned()),
            ..Event::default()
        }
    }
}

/// `text` in at most `limit` bytes, its end marked where some is missing.
fn cut(mut text: String, limit: usize) -> String {
    const MARK: &str = "…";
    if text.len() > limit {
        text.truncate(cut_plain(&text, limit.saturating_sub(MARK.len())).len());
        text.push_str(MARK);
    }
    text
}

fn cut_plain(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}
