//! What an adapter tells the engine.

use k8s_openapi::jiff::Timestamp;

/// One vertex: the task's position in `spec.tasks`, and the index within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vertex {
    /// The position of its task.
    pub task: u32,
    /// The index within the task.
    pub index: u32,
}

/// Why an attempt failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// One word: `Error`, `OOMKilled`, `DeadlineExceeded` … Empty: why is not known (any more).
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// The exit code, where there is one.
    pub exit_code: Option<i32>,
}

impl Failure {
    /// What to tell people, where the message itself says nothing.
    pub(crate) fn sentence(&self) -> &str {
        if self.message.is_empty() { "vertex failed" } else { &self.message }
    }

    /// A failure without an exit code.
    pub fn new(reason: &str, message: impl Into<String>) -> Self {
        Self { reason: reason.into(), message: message.into(), exit_code: None }
    }
}

/// Something that happened. Events may come twice, late or in any order; one that was lost must be
/// told again some time (as a list of Jobs after a restart does).
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The Job (or process) of this attempt exists.
    Started {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
        /// When.
        at: Timestamp,
    },
    /// The attempt ended well.
    Succeeded {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
        /// When it started, where the teller knows.
        started: Option<Timestamp>,
        /// When it ended.
        finished: Timestamp,
        /// `success` where absent.
        message: Option<String>,
    },
    /// The attempt failed for good.
    Failed {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
        /// When it started, where the teller knows.
        started: Option<Timestamp>,
        /// When it ended.
        finished: Timestamp,
        /// Why.
        failure: Failure,
    },
    /// The Job is gone without having finished: because [`crate::Action::End`] asked for it, or by
    /// another's hand. In the first case the vertex is cancelled, in the second it runs again.
    Gone {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
        /// When.
        at: Timestamp,
    },
    /// [`crate::Action::Start`] could not be carried out now; the vertex is ready again.
    NotStarted {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
    },
    /// Whatever this vertex did so far does not count any more: its next attempt has this number.
    /// Only before the first [`crate::Run::next`] after a restart.
    Retry {
        /// Which vertex.
        vertex: Vertex,
        /// The number of its next attempt.
        attempt: u32,
    },
    /// What [`crate::Action::ReadResult`] asked for, already stored where a restart finds it.
    Result {
        /// The vertex that printed it.
        vertex: Vertex,
        /// All that it printed, or why that cannot be had.
        text: Result<String, String>,
    },
    /// The changeable part of the spec, whenever it may have changed.
    Steer(Steering),
}

/// The part of the spec that may change while the Execution runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steering {
    /// Start nothing new.
    pub suspend: bool,
    /// End everything; never taken back.
    pub cancel: bool,
    /// At most so many unfinished at once.
    pub parallelism: Option<u32>,
}
