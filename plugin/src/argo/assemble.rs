//! The Execution of what was laid out: names, dependents, and the promise that it is accepted.

use std::collections::HashSet;

use gene_types::{
    Limits, default,
    field::{FieldError, FieldErrorKind, FieldPath, Segment, shorten},
    names::MAX_NAME_BYTES,
    v1alpha1::{API_VERSION, KIND},
    validate_document,
};
use serde_json::{Map, Value, json};

use super::{
    document::Workflow,
    layout::{Mode, Unit},
    notes::Notes,
    reading::Object,
};
use crate::wfformat::names;

/// Bytes of an Execution's name: what is left of a Job's name has room for its task's.
const NAME_BYTES: usize = 32;
/// Bytes of a task's name, where there is room for them.
const TASK_BYTES: usize = 30;
/// Bytes that the API server appends to a `generateName`.
const GENERATED_BYTES: usize = 5;
/// `-99`: room for another attempt.
const ATTEMPT_BYTES: usize = 3;

/// The name of the Execution, where it is not the server that makes it.
pub fn name(workflow: &Workflow<'_>) -> Option<String> {
    let text = |key: &str| workflow.metadata.as_ref().and_then(|metadata| metadata.get(key)?.as_str());
    match (text("name"), text("generateName")) {
        (None, Some(_)) => None,
        (None, None) => Some("workflow".to_owned()),
        (Some(name), _) => {
            let label = names::label(name);
            let fits = (1..=NAME_BYTES).contains(&label.len());
            Some(if fits { label } else { names::with_digest(&label, "workflow", name, NAME_BYTES) })
        }
    }
}

/// Puts the Execution together; `None` where it would not be accepted, which is noted.
pub fn execution(
    workflow: &Workflow<'_>,
    mut units: Vec<Unit>,
    mut spec: Map<String, Value>,
    notes: &mut Notes,
) -> Option<Value> {
    in_order(&mut units);
    let (metadata, name_bytes) = metadata(workflow, notes);
    let most = units.iter().map(|unit| unit.commands.lines.len()).max().unwrap_or_default();
    let digits = most.saturating_sub(1).max(1).ilog10() as usize + 1;
    // EXECUTION.TASK.INDEX-ATTEMPT
    let room = MAX_NAME_BYTES.saturating_sub(name_bytes + 2 + digits + ATTEMPT_BYTES);
    let ids: Vec<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
    let mut seen = HashSet::new();
    for unit in &units {
        if !seen.insert(&unit.id) {
            let message = format!("two tasks would be called \"{}\"", shorten(&unit.id));
            notes.error(&unit.path, FieldErrorKind::Duplicate, message, "rename one of the two");
        }
    }
    if notes.has_errors() {
        return None;
    }
    let names = names::of_tasks_within(&ids, room.min(TASK_BYTES));
    let tasks: Vec<Value> = units.iter().zip(&names).map(|(unit, name)| task(unit, name, &names)).collect();
    spec.insert("tasks".to_owned(), tasks.into());
    let execution = json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec});

    let mut completed = execution.clone();
    default::apply(&mut completed);
    match validate_document(completed, &Limits::LOCAL) {
        Ok(_) => Some(execution),
        Err(errors) => {
            for error in errors {
                let path = origin(&error.path, workflow, &units);
                let help = error.help.map(|help| help.text).unwrap_or_default();
                notes.push_error(FieldError::new(path, error.kind, error.message).help(help));
            }
            None
        }
    }
}

/// Sorts the units into the order of the file, and makes what waits for them follow.
fn in_order(units: &mut [Unit]) {
    let mut positions: Vec<usize> = (0..units.len()).collect();
    positions
        .sort_by(|a, b| units.get(*a).map(|unit| &unit.order).cmp(&units.get(*b).map(|unit| &unit.order)));
    let mut place = vec![0; units.len()];
    for (new, old) in positions.iter().enumerate() {
        if let Some(place) = place.get_mut(*old) {
            *place = new;
        }
    }
    let moved = |old: usize| place.get(old).copied().unwrap_or(old);
    for unit in units.iter_mut() {
        for wait in &mut unit.waits {
            wait.unit = moved(wait.unit);
        }
        unit.waits.sort_by_key(|wait| wait.unit);
        if let Some((source, _)) = &mut unit.check {
            *source = moved(*source);
        }
    }
    units.sort_by(|a, b| a.order.cmp(&b.order));
}

