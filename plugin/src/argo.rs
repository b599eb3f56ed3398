//! Workflows of Argo (`argoproj.io/v1alpha1`) made into Executions.
//!
//! A template that runs a container becomes a task wherever it is used; a task over several items becomes one
//! task of several commands where only the command differs. `dag` and `steps` templates are laid out, one within
//! the other, and leave nothing but dependents. What an Execution cannot say is never dropped in silence: where
//! leaving it out would change what runs, on what, or in which order, it is an error, else a warning.
//!
//! Nothing here trusts its input: everything that multiplies (items, nesting, text) is counted before it is built.

mod assemble;
mod budget;
mod condition;
mod container;
mod depends;
mod document;
mod expand;
mod items;
mod known;
mod layout;
mod notes;
mod parameters;
mod reading;
mod retry;
mod scope;
mod survey;
#[cfg(test)]
mod tests;
mod text;
mod volumes;
mod words;

use gene_types::field::FieldError;
use serde_json::Value;

use self::{document::Workflow, expand::Expansion, notes::Notes};

/// What begins the `apiVersion` of what is converted here.
pub const GROUP: &str = "argoproj.io/";

/// A converted Workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// The Execution, as it would be submitted.
    pub execution: Value,
    /// What was not carried over without changing what runs.
    pub warnings: Vec<FieldError>,
}

/// Why a Workflow was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What an Execution cannot say, or what is wrong with the Workflow.
    pub errors: Vec<FieldError>,
    /// What would be lost beside.
    pub warnings: Vec<FieldError>,
}

/// Makes a Workflow, `WorkflowTemplate` or `CronWorkflow` an Execution. `given` are values of the Workflow's
/// parameters, which replace its own.
///
/// # Errors
/// All that stands in the way, each at its path in the document.
pub fn convert(document: &Value, given: &[(String, String)]) -> Result<Converted, Refusal> {
    let mut notes = Notes::default();
    let execution = made(document, given, &mut notes);
    let (errors, warnings) = notes.into_parts();
    match execution {
        Some(execution) if errors.is_empty() => Ok(Converted { execution, warnings }),
        _ => Err(Refusal { errors, warnings }),
    }
}

fn made(document: &Value, given: &[(String, String)], notes: &mut Notes) -> Option<Value> {
    let workflow = Workflow::read(document, given, notes)?;
    let name = assemble::name(&workflow);
    let mut expansion = Expansion::new(&workflow, name.as_deref(), notes);
    let expanded = expansion.run();
    let (leaves, spec) = (expansion.leaves, expansion.spec);
    // A bound that was met has been noted, and what was laid out up to there is no Execution.
    expanded.ok()?;
    if notes.has_errors() {
        return None;
    }
    assemble::execution(&workflow, leaves, spec, notes)
}
