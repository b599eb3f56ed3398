//! The watches: one for each kind.

use futures::{Stream, StreamExt as _, stream::BoxStream};
use gene_daemon::admin::Gate;
use gene_types::names;
use kube::{
    Api,
    runtime::{WatchStreamExt as _, watcher},
};
use serde::de::DeserializeOwned;
use std::{fmt::Debug, sync::Arc};

use crate::{
    metrics::Metrics,
    slim::{SlimExecution, SlimJob, SlimPod},
};

/// An Execution may hold 1.5 MB: a page of them is in memory at once.
const EXECUTIONS_PER_PAGE: u32 = 50;

pub(super) type Events<K> = BoxStream<'static, watcher::Event<K>>;

/// All Executions.
pub(super) fn executions(client: &kube::Client, namespace: Option<&str>) -> Watch<SlimExecution> {
    Watch {
        api: api(client, namespace),
        config: watcher::Config::default().page_size(EXECUTIONS_PER_PAGE),
        kind: "executions",
    }
}

/// All Jobs of Executions.
pub(super) fn jobs(client: &kube::Client, namespace: Option<&str>) -> Watch<SlimJob> {
    Watch {
        api: api(client, namespace),
        config: watcher::Config::default().labels(names::LABEL_NAME),
        kind: "jobs",
    }
}

/// The finished pods of Executions.
pub(super) fn finished_pods(client: &kube::Client, namespace: Option<&str>) -> Watch<SlimPod> {
    let finished = "status.phase!=Pending,status.phase!=Running";
    Watch {
        api: api(client, namespace),
        config: watcher::Config::default().labels(names::LABEL_NAME).fields(finished),
        kind: "pods",
    }
}

/// A watch that has not begun.
pub(super) struct Watch<K> {
    api: Api<K>,
    config: watcher::Config,
    kind: &'static str,
}

impl<K> Watch<K>
where
    K: kube::Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    /// Begins it. What goes wrong is counted, logged and shown at the gate, and tried again after a while.
    pub fn begin(self, metrics: Arc<Metrics>, gate: Option<Gate>) -> Events<K> {
        let kind = self.kind;
        let events = watcher(self.api, self.config).default_backoff();
        told(events, kind, metrics, gate).boxed()
    }
}

fn told<K>(
    events: impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send,
    kind: &'static str,
    metrics: Arc<Metrics>,
    gate: Option<Gate>,
) -> impl Stream<Item = watcher::Event<K>> + Send
where
    K: Send,
{
    events.filter_map(move |event| {
        let event = match event {
            Ok(event) => {
                if let (watcher::Event::InitDone, Some(gate)) = (&event, &gate) {
                    gate.open();
                }
                Some(event)
            }
            Err(error) => {
                metrics.watch_restarted(kind);
                tracing::warn!(kind, error = %error, "the watch was interrupted and begins anew");
                // Once synced it stays ready: what was seen is still true, and other replicas see no more.
                if let (watcher::Error::InitialListFailed(_), Some(gate)) = (&error, &gate) {
                    gate.close(error.to_string());
                }
                None
            }
        };
        std::future::ready(event)
    })
}

fn api<K>(client: &kube::Client, namespace: Option<&str>) -> Api<K>
where
    K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}
