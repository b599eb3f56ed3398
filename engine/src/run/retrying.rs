//! Another attempt for a vertex that failed, as long as its budget lasts, and not before a pause is over.

use std::collections::{BTreeMap, BTreeSet};

use gene_types::plan::TaskId;
use k8s_openapi::jiff::Timestamp;

use super::{
    Run,
    vertices::{UNKNOWN, VertexPhase},
};
use crate::{Event, Failure, Vertex};

/// Vertices that failed and must not start again yet.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    of: BTreeMap<Vertex, Pause>,
    /// The same, the first to be over first.
    due: BTreeSet<(i64, Vertex)>,
}

/// The wait for another attempt.
#[derive(Debug)]
pub(super) struct Pause {
    /// Unix seconds.
    pub until: i64,
    /// Why the attempt before failed.
    pub failure: Failure,
    /// Which of how many attempts that was, counted from 1.
    pub spent: u32,
    pub budget: u32,
}

impl Pauses {
    /// Whether the vertex must not start yet.
    pub fn hold(&self, vertex: Vertex) -> bool {
        self.of.contains_key(&vertex)
    }

    /// Whether some vertex must not start yet.
    pub fn any(&self) -> bool {
        !self.due.is_empty()
    }

    /// The first time at which a pause is over.
    pub fn first(&self) -> Option<i64> {
        self.due.first().map(|(until, _)| *until)
    }

    /// The first vertex of a task that waits.
    pub fn of_task(&self, task: TaskId) -> Option<(u32, &Pause)> {
        let all = Vertex { task, index: 0 }..=Vertex { task, index: u32::MAX };
        self.of.range(all).next().map(|(vertex, pause)| (vertex.index, pause))
    }

    pub fn remove(&mut self, vertex: Vertex) {
        if let Some(pause) = self.of.remove(&vertex) {
            self.due.remove(&(pause.until, vertex));
        }
    }

    fn insert(&mut self, vertex: Vertex, pause: Pause) {
        self.remove(vertex);
        self.due.insert((pause.until, vertex));
        self.of.insert(vertex, pause);
    }

    fn take_due(&mut self, now: i64) -> Option<Vertex> {
        let (_, vertex) = *self.due.first().filter(|(until, _)| *until <= now)?;
        self.remove(vertex);
        Some(vertex)
    }

    fn tasks(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.of.keys().map(|vertex| vertex.task)
    }
}

impl Run {
    /// Whether the vertex has another attempt after the failure of this one: its budget lasts, or it ran
    /// when all was opened again, and had failed by then.
    pub(super) fn has_budget(&self, vertex: Vertex, attempt: u32, finished: Timestamp) -> bool {
        let ran_before = attempt < self.budget_start(vertex);
        let failed_before = self.retried_at.is_some_and(|retried| finished.as_second() <= retried);
        self.limit(vertex.task) > self.spent(vertex, attempt) || (ran_before && failed_before)
    }

    /// The attempt failed, and it is not the last.
    pub(super) fn try_again(
        &mut self,
        vertex: Vertex,
        attempt: u32,
        started: Option<Timestamp>,
        finished: Timestamp,
        failure: Failure,
    ) {
        self.forget_attempt(vertex, attempt.saturating_add(1));
        self.note_end(started.map(Timestamp::as_second), finished.as_second());
        if attempt < self.budget_start(vertex) {
            self.queue(vertex); // It ran before all was opened again, and has no pause to wait for.
        } else {
            self.pause(vertex, attempt, finished, failure);
        }
    }

    /// Takes in what is told of an attempt before the one at which the vertex is. Where that one has not
    /// started, it waits as long as if the failure had been told in its time.
    pub(super) fn observe_earlier(&mut self, vertex: Vertex, attempt: u32, event: Event) {
        let number = self.number(vertex);
        let Event::Failed { started, finished, failure, .. } = event else { return };
        if attempt < self.budget_start(vertex) || !self.has_budget(vertex, attempt, finished) {
            return;
        }
        self.note_end(started.map(Timestamp::as_second), finished.as_second());
        let is_last = attempt.checked_add(1) == Some(self.vertices.attempt[number]);
        let is_told = self.pauses.of.get(&vertex).is_some_and(|pause| !pause.failure.reason.is_empty());
        if is_last && !is_told && self.vertices.phase[number] == VertexPhase::Pending {
            self.pause(vertex, attempt, finished, failure);
        }
    }

