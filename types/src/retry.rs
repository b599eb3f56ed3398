//! What `retry` and `retryGeneration` mean for a task and its Jobs, for all who must agree on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ValidExecution,
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted},
    indexes::for_each_index,
    names::{self, DYNAMIC_INDEX_DIGITS, MAX_NAME_BYTES},
    plan::TaskPlan,
    v1alpha1::{ExecutionSpec, ExecutionStatus, Retry, Task, TaskStatus},
    validate::size,
};

/// The `retry` that governs a task: its own, else the Execution's.
pub fn governing<'a>(spec: &'a ExecutionSpec, task: &'a Task) -> Option<&'a Retry> {
    task.retry.as_ref().or(spec.retry.as_ref())
}

/// How often a Job of the task starts its pod again: as given; 0 where `retry` governs, as each attempt
/// is a Job of its own then; `None` where Kubernetes' default (in `run`: 0) holds.
pub fn backoff_limit(spec: &ExecutionSpec, task: &Task) -> Option<i32> {
    task.backoff_limit.or_else(|| governing(spec, task).map(|_| 0))
}

/// Whether an Execution of this status can be opened again by a grown `retryGeneration`.
///
/// # Errors
/// What keeps it from that: for each task a vertex whose next Jobs' names would be longer than 63 bytes,
/// with the arithmetic, or that the status would outgrow what the API server stores.
pub fn check_reopening(valid: &ValidExecution, status: &ExecutionStatus) -> Result<(), Vec<FieldError>> {
    let mut faults = Faults::default();
    let mut bytes: u64 = 0;
    let planned = valid.plan().tasks.iter().zip(&status.tasks);
    for (position, (plan, recorded)) in planned.enumerate() {
        if plan.name != recorded.name {
            continue; // The status of another plan, which nobody opens.
        }
        let mut longest: Option<(u32, u32)> = None;
        for (index, attempt) in next_attempts(plan, recorded) {
            bytes += 2 * size::attempt_bytes(u64::from(index), u64::from(attempt));
            let room = |(index, attempt)| job_name(valid, plan, index, attempt).len();
            if longest.is_none_or(|longest| room((index, attempt)) > room(longest)) {
                longest = Some((index, attempt));
            }
        }
        if let Some((index, attempt)) = longest {
            check_name(valid, plan, position, (index, attempt), &mut faults);
        }
    }
    if let Some(most) = valid.limits().object_bytes {
        size::check_plan_bytes_and(bytes, valid.execution(), valid.plan(), most, &mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.into_vec()) }
}

fn check_name(
    valid: &ValidExecution,
    plan: &TaskPlan,
    position: usize,
    (index, attempt): (u32, u32),
    faults: &mut Faults,
) {
    let name = job_name(valid, plan, index, attempt);
    let Some(over) = name.len().checked_sub(MAX_NAME_BYTES).filter(|over| *over > 0) else { return };
    let message = format!(
        "{} cannot be retried: its Job would be called {name:?}, which has {} bytes; at most {MAX_NAME_BYTES} are allowed",
        names::vertex_display(&plan.name, u64::from(index)),
        name.len()
    );
    let at = FieldPath::root().key("spec").key("tasks").index(position).key("name");
    faults.push(FieldError::new(at, FieldErrorKind::TooLong, message).value(&plan.name).help(format!(
        "create the Execution anew, with a name or a task's name that is shorter by {}",
        counted(over as u64, "byte", "bytes")
    )));
}

/// The vertices that get another attempt (those that run get one where they turn out to be ended), each
/// with the last number that its new budget allows.
fn next_attempts(plan: &TaskPlan, recorded: &TaskStatus) -> Vec<(u32, u32)> {
    // What lies beyond is nonsense, and where the width is not known, it has a bound.
    let static_width = plan.commands.static_width().and_then(|width| u32::try_from(width).ok());
    let width = static_width.unwrap_or(10_u32.pow(DYNAMIC_INDEX_DIGITS as u32));
    let number = |index: u32| {
        let of = |numbers: &BTreeMap<String, i32>| {
            numbers.get(&index.to_string()).and_then(|number| u32::try_from(*number).ok()).unwrap_or(0)
        };
        (of(&recorded.attempts), of(&recorded.retried_from))
    };
    let mut existed = BTreeSet::new();
    for indexes in [&recorded.failed_indexes, &recorded.cancelled_indexes, &recorded.running_indexes] {
        for_each_index(indexes, width, |index| _ = existed.insert(index));
    }
    let mut done = BTreeSet::new();
    for_each_index(&recorded.succeeded_indexes, width, |index| _ = done.insert(index));
    let extra = plan.retry.map_or(0, |retry| u32::try_from(retry.limit).unwrap_or(0));
    let waiting = recorded.attempts.keys().filter_map(|index| index.parse::<u32>().ok());
    let waiting: Vec<u32> = waiting.filter(|index| *index < width && !existed.contains(index)).collect();
    let again = existed.iter().map(|&index| {
        let (attempt, from) = number(index);
        (index, attempt.saturating_add(1).max(from))
    });
    let again = again.chain(waiting.into_iter().map(|index| (index, number(index).0)));
    again
        .filter(|(index, _)| !done.contains(index))
        .map(|(index, attempt)| (index, attempt.saturating_add(extra)))
        .collect()
}

fn job_name(valid: &ValidExecution, plan: &TaskPlan, index: u32, attempt: u32) -> String {
    names::job_name(valid.name(), &plan.name, u64::from(index), attempt)
}
