//! One attempt of a vertex: what is asked for, and what is told of it.

use gene_engine::{Failure, Vertex};
use gene_types::plan::Command;
use k8s_openapi::jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What to start.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Which vertex.
    pub vertex: Vertex,
    /// The attempt from 0.
    pub attempt: u32,
    /// Its command.
    pub command: Command,
}

/// A process that cannot be mistaken for a later one of the same number, as long as the machine is
/// not booted again.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessId {
    /// Its number, which is that of its process group too.
    pub pid: u32,
    /// When it started: field 22 of `/proc/PID/stat`, in clock ticks since boot.
    pub start_ticks: u64,
}

/// What a [`super::pool::Pool`] tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The command runs. Told again when `backoffLimit` has it started again; `at` stays the first start.
    Started {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
        /// How often the command was started within this attempt before.
        restarts: u32,
        /// The leader of its process group; absent where the system does not tell start times.
        process: Option<ProcessId>,
        /// When it was started first.
        at: Timestamp,
    },
    /// The attempt is over, and nothing of it runs any more. Told once for each launch.
    Exited {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
        /// When it was started first; absent where nothing was started.
        started: Option<Timestamp>,
        /// When it ended.
        finished: Timestamp,
        /// How it ended.
        outcome: Outcome,
    },
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Succeeded,
    /// Anything else of its own doing, its deadline included.
    Failed(Failure),
    /// It was asked to end before it had ended by itself.
    Ended,
}
