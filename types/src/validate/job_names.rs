//! Whether the names of the Jobs fit into 63 bytes.

use super::{Directory, Draft};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted},
    names::{
        self, ATTEMPT_SUFFIX_BYTES, DYNAMIC_INDEX_DIGITS, GENERATED_SUFFIX_BYTES, MAX_NAME_BYTES,
        RETRY_SUFFIX_BYTES,
    },
    plan::{Plan, TaskId},
    retry,
    v1alpha1::Execution,
};

/// Refuses tasks whose Jobs could not be created.
pub(super) fn check(execution: &Execution, drafts: &[Draft], directory: &Directory<'_>, errors: &mut Faults) {
    let Some(prefix) = execution_name(execution) else { return };
    if prefix.len() > MAX_NAME_BYTES {
        return; // Refused as a name already.
    }
    for (task, draft) in drafts.iter().enumerate() {
        let task = task as TaskId;
        let name = directory.name(task);
        if name.len() > MAX_NAME_BYTES {
            continue;
        }
        let width = match &draft.commands {
            Some(commands) => commands.static_width(),
            None => Some(1),
        };
        let is_retried = execution.spec.tasks.get(task as usize).is_some_and(|given| {
            retry::governing(&execution.spec, given).is_some_and(|retry| retry.limit > 0)
        });
        let reserved = if is_retried { RETRY_SUFFIX_BYTES } else { 0 };
        if longest_len(&prefix, name, width) + reserved > MAX_NAME_BYTES {
            let longest = longest_name(&prefix, name, width);
            let bytes = longest.len() + reserved;
            let over = counted((bytes - MAX_NAME_BYTES) as u64, "byte", "bytes");
            let of_retry = if is_retried { " and three for the number of a retry" } else { "" };
            let message = format!(
                "Job names of task {name:?} would have {bytes} bytes ({longest:?}{of_retry}), at most {MAX_NAME_BYTES} are allowed"
            );
            errors.push(
                FieldError::new(directory.at(task).key("name"), FieldErrorKind::TooLong, message)
                    .value(name)
                    .help(format!("shorten the name of the task or of the Execution by {over}")),
            );
        }
    }
}

/// Warns of tasks whose Jobs could not be created a second time.
pub(crate) fn check_retries(execution: &Execution, plan: &Plan, warnings: &mut Faults) {
    let Some(prefix) = execution_name(execution) else { return };
    for (position, task) in plan.tasks.iter().enumerate() {
        let width = task.commands.static_width();
        if longest_len(&prefix, &task.name, width) + ATTEMPT_SUFFIX_BYTES > MAX_NAME_BYTES {
            let longest = longest_name(&prefix, &task.name, width);
            let over = longest.len() + ATTEMPT_SUFFIX_BYTES - MAX_NAME_BYTES;
            let message = format!(
                "Job names of task {:?} have up to {} bytes ({longest:?}): no room for the number of a second attempt, so it cannot be retried",
                task.name,
                longest.len()
            );
            let at = FieldPath::root().key("spec").key("tasks").index(position).key("name");
            warnings.push(FieldError::new(at, FieldErrorKind::TooLong, message).value(&task.name).help(
                format!(
                    "shorten the name of the task or of the Execution by {}",
                    counted(over as u64, "byte", "bytes")
                ),
            ));
        }
    }
}

/// The Execution's name; a generated one with five letters for what the API server appends.
pub(super) fn execution_name(execution: &Execution) -> Option<String> {
    let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    given(&execution.metadata.name).or_else(|| {
        given(&execution.metadata.generate_name).map(|prefix| prefix + &"x".repeat(GENERATED_SUFFIX_BYTES))
    })
}

/// The bytes of [`longest_name`], counted without making it.
fn longest_len(execution: &str, task: &str, width: Option<u64>) -> usize {
    execution.len() + 1 + task.len() + 1 + names::digits(last_index(width))
}

fn longest_name(execution: &str, task: &str, width: Option<u64>) -> String {
    names::job_name(execution, task, last_index(width), 0)
}

fn last_index(width: Option<u64>) -> u64 {
    match width {
        Some(width) => width.saturating_sub(1),
        None => 10_u64.pow(DYNAMIC_INDEX_DIGITS as u32) - 1,
    }
}
