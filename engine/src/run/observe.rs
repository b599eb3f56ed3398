//! Taking in what happened.

use k8s_openapi::jiff::Timestamp;

use super::{
    Run,
    gate::Work,
    task::{Gate, Printed},
    vertices::{UNKNOWN, VertexPhase},
};
use crate::{Event, Failure, Steering, Vertex};

impl Run {
    /// Takes in one event. What is told twice counts once; events of different vertices commute,
    /// and so do those of one, save that `Gone` and `NotStarted` come after what they take back.
    pub fn observe(&mut self, event: Event) {
        if self.phase.is_terminal() {
            return;
        }
        if let Event::Retry { vertex, attempt } = event {
            self.begin_budget(vertex, attempt);
        }
        match event {
            Event::Steer(steering) => {
                let cancel = self.steering.cancel || steering.cancel;
                self.steering = Steering { cancel, ..steering };
            }
            Event::Result { vertex, text } => self.observe_result(vertex, text),
            event => self.observe_vertex(event),
        }
        self.draw_consequences();
    }

    fn observe_result(&mut self, vertex: Vertex, text: Result<String, String>) {
        let Some(state) = self.tasks.get_mut(vertex.task as usize) else { return };
        if vertex.index != 0 || state.printed.is_known() {
            return;
        }
        if state.printed == Printed::Asked {
            // It may come unasked after a restart, while the question still waits to be put.
            let waiting = self.reads.len();
            self.reads.retain(|read| *read != vertex);
            if self.reads.len() == waiting {
                self.reads_asked -= 1;
            }
        }
        if state.readers == 0 {
            state.printed = Printed::Spent;
            return;
        }
        state.printed = Printed::Known(text.map(|text| gene_types::plan::result_text(&text).into()));
        for child in &self.valid.plan().tasks[vertex.task as usize].children {
            self.work.push(Work::TryOpen(child.task));
        }
    }

    /// Takes in an event of one vertex; keeps it for later where the task's width is not known.
    pub(super) fn observe_vertex(&mut self, event: Event) {
        let Some((vertex, attempt)) = event.attempt() else { return };
        let Some(state) = self.tasks.get_mut(vertex.task as usize) else { return };
        let Some(width) = state.width else {
            state.early.insert((vertex.index, attempt, event.rank()), event);
            return;
        };
        // A Job of a task that is left out, or of an index that it has not, is none of ours.
        if vertex.index >= width || matches!(state.gate, Gate::Skipped(_)) {
            return;
        }
        let number = self.number(vertex);
        if self.vertices.phase[number] == VertexPhase::Succeeded {
            return self.correct_end(vertex, &event);
        }
        if attempt < self.vertices.attempt[number] {
            return self.observe_earlier(vertex, attempt, event);
        }
        if attempt > self.vertices.attempt[number] || matches!(event, Event::Retry { .. }) {
            self.forget_attempt(vertex, attempt);
            self.queue(vertex);
        }
        match event {
            Event::Started { at, .. } => self.vertex_started(vertex, at.as_second()),
            Event::Succeeded { started, finished, message, .. } => {
                let finished = finished.as_second();
                self.set_times(vertex, started.map(Timestamp::as_second), finished);
                // Where only running and failed vertices are listed, nobody will ask for it.
                if let Some(message) = message.filter(|message| !message.is_empty() && self.lists_all) {
                    self.messages.insert(vertex, message);
                }
                self.set_phase(vertex, VertexPhase::Succeeded);
                self.tell_children(vertex);
            }
            Event::Failed { started, finished, failure, .. }
                if self.has_budget(vertex, attempt, finished) =>
            {
                self.try_again(vertex, attempt, started, finished, failure);
            }
            Event::Failed { started, finished, failure, .. } => {
                let was = (self.vertices.finished[number], vertex);
                if self.failures.get(&was).is_none_or(|known| known.reason.is_empty()) {
                    self.failures.remove(&was);
                    self.set_times(vertex, started.map(Timestamp::as_second), finished.as_second());
                    self.fail_vertex(vertex, failure);
                }
            }
            Event::Gone { at, .. } => self.vertex_gone(vertex, at.as_second()),
            Event::NotStarted { .. } => {
                if self.vertices.phase[number] == VertexPhase::Starting {
                    self.set_phase(vertex, VertexPhase::Pending);
                    self.queue(vertex);
                }
            }
            Event::Retry { .. } | Event::Result { .. } | Event::Steer(_) => {}
        }
    }

    /// A success that was recorded without its time learns it when the Job itself is seen. A known time stays:
    /// a Job completes later than its pod, whose end may be what the vertex's children were started by.
    fn correct_end(&mut self, vertex: Vertex, event: &Event) {
        if let Event::Succeeded { started, finished, .. } = event
            && self.without_end.remove(&vertex)
        {
            self.set_times(vertex, started.map(Timestamp::as_second), finished.as_second());
        }
    }

