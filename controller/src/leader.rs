//! Leader election on a Lease of `coordination.k8s.io/v1`: at most one replica works.
//!
//! No node's wall clock decides anything. A candidate takes the Lease when it has seen its record unchanged for the
//! Lease's duration by its own monotonic clock; a leader stops when it has not renewed for the shorter renew deadline
//! by its own. Every write carries the resourceVersion that it was decided on, so of two candidates one is refused.

mod lease;
mod step;
mod term;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use gene_daemon::admin::Gate;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::metrics::Metrics;
use lease::{Leases, Trouble};
use step::{Decision, Record, step};
use term::Term;

/// Which Lease is contended for, by whom, and how patiently.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace of the Lease.
    pub namespace: String,
    /// The name of the Lease.
    pub name: String,
    /// This candidate; no other process that runs may have the same. A process that begins and finds its identity in the
    /// Lease takes itself for the restarted one and leads at once.
    pub identity: String,
    /// How long after its last renewal a leader is taken to be gone. The Lease stores it in whole seconds, rounded up.
    pub duration: Duration,
    /// How long after its last renewal a leader gives up by itself; less than `duration`.
    pub renew_deadline: Duration,
    /// How long between two attempts to take or to renew the Lease; less than `renew_deadline`.
    pub retry: Duration,
}

/// Why leading ended otherwise than by `stop`.
#[derive(Debug, thiserror::Error)]
pub enum LeaderError {
    /// The settings contradict each other.
    #[error("leader election: {0}")]
    Settings(String),
    /// The work ended by itself with an error.
    #[error(transparent)]
    Work(Box<dyn std::error::Error + Send + Sync>),
}

impl Settings {
    /// A Lease lasts 15 s, is given up after 10 s, and is tried for every 2 s: what Kubernetes' own components use.
    pub fn new(namespace: String, name: String, identity: String) -> Self {
        Self {
            namespace,
            name,
            identity,
            duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }

    fn check(&self) -> Result<(), LeaderError> {
        let wrong = if self.namespace.is_empty() || self.name.is_empty() {
            "the lease needs a namespace and a name".to_owned()
        } else if self.identity.is_empty() {
            "the identity is empty".to_owned()
        } else if self.retry.is_zero() {
            "the retry period must be more than 0s".to_owned()
        } else if self.retry >= self.renew_deadline {
            format!(
                "the retry period ({:?}) must be less than the renew deadline ({:?})",
                self.retry, self.renew_deadline
            )
        } else if self.renew_deadline >= self.duration {
            format!(
                "the renew deadline ({:?}) must be less than the duration ({:?})",
                self.renew_deadline, self.duration
            )
        } else {
            return Ok(());
        };
        Err(LeaderError::Settings(wrong))
    }
}

/// Runs `work` while this candidate holds the Lease, and drops it at once when the Lease is lost; then contends again.
///
/// `work` gets `stop`. When that becomes true (or its sender is gone), `work` has the renew deadline to end by itself,
/// under a Lease that is still renewed; then the Lease is released for the next. What `work` spawns must end when it is
/// dropped. `gate` is open while the API server lets us read the Lease, whoever leads.
///
/// # Errors
/// When the settings contradict each other or `work` ends with an error. Errors of the API server are logged and tried
/// again.
pub async fn lead<W, F, E>(
    client: kube::Client,
    settings: Settings,
    mut stop: watch::Receiver<bool>,
    metrics: Arc<Metrics>,
    gate: Gate,
    work: W,
) -> Result<(), LeaderError>
where
    W: Fn(watch::Receiver<bool>) -> F,
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    settings.check()?;
    let leases = Leases::new(client, settings.clone(), Arc::clone(&metrics));
    // What names us before our first term is what an earlier life of ours left. Later it is another process that has our
    // identity by mistake, and may work: that one's Lease must expire like any other.
    let mut earlier_self = Some(settings.identity.as_str());
    loop {
        let mut term = tokio::select! {
            biased;
            () = stopped(&mut stop) => return Ok(()),
            term = contend(&leases, earlier_self.take(), &gate) => term,
        };
        metrics.leading(true);
        tracing::info!(lease = settings.name, identity = settings.identity, "leading");
        let ended = serve(&mut term, &leases, &mut stop, &work).await;
        metrics.leading(false);
        match ended {
            Ended::Lost(why) => tracing::warn!(lease = settings.name, why, "no longer leading"),
            Ended::Done(result) => {
                term.release(&leases).await;
                return result.map_err(|error| LeaderError::Work(Box::new(error)));
            }
        }
    }
}

