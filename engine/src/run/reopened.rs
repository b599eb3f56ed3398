//! Opening an Execution once more: `spec.retryGeneration` has grown.

use std::{collections::BTreeSet, sync::Arc};

use gene_types::{
    ValidExecution,
    v1alpha1::{ExecutionStatus, status::condition_type},
};
use k8s_openapi::jiff::Timestamp;

use super::{Options, Phase, Run, recorded::Recorded};
use crate::indexes::for_each_index;

impl Run {
    /// The run in which all that failed, was cancelled or never started is pending once more, with a
    /// fresh budget and, where a Job existed, the number of another attempt. What succeeded or was
    /// skipped stays; what failed a task as a whole is decided anew. The start stays, the end is
    /// dropped, and the deadline counts from `now`, which the status names `retriedAt`.
    ///
    /// `status` is what is recorded of the run so far, whether that has ended or is still ending: an
    /// attempt that runs goes on, and where it turns out to be ended, the vertex gets another. Tell it
    /// what is seen, as after [`Self::recall`]. Ask [`gene_types::retry::check_reopening`] first. Under
    /// `spec.cancel` all is cancelled again: who opens an Execution takes that back in the same change.
    pub fn reopened(
        valid: Arc<ValidExecution>,
        status: &ExecutionStatus,
        generation: i64,
        now: Timestamp,
        options: Options,
    ) -> Self {
        let mut run = Self::new(valid, options);
        run.recall_execution(status);
        let started = status.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
        run.recall_tasks(status, |run, recorded| {
            run.recall_attempts(recorded);
            run.recall_succeeded(recorded, started);
            run.reopen(recorded);
        });
        let is_open = |type_: &str| ![condition_type::COMPLETE, condition_type::FAILED].contains(&type_);
        run.conditions.retain(|condition| is_open(&condition.type_));
        run.phase = Phase::Running;
        run.started.get_or_insert(now.as_second());
        run.retry_generation = Some(generation);
        run.retried_at = Some(now.as_second());
        run
    }

    /// Has the status say that this `spec.retryGeneration` is dealt with, though nothing was opened by it: it was
    /// there from the beginning, or it cannot be met. Who waits for what it comes to need not wait any longer.
    pub fn heed(&mut self, generation: i64) {
        self.retry_generation = Some(generation);
        if let Some(recorded) = &mut self.recorded {
            recorded.retry_generation = Some(generation);
        }
    }

    /// Gives a task's vertices that failed, were ended or wait the numbers of their next attempts.
    fn reopen(&mut self, recorded: &Recorded<'_>) {
        let status = recorded.status();
        let mut settled = BTreeSet::new();
        for_each_index(&status.succeeded_indexes, recorded.width(), |index| _ = settled.insert(index));
        let next = |index| recorded.attempt(index).saturating_add(1).max(recorded.budget_start(index));
        for indexes in [&status.failed_indexes, &status.cancelled_indexes] {
            for_each_index(indexes, recorded.width(), |index| {
                if settled.insert(index) {
                    self.begin_budget(recorded.vertex(index), next(index));
                    self.number_attempt(recorded.vertex(index), next(index));
                }
            });
        }
        // It goes on, unless it is being ended.
        for_each_index(&status.running_indexes, recorded.width(), |index| {
            if settled.insert(index) {
                self.begin_budget(recorded.vertex(index), next(index));
            }
        });
        // What waits for another attempt has its number already.
        let waiting = status.attempts.keys().filter_map(|index| index.parse().ok());
        for index in waiting.filter(|index| !settled.contains(index)) {
            self.begin_budget(recorded.vertex(index), recorded.attempt(index));
        }
    }
}
