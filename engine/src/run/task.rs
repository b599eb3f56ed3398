//! The state of one task.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

use gene_types::{
    plan::{Pieces, TaskPlan},
    v1alpha1::{KeptResult, TaskStatus},
};

use crate::{Event, Failure, Vertex};

/// Whether a task's vertices may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Some dependency is undecided, or a result is not there.
    Closed,
    /// Every vertex may start that waits for no vertex of the same index.
    Open,
    /// Left out.
    Skipped(LeftOut),
    /// The task itself failed: what it was to be made from does not fit. The words stand among the
    /// failures, under the moment of what decided it.
    Failed {
        /// Unix seconds.
        moment: i64,
    },
}

/// Why a task is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// Its condition does not hold; the words say which, and for what.
    Condition(Failure),
    /// A task that it waits for is left out. Of several it is looked up which, so that it does not depend on
    /// the order in which they were.
    Dependency,
}

/// What a source task's only vertex printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Printed {
    /// Nobody asked yet.
    Unknown,
    /// Waits to be asked for, or was asked for.
    Asked,
    /// Here it is, without its trailing newline; or why it cannot be had.
    Known(Result<Arc<str>, String>),
    /// It was known, and everything that is decided by it is decided.
    Spent,
}

impl Printed {
    /// Whether nobody has to be asked for it any more.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_) | Self::Spent)
    }
}

/// How many vertices stand where. What is missing to the width is pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub starting: u32,
    pub running: u32,
    pub succeeded: u32,
    pub failed: u32,
    pub cancelled: u32,
}

impl Counts {
    pub fn pending(self, width: u32) -> u32 {
        width - self.unfinished() - self.succeeded - self.failed - self.cancelled
    }

    /// Those that count against parallelism.
    pub fn unfinished(self) -> u32 {
        self.starting + self.running
    }
}

/// An attempt that was ended in an earlier run, as that recorded it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub vertex: Vertex,
    pub attempt: u32,
    /// Unix seconds.
    pub started: Option<i64>,
    /// Unix seconds.
    pub finished: i64,
}

/// The state of one task.
#[derive(Debug)]
pub(crate) struct TaskState {
    /// The number of its first vertex; meaningless while the width is unknown.
    pub first: u32,
    /// How many vertices it has.
    pub width: Option<u32>,
    /// How many it had when that was recorded, until its source is read again.
    pub recorded_width: Option<u32>,
    /// Whether they may start.
    pub gate: Gate,
    /// How many dependencies are undecided: whole ones that are not done, iterated ones that are not
    /// open. None left: nothing can skip the task any more.
    pub undecided: u32,
    /// Whether it was told to those who wait for the whole of it.
    pub is_done: bool,
    /// How many vertices stand where.
    pub counts: Counts,
    /// Vertices that wait for nothing but a free place.
    pub ready: BinaryHeap<Reverse<u32>>,
    /// What its only vertex printed, where another task reads that.
    pub printed: Printed,
    /// How many tasks that read it are undecided.
    pub readers: u32,
    /// Where that is kept, as far as the adapter told.
    pub result: Option<KeptResult>,
    /// The candidates that its source printed, until all of its vertices have succeeded.
    pub pieces: Pieces,
    /// Events that came before the width was known, by index, attempt and kind.
    pub early: BTreeMap<(u32, u32, u8), Event>,
    /// Recorded cancellations that came then.
    pub early_ended: Vec<Ended>,
    /// The status as of the last look, dropped by every change.
    pub status: Option<TaskStatus>,
}

impl TaskState {
    pub fn new(plan: &TaskPlan) -> Self {
        Self {
            first: 0,
            width: None,
            recorded_width: None,
            gate: Gate::Closed,
            undecided: plan.dependencies.len() as u32,
            is_done: false,
            counts: Counts::default(),
            ready: BinaryHeap::new(),
            printed: Printed::Unknown,
            readers: 0,
            result: None,
            pieces: Pieces::default(),
            early: BTreeMap::new(),
            early_ended: Vec::new(),
            status: None,
        }
    }

    /// Its vertices that were never asked to start; a task of unknown width counts 1.
    pub fn pending(&self) -> u32 {
        self.width.map_or(1, |width| self.counts.pending(width))
    }

    /// Whether the task is settled for the Execution's end.
    pub fn is_settled(&self) -> bool {
        self.is_done || matches!(self.gate, Gate::Skipped(_))
    }
}
