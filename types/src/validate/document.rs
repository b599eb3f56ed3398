//! From a document to a checked Execution, with every fault at once: those of its shape and, of what
//! is sound beside them, those of its meaning.
//!
//! Faults of shape keep a document from being decoded. So that a person need not mend them only to be
//! shown the next ones, a mended copy is judged as well: what was mended in it is never complained of.

use std::collections::HashSet;

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{ValidExecution, validate};
use crate::{
    field::{FieldError, FieldErrorKind, FieldPath, Segment},
    limits::Limits,
    shape,
    v1alpha1::Execution,
};

/// Checks a document, its shape first, and compiles it.
///
/// # Errors
/// Every fault that it has, of shape and of meaning.
pub fn validate_document(document: Value, limits: &Limits) -> Result<ValidExecution, Vec<FieldError>> {
    let faults = shape::check(&document);
    if faults.is_empty() {
        return validate(shape::decode_checked(document)?, limits);
    }
    Err(and_of_meaning(faults, document, limits))
}

/// The same of a document without `status` that the caller goes on with: without a copy of it, save where its shape is
/// at fault.
///
/// # Errors
/// As for [`validate_document`].
pub fn validate_borrowed(document: &Value, limits: &Limits) -> Result<ValidExecution, Vec<FieldError>> {
    let faults = shape::check(document);
    if faults.is_empty() {
        return validate(shape::decode_borrowed(document)?, limits);
    }
    Err(and_of_meaning(faults, document.clone(), limits))
}

/// Faults of shape, and those of the meaning of what is sound beside them.
fn and_of_meaning(mut faults: Vec<FieldError>, document: Value, limits: &Limits) -> Vec<FieldError> {
    let mended = Mended::new(document, &faults);
    // What cannot be mended enough to be judged is left for after these faults.
    let Ok(execution) = Execution::deserialize(&mended.document) else { return faults };
    if let Err(more) = validate(execution, limits) {
        let misshapen = Misshapen::new(&faults);
        let more: Vec<_> =
            more.into_iter().filter(|error| !misshapen.explains(error) && !mended.explains(error)).collect();
        faults.extend(more);
    }
    faults
}

/// What is stored in a cluster, checked.
#[derive(Debug)]
pub struct Stored {
    /// The Execution.
    pub valid: ValidExecution,
    /// Fields that this version does not know, the first hundred of them: the API server knows them, so they are of a
    /// newer one.
    pub unknown: Vec<FieldError>,
}

/// Checks an object that an API server holds or is about to. What that does not know it has refused or taken out
/// already, so that fields unknown to this version are left alone; all else is judged as [`validate_document`] does.
///
/// # Errors
/// Every fault that it has.
pub fn validate_stored(document: Value, limits: &Limits) -> Result<Stored, Vec<FieldError>> {
    let (faults, unknown) = shape::check_stored(&document);
    if !faults.is_empty() {
        return Err(and_of_meaning(faults, document, limits));
    }
    let valid = validate(shape::decode_checked(document)?, limits)?;
    Ok(Stored { valid, unknown })
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
        (0..=segments.len()).map(|length| &segments[..length]).any(|start| {
            self.at.contains(start) || (self.around.contains(start) && is_of_missing(start, error))
        })
    }
}

/// Whether a fault in an object may be that of a field of it that is spelled wrong.
fn is_of_missing(object: &[Segment], error: &FieldError) -> bool {
    let is_apart = is_task(object)
        && error.path.segments().len() > object.len()
        && error.kind != FieldErrorKind::Required
        && !is_of_graph(error);
    !is_about_name(error) && !is_apart
}

/// Whether a fault is that of a name or of what it names, which nothing else in its task can mend.
fn is_about_name(error: &FieldError) -> bool {
    matches!(error.path.segments().last(), Some(Segment::Key(key)) if key == "name" || key == "target")
}

