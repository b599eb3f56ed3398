//! What to do next.

use std::cmp::Reverse;

use gene_types::v1alpha1::FailurePolicy;
use k8s_openapi::jiff::Timestamp;

use super::{Phase, Run, vertices::VertexPhase};
use crate::{Action, Vertex};

impl Run {
    /// What to do now: at most `max` actions, `WakeAt` apart. Fewer than `max`: wait for an event,
    /// or for the time that `WakeAt` last named.
    pub fn next(&mut self, now: Timestamp, max: usize) -> Vec<Action> {
        let now = now.as_second();
        let mut actions = Vec::new();
        if self.phase.is_terminal() {
            return actions;
        }
        self.look_at_clock(now);
        self.draw_consequences();
        if self.ending.is_some() {
            self.push_ends(&mut actions, max);
        } else {
            if !self.is_failing_fast() {
                self.push_reads(&mut actions, max);
            }
            if self.may_start() {
                self.push_starts(&mut actions, max);
            }
        }
        self.settle(now);
        if let Some(deadline) = self.deadline().filter(|_| !self.phase.is_terminal() && self.ending.is_none())
            && self.wake != Some(deadline)
            && let Ok(at) = Timestamp::from_second(deadline)
        {
            self.wake = Some(deadline);
            actions.push(Action::WakeAt(at));
        }
        actions
    }

    /// Whether a failure keeps anything new from starting.
    pub(super) fn is_failing_fast(&self) -> bool {
        !self.failures.is_empty() && self.failure_policy() != FailurePolicy::Continue
    }

    pub(super) fn failure_policy(&self) -> FailurePolicy {
        self.valid.execution().spec.failure_policy.unwrap_or_default()
    }

    fn may_start(&self) -> bool {
        self.phase != Phase::New && !self.steering.suspend && !self.is_failing_fast()
    }

    fn push_ends(&mut self, actions: &mut Vec<Action>, max: usize) {
        while actions.len() < max
            && let Some(vertex) = self.to_end.pop_front()
        {
            let number = self.number(vertex);
            if self.vertices.phase[number].is_unfinished() {
                actions.push(Action::End { vertex, attempt: self.vertices.attempt[number] });
            }
        }
    }

    fn push_reads(&mut self, actions: &mut Vec<Action>, max: usize) {
        while actions.len() < max
            && let Some(vertex) = self.reads.pop_front()
        {
            self.reads_asked += 1;
            actions.push(Action::ReadResult { vertex });
        }
    }

    fn push_starts(&mut self, actions: &mut Vec<Action>, max: usize) {
        let bounds = [self.options.parallelism, self.steering.parallelism];
        let bound = bounds.into_iter().flatten().min().unwrap_or(u32::MAX) as usize;
        while actions.len() < max
            && self.unfinished.len() < bound
            && let Some(task) = self.ready.first()
        {
            if let Some(Reverse(index)) = self.tasks[task as usize].ready.pop() {
                let vertex = Vertex { task, index };
                let number = self.number(vertex);
                // An event may have overtaken its place in the queue.
                if self.vertices.phase[number] == VertexPhase::Pending {
                    self.set_phase(vertex, VertexPhase::Starting);
                    actions.push(Action::Start { vertex, attempt: self.vertices.attempt[number] });
                }
            }
            self.update_ready(task);
        }
    }
}
