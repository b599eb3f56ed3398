//! Opening an Execution once more: `spec.retryGeneration` has grown.

use std::sync::Arc;

use gene_types::{ValidExecution, v1alpha1::ExecutionStatus};
use k8s_openapi::jiff::Timestamp;

use super::{Options, Run};

impl Run {
    /// The run in which all that failed, was cancelled or never started is pending once more, with a
    /// fresh budget and, where a Job existed, the number of another attempt. What succeeded or was
    /// skipped stays; what fails a task as a whole is decided anew. The start stays, the end is
    /// dropped, and the deadline counts from `now`, which the status names `retriedAt`.
    ///
    /// `status` is what is recorded of the run so far, whether that has ended or is still ending: an
    /// attempt that runs goes on. Ask [`gene_types::retry::check_reopening`] first.
    pub fn reopened(
        valid: Arc<ValidExecution>,
        status: &ExecutionStatus,
        generation: i64,
        now: Timestamp,
        options: Options,
    ) -> Self {
        let mut run = Self::new(valid, options);
        run.recall(status);
        run.retry_generation = Some(generation);
        run.retried_at = Some(now.as_second());
        run
    }
}
