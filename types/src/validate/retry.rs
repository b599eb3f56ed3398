//! `retry`: its numbers, and that it does not stand beside `backoffLimit`.

use super::numbers;
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath},
    retry::governing,
    v1alpha1::{
        Backoff, ExecutionSpec, Retry, Task,
        retry::{MAX_FACTOR, MAX_PAUSE_SECONDS, MAX_RETRIES},
    },
};

/// Checks the numbers of one `retry`.
pub(super) fn check(retry: &Retry, at: &FieldPath, errors: &mut Faults) {
    let limit = Some(i64::from(retry.limit));
    numbers::check_within(0..=i64::from(MAX_RETRIES), limit, || at.key("limit"), errors);
    let Some(Backoff { seconds, factor, max_seconds }) = retry.backoff else { return };
    let at = at.key("backoff");
    numbers::check_within(0..=MAX_PAUSE_SECONDS, seconds, || at.key("seconds"), errors);
    numbers::check_within(0..=MAX_PAUSE_SECONDS, max_seconds, || at.key("maxSeconds"), errors);
    if let Some(factor) = factor.filter(|factor| !(1.0..=MAX_FACTOR).contains(factor)) {
        let message = format!("must be at least 1 and at most {MAX_FACTOR}");
        errors.push(
            FieldError::new(at.key("factor"), FieldErrorKind::Invalid, message)
                .value(factor)
                .help("write 1 for pauses that stay the same, or 2 for ones that double"),
        );
    }
    if let (Some(first), Some(most)) = (seconds, max_seconds)
        && (0..first).contains(&most)
    {
        let message = format!("the longest pause, {most} s, is shorter than the first one, {first} s");
        errors.push(
            FieldError::new(at.key("maxSeconds"), FieldErrorKind::Invalid, message)
                .value(most)
                .help(format!("write {first} or more, or make backoff.seconds shorter")),
        );
    }
}

/// Refuses `backoffLimit` on a task that `retry` governs: there each attempt is a Job that starts its pod once.
pub(super) fn check_backoff_limit(spec: &ExecutionSpec, task: &Task, at: &FieldPath, errors: &mut Faults) {
    let Some(limit) = task.backoff_limit else { return };
    if governing(spec, task).is_none_or(|retry| retry.limit <= 0) {
        return;
    }
    let message = "backoffLimit must not stand beside retry: each attempt is a Job that starts its pod once";
    let error = FieldError::new(at.key("backoffLimit"), FieldErrorKind::Forbidden, message).value(limit);
    errors.push(if task.retry.is_some() {
        error.help("remove one of the two")
    } else {
        let spec_retry = FieldPath::root().key("spec").key("retry");
        error.help_at("remove it, or give the task retry: {limit: 0}", spec_retry)
    });
}
