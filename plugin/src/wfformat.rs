//! WfFormat 1.5, in which `WfCommons` keeps recorded runs of workflows, made into Executions.
//!
//! One task for each recorded task, in the recorded order; the recorded id is the `description`.
//! - Names: [`names`].
//! - A task waits for what either side of the recording says: its own `parents`, and every task that
//!   counts it among its `children`. A recording that lists a dependency on one side only is
//!   accepted with a warning; waiting too much breaks no order.
//! - Recorded run time and memory become the `estimate`.
//! - Everything else of a recording (files, machines, authors) is not read.

mod commands;
mod faults;
mod graph;
pub mod names;
mod reading;
mod recording;
#[cfg(test)]
mod tests;
mod values;

use gene_types::{
    Limits,
    field::{FieldError, FieldErrorKind, FieldPath, grouped},
    v1alpha1::{DependencyType, Dependent, Estimate, Execution, ExecutionSpec, Task},
};
use serde_json::Value;

pub use commands::Commands;
pub use faults::Faults;
pub(crate) use names::label_within;
pub use reading::MAX_FILE_BYTES;
use recording::Recorded;

/// What a converted recording consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// The Execution.
    pub execution: Execution,
    /// What the reader should know beside it, a sentence each.
    pub warnings: Vec<String>,
}

/// Why a recording was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The text is no JSON, or too much of it.
    Unreadable {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
        /// The line and the byte in it, from 1, where the place is known.
        at: Option<(usize, usize)>,
    },
    /// All that is wrong in it.
    Faults(Faults),
}

/// Makes the recording in `text` an Execution whose tasks run `commands` in `image`.
///
/// # Errors
/// It is no WfFormat 1.5, or its tasks are no acyclic graph, or a command cannot be executed: all that is wrong.
pub fn convert(text: &str, commands: Commands, image: &str) -> Result<Converted, Refusal> {
    let document = reading::read(text)?;
    let recording = recording::understand(&document).map_err(Refusal::Faults)?;
    let mut warnings = recording.warnings;
    let mut faults = Faults::default();
    let graph = graph::build(&recording.tasks, &mut faults);
    warnings.extend(graph.warning());
    let lines = commands.lines(&recording.tasks, &mut warnings, &mut faults);
    check_size(&graph, &mut faults);
    if faults.count() > 0 {
        return Err(Refusal::Faults(faults));
    }

    let ids: Vec<&str> = recording.tasks.iter().map(|task| task.id.as_str()).collect();
    let names = names::of_tasks(&ids);
    let tasks = recording.tasks.iter().zip(&names).zip(lines).zip(&graph.waits).map(
        |(((recorded, name), line), waits)| {
            let dependents: Vec<Dependent> =
                waits.iter().filter_map(|parent| names.get(*parent)).map(|parent| wait_for(parent)).collect();
            Task {
                name: name.clone(),
                description: Some(description(&recorded.id)),
                image: image.to_owned(),
                commands: Some(vec![line]),
                dependents: (!dependents.is_empty()).then_some(dependents),
                estimate: estimate(recorded),
                ..Task::default()
            }
        },
    );
    let spec = ExecutionSpec { tasks: tasks.collect(), ..ExecutionSpec::default() };
    let name = names::of_execution(recording.name.as_deref().unwrap_or_default(), &document.to_string());
    let execution = Execution::new(&name, spec);
    // The promise that what is written here is accepted wherever an Execution is read.
    gene_types::validate(execution.clone(), &Limits::LOCAL)
        .map_err(|errors| Refusal::Faults(errors.into_iter().collect()))?;
    Ok(Converted { execution, warnings })
}

/// An image as the option is given.
///
/// # Errors
/// It is empty or holds a blank, which no image's name does.
pub fn image(text: &str) -> Result<String, String> {
    let is_name = |char: char| !char.is_whitespace() && !char.is_control();
    let is_good = !text.is_empty() && text.chars().all(is_name);
    is_good
        .then(|| text.to_owned())
        .ok_or_else(|| "want the name of a container image, such as busybox:1.37".to_owned())
}

/// A dependency takes some 60 bytes of a file, and a file has 16 MiB at most.
const MAX_DEPENDENCIES: usize = 250_000;

fn check_size(graph: &graph::Graph, faults: &mut Faults) {
    let dependencies: usize = graph.waits.iter().map(Vec::len).sum();
    if dependencies > MAX_DEPENDENCIES {
        let path = FieldPath::root().key("workflow").key("specification").key("tasks");
        let message = format!("the recorded tasks have {} dependencies", grouped(dependencies as u64));
        let fault = FieldError::new(path, FieldErrorKind::TooMany, message);
        faults.push(
            fault.help(format!(
                "a recording of at most {} can be converted",
                grouped(MAX_DEPENDENCIES as u64)
            )),
        );
    }
}

fn wait_for(target: &str) -> Dependent {
    Dependent { target: target.to_owned(), type_: Some(DependencyType::Whole), on_skipped: None }
}

/// The id, cut where the API would refuse its length.
fn description(id: &str) -> String {
    const MAX_CHARACTERS: usize = 4096;
    match id.char_indices().nth(MAX_CHARACTERS) {
        None => id.to_owned(),
        Some(_) => id.chars().take(MAX_CHARACTERS - 1).chain(['…']).collect(),
    }
}

fn estimate(recorded: &Recorded) -> Option<Estimate> {
    (recorded.seconds.is_some() || recorded.memory.is_some())
        .then(|| Estimate { seconds: recorded.seconds, memory: recorded.memory.map(Value::from) })
}
