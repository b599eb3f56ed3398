//! How large an Execution is, counted without making any of it.

use super::{Directory, Draft, dependents::Link, job_names};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted, grouped},
    limits::{self, Limits},
    names::{RETRY_SUFFIX_BYTES, digits},
    plan::{Commands, Plan, TaskId},
    retry,
    v1alpha1::{DependencyType, Execution, retry::MAX_RETRIES},
};

/// Refuses more tasks or vertices than the limits allow.
pub(super) fn check_counts(
    drafts: &[Draft],
    limits: &Limits,
    directory: &Directory<'_>,
    errors: &mut Faults,
) {
    check_task_count(drafts.len() as u64, limits, errors);
    let widths = || drafts.iter().map(|draft| draft.commands.as_ref().map_or(0, known_width));
    let total = widths().fold(0, u64::saturating_add);
    if total <= u64::from(limits.vertices) {
        return;
    }
    let (widest, width) =
        widths().enumerate().fold((0, 0), |widest, next| if next.1 > widest.1 { next } else { widest });
    let message = format!(
        "the tasks have {} together, {:?} the most with {}; at most {} are allowed",
        vertices(total),
        directory.name(widest as TaskId),
        at_least(width),
        grouped(u64::from(limits.vertices))
    );
    errors.push(
        FieldError::new(directory.at(widest as TaskId), FieldErrorKind::TooMany, message)
            .help("let one command work on several items, or split the Execution"),
    );
}

pub(crate) fn check_task_count(tasks: u64, limits: &Limits, errors: &mut Faults) {
    if tasks > u64::from(limits.tasks) {
        let message = format!(
            "{} are too many; at most {} are allowed",
            counted(tasks, "task", "tasks"),
            grouped(u64::from(limits.tasks))
        );
        errors.push(
            FieldError::new(FieldPath::root().key("spec").key("tasks"), FieldErrorKind::TooMany, message)
                .help("make tasks that differ in one value into one task with commandsIter, or split the Execution"),
        );
    }
}

/// Refuses what the API server could not store.
pub(super) fn check_bytes(
    execution: &Execution,
    drafts: &[Draft],
    links: &[Vec<Link>],
    limits: &Limits,
    errors: &mut Faults,
) {
    let Some(most) = limits.object_bytes else { return };
    let widths: Vec<u64> =
        drafts.iter().map(|draft| draft.commands.as_ref().map_or(0, known_width)).collect();
    let edges = links
        .iter()
        .enumerate()
        .flat_map(|(task, links)| links.iter().map(move |link| (task as TaskId, link.task, link.kind)));
    let readers = drafts.iter().filter(|draft| !draft.references.is_empty()).count();
    let status = worst_status_bytes(execution, &widths, edges, readers as u64);
    check_object_bytes(execution, status, most, errors);
}

/// The same for an Execution that is compiled already.
pub(crate) fn check_plan_bytes(execution: &Execution, plan: &Plan, most: u64, errors: &mut Faults) {
    check_plan_bytes_and(0, execution, plan, most, errors);
}

/// The same for one whose status gets so many bytes more.
pub(crate) fn check_plan_bytes_and(
    more: u64,
    execution: &Execution,
    plan: &Plan,
    most: u64,
    errors: &mut Faults,
) {
    let widths: Vec<u64> = plan.tasks.iter().map(|task| known_width(&task.commands)).collect();
    let status = plan_status_bytes(execution, plan, &widths);
    check_object_bytes(execution, status.saturating_add(more), most, errors);
}

/// The most bytes that the status of a compiled Execution can have, where its tasks have these widths.
pub(crate) fn plan_status_bytes(execution: &Execution, plan: &Plan, widths: &[u64]) -> u64 {
    let edges = plan.tasks.iter().enumerate().flat_map(|(task, planned)| {
        planned.dependencies.iter().map(move |link| (task as TaskId, link.task, link.kind))
    });
    let readers = plan.tasks.iter().filter(|task| task.source.is_some()).count();
    worst_status_bytes(execution, widths, edges, readers as u64)
}

/// The bytes of one index and its attempt in a task's `attempts` or `retriedFrom`: `"12":3,`.
pub(crate) fn attempt_bytes(index: u64, attempt: u64) -> u64 {
    (digits(index) + digits(attempt)) as u64 + 4
}

/// The vertices that are known before anything ran: a dynamic task counts at least one.
pub(crate) fn known_width(commands: &Commands) -> u64 {
    commands.static_width().unwrap_or_else(|| {
        (commands.literal.len() as u64 + commands.rows.len() as u64 + u64::from(commands.count)).max(1)
    })
}

