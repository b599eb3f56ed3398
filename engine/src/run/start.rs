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
        if !self.is_held() {
            self.recorded = None;
            self.held_by.clear();
        }
        self.look_at_clock(now);
        self.miss_what_ran(now);
        self.draw_consequences();
        self.end_pauses(now);
        if self.ending.is_some() {
            self.push_ends(&mut actions, max);
        } else {
            if !self.is_failing_fast() || self.is_held() {
                self.push_reads(&mut actions, max);
            }
            if self.may_start() {
                self.push_starts(&mut actions, max);
            }
        }
        self.settle(now);
        let wake = self.wake_at();
        if self.wake != wake {
            self.wake = wake;
            actions.extend(wake.and_then(|wake| Timestamp::from_second(wake).ok()).map(Action::WakeAt));
        }
        actions
    }

    /// When there will be something to do, though nothing happens.
    fn wake_at(&self) -> Option<i64> {
        if self.phase.is_terminal() || self.is_ending() {
            return None;
        }
        let pause = self.pauses.first().filter(|_| self.may_start());
        pause.into_iter().chain(self.deadline()).min()
    }

    /// Whether a failure keeps anything new from starting.
    pub(super) fn is_failing_fast(&self) -> bool {
        !self.failures.is_empty() && self.failure_policy() != FailurePolicy::Continue
    }

    pub(super) fn failure_policy(&self) -> FailurePolicy {
        self.valid.execution().spec.failure_policy.unwrap_or_default()
    }

    fn may_start(&self) -> bool {
        self.phase != Phase::New && !self.steering.suspend && !self.is_failing_fast() && !self.is_held()
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
                if self.vertices.phase[number] == VertexPhase::Pending && !self.pauses.hold(vertex) {
                    self.vertices.attempt[number] = self.next_attempt(vertex);
                    self.set_phase(vertex, VertexPhase::Starting);
                    actions.push(Action::Start { vertex, attempt: self.vertices.attempt[number] });
                }
            }
            self.update_ready(task);
        }
    }
}
