//! The status: what a person and a restart read.

use std::collections::BTreeMap;

use gene_types::{
    field::within_json,
    limits,
    plan::TaskId,
    v1alpha1::{DependencyType, ExecutionStatus, TaskStatus, VertexStatus, status::phase},
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use super::{
    Phase, Run, WHOLE_TASK,
    task::Gate,
    vertices::{UNKNOWN, VertexPhase},
};
use crate::{Failure, Vertex, indexes::format_indexes};

impl Run {
    /// The status as of the last call of [`Self::next`]. Costs a look at the tasks that changed.
    pub fn status(&mut self) -> ExecutionStatus {
        for task in 0..self.tasks.len() {
            if self.tasks[task].status.is_none() {
                self.tasks[task].status = Some(self.task_status(task as TaskId));
            }
        }
        if let Some(recorded) =
            self.recorded.as_deref().filter(|_| self.phase.is_terminal() || self.is_held())
        {
            let observed_generation = self.valid.execution().metadata.generation;
            return ExecutionStatus { observed_generation, ..recorded.clone() };
        }
        let digest = self.digest.get_or_insert_with(|| self.valid.digest()).clone();
        ExecutionStatus {
            phase: match self.phase {
                Phase::New => phase::NEW,
                Phase::Running => phase::RUNNING,
                Phase::Succeeded => phase::SUCCEEDED,
                Phase::Failed => phase::FAILED,
            }
            .into(),
            message: within_json(self.message(), limits::MAX_STATUS_MESSAGE_BYTES),
            started_at: self.started.and_then(time),
            finished_at: self.finished.and_then(time),
            progress: format!("{}/{}", self.totals.succeeded + self.totals.skipped, self.totals.known),
            observed_generation: self.valid.execution().metadata.generation,
            retry_generation: self.retry_generation,
            retried_at: self.retried_at.and_then(time),
            plan_digest: digest,
            conditions: self.conditions.clone(),
            vertices: if self.lists_all { self.all_vertices() } else { self.notable_vertices() },
            tasks: self.tasks.iter().filter_map(|task| task.status.clone()).collect(),
        }
    }

    /// Whether all vertices that are known now, and their children's names, may be listed.
    pub(super) fn can_list_all(&self) -> bool {
        // Asked at every expansion, so the names are counted only where there are few tasks.
        if self.totals.known > limits::MAX_LISTED_VERTICES {
            return false;
        }
        let width = |task: TaskId| u64::from(self.tasks[task as usize].width.unwrap_or(0));
        let mut names = 0_u64;
        for (task, plan) in self.valid.plan().tasks.iter().enumerate() {
            for child in &plan.children {
                names += match child.kind {
                    DependencyType::Whole => width(task as TaskId) * width(child.task),
                    DependencyType::Iterate => width(child.task),
                };
            }
        }
        names <= limits::MAX_LISTED_CHILDREN
    }

    fn task_status(&self, task: TaskId) -> TaskStatus {
        let state = &self.tasks[task as usize];
        let counts = state.counts;
        let mut waiting = state.pending() + counts.starting;
        let mut take_waiting = |holds: bool| if holds { std::mem::take(&mut waiting) as i32 } else { 0 };
        let skipped = take_waiting(matches!(state.gate, Gate::Skipped(_)));
        let given_up = take_waiting(self.is_ending());
        let why = self.task_reason(task);
        TaskStatus {
            name: self.task_plan(task).name.clone(),
            phase: self.task_phase(task).into(),
            total: state.width.map(|width| width as i32),
            pending: waiting as i32,
            running: counts.running as i32,
            succeeded: counts.succeeded as i32,
            failed: counts.failed as i32,
            skipped,
            cancelled: counts.cancelled as i32 + given_up,
            succeeded_indexes: self.indexes(task, VertexPhase::Succeeded, counts.succeeded),
            running_indexes: self.indexes(task, VertexPhase::Running, counts.running),
            failed_indexes: self.indexes(task, VertexPhase::Failed, counts.failed),
            cancelled_indexes: self.indexes(task, VertexPhase::Cancelled, counts.cancelled),
            attempts: self.attempts(task),
            retried_from: self.retried_from(task),
            result: state.result.clone(),
            reason: within_json(why.reason, limits::MAX_STATUS_REASON_BYTES),
            message: within_json(why.message, limits::MAX_TASK_MESSAGE_BYTES),
        }
    }

    fn task_phase(&self, task: TaskId) -> &'static str {
        let state = &self.tasks[task as usize];
        let counts = state.counts;
        if matches!(state.gate, Gate::Skipped(_)) {
            phase::SKIPPED
        } else if state.is_done {
            phase::SUCCEEDED
        } else if counts.running > 0 {
            phase::RUNNING
        } else if matches!(state.gate, Gate::Failed { .. }) || counts.failed > 0 {
            phase::FAILED
        } else if self.is_ending() {
            phase::CANCELLED
        } else if counts.succeeded > 0 && !self.phase.is_terminal() {
            phase::RUNNING
        } else {
            phase::PENDING
        }
    }

    /// Why a task failed, was skipped or cannot start.
    fn task_reason(&self, task: TaskId) -> Failure {
        let state = &self.tasks[task as usize];
        if let Gate::Skipped(why) = &state.gate {
            return self.words_on_skipped(task, why);
        }
        if let Gate::Failed { moment } = state.gate {
            let whole = Vertex { task, index: WHOLE_TASK };
            return self.failures.get(&(moment, whole)).cloned().unwrap_or_default();
        }
        if state.counts.failed > 0
            && let Some(index) = self.in_phase(task, VertexPhase::Failed).next()
        {
            let vertex = Vertex { task, index };
            let failure = self.failure_of(vertex);
            let message = format!("{}[{index}]: {}", self.task_plan(task).name, failure.sentence());
            return Failure { message, ..failure };
        }
        if let Some(why) = self.pause_reason(task) {
            return why;
        }
        if state.gate == Gate::Open && self.task_plan(task).parallelism == Some(0) && state.pending() > 0 {
            let message = "nothing starts: the task's parallelism is 0";
            return Failure::new("ParallelismZero", message);
        }
        Failure::default()
    }

    fn in_phase(&self, task: TaskId, phase: VertexPhase) -> impl Iterator<Item = u32> + '_ {
        let state = &self.tasks[task as usize];
        let numbers = state.first as usize..(state.first + state.width.unwrap_or(0)) as usize;
        let phases = self.vertices.phase[numbers].iter().zip(0_u32..);
        phases.filter(move |(of, _)| **of == phase).map(|(_, index)| index)
    }

    fn indexes(&self, task: TaskId, phase: VertexPhase, count: u32) -> String {
        if count == 0 { String::new() } else { format_indexes(self.in_phase(task, phase)) }
    }

    fn attempts(&self, task: TaskId) -> BTreeMap<String, i32> {
        let state = &self.tasks[task as usize];
        let numbers = state.first as usize..(state.first + state.width.unwrap_or(0)) as usize;
        let attempts = self.vertices.attempt[numbers].iter().enumerate();
        attempts
            .filter(|(_, attempt)| **attempt > 0)
            .map(|(index, attempt)| (index.to_string(), recorded_number(*attempt)))
            .collect()
    }

    fn retried_from(&self, task: TaskId) -> BTreeMap<String, i32> {
        let width = self.tasks[task as usize].width.unwrap_or(0);
        let indexes = Vertex { task, index: 0 }..Vertex { task, index: width };
        let retried = self.budget_from.range(indexes).filter(|(_, from)| **from > 0);
        retried.map(|(vertex, from)| (vertex.index.to_string(), recorded_number(*from))).collect()
    }

    fn all_vertices(&self) -> BTreeMap<String, VertexStatus> {
        let mut listed = BTreeMap::new();
        for task in 0..self.tasks.len() as TaskId {
            for index in 0..self.tasks[task as usize].width.unwrap_or(0) {
                let vertex = Vertex { task, index };
                if let Some(mut status) = self.vertex_status(vertex) {
                    status.children = self.children(vertex);
                    listed.insert(status.id.clone(), status);
                }
            }
        }
        listed
    }

    fn notable_vertices(&self) -> BTreeMap<String, VertexStatus> {
        let failed =
            self.failures.keys().map(|(_, vertex)| *vertex).filter(|vertex| vertex.index != WHOLE_TASK);
        let running = self.unfinished.iter().copied();
        let notable = failed.chain(running).filter_map(|vertex| self.vertex_status(vertex));
        notable
            .take(limits::MAX_LISTED_WHEN_OMITTED as usize)
            .map(|status| (status.id.clone(), status))
            .collect()
    }

    /// A vertex whose Job was created; without its children.
    fn vertex_status(&self, vertex: Vertex) -> Option<VertexStatus> {
        let number = self.number(vertex);
        let failure = self.failure_of(vertex);
        let (phase, message) = match self.vertices.phase[number] {
            VertexPhase::Pending | VertexPhase::Starting => return None,
            VertexPhase::Running => (phase::RUNNING, "vertex is running".into()),
            VertexPhase::Succeeded => {
                let message = self.messages.get(&vertex).cloned();
                (phase::SUCCEEDED, message.unwrap_or_else(|| "success".into()))
            }
            VertexPhase::Failed => (phase::FAILED, failure.sentence().to_owned()),
            VertexPhase::Cancelled => (phase::CANCELLED, "vertex was cancelled".into()),
        };
        let name = self.name_of(vertex, self.vertices.attempt[number]);
        let attempt = self.vertices.attempt[number];
        Some(VertexStatus {
            id: name.clone(),
            name,
            type_: "Job".into(),
            phase: phase.into(),
            message: within_json(message, limits::MAX_STATUS_MESSAGE_BYTES),
            started_at: time(self.vertices.started[number]),
            finished_at: time(self.vertices.finished[number]),
            children: Vec::new(),
            reason: within_json(failure.reason, limits::MAX_STATUS_REASON_BYTES),
            exit_code: failure.exit_code,
            attempt: (attempt > 0).then_some(recorded_number(attempt)),
        })
    }

    /// The names of the Jobs that wait for this one, as far as they will ever be.
    fn children(&self, vertex: Vertex) -> Vec<String> {
        let mut names = Vec::new();
        for child in &self.task_plan(vertex.task).children {
            let state = &self.tasks[child.task as usize];
            let width = state.width.unwrap_or(0);
            if matches!(state.gate, Gate::Skipped(_)) {
                continue;
            }
            let indexes = match child.kind {
                DependencyType::Whole => 0..width,
                DependencyType::Iterate => vertex.index.min(width)..(vertex.index + 1).min(width),
            };
            names.extend(indexes.map(|index| {
                let waiting = Vertex { task: child.task, index };
                self.name_of(waiting, self.vertices.attempt[self.number(waiting)])
            }));
        }
        names
    }

    fn failure_of(&self, vertex: Vertex) -> Failure {
        let finished = self.vertices.finished[self.number(vertex)];
        self.failures.get(&(finished, vertex)).cloned().unwrap_or_default()
    }
}

/// Numbers beyond what a status can hold are nonsense that somebody told.
fn recorded_number(attempt: u32) -> i32 {
    i32::try_from(attempt).unwrap_or(i32::MAX)
}

fn time(seconds: i64) -> Option<Time> {
    if seconds == UNKNOWN { None } else { Timestamp::from_second(seconds).ok().map(Time) }
}
