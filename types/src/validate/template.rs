//! `template`: what of a pod template is the user's to say.

use serde_json::{Map, Value};

use super::labels;
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, shorten},
    names::{ENV_RESERVED_PREFIX, is_reserved_label},
    nearest::Nearest,
    template::MAIN,
    v1alpha1::{ExecutionSpec, Task},
};

const PARTS: [&str; 2] = ["metadata", "spec"];
const METADATA: [&str; 2] = ["labels", "annotations"];

/// What the task's own fields say of the container that runs the command, and nothing else may.
const OF_THE_TASK: [(&str, &str); 3] = [
    ("image", "write the task's image"),
    ("command", "write the task's shell and commands"),
    ("args", "write the task's commands"),
];

/// Checks one template by itself.
pub(super) fn check(template: &Map<String, Value>, at: &FieldPath, errors: &mut Faults) {
    check_known(template, &PARTS, at, errors);
    if let Some(metadata) = object(template.get("metadata"), &at.key("metadata"), errors) {
        check_metadata(metadata, &at.key("metadata"), errors);
    }
    let at = at.key("spec");
    let Some(spec) = object(template.get("spec"), &at, errors) else { return };
    if let Some(policy) = given(spec, "restartPolicy") {
        let help = "remove it: retry and backoffLimit say what happens after a failure";
        errors.push(forbidden(
            at.key("restartPolicy"),
            "the system sets the pod's restartPolicy",
            policy,
            help,
        ));
    }
    for (position, container) in named(spec, "containers", &at, errors) {
        check_container(container, &at.key("containers").index(position), errors);
    }
    for (position, container) in named(spec, "initContainers", &at, errors) {
        check_init_container(container, &at.key("initContainers").index(position), errors);
    }
    named(spec, "volumes", &at, errors);
}

/// Refuses volumes of a task that a template for its pods has as well.
pub(super) fn check_volumes(spec: &ExecutionSpec, task: &Task, task_at: &FieldPath, errors: &mut Faults) {
    let Some(own) = task.volumes.as_ref().filter(|own| !own.is_empty()) else { return };
    let templates = [
        (&spec.template, FieldPath::root().key("spec").key("template")),
        (&task.template, task_at.key("template")),
    ];
    for (template, at) in templates {
        let volumes = template.as_ref().and_then(|template| template.get("spec")?.get("volumes")?.as_array());
        for (position, volume) in volumes.into_iter().flatten().enumerate() {
            let Some(name) = volume.get("name").and_then(Value::as_str) else { continue };
            if own.contains_key(name) {
                let shown = shorten(name);
                let message = format!("task {:?} has a volume {shown:?} of its own", shorten(&task.name));
                errors.push(
                    FieldError::new(
                        at.key("spec").key("volumes").index(position).key("name"),
                        FieldErrorKind::Duplicate,
                        message,
                    )
                    .value(name)
                    .help_at("give one of the two another name", task_at.key("volumes").key(name)),
                );
            }
        }
    }
}

fn check_metadata(metadata: &Map<String, Value>, at: &FieldPath, errors: &mut Faults) {
    check_known(metadata, &METADATA, at, errors);
    for part in METADATA {
        let at = at.key(part);
        for (name, value) in object(metadata.get(part), &at, errors).into_iter().flatten() {
            if part == "labels" && is_reserved_label(name) {
                let message = format!("the label {:?} is set by the system", shorten(name));
                errors.push(forbidden(at.key(name), message, value, "choose another name for the label"));
            } else if !value.is_string() && !value.is_null() {
                let message = format!("a string is wanted, not {}", shorten(&value.to_string()));
                errors.push(
                    FieldError::new(at.key(name), FieldErrorKind::TypeInvalid, message)
                        .value(value)
                        .help("put it in quotes"),
                );
            } else if part == "labels" {
                labels::check_key(name, &at, errors);
                labels::check_value(name, value.as_str().unwrap_or_default(), &at, errors);
            } else {
                labels::check_annotation(name, &at, errors);
            }
        }
    }
}

