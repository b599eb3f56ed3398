//! What follows from what: tasks done, skipped, failed or free to start.
//!
//! Consequences are drawn from a list, not by recursion: ten thousand tasks in a chain may be
//! skipped at once.

use std::cmp::Reverse;

use gene_types::{
    plan::{Child, Condition, TaskId},
    v1alpha1::{DependencyType, OnSkipped},
};

use super::{Run, WHOLE_TASK, task::Gate, task::Printed, vertices::UNKNOWN, vertices::VertexPhase};
use crate::{Failure, Vertex};

/// One consequence to draw.
#[derive(Debug)]
pub(crate) enum Work {
    /// The task was laid out: look at its literal condition, then whether it may start.
    Begin(TaskId),
    /// Something that the task waited for has come.
    TryOpen(TaskId),
    /// All vertices of the task have succeeded.
    Done(TaskId),
    /// The task is left out.
    Skip(TaskId, Failure),
}

impl Run {
    /// Draws all consequences that are listed and those that follow from them.
    pub(super) fn draw_consequences(&mut self) {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Begin(task) => self.begin(task),
                Work::TryOpen(task) => self.try_open(task),
                Work::Done(task) => self.finish_task(task),
                Work::Skip(task, why) => self.skip(task, why),
            }
        }
    }

    fn begin(&mut self, task: TaskId) {
        if self.task_plan(task).condition == Some(Condition::Literal(false)) {
            self.work.push(Work::Skip(task, Failure::new("ConditionFalse", "its condition is false")));
        } else {
            self.work.push(Work::TryOpen(task));
        }
    }

    fn try_open(&mut self, task: TaskId) {
        let state = &self.tasks[task as usize];
        if state.gate != Gate::Closed || state.whole_left > 0 {
            return;
        }
        let plan = self.task_plan(task);
        let Some(source) = plan.source else { return self.open(task) };
        match self.source_text(task, source) {
            Some(Ok(text)) => self.judge(task, source, &text),
            Some(Err(failure)) => self.fail_task(task, source, failure),
            None => {} // asked for; its coming tries again
        }
    }

    /// What the source of a task printed, as far as it is known; asks for it where it is not.
    fn source_text(&mut self, task: TaskId, source: TaskId) -> Option<Result<String, Failure>> {
        let state = &mut self.tasks[source as usize];
        let width = match state.gate {
            Gate::Skipped(_) => 0, // `onSkipped: Ignore`: it printed nothing
            _ => state.width?,
        };
        if width == 0 {
            return Some(Ok(String::new()));
        }
        if width > 1 {
            let plans = &self.valid.plan().tasks;
            let (name, source) = (&plans[task as usize].name, &plans[source as usize].name);
            let message = format!(
                "task \"{name}\" reads what \"{source}\" printed, which must have exactly one vertex, but it has {width}"
            );
            return Some(Err(Failure::new("SourceNotSingle", message)));
        }
        match &state.printed {
            Printed::Known(Ok(text)) => Some(Ok(text.clone())),
            Printed::Known(Err(why)) => {
                let source = &self.valid.plan().tasks[source as usize].name;
                let message = format!("the output of \"{source}\" cannot be used: {why}");
                Some(Err(Failure::new("ResultUnusable", message)))
            }
            Printed::Asked => None,
            Printed::Unknown => {
                state.printed = Printed::Asked;
                self.reads.push_back(Vertex { task: source, index: 0 });
                None
            }
        }
    }

    /// Decides by what the source printed: skip, fail, or start as many vertices as it says.
    fn judge(&mut self, task: TaskId, source: TaskId, text: &str) {
        let plan = &self.valid.plan().tasks[task as usize];
        let holds = match &plan.generic {
            Some(generic) => generic.holds(text),
            None => Ok(true),
        };
        match holds {
            Err(why) => {
                let message = format!("task \"{}\": {why}", plan.name);
                return self.fail_task(task, source, Failure::new("ResultUnusable", message));
            }
            Ok(false) => {
                let why = Failure::new("ConditionFalse", "no rule of its generic condition holds");
                return self.work.push(Work::Skip(task, why));
            }
            Ok(true) => {}
        }
        if plan.condition.as_ref().is_some_and(|condition| !condition.holds(text)) {
            return self
                .work
                .push(Work::Skip(task, Failure::new("ConditionFalse", "its condition does not hold")));
        }
        if plan.is_dynamic() {
            match self.expand(task, source, text) {
                Ok(()) => self.open(task),
                Err(failure) => self.fail_task(task, source, failure),
            }
        } else {
            self.open(task);
        }
    }

    fn open(&mut self, task: TaskId) {
        let state = &mut self.tasks[task as usize];
        state.gate = Gate::Open;
        state.status = None;
        let first = state.first as usize;
        let width = state.width.unwrap_or(0);
        let is_free = |index: &u32| {
            let number = first + *index as usize;
            self.vertices.phase[number] == VertexPhase::Pending && self.vertices.waits[number] == 0
        };
        // Ascending, so that making a heap of it costs nothing.
        let free: Vec<_> = (0..width).filter(is_free).map(Reverse).collect();
        state.ready = free.into();
        self.update_ready(task);
        if width == 0 {
            self.work.push(Work::Done(task));
        }
    }

    fn finish_task(&mut self, task: TaskId) {
        let state = &mut self.tasks[task as usize];
        if state.is_settled() {
            return;
        }
        state.is_done = true;
        state.status = None;
        self.unsettled -= 1;
        for position in 0..self.task_plan(task).children.len() {
            let child = self.task_plan(task).children[position];
            if child.kind == DependencyType::Whole {
                self.whole_came(child.task);
            }
        }
    }

    fn skip(&mut self, task: TaskId, why: Failure) {
        let state = &mut self.tasks[task as usize];
        if state.is_settled() {
            return;
        }
        // It may be open already where it only iterates; but then each vertex waits for the skipped task.
        state.ready.clear();
        if state.gate == Gate::Failed {
            // Left out whichever came first: what follows must not depend on the order of events.
            self.failures.retain(|(_, vertex), _| *vertex != Vertex { task, index: WHOLE_TASK });
        }
        state.gate = Gate::Skipped(why);
        state.status = None;
        self.unsettled -= 1;
        self.totals.skipped += u64::from(state.pending());
        self.update_ready(task);
        let because = format!("it depends on \"{}\", which was skipped", self.task_plan(task).name);
        let because = Failure::new("DependencySkipped", &because);
        for position in 0..self.task_plan(task).children.len() {
            let child = self.task_plan(task).children[position];
            match (child.on_skipped, child.kind) {
                (OnSkipped::Skip, _) => self.work.push(Work::Skip(child.task, because.clone())),
                (OnSkipped::Ignore, DependencyType::Whole) => self.whole_came(child.task),
                (OnSkipped::Ignore, DependencyType::Iterate) => {
                    for index in 0..self.tasks[child.task as usize].width.unwrap_or(0) {
                        self.one_came(Vertex { task: child.task, index });
                    }
                }
            }
        }
    }

    /// Fails a task as such: its vertices never start. `evidence` is the task whose output decided it:
    /// the moment is that of its end, so that it does not depend on who tells what when.
    pub(super) fn fail_task(&mut self, task: TaskId, evidence: TaskId, failure: Failure) {
        let of = &self.tasks[evidence as usize];
        let numbers = of.first as usize..(of.first + of.width.unwrap_or(0)) as usize;
        let moment = self.vertices.finished[numbers].iter().copied().max().unwrap_or(UNKNOWN);
        let state = &mut self.tasks[task as usize];
        if state.is_settled() {
            return;
        }
        let whole = Vertex { task, index: WHOLE_TASK };
        if state.gate == Gate::Failed {
            // Of several reasons the first in time stays, whichever is told first.
            let (known, reason) =
                self.failures.iter().find(|((_, vertex), _)| *vertex == whole).expect("it failed");
            if (known.0, &reason.message) <= (moment, &failure.message) {
                return;
            }
            let known = *known;
            self.failures.remove(&known);
        }
        state.gate = Gate::Failed;
        state.status = None;
        state.ready.clear();
        self.failures.insert((moment, whole), failure);
        self.update_ready(task);
    }

    /// A vertex has succeeded: those of the same index that iterate over it wait for one less.
    pub(super) fn tell_children(&mut self, vertex: Vertex) {
        for position in 0..self.task_plan(vertex.task).children.len() {
            let child: Child = self.task_plan(vertex.task).children[position];
            let waits = self.tasks[child.task as usize].width.is_some_and(|width| vertex.index < width);
            if child.kind == DependencyType::Iterate && waits {
                self.one_came(Vertex { task: child.task, index: vertex.index });
            }
        }
        let state = &self.tasks[vertex.task as usize];
        if state.width == Some(state.counts.succeeded) {
            self.work.push(Work::Done(vertex.task));
        }
    }

    fn whole_came(&mut self, task: TaskId) {
        let state = &mut self.tasks[task as usize];
        state.whole_left -= 1;
        if state.whole_left == 0 {
            self.work.push(Work::TryOpen(task));
        }
    }

    fn one_came(&mut self, vertex: Vertex) {
        let number = self.number(vertex);
        self.vertices.waits[number] -= 1;
        self.queue(vertex);
    }

    /// Puts a vertex among the ready ones if it is.
    pub(super) fn queue(&mut self, vertex: Vertex) {
        let number = self.number(vertex);
        let state = &mut self.tasks[vertex.task as usize];
        let is_free = self.vertices.phase[number] == VertexPhase::Pending && self.vertices.waits[number] == 0;
        if is_free && state.gate == Gate::Open {
            state.ready.push(Reverse(vertex.index));
            self.update_ready(vertex.task);
        }
    }

    /// Keeps the list of tasks from which a vertex may be taken.
    pub(super) fn update_ready(&mut self, task: TaskId) {
        let state = &self.tasks[task as usize];
        let has_room = self.task_plan(task).parallelism.is_none_or(|bound| state.counts.unfinished() < bound);
        self.ready.set(task, has_room && !state.ready.is_empty());
    }
}
