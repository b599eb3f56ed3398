//! What is said of one task.

use gene_types::v1alpha1::{TaskStatus, status::phase};
use k8s_openapi::jiff::Timestamp;

use super::{
    Subject, reading, seconds_between,
    vertex::{Vertex, Vertices},
};
use crate::render::{duration, progress::State, text::printable};

/// Said of what an Execution left behind at its end.
pub const NEVER_STARTED: &str = "never started";

/// One task, ready to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskWords {
    /// Where it stands.
    pub state: State,
    /// The most important: `6/40`, or of a task of one vertex its phase.
    pub count: String,
    /// The rest: `4 running, 1 failed, 29 pending`, or what it waits for.
    pub rest: Vec<String>,
}

/// What is said of a task.
pub fn words(
    subject: &Subject,
    statuses: &[Option<&TaskStatus>],
    vertices: &Vertices,
    position: usize,
    now: Timestamp,
) -> TaskWords {
    let Some(status) = statuses.get(position).copied().flatten() else {
        return of_unseen(subject, statuses, vertices, position, now);
    };
    let state = state_of(status);
    let total = status.total.map(i32::unsigned_abs);
    let mut rest = Vec::new();
    let count = match total {
        Some(1) => state.as_phase().to_owned(),
        Some(total) => {
            rest.extend(counts(status));
            format!("{}/{total}", status.succeeded)
        }
        None if state == State::Skipped || state == State::Cancelled => state.as_phase().to_owned(),
        None => format!("{}/?", status.succeeded),
    };
    rest.extend(span(vertices, position, status, now).map(duration));
    if state == State::Pending {
        rest.extend(waits_for(subject, statuses, position));
    }
    rest.extend(reading::expansion(subject, statuses, position));
    // Where vertices failed, each of them is shown with its reason.
    if status.failed == 0 && !status.message.is_empty() {
        rest.push(printable(&status.message));
    }
    TaskWords { state, count, rest }
}

/// What a task waits for: the first of its dependencies that is not done, and how much is left of it. Of an Execution
/// that is over nothing waits any more.
pub fn waits_for(subject: &Subject, statuses: &[Option<&TaskStatus>], position: usize) -> Option<String> {
    let task = subject.spec.tasks.get(position)?;
    if subject.is_over() {
        return Some(NEVER_STARTED.to_owned());
    }
    if task.parallelism == Some(0) {
        return Some("its parallelism is 0: nothing of it starts".to_owned());
    }
    let mut left = task.after.iter().filter_map(|&after| {
        let left = left(statuses.get(after).copied().flatten());
        let name = &subject.spec.tasks.get(after)?.name;
        (left > 0).then(|| (printable(name), left))
    });
    let (name, count) = left.next()?;
    let others = left.count();
    let count = if count > 1 { format!(" ({count} left)") } else { String::new() };
    let others = match others {
        0 => String::new(),
        1 => " and another".to_owned(),
        others => format!(" and {others} others"),
    };
    Some(format!("waits for {name}{count}{others}"))
}

/// How many vertices of a task are not done. A task of unknown width has one.
fn left(status: Option<&TaskStatus>) -> i64 {
    let Some(status) = status else { return 1 };
    if matches!(status.phase.as_str(), phase::SUCCEEDED | phase::SKIPPED) {
        return 0;
    }
    status.total.map_or(1, i64::from) - i64::from(status.succeeded) - i64::from(status.skipped)
}

/// Before any status, and in the status of the original, which has no tasks.
fn of_unseen(
    subject: &Subject,
    statuses: &[Option<&TaskStatus>],
    vertices: &Vertices,
    position: usize,
    now: Timestamp,
) -> TaskWords {
    let seen: Vec<&Vertex> = vertices.of(position).collect();
    let count_of = |state: State| seen.iter().filter(|vertex| vertex.state == state).count();
    let (failed, running, succeeded) =
        (count_of(State::Failed), count_of(State::Running), count_of(State::Succeeded));
    if seen.is_empty() {
        let rest = waits_for(subject, statuses, position).into_iter().collect();
        return TaskWords { state: State::Pending, count: State::Pending.as_phase().to_owned(), rest };
    }
    let state = match (failed, running) {
        (0, 0) => State::Succeeded,
        (_, 0) => State::Failed,
        _ => State::Running,
    };
    if let [vertex] = seen.as_slice() {
        let rest = vertex.seconds(now).map(duration).into_iter().collect();
        return TaskWords { state, count: state.as_phase().to_owned(), rest };
    }
    let counts = [(running, "running"), (failed, "failed")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let rest = if counts.is_empty() { Vec::new() } else { vec![counts.join(", ")] };
    TaskWords { state, count: format!("{succeeded} succeeded"), rest }
}

fn state_of(status: &TaskStatus) -> State {
    let state = State::of_phase(&status.phase);
    // All of it failed or ended, and it is not said yet.
    if state == State::Running && status.running == 0 && status.pending == 0 && status.failed > 0 {
        State::Failed
    } else {
        state
    }
}

/// `4 running, 1 failed, 29 pending`: what is not done, in the order of its weight.
fn counts(status: &TaskStatus) -> Option<String> {
    let parts = [
        (status.running, "running"),
        (status.failed, "failed"),
        (status.skipped, "skipped"),
        (status.cancelled, "cancelled"),
        (status.pending, "pending"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    // Of a task that has not begun the sign says it.
    let has_begun = status.running > 0 || status.succeeded > 0 || status.failed > 0 || status.cancelled > 0;
    (has_begun && !parts.is_empty()).then(|| parts.join(", "))
}

/// From the first start to the last end or to now, where the status lists all of its vertices that began.
fn span(vertices: &Vertices, position: usize, status: &TaskStatus, now: Timestamp) -> Option<u64> {
    let mut listed = 0;
    let (mut first, mut last): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    for vertex in vertices.of(position).filter_map(|vertex| vertex.status) {
        listed += 1;
        let start = vertex.started_at.as_ref().map(|time| time.0);
        let end = vertex.finished_at.as_ref().map(|time| time.0);
        first = match (first, start) {
            (Some(first), Some(start)) => Some(first.min(start)),
            (first, start) => first.or(start),
        };
        last = last.max(end);
    }
    let began = status.running + status.succeeded + status.failed;
    if listed < began {
        return None;
    }
    let end = if status.running > 0 { Some(now) } else { last };
    Some(seconds_between(first?, end?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{samples, vertex::Surroundings};

    #[test]
    fn nothing_waits_once_all_is_over() {
        let mut wgs = samples::wgs();
        let position = wgs.spec.tasks.iter().position(|task| task.name == "mergevcf").unwrap();
        let said = |wgs: &Subject| {
            let around = Surroundings::default();
            let vertices = Vertices::new(wgs, &around, false);
            words(wgs, &wgs.task_statuses(), &vertices, position, samples::now()).rest
        };
        assert_eq!(said(&wgs), ["waits for mkdupbqsr (34 left)"]);
        wgs.status.phase = phase::FAILED.to_owned();
        assert_eq!(said(&wgs), [NEVER_STARTED]);
    }
}
