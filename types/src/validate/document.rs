//! From a document to a checked Execution, with every fault at once: those of its shape and, of what
//! is sound beside them, those of its meaning.
//!
//! Faults of shape keep a document from being decoded. So that a person need not mend them only to be
//! shown the next ones, a mended copy is judged as well: what was mended in it is never complained of.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{ValidExecution, validate};
use crate::{
    field::{FieldError, FieldErrorKind, FieldPath, Segment},
    limits::Limits,
    shape,
    v1alpha1::{Dependent, Task},
};

/// Checks a document, its shape first, and compiles it.
///
/// # Errors
/// Every fault that it has, of shape and of meaning.
pub fn validate_document(document: Value, limits: &Limits) -> Result<ValidExecution, Vec<FieldError>> {
    let mut faults = shape::check(&document);
    if faults.is_empty() {
        return validate(shape::decode(document)?, limits);
    }
    let mended = Mended::new(document, &faults);
    // What cannot be mended enough to be judged is left for after these faults.
    let Ok(execution) = serde_json::from_value(mended.document.clone()) else { return Err(faults) };
    if let Err(more) = validate(execution, limits) {
        let misshapen = Misshapen::new(&faults);
        let more: Vec<_> =
            more.into_iter().filter(|error| !misshapen.explains(error) && !mended.explains(error)).collect();
        faults.extend(more);
    }
    Err(faults)
}

/// The places where the shape is at fault.
struct Misshapen<'a> {
    /// What stands there was not judged at all.
    at: HashSet<&'a [Segment]>,
    /// Objects that lack what a field was meant to say that is spelled wrong.
    around: HashSet<&'a [Segment]>,
}

impl<'a> Misshapen<'a> {
    fn new(faults: &'a [FieldError]) -> Self {
        let parent = |fault: &'a FieldError| match (fault.kind, fault.path.segments()) {
            (FieldErrorKind::Unknown, [parent @ .., _]) if parent.len() > 1 => Some(parent),
            _ => None,
        };
        Self {
            at: faults.iter().map(|fault| fault.path.segments()).collect(),
            around: faults.iter().filter_map(parent).collect(),
        }
    }

    /// Whether a fault is only that of something misshapen.
    fn explains(&self, error: &FieldError) -> bool {
        let segments = error.path.segments();
        (0..=segments.len())
            .map(|length| &segments[..length])
            .any(|start| self.at.contains(start) || (self.around.contains(start) && !is_about_name(error)))
    }
}

/// Whether a fault is that of a name or of what it names, which nothing else in its task can mend.
fn is_about_name(error: &FieldError) -> bool {
    matches!(error.path.segments().last(), Some(Segment::Key(key)) if key == "name" || key == "target")
}

/// A document in which nothing stands any more that cannot be decoded.
struct Mended {
    document: Value,
    /// Tasks of which only the name and the dependents are left.
    stubs: Vec<usize>,
    /// Names of those tasks.
    names: Vec<String>,
}

impl Mended {
    fn new(mut document: Value, faults: &[FieldError]) -> Self {
        if let Some(fields) = document.as_object_mut() {
            fields.remove("status");
        }
        let mut stubs = Vec::new();
        for fault in faults {
            let is_harmless = fault.kind == FieldErrorKind::Unknown || take_as_text(&mut document, fault);
            match task_of(&fault.path) {
                _ if is_harmless => {}
                Some(task) => stubs.push(task),
                None => remove(&mut document, fault.path.segments()),
            }
        }
        stubs.sort_unstable();
        stubs.dedup();
        let mut names = Vec::new();
        for &task in &stubs {
            if let Some(value) = document.pointer_mut(&format!("/spec/tasks/{task}")) {
                *value = stub(value, task);
                names.push(value["name"].as_str().unwrap_or_default().to_owned());
            }
        }
        Self { document, stubs, names }
    }

    /// Whether a fault may be only that of the mending.
    fn explains(&self, error: &FieldError) -> bool {
        let Some(task) = task_of(&error.path) else { return false };
        // How many vertices a stub has is not known, so who waits for it is not held to that.
        self.stubs.binary_search(&task).is_ok() || (!is_about_name(error) && self.waits_for_stub(task))
    }

    fn waits_for_stub(&self, task: usize) -> bool {
        let dependents = self.document.pointer(&format!("/spec/tasks/{task}/dependents"));
        dependents.and_then(Value::as_array).is_some_and(|dependents| {
            let target = |dependent: &Value| dependent["target"].as_str().map(str::to_owned);
            dependents.iter().filter_map(target).any(|target| self.names.contains(&target))
        })
    }
}

/// The task that a path leads into.
fn task_of(path: &FieldPath) -> Option<usize> {
    match path.segments() {
        [Segment::Key(spec), Segment::Key(tasks), Segment::Index(task), ..]
            if spec == "spec" && tasks == "tasks" =>
        {
            Some(*task)
        }
        _ => None,
    }
}

/// Where a text was wanted and a number or boolean given, that counts as its own text.
fn take_as_text(document: &mut Value, fault: &FieldError) -> bool {
    let Some(value) = at(document, fault.path.segments()) else { return false };
    let is_scalar = value.is_number() || value.is_boolean();
    let was_text_wanted =
        fault.kind == FieldErrorKind::TypeInvalid && fault.message.starts_with(shape::WANTS_STRING);
    if is_scalar && was_text_wanted {
        *value = Value::String(value.to_string());
        return true;
    }
    false
}

/// A task that can be decoded: its name and what it waits for, as far as those can be read.
fn stub(value: &Value, task: usize) -> Value {
    let readable: Option<Task> = serde_json::from_value(json!({"name": value["name"], "image": "-"})).ok();
    let name = readable.map_or_else(|| format!("task-{task}"), |task| task.name);
    let dependents: Vec<&Value> = value["dependents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|dependent| serde_json::from_value::<Dependent>((*dependent).clone()).is_ok())
        .collect();
    json!({"name": name, "image": "-", "commands": ["-"], "dependents": dependents})
}

fn remove(document: &mut Value, path: &[Segment]) {
    if let Some((last, parents)) = path.split_last()
        && let Some(parent) = at(document, parents)
        && let (Value::Object(fields), Segment::Key(key)) = (parent, last)
    {
        fields.remove(key);
    }
}

fn at<'a>(document: &'a mut Value, path: &[Segment]) -> Option<&'a mut Value> {
    path.iter().try_fold(document, |value, segment| match segment {
        Segment::Key(key) => value.as_object_mut()?.get_mut(key),
        Segment::Index(index) => value.as_array_mut()?.get_mut(*index),
    })
}
