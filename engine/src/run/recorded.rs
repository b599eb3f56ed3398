//! Going on from a recorded status, after a restart.

use std::sync::Arc;

use gene_types::{
    names,
    plan::TaskId,
    v1alpha1::{ExecutionStatus, TaskStatus, status::phase},
};
use k8s_openapi::jiff::Timestamp;

use super::{Phase, Run, expand::MAX_DYNAMIC_WIDTH};
use crate::{Event, Failure, Vertex, indexes::for_each_index};

impl Run {
    /// Takes in what an earlier run recorded of itself. Call it on a new `Run`, then observe what
    /// is seen now (results first, or last: the order does not matter). What the status leaves out
    /// is observed again or, where nothing is left to observe, was never started.
    pub fn recall(&mut self, status: &ExecutionStatus) {
        self.conditions.clone_from(&status.conditions);
        if let Some(started) = &status.started_at {
            self.started = Some(started.0.as_second());
            if status.phase != phase::NEW {
                self.phase = Phase::Running;
            }
        }
        // A vertex that is not listed has no times. It ended after the Execution's start at least and,
        // where it failed, after the failures that are listed, which are the earliest.
        let started = status.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
        let failed = status.vertices.values().filter(|vertex| vertex.phase == phase::FAILED);
        let failed = failed.filter_map(|vertex| vertex.finished_at.as_ref()).map(|time| time.0);
        let failed = failed.max().unwrap_or(started);
        for (task, recorded) in status.tasks.iter().enumerate().take(self.tasks.len()) {
            let task = task as TaskId;
            // Another plan's status: its digest tells, and who called should have looked.
            if self.task_plan(task).name == recorded.name {
                self.recall_task(task, recorded, status, started, failed);
            }
        }
    }

    fn recall_task(
        &mut self,
        task: TaskId,
        recorded: &TaskStatus,
        status: &ExecutionStatus,
        started: Timestamp,
        failed: Timestamp,
    ) {
        // What lies beyond the width is nonsense, and where that is not known yet, it has a bound.
        let width = self.tasks[task as usize].width.unwrap_or(MAX_DYNAMIC_WIDTH);
        let valid = Arc::clone(&self.valid);
        let attempt_of = |index: u32| {
            let attempt = recorded.attempts.get(&index.to_string());
            attempt.map_or(0, |attempt| u32::try_from(*attempt).unwrap_or(0))
        };
        let listed = |index: u32| {
            let name = names::job_name(valid.name(), &recorded.name, u64::from(index), attempt_of(index));
            status.vertices.get(&name)
        };
        for (index, attempt) in &recorded.attempts {
            if let (Ok(index), Ok(attempt)) = (index.parse(), u32::try_from(*attempt)) {
                self.observe(Event::Retry { vertex: Vertex { task, index }, attempt });
            }
        }
        for_each_index(&recorded.succeeded_indexes, width, |index| {
            let listed = listed(index);
            self.observe(Event::Succeeded {
                vertex: Vertex { task, index },
                attempt: attempt_of(index),
                started: listed.and_then(|vertex| vertex.started_at.as_ref()).map(|time| time.0),
                finished: listed.and_then(|v| v.finished_at.as_ref()).map_or(started, |time| time.0),
                message: listed.map(|v| v.message.clone()).filter(|message| message != "success"),
            });
        });
        for_each_index(&recorded.failed_indexes, width, |index| {
            let listed = listed(index).cloned().unwrap_or_default();
            self.observe(Event::Failed {
                vertex: Vertex { task, index },
                attempt: attempt_of(index),
                started: listed.started_at.map(|time| time.0),
                finished: listed.finished_at.map_or(failed, |time| time.0),
                failure: Failure {
                    reason: listed.reason,
                    message: listed.message,
                    exit_code: listed.exit_code,
                },
            });
        });
    }
}