fn check_container(container: &Map<String, Value>, at: &FieldPath, errors: &mut Faults) {
    let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
    if name != MAIN {
        let message = format!(
            "container {:?} would keep the Job from ending; only {MAIN:?}, which runs the command, may stand here",
            shorten(name)
        );
        errors.push(FieldError::new(at.key("name"), FieldErrorKind::Forbidden, message).value(name).help(
            "move it to initContainers with restartPolicy: Always, so that it is ended with the command",
        ));
        return;
    }
    for (field, help) in OF_THE_TASK {
        if let Some(value) = given(container, field) {
            let message = format!("the task says what {field} the container {MAIN:?} has");
            errors.push(forbidden(at.key(field), message, value, help));
        }
    }
    for (position, variable) in named(container, "env", at, errors) {
        let name = variable.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.starts_with(ENV_RESERVED_PREFIX) {
            let message = format!("names that begin with {ENV_RESERVED_PREFIX} are set by the system");
            errors.push(
                FieldError::new(
                    at.key("env").index(position).key("name"),
                    FieldErrorKind::Forbidden,
                    message,
                )
                .value(name)
                .help("choose another name"),
            );
        }
    }
}

fn check_init_container(container: &Map<String, Value>, at: &FieldPath, errors: &mut Faults) {
    let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
    if name == MAIN {
        let message = format!("{MAIN:?} is the container that runs the command");
        errors.push(
            FieldError::new(at.key("name"), FieldErrorKind::Forbidden, message)
                .value(name)
                .help("give this one another name, or move it to containers"),
        );
    }
    if container.get("restartPolicy").and_then(Value::as_str) != Some("Always") {
        let message = format!("container {:?} does not run beside the command", shorten(name));
        let error = FieldError::new(at.key("restartPolicy"), FieldErrorKind::Required, message);
        let error = match given(container, "restartPolicy") {
            Some(policy) => FieldError { kind: FieldErrorKind::NotSupported, ..error }.value(policy),
            None => error,
        };
        errors.push(error.help("write restartPolicy: Always; what has to come before is a task of its own"));
    }
}

fn check_known(fields: &Map<String, Value>, known: &[&str], at: &FieldPath, errors: &mut Faults) {
    let mut nearest = Nearest::new();
    for (name, value) in fields.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        let message = format!("there is no field {:?} here", shorten(name));
        let help = match nearest.find(name, known.iter().copied()) {
            Some(near) => format!("there is a field {near:?}"),
            None => format!("the fields here are {}", known.join(", ")),
        };
        errors.push(FieldError::new(at.key(name), FieldErrorKind::Unknown, message).value(value).help(help));
    }
}

/// The named items of a list; what is no such list is refused.
fn named<'a>(
    fields: &'a Map<String, Value>,
    list: &str,
    at: &FieldPath,
    errors: &mut Faults,
) -> Vec<(usize, &'a Map<String, Value>)> {
    let at = at.key(list);
    let Some(value) = given(fields, list) else { return Vec::new() };
    let Some(items) = value.as_array() else {
        errors.push(mistyped(at, "a list", value));
        return Vec::new();
    };
    let mut found = Vec::new();
    for (position, item) in items.iter().enumerate() {
        match item.as_object() {
            Some(fields) if fields.get("name").is_some_and(Value::is_string) => {
                found.push((position, fields));
            }
            Some(_) => errors.push(
                FieldError::new(at.index(position).key("name"), FieldErrorKind::Required, "name is missing")
                    .help("add the field name, a string: the items of this list are told apart by it"),
            ),
            None => errors.push(mistyped(at.index(position), "an object", item)),
        }
    }
    found
}

fn object<'a>(
    value: Option<&'a Value>,
    at: &FieldPath,
    errors: &mut Faults,
) -> Option<&'a Map<String, Value>> {
    let value = value.filter(|value| !value.is_null())?;
    if !value.is_object() {
        errors.push(mistyped(at.clone(), "an object", value));
    }
    value.as_object()
}

fn given<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn mistyped(at: FieldPath, wanted: &str, value: &Value) -> FieldError {
    FieldError::new(at, FieldErrorKind::TypeInvalid, format!("{wanted} is wanted"))
        .value(value)
        .help(format!("write {wanted}, as in a pod template"))
}

fn forbidden(at: FieldPath, message: impl Into<String>, value: &Value, help: &str) -> FieldError {
    FieldError::new(at, FieldErrorKind::Forbidden, message).value(value).help(help)
}
