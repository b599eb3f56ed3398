//! Completing an Execution: what is absent and has a default is filled in, nothing else is touched.
//!
//! It works on raw JSON, so that fields which this version does not know survive it, and on any JSON
//! at all: what has another shape is left for others to refuse.

use json_patch::{AddOperation, Patch, PatchOperation, jsonptr::PointerBuf};
use serde_json::{Map, Value};

use crate::v1alpha1::ExecutionSpec;

/// The default of a task's `type`.
pub const TASK_TYPE: &str = "Job";
/// The default of a dependent's `type`.
pub const DEPENDENCY_TYPE: &str = "whole";

/// The patch that completes an Execution. Empty where nothing is to be done; so it is after it was applied.
pub fn default(execution: &Value) -> Patch {
    let mut operations = Vec::new();
    for (position, task) in tasks(execution).iter().enumerate() {
        if lacks_type(task) {
            operations.extend(add(format!("/spec/tasks/{position}/type"), TASK_TYPE));
        }
        for (entry, dependent) in items(task.get("dependents")).iter().enumerate() {
            if lacks_type(dependent) {
                let path = format!("/spec/tasks/{position}/dependents/{entry}/type");
                operations.extend(add(path, DEPENDENCY_TYPE));
            }
        }
    }
    Patch(operations)
}

/// The same of a spec that was decoded without a fault of shape: as [`default()`] of what it was decoded from.
pub fn default_spec(spec: &ExecutionSpec) -> Patch {
    let mut operations = Vec::new();
    for (position, task) in spec.tasks.iter().enumerate() {
        if task.type_.is_none() {
            operations.extend(add(format!("/spec/tasks/{position}/type"), TASK_TYPE));
        }
        for (entry, dependent) in task.dependents.iter().flatten().enumerate() {
            if dependent.type_.is_none() {
                let path = format!("/spec/tasks/{position}/dependents/{entry}/type");
                operations.extend(add(path, DEPENDENCY_TYPE));
            }
        }
    }
    Patch(operations)
}

/// Completes an Execution in place: the same as applying [`default`].
pub fn apply(execution: &mut Value) {
    let Some(tasks) = execution.pointer_mut("/spec/tasks").and_then(Value::as_array_mut) else { return };
    for task in tasks {
        fill(task, TASK_TYPE);
        let dependents = task.get_mut("dependents").and_then(Value::as_array_mut);
        for dependent in dependents.into_iter().flatten() {
            fill(dependent, DEPENDENCY_TYPE);
        }
    }
}

fn tasks(execution: &Value) -> &[Value] {
    items(execution.get("spec").and_then(|spec| spec.get("tasks")))
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn lacks_type(object: &Value) -> bool {
    object.as_object().is_some_and(is_absent)
}

fn is_absent(object: &Map<String, Value>) -> bool {
    object.get("type").is_none_or(Value::is_null)
}

fn fill(object: &mut Value, default: &str) {
    if let Some(object) = object.as_object_mut().filter(|object| is_absent(object)) {
        object.insert("type".to_owned(), default.into());
    }
}

/// `add` sets a field whether it is there (as null) or not. The pointer is one: it holds nothing that is escaped.
fn add(pointer: String, value: &str) -> Option<PatchOperation> {
    let path = PointerBuf::parse(pointer).ok()?;
    Some(PatchOperation::Add(AddOperation { path, value: value.into() }))
}
