//! What follows from what: tasks done, skipped, failed or free to start.
//!
//! Consequences are drawn from a list, not by recursion: ten thousand tasks in a chain may be
//! skipped at once.

use std::{cmp::Reverse, sync::Arc};

use gene_types::{
    plan::{Child, Condition, Pieces, TaskId},
    v1alpha1::{DependencyType, OnSkipped},
};

use super::{
    Run, WHOLE_TASK,
    task::{Gate, LeftOut, Printed},
    vertices::{UNKNOWN, VertexPhase},
};
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
    Skip(TaskId, LeftOut),
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
            self.work.push(Work::Skip(task, LeftOut::Condition(Self::words_on_literal())));
        } else {
            self.work.push(Work::TryOpen(task));
        }
    }

    fn try_open(&mut self, task: TaskId) {
        let state = &self.tasks[task as usize];
        if state.gate != Gate::Closed || state.undecided > 0 {
            return;
        }
        if let Some((over, failure)) = self.iterates_unequally(task) {
            return self.fail_task(task, over, failure);
        }
        let Some(source) = self.task_plan(task).source else { return self.open(task) };
        match self.source_text(source) {
            Some(Ok(text)) => self.judge(task, source, &text),
            Some(Err(failure)) => self.fail_task(task, source, failure),
            None => {} // asked for; its coming tries again
        }
    }

    /// What a source printed, as far as it is known; asks for it where it is not.
    fn source_text(&mut self, source: TaskId) -> Option<Result<Arc<str>, Failure>> {
        let state = &mut self.tasks[source as usize];
        let width = match state.gate {
            Gate::Skipped(_) => 0, // `onSkipped: Ignore`: it printed nothing
            _ => state.width?,
        };
        if width == 0 {
            return Some(Ok(Arc::from("")));
        }
        if width > 1 {
            let source = &self.valid.plan().tasks[source as usize].name;
            let message = format!(
                "reads what \"{source}\" printed, which must have exactly one vertex, but it has {width}"
            );
            return Some(Err(Failure::new("SourceNotSingle", message)));
        }
        match &state.printed {
            Printed::Known(Ok(text)) => Some(Ok(Arc::clone(text))),
            Printed::Known(Err(why)) => {
                let source = &self.valid.plan().tasks[source as usize].name;
                let message = format!("the output of \"{source}\" cannot be used: {why}");
                Some(Err(Failure::new("ResultUnusable", message)))
            }
            // All that read it are decided, so none of them asks.
            Printed::Asked | Printed::Spent => None,
            Printed::Unknown => {
                state.printed = Printed::Asked;
                self.reads.push_back(Vertex { task: source, index: 0 });
                None
            }
        }
    }

    /// Decides by what the source printed: skip, fail, or start as many vertices as it says.
    fn judge(&mut self, task: TaskId, source: TaskId, text: &Arc<str>) {
        let plan = &self.valid.plan().tasks[task as usize];
        match plan.generic.as_ref().map(|generic| generic.holds(text)) {
            Some(Err(why)) => {
                return self.fail_task(task, source, Failure::new("ResultUnusable", why));
            }
            Some(Ok(false)) => {
                let why = LeftOut::Condition(self.words_on_generic(task, source, text));
                return self.work.push(Work::Skip(task, why));
            }
            Some(Ok(true)) | None => {}
        }
        if plan.condition.as_ref().is_some_and(|condition| !condition.holds(text)) {
            let why = LeftOut::Condition(self.words_on_condition(task, source, text));
            return self.work.push(Work::Skip(task, why));
        }
        if plan.is_dynamic() {
            match self.expand(task, text) {
                Ok(()) => self.open(task),
                Err(failure) => self.fail_task(task, source, failure),
            }
        } else {
            self.open(task);
        }
    }

    fn open(&mut self, task: TaskId) {
        self.forget_source(task);
        let state = &mut self.tasks[task as usize];
        state.gate = Gate::Open;
        state.status = None;
        let first = state.first as usize;
        let width = state.width.unwrap_or(0);
        let is_free = |index: &u32| {
            let number = first + *index as usize;
            self.vertices.phase[number] == VertexPhase::Pending
                && self.vertices.waits[number] == 0
                && !self.pauses.hold(Vertex { task, index: *index })
        };
        // Ascending, so that making a heap of it costs nothing.
        let free: Vec<_> = (0..width).filter(is_free).map(Reverse).collect();
        state.ready = free.into();
        self.update_ready(task);
        if width == 0 {
            self.work.push(Work::Done(task));
        }
        for position in 0..self.task_plan(task).children.len() {
            let child = self.task_plan(task).children[position];
            if child.kind == DependencyType::Iterate {
                self.dependency_came(child.task);
            }
        }
    }

    /// A task must have as many vertices as what it iterates over, which of a dynamic task could not
    /// be known before: the task whose output decided it, and the words.
    fn iterates_unequally(&self, task: TaskId) -> Option<(TaskId, Failure)> {
        let plans = &self.valid.plan().tasks;
        let width = self.tasks[task as usize].width?;
        plans[task as usize].dependencies.iter().find_map(|dependency| {
            let target = &self.tasks[dependency.task as usize];
            let of_target = target.width.filter(|_| target.gate == Gate::Open)?;
            (dependency.kind == DependencyType::Iterate && of_target != width).then(|| {
                let over = &plans[dependency.task as usize];
                let message = format!(
                    "has {width} vertices and iterates over \"{}\", which has {of_target}; both must have equally many",
                    over.name
                );
                (over.source.unwrap_or(dependency.task), Failure::new("WidthMismatch", message))
            })
        })
    }

    fn finish_task(&mut self, task: TaskId) {
        let state = &mut self.tasks[task as usize];
        if state.is_settled() {
            return;
        }
        state.is_done = true;
        state.status = None;
        state.pieces = Pieces::default();
        self.unsettled -= 1;
        for position in 0..self.task_plan(task).children.len() {
            let child = self.task_plan(task).children[position];
            if child.kind == DependencyType::Whole {
                self.dependency_came(child.task);
            }
        }
    }

    fn skip(&mut self, task: TaskId, why: LeftOut) {
        let state = &mut self.tasks[task as usize];
        if state.is_settled() {
            state.status = None; // which of those that it waits for is named may be another now
            return;
        }
        self.forget_source(task);
        let state = &mut self.tasks[task as usize];
        state.gate = Gate::Skipped(why);
        state.status = None;
        self.unsettled -= 1;
        self.totals.skipped += u64::from(state.pending());
        for position in 0..self.task_plan(task).children.len() {
            let child = self.task_plan(task).children[position];
            match (child.on_skipped, child.kind) {
                (OnSkipped::Skip, _) => self.work.push(Work::Skip(child.task, LeftOut::Dependency)),
                (OnSkipped::Ignore, DependencyType::Whole) => self.dependency_came(child.task),
                (OnSkipped::Ignore, DependencyType::Iterate) => {
                    self.dependency_came(child.task);
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
        self.forget_source(task);
        let state = &mut self.tasks[task as usize];
        state.gate = Gate::Failed { moment };
        state.status = None;
        self.failures.insert((moment, Vertex { task, index: WHOLE_TASK }), failure);
        self.forget_words_on_pauses();
    }

    /// The task is decided: what its source printed is not held on its account any more.
    fn forget_source(&mut self, task: TaskId) {
        let Some(source) = self.task_plan(task).source else { return };
        let source = &mut self.tasks[source as usize];
        source.readers = source.readers.saturating_sub(1);
        if source.readers == 0 && source.printed.is_known() {
            source.printed = Printed::Spent;
        }
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

    fn dependency_came(&mut self, task: TaskId) {
        let state = &mut self.tasks[task as usize];
        state.undecided -= 1;
        if state.undecided == 0 {
            self.work.push(Work::TryOpen(task));
        }
    }

    fn one_came(&mut self, vertex: Vertex) {
        let number = self.number(vertex);
        // Where what is observed contradicts what was printed, some come twice.
        self.vertices.waits[number] = self.vertices.waits[number].saturating_sub(1);
        self.queue(vertex);
    }

    /// Puts a vertex among the ready ones if it is.
    pub(super) fn queue(&mut self, vertex: Vertex) {
        let number = self.number(vertex);
        let state = &mut self.tasks[vertex.task as usize];
        let is_free = self.vertices.phase[number] == VertexPhase::Pending && self.vertices.waits[number] == 0;
        if is_free && !self.pauses.hold(vertex) && state.gate == Gate::Open {
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
