//! Runs Executions.
//!
//! One watch per kind. The dispatcher hands what they bring to the actors, one for each Execution that
//! has not ended; an actor feeds its engine and carries out what the engine asks for.

mod actor;
mod dispatcher;
mod message;
mod peek;
mod watches;

use std::sync::Arc;

use gene_daemon::admin::Readiness;
use tokio::sync::{Semaphore, watch};

use crate::{api::Api, clock::Clock, events::Recorder, metrics::Metrics};

/// So many results are read or kept at once: each has at most 1 MiB, and is held as text, compressed, and as JSON.
const RESULTS_AT_ONCE: usize = 8;

/// What is reconciled and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The one namespace whose Executions are run; all namespaces where there is none.
    pub namespace: Option<String>,
    /// How many creates of Jobs are in flight at once, over all Executions: they are taken in turn.
    pub max_creates: usize,
    /// What time it is.
    pub clock: Clock,
}

/// Why reconciling ended otherwise than by `stop`.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A watch ended, which it never does while it can begin anew.
    #[error("the watch of {0} ended")]
    WatchEnded(&'static str),
}

/// What all actors share. Cheap to clone.
#[derive(Clone)]
struct Shared {
    api: Api,
    metrics: Arc<Metrics>,
    recorder: Recorder,
    clock: Clock,
    /// A permit for each create and delete in flight, handed out in the order of asking: a small
    /// Execution does not wait behind all of a large one.
    writes: Arc<Semaphore>,
    /// A permit for each look at the pods of a failed Job.
    reads: Arc<Semaphore>,
    /// A permit for each result that is being read or kept: several times its size is held meanwhile.
    results: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

/// Runs Executions until `stop` becomes true or its sender is gone; then nothing new starts, and what is
/// known is recorded. Dropping the future instead stops at once, which loses nothing either.
///
/// # Errors
/// Where the watches cannot go on.
pub async fn run(
    client: kube::Client,
    settings: Settings,
    metrics: Arc<Metrics>,
    recorder: Recorder,
    readiness: Readiness,
    stop: watch::Receiver<bool>,
) -> Result<(), ReconcileError> {
    let shared = Shared {
        api: Api::new(client.clone(), Arc::clone(&metrics)),
        metrics,
        recorder,
        clock: settings.clock,
        writes: Arc::new(Semaphore::new(settings.max_creates.max(1))),
        reads: Arc::new(Semaphore::new(settings.max_creates.max(1))),
        results: Arc::new(Semaphore::new(RESULTS_AT_ONCE)),
        stop,
    };
    dispatcher::Dispatcher::new(shared, client, settings, &readiness).run().await
}
