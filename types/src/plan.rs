//! A validated Execution, compiled: tasks as index ranges, commands made on demand, dependencies
//! between tasks. There is never one struct per vertex or per edge here.

pub mod commands;
pub mod condition;
pub mod substitute;

use crate::v1alpha1::{DependencyType, OnSkipped, Retry};
pub use commands::{Axis, Candidates, Command, Commands, Pieces};
pub use condition::{Condition, Generic, Rule, result_text};

/// The position of a task in `spec.tasks`.
pub type TaskId = u32;

/// A validated Execution, compiled. Only [`crate::validate()`] makes one.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The tasks, in the order of the spec.
    pub tasks: Vec<TaskPlan>,
    /// The tasks, each after all that it waits for.
    pub order: Vec<TaskId>,
}

/// One task, compiled.
#[derive(Clone, Debug)]
pub struct TaskPlan {
    /// The task's name.
    pub name: String,
    /// Its vertices' commands.
    pub commands: Commands,
    /// What it waits for: each target once, in the order of the file (`whole` covers `iterate`, and
    /// `Skip` covers `Ignore`, where a target stands twice).
    pub dependencies: Vec<Dependency>,
    /// Who waits for it, in the order of the file.
    pub children: Vec<Child>,
    /// Literal condition or `check_result`.
    pub condition: Option<Condition>,
    /// Match rules.
    pub generic: Option<Generic>,
    /// The task whose output this task's width or conditions are made from: its only dependency.
    pub source: Option<TaskId>,
    /// At most so many unfinished at once.
    pub parallelism: Option<u32>,
    /// How often a vertex that failed is tried again; the task's own or the Execution's.
    pub retry: Option<Retry>,
    /// Seconds that one vertex is expected to take.
    pub estimate: Option<f64>,
}

/// One task that a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The target.
    pub task: TaskId,
    /// All of its vertices, or the one of the same index.
    pub kind: DependencyType,
    /// What the target's being skipped means.
    pub on_skipped: OnSkipped,
}

/// One task that waits for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// The waiting task.
    pub task: TaskId,
    /// As in its [`Dependency`].
    pub kind: DependencyType,
    /// As in its [`Dependency`].
    pub on_skipped: OnSkipped,
}

impl TaskPlan {
    /// Whether the number of vertices depends on what another task prints.
    pub fn is_dynamic(&self) -> bool {
        self.commands.static_width().is_none()
    }
}
