//! Going on from a recorded status, after a restart.

use std::sync::Arc;

use gene_types::{
    names,
    plan::TaskId,
    v1alpha1::{ExecutionStatus, TaskStatus, VertexStatus, status::phase},
};
use k8s_openapi::jiff::Timestamp;

use super::{
    Phase, Run,
    expand::MAX_DYNAMIC_WIDTH,
    task::{Ended, Printed},
    vertices::VertexPhase,
};
use crate::{Event, Failure, Vertex, indexes::for_each_index};

/// What a recorded status says of the vertices of one task.
pub(super) struct Recorded<'a> {
    task: TaskId,
    status: &'a TaskStatus,
    execution: &'a ExecutionStatus,
    name: &'a str,
    /// What lies beyond is nonsense.
    width: u32,
}

impl Run {
    /// Takes in what an earlier run recorded of itself. Call it on a new `Run`, then observe what
    /// is seen now (results first, or last: the order does not matter). What the status leaves out
    /// is observed again or, where nothing is left to observe, was never started.
    ///
    /// A run that had ended has ended, and its status is the recorded one. Where results are kept
    /// ([`Self::kept_results`]), nothing starts before they were read again and the status stays as it
    /// was recorded, so that nothing is ever made from them otherwise than before.
    pub fn recall(&mut self, status: &ExecutionStatus) {
        self.recall_execution(status);
        // A vertex that is not listed has no times. It ended after the Execution's start at least and,
        // where it failed, after the failures that are listed, which are the earliest.
        let started = status.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
        let failed = status.vertices.values().filter(|vertex| vertex.phase == phase::FAILED);
        let failed = failed.filter_map(|vertex| vertex.finished_at.as_ref()).map(|time| time.0);
        let failed = failed.max().unwrap_or(started);
        self.recall_tasks(status, |run, recorded| {
            run.recall_attempts(recorded);
            run.recall_succeeded(recorded, started);
            run.recall_failed(recorded, failed);
            run.recall_cancelled(recorded, started);
            run.recall_running(recorded, started);
        });
        let ended = match status.phase.as_str() {
            phase::SUCCEEDED => Phase::Succeeded,
            phase::FAILED => Phase::Failed,
            _ => return,
        };
        self.phase = ended;
        self.finished = status.finished_at.as_ref().map(|time| time.0.as_second());
    }

    pub(super) fn recall_execution(&mut self, status: &ExecutionStatus) {
        self.recorded = Some(Box::new(status.clone()));
        self.conditions.clone_from(&status.conditions);
        self.retry_generation = status.retry_generation;
        self.retried_at = status.retried_at.as_ref().map(|time| time.0.as_second());
        if let Some(started) = &status.started_at {
            self.started = Some(started.0.as_second());
            if status.phase != phase::NEW {
                self.phase = Phase::Running;
            }
        }
    }

