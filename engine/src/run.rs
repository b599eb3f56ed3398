//! One Execution in progress.

use std::sync::Arc;

use gene_types::{ValidExecution, plan::Command, v1alpha1::ExecutionStatus};
use k8s_openapi::jiff::Timestamp;

use crate::{Action, Event, Vertex};

/// What the adapter adds to the Execution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// A bound of the adapter's own on unfinished vertices, beside the Execution's.
    pub parallelism: Option<u32>,
}

/// The phase of an Execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has started yet.
    New,
    /// Something has.
    Running,
    /// Everything is done.
    Succeeded,
    /// Something failed, was cancelled or took too long, and nothing runs any more.
    Failed,
}

/// One Execution in progress.
#[derive(Debug)]
pub struct Run {
    valid: Arc<ValidExecution>,
}

impl Run {
    /// A run of which nothing has happened yet. Steering is the spec's own.
    pub fn new(valid: Arc<ValidExecution>, _options: Options) -> Self {
        Self { valid }
    }

    /// Takes in one event. Events commute, and one that is told twice counts once.
    pub fn observe(&mut self, _event: Event) {}

    /// What to do now: at most `max` actions, `WakeAt` apart. Empty: wait for an event.
    pub fn next(&mut self, _now: Timestamp, _max: usize) -> Vec<Action> {
        Vec::new()
    }

    /// The phase as of the last call of [`Self::next`].
    pub fn phase(&self) -> Phase {
        Phase::New
    }

    /// The status as of the last call of [`Self::next`].
    pub fn status(&mut self) -> ExecutionStatus {
        ExecutionStatus::default()
    }

    /// The command of a vertex whose start was asked for.
    pub fn command(&self, vertex: Vertex) -> Command {
        self.valid.plan().tasks[vertex.task as usize]
            .commands
            .command(u64::from(vertex.index), &gene_types::plan::Pieces::default())
    }
}
