//! The state of every vertex, in compact arrays. A vertex is a number: its task's first plus its index.

/// Where a vertex stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VertexPhase {
    /// Waits, or lies ready in its task's queue.
    Pending,
    /// Its start was asked for.
    Starting,
    /// It runs.
    Running,
    /// Final.
    Succeeded,
    /// Final, until an attempt of a higher number is seen.
    Failed,
    /// It ran and was ended.
    Cancelled,
}

impl VertexPhase {
    /// Whether it counts against parallelism.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Starting | Self::Running)
    }
}

/// A time that is not known.
pub(crate) const UNKNOWN: i64 = i64::MIN;

/// All vertices: 25 bytes each.
#[derive(Debug, Default)]
pub(crate) struct Vertices {
    /// Where it stands.
    pub phase: Vec<VertexPhase>,
    /// How many of the vertices that it iterates over have not succeeded.
    pub waits: Vec<u32>,
    /// The attempt from 0.
    pub attempt: Vec<u32>,
    /// Unix seconds, or [`UNKNOWN`].
    pub started: Vec<i64>,
    /// Unix seconds, or [`UNKNOWN`].
    pub finished: Vec<i64>,
}

impl Vertices {
    /// Adds the vertices of one task and returns the first one's number.
    pub fn add(&mut self, width: u32, waits: u32) -> u32 {
        let first = self.phase.len() as u32;
        let length = self.phase.len() + width as usize;
        self.phase.resize(length, VertexPhase::Pending);
        self.waits.resize(length, waits);
        self.attempt.resize(length, 0);
        self.started.resize(length, UNKNOWN);
        self.finished.resize(length, UNKNOWN);
        first
    }
}