    pub(super) fn recall_tasks(
        &mut self,
        status: &ExecutionStatus,
        mut recall: impl FnMut(&mut Self, &Recorded<'_>),
    ) {
        let valid = Arc::clone(&self.valid);
        for (task, recorded) in status.tasks.iter().enumerate().take(self.tasks.len()) {
            let task = task as TaskId;
            // Another plan's status: its digest tells, and who called should have looked.
            if self.task_plan(task).name != recorded.name {
                continue;
            }
            self.tasks[task as usize].result.clone_from(&recorded.result);
            if let Some(total) = recorded.total {
                self.reserve(task, u32::try_from(total).unwrap_or(0));
            }
            let failed_as_such = recorded.phase == phase::FAILED && recorded.failed == 0;
            let holding = if recorded.result.is_some() { Some(task) } else { None };
            let source = self.task_plan(task).source.filter(|_| failed_as_such);
            self.held_by.extend(holding.into_iter().chain(source));
            let width = self.tasks[task as usize].width.unwrap_or(MAX_DYNAMIC_WIDTH);
            let name = valid.name();
            recall(self, &Recorded { task, status: recorded, execution: status, name, width });
        }
        self.draw_consequences();
    }

    pub(super) fn recall_attempts(&mut self, recorded: &Recorded<'_>) {
        for index in recorded.status.retried_from.keys() {
            if let Ok(index) = index.parse() {
                self.begin_budget(recorded.vertex(index), recorded.budget_start(index));
            }
        }
        for index in recorded.status.attempts.keys() {
            if let Ok(index) = index.parse() {
                self.number_attempt(recorded.vertex(index), recorded.attempt(index));
            }
        }
    }

    pub(super) fn recall_succeeded(&mut self, recorded: &Recorded<'_>, started: Timestamp) {
        for_each_index(&recorded.status.succeeded_indexes, recorded.width, |index| {
            let listed = recorded.listed(index);
            let finished = listed.and_then(|vertex| vertex.finished_at.as_ref()).map(|time| time.0);
            self.observe(Event::Succeeded {
                vertex: recorded.vertex(index),
                attempt: recorded.attempt(index),
                started: listed.and_then(|vertex| vertex.started_at.as_ref()).map(|time| time.0),
                finished: finished.unwrap_or(started),
                message: listed.map(|v| v.message.clone()).filter(|message| message != "success"),
            });
            if finished.is_none() {
                self.without_end.insert(recorded.vertex(index));
            }
        });
    }

    fn recall_failed(&mut self, recorded: &Recorded<'_>, failed: Timestamp) {
        for_each_index(&recorded.status.failed_indexes, recorded.width, |index| {
            let listed = recorded.listed(index).cloned().unwrap_or_default();
            self.observe(Event::Failed {
                vertex: recorded.vertex(index),
                attempt: recorded.attempt(index),
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

    fn recall_cancelled(&mut self, recorded: &Recorded<'_>, started: Timestamp) {
        for_each_index(&recorded.status.cancelled_indexes, recorded.width, |index| {
            self.recall_ended(recorded.ended(index, started));
        });
    }

    fn recall_running(&mut self, recorded: &Recorded<'_>, started: Timestamp) {
        for_each_index(&recorded.status.running_indexes, recorded.width, |index| {
            self.was_running.push(recorded.ended(index, started));
        });
    }

    /// What ran and is not seen any more was ended, where everything is being ended. Elsewhere somebody
    /// deleted it, and it runs again.
    pub(super) fn miss_what_ran(&mut self, now: i64) {
        if self.was_running.is_empty() || self.is_held() {
            return;
        }
        for ended in std::mem::take(&mut self.was_running) {
            if self.is_ending() {
                self.recall_ended(Ended { finished: now, ..ended });
            }
        }
    }

    /// The attempt at which a vertex is, without any event of it.
    pub(super) fn number_attempt(&mut self, vertex: Vertex, attempt: u32) {
        self.observe_vertex(Event::Retry { vertex, attempt });
        self.draw_consequences();
    }

    /// Takes in that an earlier run ended an attempt; keeps it where the task's width is not known.
    pub(super) fn recall_ended(&mut self, ended: Ended) {
        let Ended { vertex, attempt, started, finished } = ended;
        let state = &mut self.tasks[vertex.task as usize];
        let Some(width) = state.width else { return state.early_ended.push(ended) };
        if vertex.index >= width {
            return;
        }
        let number = self.number(vertex);
        let is_current = self.vertices.attempt[number] == attempt;
        if is_current && self.vertices.phase[number] == VertexPhase::Pending {
            self.set_times(vertex, started, finished);
            self.set_phase(vertex, VertexPhase::Cancelled);
        }
    }

    /// What was ended because everything was, when nothing is being ended any more: it runs again.
    pub(super) fn revive_cancelled(&mut self) {
        for task in 0..self.tasks.len() as TaskId {
            for index in 0..self.tasks[task as usize].width.unwrap_or(0) {
                let vertex = Vertex { task, index };
                let number = self.number(vertex);
                if self.vertices.phase[number] == VertexPhase::Cancelled {
                    self.forget_attempt(vertex, self.vertices.attempt[number].saturating_add(1));
                    self.queue(vertex);
                }
            }
        }
    }

    /// Whether something that was made from results waits for them to be read again.
    pub fn is_held(&self) -> bool {
        self.held_by.iter().any(|source| self.tasks[*source as usize].printed == Printed::Asked)
    }
}

impl<'a> Recorded<'a> {
    pub fn status(&self) -> &'a TaskStatus {
        self.status
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn vertex(&self, index: u32) -> Vertex {
        Vertex { task: self.task, index }
    }

    pub fn attempt(&self, index: u32) -> u32 {
        self.status.attempts.get(&index.to_string()).map_or(0, |number| u32::try_from(*number).unwrap_or(0))
    }

    pub fn budget_start(&self, index: u32) -> u32 {
        let from = self.status.retried_from.get(&index.to_string());
        from.map_or(0, |number| u32::try_from(*number).unwrap_or(0))
    }

    fn ended(&self, index: u32, without_time: Timestamp) -> Ended {
        let listed = self.listed(index);
        let finished = listed.and_then(|vertex| vertex.finished_at.as_ref());
        Ended {
            vertex: self.vertex(index),
            attempt: self.attempt(index),
            started: listed.and_then(|vertex| vertex.started_at.as_ref()).map(|time| time.0.as_second()),
            finished: finished.map_or(without_time, |time| time.0).as_second(),
        }
    }

    fn listed(&self, index: u32) -> Option<&'a VertexStatus> {
        let attempt = self.attempt(index);
        let name = names::job_name(self.name, &self.status.name, u64::from(index), attempt);
        self.execution.vertices.get(&name)
    }
}
