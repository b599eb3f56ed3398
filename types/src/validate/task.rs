//! One task by itself.

use super::{
    Draft, commands, conditions, env, labels, metadata, numbers, resources, retry, template, text, volumes,
};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath},
    names,
    v1alpha1::{ExecutionSpec, Task},
};

/// Checks all that a task says without looking at other tasks, and compiles it.
pub(super) fn compile(spec: &ExecutionSpec, task: &Task, at: &FieldPath, errors: &mut Faults) -> Draft {
    let mut references = Vec::new();
    if task.name.is_empty() {
        errors.push(
            FieldError::new(at.key("name"), FieldErrorKind::Required, "the task must have a name")
                .help("write a name, like name: align"),
        );
    } else if !names::is_dns_label(&task.name) {
        metadata::check_label(&task.name, "the task's name", &at.key("name"), errors);
    }
    check_image(&task.image, at, errors);
    let commands = commands::compile(task, at, &mut references, errors);
    if let Some(variables) = &task.env {
        env::check(variables, &at.key("env"), errors);
    }
    check_working_dir(task, at, errors);
    if let Some(given) = &task.resources {
        resources::check(given, &at.key("resources"), errors);
    }
    if let Some(given) = &task.volumes {
        volumes::check(given, &at.key("volumes"), errors);
    }
    let at_least_zero = |field: &str, value: Option<i64>, errors: &mut Faults| {
        numbers::check_at_least(0, value, || at.key(field), errors);
    };
    at_least_zero("parallelism", task.parallelism, errors);
    at_least_zero("backoffLimit", task.backoff_limit.map(i64::from), errors);
    at_least_zero("activeDeadlineSeconds", task.active_deadline_seconds, errors);
    if let Some(given) = &task.retry {
        retry::check(given, &at.key("retry"), errors);
    }
    retry::check_backoff_limit(spec, task, at, errors);
    if let Some(given) = &task.node_selector {
        labels::check(given, &at.key("nodeSelector"), errors);
    }
    if let Some(given) = &task.template {
        template::check(given, &at.key("template"), errors);
    }
    template::check_volumes(spec, task, at, errors);
    if let Some(estimate) = &task.estimate {
        resources::check_estimate(estimate, &at.key("estimate"), errors);
    }
    let condition = task
        .condition
        .as_ref()
        .and_then(|spec| conditions::compile(spec, &at.key("condition"), &mut references, errors));
    let generic = task
        .generic_condition
        .as_ref()
        .map(|spec| conditions::compile_generic(spec, &at.key("genericCondition"), &mut references, errors));
    Draft { commands, condition, generic, references }
}

fn check_image(image: &str, at: &FieldPath, errors: &mut Faults) {
    let help = "name the container image, like image: ubuntu:24.04";
    if image.is_empty() {
        errors.push(
            FieldError::new(at.key("image"), FieldErrorKind::Required, "image must not be empty").help(help),
        );
    } else if image.contains(|c: char| c.is_whitespace() || c.is_control()) {
        errors.push(
            FieldError::new(at.key("image"), FieldErrorKind::Invalid, "image must not contain blanks")
                .value(image)
                .help(help),
        );
    }
}

fn check_working_dir(task: &Task, at: &FieldPath, errors: &mut Faults) {
    let Some(directory) = task.working_dir.as_deref().filter(|directory| !directory.is_empty()) else {
        return;
    };
    text::check_nul(directory, "workingDir", || at.key("workingDir"), errors);
    if !directory.starts_with('/') {
        errors.push(
            FieldError::new(
                at.key("workingDir"),
                FieldErrorKind::Invalid,
                "workingDir must be an absolute path",
            )
            .value(directory)
            .help(format!("begin it with a slash: /{directory}")),
        );
    }
}
