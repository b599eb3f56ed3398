//! The last status of an Execution of which nothing runs.

use gene_types::v1alpha1::{ExecutionStatus, status::phase};
use tokio::time::sleep;

use super::{End, backoff, status};
use crate::{
    owner::Owner,
    reconcile::{Shared, peek::StatusPeek},
    slim::SlimExecution,
};

/// What recording came to.
pub(super) enum Recorded {
    /// The Execution has ended, or is gone.
    Done(End),
    /// It is another than the one of which the status speaks: it may be right by now.
    Changed(Box<SlimExecution>),
}

/// Records the status of an Execution, as often as it takes.
pub(super) async fn record(
    shared: &Shared,
    owner: &Owner,
    execution: &SlimExecution,
    status: &ExecutionStatus,
) -> Recorded {
    let retry_generation = status.retry_generation.unwrap_or(0);
    let ended = || {
        if status.phase == phase::ERROR {
            shared.metrics.execution_finished(phase::ERROR);
        }
        Recorded::Done(End::Terminal { retry_generation })
    };
    let raw = match status::raw(status) {
        Ok(raw) => raw,
        Err(error) => {
            tracing::error!(execution = owner.name, error = %error, "its status cannot be written as JSON");
            return ended();
        }
    };
    let version = execution.metadata.resource_version.clone().unwrap_or_default();
    let mut backoff = backoff();
    loop {
        match shared.api.write_status(owner, &version, &raw).await {
            Ok(_) => return ended(),
            Err(error) if error.is_not_found() => return Recorded::Done(End::Gone),
            Err(error) => {
                tracing::warn!(execution = owner.name, namespace = owner.namespace, error = %error,
                    "its status cannot be recorded yet");
                sleep(backoff.next(error.retry_after())).await;
            }
        }
        match shared.api.execution(owner).await {
            Ok(now)
                if now.metadata.uid.as_ref() != Some(&owner.uid)
                    || now.metadata.deletion_timestamp.is_some() =>
            {
                return Recorded::Done(End::Gone);
            }
            Ok(now) if now.metadata.resource_version.as_ref() != Some(&version) => {
                // Perhaps by the very write whose answer was lost.
                let stored = StatusPeek::of(now.status.as_deref());
                if stored.is_terminal && stored.retry_generation >= retry_generation {
                    return ended();
                }
                return Recorded::Changed(Box::new(now));
            }
            Err(error) if error.is_not_found() => return Recorded::Done(End::Gone),
            Ok(_) | Err(_) => {}
        }
    }
}