/// The bytes of a value as JSON.
pub(crate) fn json_bytes(value: &impl serde::Serialize) -> u64 {
    struct Counter(u64);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Our own types always serialize, and counting cannot fail.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

fn check_object_bytes(execution: &Execution, status: u64, most: u64, errors: &mut Faults) {
    let spec = json_bytes(&execution.spec);
    if spec.saturating_add(status) <= most {
        return;
    }
    let message = format!(
        "spec ({} bytes) and the longest status it can get ({} bytes) are too large for the API server; together at most {} bytes are allowed",
        grouped(spec),
        grouped(status),
        grouped(most)
    );
    let help = if spec > status {
        "make commands that differ in one value into commandsIter, or split the Execution"
    } else {
        "let one command work on several items, or split the Execution"
    };
    errors.push(FieldError::new(FieldPath::root().key("spec"), FieldErrorKind::TooMany, message).help(help));
}

/// The most bytes that the status can have while every known vertex goes through every state.
///
/// - A task: its fixed fields and seven counts, its name, one reason and message, and every index on its
///   own (`0,2,4,…`) in one of the four lists of indexes; with `retry` each index with its attempt as well.
/// - A listed vertex: its fixed fields with a reason, its name with the number of an attempt three times,
///   one message; where all are listed, also the names of its children. Where not all are, at most 200 are.
/// - A task that reads another's output: where that is kept.
///
/// Messages and reasons are cut to their bounds as JSON, escapes included. What `retryGeneration` adds is
/// reckoned with when it is raised.
fn worst_status_bytes(
    execution: &Execution,
    widths: &[u64],
    edges: impl Iterator<Item = (TaskId, TaskId, DependencyType)>,
    readers: u64,
) -> u64 {
    const FIXED: u64 = 1_280; // Phase, times, progress, digest, four conditions, one of them with the message.
    const TASK: u64 = 256 + limits::MAX_STATUS_REASON_BYTES as u64;
    const VERTEX: u64 = 256;
    const RESULT: u64 = 384;
    let message = limits::MAX_STATUS_MESSAGE_BYTES as u64;
    let task_message = limits::MAX_TASK_MESSAGE_BYTES as u64;
    let names = &execution.spec.tasks;
    let prefix = job_names::execution_name(execution).map_or(0, |name| name.len()) as u64;
    let job_name = |task: usize| {
        let last = widths[task].saturating_sub(1);
        prefix + (names[task].name.len() + digits(last) + 2 + RETRY_SUFFIX_BYTES) as u64
    };
    let mut bytes = FIXED + 2 * message + readers.saturating_mul(RESULT);
    let mut total: u64 = 0;
    let mut longest: u64 = 0;
    for (task, width) in widths.iter().enumerate() {
        let last = width.saturating_sub(1);
        let is_retried = retry::governing(&execution.spec, &names[task]).is_some_and(|retry| retry.limit > 0);
        let attempt = if is_retried { attempt_bytes(last, MAX_RETRIES as u64) } else { 0 };
        let indexes = width.saturating_mul(digits(last) as u64 + 1 + attempt);
        let counts = 7 * digits(*width) as u64;
        let fixed = TASK + counts + task_message + names[task].name.len() as u64;
        bytes = bytes.saturating_add(fixed).saturating_add(indexes);
        total = total.saturating_add(*width);
        longest = longest.max(job_name(task));
    }
    let mut child_names: u64 = 0;
    let mut child_bytes: u64 = 0;
    for (task, target, kind) in edges {
        let (task, target) = (task as usize, target as usize);
        let count = match kind {
            DependencyType::Whole => widths[task].saturating_mul(widths[target]),
            DependencyType::Iterate => widths[task].min(widths[target]),
        };
        child_names = child_names.saturating_add(count);
        child_bytes = child_bytes.saturating_add(count.saturating_mul(job_name(task) + 3));
    }
    if total <= limits::MAX_LISTED_VERTICES && child_names <= limits::MAX_LISTED_CHILDREN {
        let listed = widths.iter().enumerate().fold(0_u64, |sum, (task, width)| {
            sum.saturating_add(width.saturating_mul(VERTEX + message + 3 * job_name(task)))
        });
        bytes.saturating_add(listed).saturating_add(child_bytes)
    } else {
        bytes.saturating_add(limits::MAX_LISTED_WHEN_OMITTED * (VERTEX + message + 3 * longest))
    }
}

fn vertices(count: u64) -> String {
    if count == u64::MAX { "over 10^19 vertices".to_owned() } else { counted(count, "vertex", "vertices") }
}

fn at_least(count: u64) -> String {
    if count == u64::MAX { "over 10^19".to_owned() } else { grouped(count) }
}