fn task(unit: &Unit, name: &str, names: &[String]) -> Value {
    let mut task = unit.body.clone();
    let name_of = |unit: usize| names.get(unit).cloned().unwrap_or_default();
    task.insert("name".to_owned(), name.into());
    if unit.id != name {
        task.insert("description".to_owned(), shorten(&unit.id).into());
    }
    if let Some(shell) = &unit.commands.shell {
        task.insert("shell".to_owned(), shell.clone().into());
    }
    task.insert("commands".to_owned(), unit.commands.lines.clone().into());
    if let Some((source, text)) = &unit.check {
        let condition = json!({"condition": ["check_result", name_of(*source), text]});
        task.insert("condition".to_owned(), condition);
    }
    let dependents: Vec<Value> = unit
        .waits
        .iter()
        .map(|wait| match wait.mode {
            Mode::Ignore => json!({"target": name_of(wait.unit), "onSkipped": "Ignore"}),
            Mode::Never | Mode::Skip => json!({"target": name_of(wait.unit)}),
        })
        .collect();
    if !dependents.is_empty() {
        task.insert("dependents".to_owned(), dependents.into());
    }
    Value::Object(task)
}

/// The Execution's metadata, and the bytes that its name has.
fn metadata(workflow: &Workflow<'_>, notes: &mut Notes) -> (Value, usize) {
    let mut metadata = Map::new();
    let text = |key: &str| workflow.metadata.as_ref().and_then(|metadata| metadata.get(key)?.as_str());
    let bytes = if let Some(name) = name(workflow) {
        if let (Some(written), Some(given)) =
            (text("name").filter(|written| *written != name), &workflow.metadata)
        {
            let message = format!("the Execution is called \"{name}\", not \"{}\"", shorten(written));
            let help = format!("its Jobs' names have room for {NAME_BYTES} of a-z, 0-9 and \"-\"");
            notes.warn(&given.at("name"), message, help);
        }
        metadata.insert("name".to_owned(), name.as_str().into());
        name.len()
    } else {
        let prefix = prefix(text("generateName").unwrap_or_default());
        metadata.insert("generateName".to_owned(), prefix.as_str().into());
        prefix.len() + GENERATED_BYTES
    };
    if let Some(namespace) = text("namespace") {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    if let Some(given) = &workflow.metadata {
        for key in ["labels", "annotations"] {
            let kept = given.object(key, notes).map(|map| kept(&map, notes)).unwrap_or_default();
            if !kept.is_empty() {
                metadata.insert(key.to_owned(), Value::Object(kept));
            }
        }
    }
    (Value::Object(metadata), bytes)
}

fn prefix(written: &str) -> String {
    let mut prefix = names::label(written);
    if prefix.is_empty() {
        "workflow".clone_into(&mut prefix);
    }
    // Labels are ASCII, so that every byte begins a character.
    prefix.truncate(NAME_BYTES - GENERATED_BYTES - 1);
    prefix.truncate(prefix.trim_end_matches('-').len());
    if written.ends_with(['-', '.', '_']) {
        prefix.push('-');
    }
    prefix
}

/// Labels or annotations, but for those that Argo or kubectl put there for themselves.
fn kept(given: &Object<'_>, notes: &mut Notes) -> Map<String, Value> {
    let mut kept = Map::new();
    for (key, value) in given.map {
        if key.contains("argoproj.io/") {
            let message = format!("\"{}\" is not carried over", shorten(key));
            notes.warn(&given.at(key), message, "it speaks to Argo alone");
        } else if !key.starts_with("kubectl.kubernetes.io/") {
            kept.insert(key.clone(), value.clone());
        }
    }
    kept
}

/// Where in the Workflow stands what a path of the Execution speaks of.
fn origin(path: &FieldPath, workflow: &Workflow<'_>, units: &[Unit]) -> FieldPath {
    let follow = |from: &FieldPath, rest: &[Segment]| {
        rest.iter().fold(from.clone(), |path, segment| match segment {
            Segment::Key(key) => path.key(key),
            Segment::Index(index) => path.index(*index),
        })
    };
    match path.segments() {
        [Segment::Key(spec), Segment::Key(tasks), Segment::Index(position), rest @ ..]
            if spec == "spec" && tasks == "tasks" =>
        {
            let Some(unit) = units.get(*position) else { return workflow.spec.path.clone() };
            match rest {
                [Segment::Key(key), ..]
                    if ["image", "env", "workingDir", "resources"].contains(&key.as_str()) =>
                {
                    follow(&unit.path, rest)
                }
                _ => unit.path.clone(),
            }
        }
        [Segment::Key(spec), rest @ ..] if spec == "spec" => follow(&workflow.spec.path, rest),
        _ => path.clone(),
    }
}