    /// Lets those start whose pause is over, of which nothing is said any more.
    pub(super) fn end_pauses(&mut self, now: i64) {
        while let Some(vertex) = self.pauses.take_due(now) {
            self.tasks[vertex.task as usize].status = None;
            self.queue(vertex);
        }
    }

    /// Whether pauses come to nothing, as nothing new will start.
    pub(super) fn is_giving_up(&self) -> bool {
        self.is_ending() || self.is_failing_fast() || self.phase.is_terminal()
    }

    /// What is said of pauses changes when they come to nothing.
    pub(super) fn forget_words_on_pauses(&mut self) {
        if self.failures.len() > 1 {
            return; // They came to nothing before.
        }
        for task in self.pauses.tasks() {
            self.tasks[task as usize].status = None;
        }
    }

    /// What to say of a task of which a vertex waits for another attempt.
    pub(super) fn pause_reason(&self, task: TaskId) -> Option<Failure> {
        let (index, pause) = self.pauses.of_task(task)?;
        let name = &self.task_plan(task).name;
        let next = match Timestamp::from_second(pause.until) {
            Ok(until) if !self.is_giving_up() => format!(", next at {until}"),
            _ => String::new(),
        };
        let Pause { failure, spent, budget, .. } = pause;
        let message =
            format!("{name}[{index}]: attempt {spent} of {budget} failed{next}: {}", failure.sentence());
        Some(Failure { message, ..failure.clone() })
    }

    fn pause(&mut self, vertex: Vertex, attempt: u32, finished: Timestamp, failure: Failure) {
        let spent = self.spent(vertex, attempt);
        let pause = self.task_plan(vertex.task).retry.map_or(0, |retry| retry.pause_after(spent));
        let (spent, budget) = (spent.saturating_add(1), self.limit(vertex.task).saturating_add(1));
        // The pause is over when the whole of it is, though times are kept in seconds.
        let ended = finished.as_second().saturating_add(i64::from(finished.subsec_nanosecond() > 0));
        let until = ended.saturating_add(pause);
        self.pauses.insert(vertex, Pause { until, failure, spent, budget });
        self.tasks[vertex.task as usize].status = None;
    }

    fn limit(&self, task: TaskId) -> u32 {
        self.task_plan(task).retry.and_then(|retry| u32::try_from(retry.limit).ok()).unwrap_or(0)
    }

    /// The attempts before this one that the budget has paid for.
    fn spent(&self, vertex: Vertex, attempt: u32) -> u32 {
        attempt.saturating_sub(self.budget_start(vertex))
    }

    /// The attempt with which the vertex's budget began.
    pub(super) fn budget_start(&self, vertex: Vertex) -> u32 {
        self.budget_from.get(&vertex).copied().unwrap_or(0)
    }

    /// The number of the attempt that a vertex which is pending gets.
    pub(super) fn next_attempt(&self, vertex: Vertex) -> u32 {
        self.vertices.attempt[self.number(vertex)].max(self.budget_start(vertex))
    }

    /// The budget of the vertex begins anew with this attempt.
    pub(super) fn begin_budget(&mut self, vertex: Vertex, attempt: u32) {
        if attempt > 0 && (vertex.task as usize) < self.tasks.len() {
            self.budget_from.insert(vertex, attempt);
            self.tasks[vertex.task as usize].status = None;
        }
    }

    /// Remembers when something ran, for the start and the end of the Execution.
    pub(super) fn note_end(&mut self, started: Option<i64>, finished: i64) {
        self.note_start(started.unwrap_or(finished));
        self.last_finished = self.last_finished.max(finished);
    }

    pub(super) fn note_start(&mut self, started: i64) {
        if self.first_started == UNKNOWN || started < self.first_started {
            self.first_started = started;
        }
        // A Job may turn out to be older than whoever took the Execution up.
        self.started = self.started.map(|known| known.min(started));
    }
}
