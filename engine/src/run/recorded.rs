//! Going on from a recorded status, after a restart.

use gene_types::{names, plan::TaskId, v1alpha1::ExecutionStatus};
use k8s_openapi::jiff::Timestamp;

use super::Run;
use crate::{Event, Failure, Vertex, indexes::for_each_index};

/// No task has more, so an index beyond it is nonsense whatever the task's width will be.
const MAX_WIDTH: u32 = 1_000_000;

impl Run {
    /// Takes in what an earlier run recorded of itself. Call it on a new `Run`, then observe what
    /// is seen now (results first, or last: the order does not matter). What the status leaves out
    /// is observed again or, where nothing is left to observe, was never started.
    pub fn recall(&mut self, status: &ExecutionStatus) {
        self.conditions.clone_from(&status.conditions);
        if let Some(started) = &status.started_at {
            self.started = Some(started.0.as_second());
        }
        // A vertex that is not listed has no times; it ended after the Execution's start at least.
        let some_time = status.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
        for (task, recorded) in status.tasks.iter().enumerate().take(self.tasks.len()) {
            let task = task as TaskId;
            if self.task_plan(task).name != recorded.name {
                continue; // another plan's status: its digest tells, and who called should have looked
            }
            let attempt_of = |index: u32| {
                recorded
                    .attempts
                    .get(&index.to_string())
                    .map_or(0, |attempt| u32::try_from(*attempt).unwrap_or(0))
            };
            let mut events = Vec::new();
            for (index, attempt) in &recorded.attempts {
                if let (Ok(index), Ok(attempt)) = (index.parse(), u32::try_from(*attempt)) {
                    events.push(Event::Retry { vertex: Vertex { task, index }, attempt });
                }
            }
            let name = |index: u32| {
                names::job_name(self.valid.name(), &recorded.name, u64::from(index), attempt_of(index))
            };
            for_each_index(&recorded.succeeded_indexes, MAX_WIDTH, |index| {
                let listed = status.vertices.get(&name(index));
                events.push(Event::Succeeded {
                    vertex: Vertex { task, index },
                    attempt: attempt_of(index),
                    started: listed.and_then(|vertex| vertex.started_at.as_ref()).map(|time| time.0),
                    finished: listed.and_then(|v| v.finished_at.as_ref()).map_or(some_time, |time| time.0),
                    message: listed.map(|v| v.message.clone()).filter(|message| message != "success"),
                });
            });
            for_each_index(&recorded.failed_indexes, MAX_WIDTH, |index| {
                let listed = status.vertices.get(&name(index)).cloned().unwrap_or_default();
                events.push(Event::Failed {
                    vertex: Vertex { task, index },
                    attempt: attempt_of(index),
                    started: listed.started_at.map(|time| time.0),
                    finished: listed.finished_at.map_or(some_time, |time| time.0),
                    failure: Failure {
                        reason: listed.reason,
                        message: listed.message,
                        exit_code: listed.exit_code,
                    },
                });
            });
            for event in events {
                self.observe(event);
            }
        }
    }
}
