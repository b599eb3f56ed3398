//! From a workflow document to an Execution that was checked.

use std::collections::HashSet;

use gene_types::{
    ValidExecution, default,
    field::{FieldErrorKind, FieldPath, Segment},
    validate_document,
};
use gene_workflow::{Fault, Origin as Of, Request};
use serde_json::{Value, json};

use super::{Materials, Origin, name, names::misread, origin::place, repository::Tools};
use crate::manifest::{Children, Diagnostic, Document, Naming, Node, Reading, Severity, Source};

/// What the server makes a name of, as the original made `execution-` and five digits.
const PREFIX: &str = "execution-";
/// As long as what the server makes of it, for whoever counts the bytes of Job names.
const PREFIXED: &str = "execution-xxxxx";

/// An Execution that was made of a workflow.
pub struct Made {
    /// It, with defaults filled in.
    pub valid: ValidExecution,
    /// Where its parts come from.
    pub origin: Origin,
}

/// Makes an Execution of a workflow. Absent: something is refused, and is among the diagnostics.
pub fn compile(
    source: &Source,
    document: Document,
    reading: Reading<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Made> {
    let materials = reading.materials;
    let given = &materials.0;
    given.is_used.set(true);
    let tools = materials.tools();
    let name = match reading.naming {
        Naming::File => name::of_file(source.name()),
        Naming::Server => PREFIXED.to_owned(),
    };
    let documents: Vec<&Value> = tools.parts.iter().map(|tool| &tool.document.value).collect();
    let request = Request {
        workflow: &document.value,
        task_order: &task_order(&document.node),
        inputs: given.inputs.as_ref().map(|inputs| &inputs.document.value),
        sets: &given.sets,
        tools: &documents,
        name: &name,
        limits: reading.limits,
    };
    diagnostics.extend(misread(source, &document.node));
    let mut compiled = match gene_workflow::compile(&request) {
        Ok(compiled) => compiled,
        Err(faults) => {
            refuse(source, &document.node, materials, tools, faults, diagnostics);
            return None;
        }
    };
    let warnings = std::mem::take(&mut compiled.warnings);
    let told = |fault: &Fault| place(source, &document.node, materials, Severity::Warning, fault);
    diagnostics.extend(warnings.iter().map(told));
    let names = FieldPath::root().key("metadata").key("name");
    if reading.naming == Naming::Server
        && compiled.places.origin_of(&names) == (Of::Workflow, FieldPath::root())
        && let Some(metadata) = compiled.execution.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("name");
        metadata.insert("generateName".to_owned(), json!(PREFIX));
    }
    let mut completed = if reading.keeps_documents {
        compiled.execution.clone()
    } else {
        std::mem::take(&mut compiled.execution)
    };
    default::apply(&mut completed);
    let origin = Origin { node: document.node, materials: materials.clone(), compiled };
    match validate_document(completed, reading.limits) {
        Ok(valid) => {
            let mut seen = HashSet::new();
            let doubts =
                (reading.doubts)(&valid).into_iter().map(|doubt| origin.compiled.places.fault(doubt));
            // What stands in one place of the workflow and in many of the Execution, as volumes do, is said once.
            let doubts = doubts.filter(|fault| seen.insert((fault.origin, fault.error.clone())));
            diagnostics.extend(
                doubts.map(|fault| place(source, &origin.node, materials, Severity::Warning, &fault)),
            );
            Some(Made { valid, origin })
        }
        Err(errors) => {
            diagnostics.extend(errors.iter().map(|error| origin.locate(source, Severity::Error, error)));
            None
        }
    }
}

/// Tells the faults, and of a tool that was not found what may be the reason: a repository or a file of it that could
/// not be read.
fn refuse(
    source: &Source,
    node: &Node,
    materials: &Materials,
    tools: &Tools,
    mut faults: Vec<Fault>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let is_missing = faults.iter().any(is_missing_tool);
    if is_missing && !tools.refused.is_empty() {
        // All of them would follow from that.
        faults.retain(|fault| !is_missing_tool(fault));
        diagnostics.extend(tools.refused.iter().cloned());
    }
    for fault in faults.iter_mut().filter(|fault| is_missing_tool(fault)) {
        if let Some(help) = tools.remedy() {
            fault.error.help = Some(gene_types::field::Note::plain(help));
        }
    }
    diagnostics.extend(faults.iter().map(|fault| place(source, node, materials, Severity::Error, fault)));
    if is_missing {
        diagnostics.extend(tools.unread.iter().cloned());
    }
}

fn is_missing_tool(fault: &Fault) -> bool {
    let is_of_tool = match fault.error.path.segments() {
        [Segment::Key(_), Segment::Key(_), Segment::Key(key)] => key.eq_ignore_ascii_case("tool"),
        _ => false,
    };
    fault.origin == Of::Workflow && is_of_tool && fault.error.kind == FieldErrorKind::NotFound
}

/// The names of the tasks as they stand one after the other.
fn task_order(node: &Node) -> Vec<String> {
    let tasks = node.find(&FieldPath::root().key("workflow"));
    let Children::Map(entries) = &tasks.node.children else { return Vec::new() };
    let mut entries: Vec<_> = entries.iter().filter(|_| tasks.exact).collect();
    entries.sort_by_key(|entry| entry.key_span);
    entries.into_iter().map(|entry| entry.key.to_string()).collect()
}