/// Tries until the Lease is ours. A Lease of `earlier_self` is free.
async fn contend(leases: &Leases, earlier_self: Option<&str>, gate: &Gate) -> Term {
    let settings = leases.settings();
    let mut seen = None;
    let mut said = String::new();
    let mut round = 0;
    loop {
        round += 1;
        let found = leases.get().await;
        let now = Instant::now();
        let tried = match found {
            Ok(found) => {
                gate.open();
                let seen = observe(&mut seen, found.as_ref().map(Record::of), now);
                match step(seen.record.as_ref(), seen.at, now, earlier_self) {
                    Decision::Take => Term::begin(leases, found).await,
                    Decision::Wait { until } => {
                        sleep(jitter(settings, round).min(until.saturating_duration_since(now))).await;
                        continue;
                    }
                }
            }
            Err(trouble) => {
                gate.close(trouble.to_string());
                Err(trouble)
            }
        };
        match tried {
            Ok(term) => return term,
            // Another was faster: the next read says who.
            Err(Trouble::Conflict) => {}
            Err(trouble) => {
                let trouble = trouble.to_string();
                if said != trouble {
                    tracing::warn!(
                        lease = settings.name,
                        namespace = settings.namespace,
                        "cannot contend: {trouble}"
                    );
                    said = trouble;
                }
            }
        }
        sleep(jitter(settings, round)).await;
    }
}

/// How a term ended.
enum Ended<E> {
    Lost(String),
    Done(Result<(), E>),
}

/// Renews the Lease and works, both in this task: when the Lease is lost, the work is dropped before anything else.
async fn serve<W, F, E>(
    term: &mut Term,
    leases: &Leases,
    stop: &mut watch::Receiver<bool>,
    work: &W,
) -> Ended<E>
where
    W: Fn(watch::Receiver<bool>) -> F,
    F: Future<Output = Result<(), E>>,
{
    let patience = leases.settings().renew_deadline;
    let mut work = pin!(work(stop.clone()));
    let mut keeping = pin!(term.keep(leases));
    tokio::select! {
        biased;
        why = &mut keeping => return Ended::Lost(why),
        result = &mut work => return Ended::Done(result),
        () = stopped(stop) => {}
    }
    tokio::select! {
        biased;
        why = keeping => Ended::Lost(why),
        result = work => Ended::Done(result),
        () = sleep(patience) => {
            tracing::warn!("the work did not end within {patience:?} of being asked to; it is broken off");
            Ended::Done(Ok(()))
        }
    }
}

/// What the Lease last said, and when it began to say so.
struct Seen {
    record: Option<Record>,
    at: Instant,
}

fn observe(seen: &mut Option<Seen>, record: Option<Record>, now: Instant) -> &Seen {
    if seen.as_ref().is_some_and(|seen| seen.record != record) {
        *seen = None;
    }
    seen.get_or_insert(Seen { record, at: now })
}

/// Waits until `stop` is true or its sender is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The retry period and up to a quarter more, so that candidates that began together do not stay together.
fn jitter(settings: &Settings, round: u64) -> Duration {
    let mut hasher = DefaultHasher::new();
    (&settings.identity, round).hash(&mut hasher);
    settings.retry + settings.retry * (hasher.finish() % 256) as u32 / 1024
}
