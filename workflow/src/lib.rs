//! The workflow grammar: a file of inputs, tools and tasks becomes an Execution.
//!
//! Pure: files, inputs and tools are read by others and given as JSON; what is wrong is told with its path, so that whoever
//! read the file can show the line. Everything is parsed once into typed values and substituted once: what was put in
//! for a placeholder is never looked at again.

mod call;
mod condition;
mod execution;
mod fields;
mod input;
mod instantiate;
mod iter;
mod output;
mod places;
mod range;
mod report;
mod resources;
mod scope;
mod task;
pub mod text;
mod tool;
mod volume;

use gene_types::{Limits, field::FieldError};
pub use places::Places;
use serde_json::Value;

/// What is to be compiled.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The document with the `workflow:` key.
    pub workflow: &'a Value,
    /// The names of its tasks in the order of the file; those that are not listed follow in the order of their names.
    pub task_order: &'a [String],
    /// The document of `--input`: values by the names of inputs.
    pub inputs: Option<&'a Value>,
    /// Each `--set name=value`, in order; a later one wins.
    pub sets: &'a [(String, String)],
    /// Every document of the tool repository. Those that are not used may be anything.
    pub tools: &'a [&'a Value],
    /// The Execution's name where neither the file nor its inputs give one.
    pub name: &'a str,
    /// How large the Execution may be.
    pub limits: &'a Limits,
}

/// The document that something is wrong in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The workflow's own.
    Workflow,
    /// That of `--input`.
    Inputs,
    /// The `--set` of this position.
    Set(usize),
    /// The tool document of this position.
    Tool(usize),
}

/// One thing that is wrong, or doubtful, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In which document.
    pub origin: Origin,
    /// What, and where in it.
    pub error: FieldError,
}

/// A workflow that was compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The Execution, as it would be submitted: no status, no defaults.
    pub execution: Value,
    /// What is legal and yet worth a word.
    pub warnings: Vec<Fault>,
    /// Where each part of the Execution comes from.
    pub places: Places,
    parts: instantiate::Parts,
}

impl Compiled {
    /// The workflow with everything filled in, as the original showed it in a dry run. Compiled again with the same
    /// tools, it gives the same Execution. Made when it is asked for, as it is as large as the Execution.
    pub fn instantiated(&self) -> Value {
        instantiate::document(&self.parts, &self.execution)
    }
}

/// Whether a document is a workflow: whether it has the key `workflow`, in any case.
pub fn is_workflow(document: &Value) -> bool {
    document.as_object().is_some_and(|fields| fields.keys().any(|key| key.eq_ignore_ascii_case("workflow")))
}

/// Compiles a workflow.
///
/// # Errors
/// Every fault of every document that is used.
pub fn compile(request: &Request<'_>) -> Result<Compiled, Vec<Fault>> {
    execution::compile(request)
}
