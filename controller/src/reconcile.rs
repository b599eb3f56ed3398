//! Runs Executions.

use std::sync::Arc;

use tokio::sync::watch;

use crate::admin::Readiness;
use crate::events::Recorder;
use crate::metrics::Metrics;

/// What is reconciled and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The one namespace whose Executions are run; all namespaces where there is none.
    pub namespace: Option<String>,
    /// How many creates of Jobs are in flight at once.
    pub max_creates: usize,
}

/// Why reconciling ended otherwise than by `stop`.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {}

/// Runs Executions until `stop` becomes true or its sender is gone.
///
/// # Errors
/// None yet.
pub async fn run(
    _client: kube::Client,
    _settings: Settings,
    _metrics: Arc<Metrics>,
    _recorder: Recorder,
    _readiness: Readiness,
    mut stop: watch::Receiver<bool>,
) -> Result<(), ReconcileError> {
    // An error says that the sender is gone, which also means to stop.
    let _ = stop.wait_for(|stop| *stop).await;
    Ok(())
}
