//! How an Execution ends: done, failed, cancelled, or out of time.

use gene_types::{
    field::within_json,
    limits::MAX_STATUS_MESSAGE_BYTES,
    names::vertex_display,
    v1alpha1::{Condition, FailurePolicy, status::condition_type},
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use super::{
    Phase, Run, WHOLE_TASK,
    vertices::{UNKNOWN, VertexPhase},
};

/// Why everything is being ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// `spec.cancel`.
    Cancelled,
    /// `spec.activeDeadlineSeconds`.
    Deadline,
    /// A failure under `failurePolicy: Abort`.
    Aborted,
}

impl Run {
    /// Starts the clock, and looks whether everything is to be ended.
    pub(super) fn look_at_clock(&mut self, now: i64) {
        let words = if self.steering.suspend {
            ("Suspended", "spec.suspend is set: nothing new starts")
        } else {
            ("Resumed", "spec.suspend is not set")
        };
        self.set_condition(condition_type::SUSPENDED, self.steering.suspend, words, now);
        let omitted = if self.lists_all {
            ("AllListed", "all vertices are listed")
        } else {
            ("TooManyVertices", "only running and failed vertices are listed; tasks are complete")
        };
        self.set_condition(condition_type::VERTICES_OMITTED, !self.lists_all, omitted, now);
        let has_begun = !self.unfinished.is_empty() || self.last_finished != UNKNOWN;
        if self.phase == Phase::New && (!self.steering.suspend || self.steering.cancel || has_begun) {
            self.phase = Phase::Running;
            let earliest = Some(self.first_started).filter(|time| *time != UNKNOWN);
            self.started.get_or_insert(earliest.map_or(now, |time| time.min(now)));
        }
        // All may have succeeded before anybody could ask for an end.
        if self.unsettled == 0 || self.phase == Phase::New {
            return;
        }
        if self.steering.cancel {
            self.begin_ending(Ending::Cancelled);
        } else if !self.failures.is_empty() && self.failure_policy() == FailurePolicy::Abort {
            self.begin_ending(Ending::Aborted);
        } else if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.begin_ending(Ending::Deadline);
        } else if self.totals.cancelled > 0 && !self.is_held() {
            self.revive_cancelled();
        }
    }

    /// When the Execution runs out of time.
    pub(super) fn deadline(&self) -> Option<i64> {
        let seconds = self.valid.execution().spec.active_deadline_seconds?;
        let from = self.options.deadline_from.map(Timestamp::as_second);
        let from = from.or(self.retried_at).or(self.started)?;
        Some(from.saturating_add(seconds))
    }

    /// Whether everything is being ended, so that what never started never will.
    pub fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    fn begin_ending(&mut self, why: Ending) {
        if self.ending.is_none() {
            self.to_end = self.unfinished.iter().copied().collect();
            // What waited is now cancelled in every task's status.
            self.tasks.iter_mut().for_each(|task| task.status = None);
        }
        if self.ending.is_none() || why == Ending::Cancelled {
            self.ending = Some(why);
        }
    }

    /// Declares the end when nothing runs and nothing more will.
    pub(super) fn settle(&mut self, now: i64) {
        let idle = self.unfinished.is_empty();
        if self.phase == Phase::New || !idle || self.is_held() {
            return;
        }
        if self.unsettled == 0 && self.failures.is_empty() {
            self.finish(Phase::Succeeded, now);
        } else if self.is_ending() || self.is_failing_fast() {
            self.finish(Phase::Failed, now);
        } else if !self.failures.is_empty() {
            let reads = self.reads_asked > 0 || !self.reads.is_empty();
            if !reads && !self.pauses.any() && !self.has_ready() {
                self.finish(Phase::Failed, now);
            }
        }
    }

    fn finish(&mut self, phase: Phase, now: i64) {
        let by_clock = matches!(self.ending, Some(Ending::Cancelled | Ending::Deadline));
        let finished = if by_clock || self.last_finished == UNKNOWN { now } else { self.last_finished };
        let finished = finished.max(self.started.unwrap_or(finished));
        self.phase = phase;
        self.finished = Some(finished);
        self.tasks.iter_mut().for_each(|task| task.status = None);
        let message = within_json(self.message(), MAX_STATUS_MESSAGE_BYTES);
        if phase == Phase::Succeeded {
            self.set_condition(condition_type::COMPLETE, true, ("Completed", &message), finished);
        } else {
            let reason = match self.ending {
                Some(Ending::Cancelled) => "Cancelled",
                Some(Ending::Deadline) => "DeadlineExceeded",
                _ if self.failures.keys().next().is_some_and(|(_, v)| v.index == WHOLE_TASK) => "TaskFailed",
                _ => "VertexFailed",
            };
            self.set_condition(condition_type::FAILED, true, (reason, &message), finished);
        }
    }

    /// The sentence for people.
    pub(super) fn message(&self) -> String {
        let failure = self.failures.iter().next().map(|((_, vertex), failure)| match vertex.index {
            WHOLE_TASK => format!("task \"{}\": {}", self.task_plan(vertex.task).name, failure.message),
            index => {
                let name = &self.task_plan(vertex.task).name;
                format!("{}: {}", vertex_display(name, u64::from(index)), failure.sentence())
            }
        });
        match (self.phase, self.ending) {
            (Phase::New, _) => String::new(),
            (Phase::Succeeded, _) => "execution has run successfully".into(),
            (_, Some(Ending::Cancelled)) => "execution was cancelled".into(),
            (_, Some(Ending::Deadline)) => format!(
                "execution exceeded its deadline of {} s",
                self.valid.execution().spec.active_deadline_seconds.unwrap_or(0)
            ),
            (Phase::Running, _) if failure.is_none() && self.steering.parallelism == Some(0) => {
                "execution is running; nothing new starts: parallelism is 0".into()
            }
            _ => failure.unwrap_or_else(|| "execution is running".into()),
        }
    }

    /// Whether some vertex only waits for room or for leave. Costs a look at every task, which is
    /// paid only when nothing runs.
    fn has_ready(&self) -> bool {
        self.tasks.iter().any(|task| {
            task.ready
                .iter()
                .any(|index| self.vertices.phase[(task.first + index.0) as usize] == VertexPhase::Pending)
        })
    }

    /// Sets a condition; its time moves only when its status does. One that was never true is not listed.
    pub(super) fn set_condition(&mut self, type_: &str, holds: bool, words: (&str, &str), now: i64) {
        let status = if holds { "True" } else { "False" };
        let time = Timestamp::from_second(now).ok().map(Time);
        let (reason, message) = words;
        match self.conditions.iter_mut().find(|condition| condition.type_ == type_) {
            Some(condition) => {
                if condition.status != status {
                    condition.status = status.into();
                    condition.last_transition_time = time;
                }
                condition.reason = reason.into();
                condition.message = message.into();
            }
            None if !holds => {}
            None => self.conditions.push(Condition {
                type_: type_.into(),
                status: status.into(),
                last_transition_time: time,
                reason: reason.into(),
                message: message.into(),
            }),
        }
    }
}