    /// Whatever was known of lower attempts does not count any more.
    pub(super) fn forget_attempt(&mut self, vertex: Vertex, attempt: u32) {
        let number = self.number(vertex);
        if self.vertices.phase[number] == VertexPhase::Failed {
            self.failures.remove(&(self.vertices.finished[number], vertex));
            self.forget_words_on_pauses();
        }
        self.vertices.attempt[number] = attempt;
        self.vertices.started[number] = UNKNOWN;
        self.vertices.finished[number] = UNKNOWN;
        self.pauses.remove(vertex);
        self.set_phase(vertex, VertexPhase::Pending);
    }

    fn vertex_started(&mut self, vertex: Vertex, at: i64) {
        let number = self.number(vertex);
        if self.vertices.started[number] == UNKNOWN {
            self.vertices.started[number] = at;
            self.note_start(at);
        }
        let phase = self.vertices.phase[number];
        if matches!(phase, VertexPhase::Pending | VertexPhase::Starting) {
            self.set_phase(vertex, VertexPhase::Running);
            if phase == VertexPhase::Pending && self.ending.is_some() {
                self.to_end.push_back(vertex);
            }
        }
    }

    fn fail_vertex(&mut self, vertex: Vertex, failure: Failure) {
        let finished = self.vertices.finished[self.number(vertex)];
        self.failures.insert((finished, vertex), failure);
        self.forget_words_on_pauses();
        self.set_phase(vertex, VertexPhase::Failed);
    }

    fn vertex_gone(&mut self, vertex: Vertex, at: i64) {
        let number = self.number(vertex);
        if !self.vertices.phase[number].is_unfinished() {
            return;
        }
        if self.ending.is_some() {
            self.set_times(vertex, None, at);
            self.set_phase(vertex, VertexPhase::Cancelled);
        } else {
            let attempt = self.vertices.attempt[number];
            self.forget_attempt(vertex, self.budget_start(vertex).max(attempt));
            self.queue(vertex);
        }
    }

    pub(super) fn set_times(&mut self, vertex: Vertex, started: Option<i64>, finished: i64) {
        let number = self.number(vertex);
        if let Some(started) = started {
            self.vertices.started[number] = started;
        } else if self.vertices.started[number] == UNKNOWN {
            self.vertices.started[number] = finished;
        }
        self.vertices.finished[number] = finished;
        self.note_end(Some(self.vertices.started[number]), finished);
    }

    /// Moves a vertex and keeps every count.
    pub(super) fn set_phase(&mut self, vertex: Vertex, to: VertexPhase) {
        let number = self.number(vertex);
        let from = std::mem::replace(&mut self.vertices.phase[number], to);
        let state = &mut self.tasks[vertex.task as usize];
        state.status = None;
        for (phase, change) in [(from, u32::MAX), (to, 1)] {
            let count = match phase {
                VertexPhase::Pending => continue,
                VertexPhase::Starting => &mut state.counts.starting,
                VertexPhase::Running => &mut state.counts.running,
                VertexPhase::Succeeded => &mut state.counts.succeeded,
                VertexPhase::Failed => &mut state.counts.failed,
                VertexPhase::Cancelled => &mut state.counts.cancelled,
            };
            *count = count.wrapping_add(change);
        }
        if to == VertexPhase::Succeeded {
            self.totals.succeeded += 1;
        }
        self.totals.cancelled += u64::from(to == VertexPhase::Cancelled);
        self.totals.cancelled -= u64::from(from == VertexPhase::Cancelled);
        if to != VertexPhase::Pending {
            self.pauses.remove(vertex);
        }
        if from.is_unfinished() != to.is_unfinished() {
            if to.is_unfinished() {
                self.unfinished.insert(vertex);
            } else {
                self.unfinished.remove(&vertex);
            }
            if state.gate == Gate::Open {
                self.update_ready(vertex.task);
            }
        }
    }
}

impl Event {
    /// The vertex and the attempt that it speaks of.
    fn attempt(&self) -> Option<(Vertex, u32)> {
        match self {
            Self::Started { vertex, attempt, .. }
            | Self::Succeeded { vertex, attempt, .. }
            | Self::Failed { vertex, attempt, .. }
            | Self::Gone { vertex, attempt, .. }
            | Self::NotStarted { vertex, attempt }
            | Self::Retry { vertex, attempt } => Some((*vertex, *attempt)),
            Self::Result { .. } | Self::Steer(_) => None,
        }
    }

    /// The order in which events of one vertex are taken in that came before its task's width.
    fn rank(&self) -> u8 {
        match self {
            Self::Retry { .. } => 0,
            Self::Started { .. } => 1,
            Self::Gone { .. } | Self::NotStarted { .. } => 2,
            Self::Failed { .. } => 3,
            Self::Succeeded { .. } | Self::Result { .. } | Self::Steer(_) => 4,
        }
    }
}
