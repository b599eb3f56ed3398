//! Tasks that have a ready vertex and room for it, in the order in which they are served.

use std::collections::BTreeSet;

use gene_types::plan::TaskId;

/// Tasks from which a vertex may be taken now.
#[derive(Debug, Default)]
pub(crate) struct ReadyTasks {
    /// The tasks by priority.
    order: Vec<TaskId>,
    /// For each task its place in `order`.
    place: Vec<u32>,
    /// The places of those from which a vertex may be taken.
    open: BTreeSet<u32>,
}

impl ReadyTasks {
    pub fn new(order: Vec<TaskId>) -> Self {
        let mut place = vec![0; order.len()];
        for (position, &task) in order.iter().enumerate() {
            place[task as usize] = position as u32;
        }
        Self { order, place, open: BTreeSet::new() }
    }

    pub fn set(&mut self, task: TaskId, can_be_taken: bool) {
        let place = self.place[task as usize];
        if can_be_taken {
            self.open.insert(place);
        } else {
            self.open.remove(&place);
        }
    }

    pub fn first(&self) -> Option<TaskId> {
        self.open.first().map(|&place| self.order[place as usize])
    }
}