/// Whether a fault is in what says how many vertices a task has and what they wait for: fields of which
/// one cannot be judged without the others.
fn is_of_graph(error: &FieldError) -> bool {
    matches!(error.path.segments().get(TASK), Some(Segment::Key(field)) if GRAPH.contains(&field.as_str()))
}

const COMMANDS: [&str; 3] = ["commands", "commandSet", "commandsIter"];
const GRAPH: [&str; 6] =
    ["commands", "commandSet", "commandsIter", "dependents", "condition", "genericCondition"];

/// A document in which nothing stands any more that cannot be decoded.
struct Mended {
    document: Value,
    /// Tasks of which something was taken out or replaced.
    tasks: HashSet<usize>,
    /// Names of those tasks.
    names: HashSet<String>,
}

impl Mended {
    fn new(mut document: Value, faults: &[FieldError]) -> Self {
        if let Some(fields) = document.as_object_mut() {
            fields.remove("status");
        }
        let mut tasks = HashSet::new();
        for fault in faults {
            let is_harmless = fault.kind == FieldErrorKind::Unknown || take_as_text(&mut document, fault);
            let segments = fault.path.segments();
            match task_of(&fault.path) {
                _ if is_harmless => {}
                None => remove(&mut document, segments),
                Some(task) => {
                    tasks.insert(task);
                    if let Some(value) = at(&mut document, &segments[..TASK]) {
                        mend(value, task, &segments[TASK..]);
                    }
                }
            }
        }
        let name = |task: &usize| Some(document["spec"]["tasks"].get(*task)?["name"].as_str()?.to_owned());
        let names = tasks.iter().filter_map(name).collect();
        Self { document, tasks, names }
    }

    /// Whether a fault may be only that of the mending.
    fn explains(&self, error: &FieldError) -> bool {
        let Some(task) = task_of(&error.path) else { return false };
        // How many vertices a mended task has is not known, so who waits for it is not held to that.
        !is_about_name(error)
            && is_of_graph(error)
            && (self.tasks.contains(&task) || self.waits_for_mended(task))
    }

    fn waits_for_mended(&self, task: usize) -> bool {
        let dependents = self.document["spec"]["tasks"].get(task).map(|task| &task["dependents"]);
        let targets = dependents.and_then(Value::as_array).into_iter().flatten();
        targets.filter_map(|dependent| dependent["target"].as_str()).any(|target| self.names.contains(target))
    }
}

/// Makes a task one that can be decoded, which it is not for what stands at `path` in it. Its name and what
/// it waits for stay as far as they can be read. What stands instead of others is no name of a task.
fn mend(task: &mut Value, index: usize, path: &[Segment]) {
    let name = || Value::from(format!("(task {index})"));
    let (Some(fields), [Segment::Key(field), within @ ..]) = (task.as_object_mut(), path) else {
        *task = json!({"name": name(), "image": "-", "commands": ["-"]});
        return;
    };
    match (field.as_str(), within) {
        ("name", _) => _ = fields.insert(field.clone(), name()),
        ("image", _) => _ = fields.insert(field.clone(), "-".into()),
        ("dependents", [Segment::Index(dependent), ..]) => {
            if let Some(dependent) = fields.get_mut("dependents").and_then(|list| list.get_mut(*dependent)) {
                let target = dependent["target"].as_str().unwrap_or("-").to_owned();
                *dependent = json!({"target": target});
            }
        }
        (commands, _) if COMMANDS.contains(&commands) => {
            fields.retain(|field, _| !COMMANDS.contains(&field.as_str()));
            fields.insert("commands".to_owned(), json!(["-"]));
        }
        (field, _) => _ = fields.remove(field),
    }
}

/// How many segments lead to a task: `spec.tasks[0]`.
const TASK: usize = 3;

fn is_task(path: &[Segment]) -> bool {
    path.len() == TASK && matches!(path.last(), Some(Segment::Index(_)))
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
