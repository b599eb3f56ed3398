//! The live picture of a run: one line a task, and below a task what failed of it.

use super::line::Color;

/// All that the picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunView {
    /// The Execution's name.
    pub name: String,
    /// Its phase: `Running`.
    pub phase: String,
    /// A word beside the phase, where there is one: `ending what runs`, `suspended`.
    pub note: Option<String>,
    /// Vertices that succeeded or were skipped.
    pub done: u64,
    /// Vertices that are known; a task of unknown width counts 1.
    pub total: u64,
    /// Seconds since the start.
    pub elapsed: u64,
    /// How many vertices may run at once.
    pub parallelism: Option<u64>,
    /// Every task, in the order of the file.
    pub tasks: Vec<TaskRow>,
    /// What failed, oldest first.
    pub failures: Vec<FailureRow>,
}

/// One task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskRow {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Vertices that succeeded.
    pub succeeded: u32,
    /// Its vertices; absent while a dynamic task's width is unknown.
    pub total: Option<u32>,
    /// Seconds from its first start to its last end, or to now; absent before it started.
    pub elapsed: Option<u64>,
    /// The indexes that run.
    pub running: Vec<u32>,
    /// What it waits for, ready to show: `mkdupbqsr (34 left)`.
    pub waits_for: Option<String>,
    /// Anything else to say of it: why it was skipped, which bound holds it back.
    pub note: Option<String>,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Nothing of it has started.
    #[default]
    Pending,
    /// Some of it runs, or ran while the rest waits.
    Running,
    /// All of it is done.
    Succeeded,
    /// Some of it failed for good, and nothing of it runs.
    Failed,
    /// Left out by a condition.
    Skipped,
    /// Ended, or never started, because the Execution was ended.
    Cancelled,
}

impl State {
    /// The state of a phase as it stands in a status; an unknown one is `Pending`.
    pub fn of_phase(phase: &str) -> Self {
        use gene_types::v1alpha1::status::phase as known;
        match phase {
            known::RUNNING => Self::Running,
            known::SUCCEEDED => Self::Succeeded,
            known::FAILED | known::ERROR => Self::Failed,
            known::SKIPPED => Self::Skipped,
            known::CANCELLED => Self::Cancelled,
            _ => Self::Pending,
        }
    }
}

/// One vertex that failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailureRow {
    /// The name of its task: the block stands below that task's line.
    pub task: String,
    /// The vertex as people call it: `mkdupbqsr[3]`.
    pub vertex: String,
    /// What happened: `exit 1 after 2s`.
    pub what: String,
    /// The last lines that it printed, as they are; they are made safe here.
    pub last_lines: Vec<String>,
    /// Where its log is.
    pub log: String,
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns of the terminal.
    pub width: usize,
    /// The most lines that the picture may have: the terminal's rows less the one that the cursor stands on.
    pub height: usize,
    /// Whether colours are written.
    pub color: Color,
}

/// The picture, at most `room.height` lines of at most `room.width` columns.
pub fn progress(_view: &RunView, _room: Room) -> Vec<String> {
    Vec::new()
}
