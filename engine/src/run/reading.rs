//! What an adapter asks of a run.

use gene_types::{names, plan::TaskId, v1alpha1::KeptResult};

use super::{Run, vertices::VertexPhase};
use crate::Vertex;

impl Run {
    /// The vertex of a task's name and an index, where there is one now.
    pub fn vertex_of(&self, task: &str, index: u32) -> Option<Vertex> {
        let task = *self.by_name.get(task)?;
        self.place(Vertex { task, index }).map(|_| Vertex { task, index })
    }

    /// The attempt at which a vertex is, from 0; `None` where there is no such vertex now.
    pub fn attempt(&self, vertex: Vertex) -> Option<u32> {
        self.place(vertex).map(|number| self.vertices.attempt[number])
    }

    /// The name of the Job of the attempt at which a vertex is; `None` where there is no such vertex now.
    pub fn job_name(&self, vertex: Vertex) -> Option<String> {
        let attempt = self.attempt(vertex)?;
        Some(self.name_of(vertex, attempt))
    }

    /// Whether this attempt or a later one was seen to exist, running or ended.
    pub fn has_started(&self, vertex: Vertex, attempt: u32) -> bool {
        self.place(vertex).is_some_and(|number| {
            let is_there =
                !matches!(self.vertices.phase[number], VertexPhase::Pending | VertexPhase::Starting);
            self.vertices.attempt[number] > attempt || (self.vertices.attempt[number] == attempt && is_there)
        })
    }

    /// Whether nothing of this attempt can matter any more: it, or a later one, has ended, or a later one is due.
    pub fn has_ended(&self, vertex: Vertex, attempt: u32) -> bool {
        self.place(vertex).is_some_and(|number| {
            let phase = self.vertices.phase[number];
            let is_over = !phase.is_unfinished() && phase != VertexPhase::Pending;
            phase == VertexPhase::Succeeded
                || self.vertices.attempt[number] > attempt
                || (self.vertices.attempt[number] == attempt && is_over)
        })
    }

    /// Whether the vertex has succeeded.
    pub fn has_succeeded(&self, vertex: Vertex) -> bool {
        self.place(vertex).is_some_and(|number| self.vertices.phase[number] == VertexPhase::Succeeded)
    }

    /// The vertices that were asked to start and of which nothing was heard since.
    pub fn starting(&self) -> impl Iterator<Item = Vertex> + '_ {
        self.unfinished().filter(|vertex| self.vertices.phase[self.number(*vertex)] == VertexPhase::Starting)
    }

    /// Remembers where the output of a source's vertex is kept, for the status. Call it before the
    /// output itself is observed.
    pub fn keep_result(&mut self, vertex: Vertex, kept: KeptResult) {
        if let Some(state) = self.tasks.get_mut(vertex.task as usize)
            && !self.phase.is_terminal()
        {
            state.result = Some(kept);
            state.status = None;
        }
    }

    /// Where the output of a source's vertex is kept: what [`crate::Action::ReadResult`] has read from
    /// there, and not from the pod.
    pub fn kept_result(&self, vertex: Vertex) -> Option<&KeptResult> {
        self.tasks.get(vertex.task as usize)?.result.as_ref()
    }

    /// The outputs that are kept and were not observed yet: after a restart, those to read again.
    pub fn kept_results(&self) -> impl Iterator<Item = (Vertex, &KeptResult)> + '_ {
        let tasks = self.tasks.iter().zip(0 as TaskId..);
        let unread = tasks.filter(|(state, _)| !state.printed.is_known());
        unread.filter_map(|(state, task)| Some((Vertex { task, index: 0 }, state.result.as_ref()?)))
    }

    pub(super) fn name_of(&self, vertex: Vertex, attempt: u32) -> String {
        let task = &self.task_plan(vertex.task).name;
        names::job_name(self.valid.name(), task, u64::from(vertex.index), attempt)
    }

    /// The number of a vertex, where there is one now.
    fn place(&self, vertex: Vertex) -> Option<usize> {
        let width = self.tasks.get(vertex.task as usize)?.width?;
        (vertex.index < width).then(|| self.number(vertex))
    }
}
