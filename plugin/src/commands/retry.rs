//! `kubectl gene retry`: what failed runs again, with what depends on it.

use std::{collections::BTreeMap, process::ExitCode};

use gene_types::{
    field::counted,
    names::MAX_NAME_BYTES,
    v1alpha1::{TaskStatus, status::phase},
};
use kube::core::params::{GetParams, Patch};
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::{each, named, params};
use crate::{
    cli::ChangeArgs,
    cluster::{
        self, Error, Session,
        execution::{Metadata, RESOURCE, Switches, or_default},
    },
    render::text::printable,
};

/// How often the Execution is read anew because it changed in between: the controller writes it twice a second.
const CONFLICTS: u32 = 10;

/// An Execution, as far as it decides whether it can be retried.
#[derive(Deserialize, Debug, Default)]
struct Candidate {
    metadata: Metadata,
    #[serde(default)]
    spec: Switches,
    #[serde(default)]
    status: State,
}

#[derive(Deserialize, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
struct State {
    phase: String,
    message: String,
    retry_generation: Option<i64>,
    #[serde(deserialize_with = "or_default")]
    tasks: Vec<TaskStatus>,
    #[serde(deserialize_with = "or_default")]
    vertices: BTreeMap<String, Vertex>,
}

#[derive(Deserialize, Debug, Default)]
#[serde(default)]
struct Vertex {
    phase: String,
    attempt: Option<u32>,
}

/// What becomes of a candidate.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Write { patch: Value, done: String },
    Already,
    Refuse { why: String, help: Option<String> },
}

/// Runs the command.
pub fn run(args: &ChangeArgs) -> ExitCode {
    cluster::block_on(&args.connection, async |session| {
        each(&args.names, async |name| retry(session, name).await).await
    })
}

pub(super) async fn retry(session: &Session, name: &str) -> Result<String, Error> {
    let objects = session.executions();
    let mut conflicts = 0;
    loop {
        let read = session.read(objects.get(name, &GetParams::default())).await;
        let candidate: Candidate = read.map_err(|error| named(error, name, session))?;
        match decide(&candidate) {
            Verdict::Already => return Ok(format!("{RESOURCE}/{name} already retried\n")),
            Verdict::Refuse { why, help } => {
                return Err(Error::Command { message: format!("execution {name:?} {why}"), help });
            }
            Verdict::Write { patch, done } => {
                match session.text(objects.patch(name, &params(), &Patch::Merge(patch))).await {
                    Ok(_) => return Ok(format!("{RESOURCE}/{name} retried{done}\n")),
                    Err(error) if error.is_conflict() && conflicts < CONFLICTS => conflicts += 1,
                    Err(error) => return Err(named(error, name, session)),
                }
            }
        }
    }
}

fn decide(candidate: &Candidate) -> Verdict {
    let Candidate { metadata, spec, status } = candidate;
    let refuse = |why: &str| Verdict::Refuse { why: why.to_owned(), help: None };
    let asked = spec.retry_generation.unwrap_or_default();
    let failed: i64 = status.tasks.iter().map(|task| i64::from(task.failed)).sum();
    let has_failed_task = status.tasks.iter().any(|task| task.phase == phase::FAILED);
    if metadata.deletion_timestamp.is_some() {
        return refuse("is being deleted");
    }
    match status.phase.as_str() {
        phase::SUCCEEDED => return refuse("has succeeded: there is nothing to retry"),
        phase::ERROR => {
            return Verdict::Refuse {
                why: format!("is at fault itself: {}", printable(&status.message)),
                help: Some("its tasks cannot be changed: submit a mended one under another name".to_owned()),
            };
        }
        _ if asked > status.retry_generation.unwrap_or_default() => return Verdict::Already,
        phase::FAILED => {}
        phase::NEW => return refuse("has not begun: there is nothing to retry"),
        _ if failed == 0 && !has_failed_task && spec.cancel != Some(true) => {
            return refuse("is running, and nothing of it has failed");
        }
        _ => {}
    }
    if let Some(refused) = without_room(status) {
        return refused;
    }
    let cancelled: i64 = status.tasks.iter().map(|task| i64::from(task.cancelled)).sum();
    let counts = [(failed, "failed"), (cancelled, "cancelled")].into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts
        .map(|(count, what)| format!("{} {what}", counted(count.unsigned_abs(), "vertex", "vertices")))
        .collect();
    let done = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    // The number depends on what was read, so it holds only for that. A cancel is taken back by it, in the same
    // write, as all would be cancelled again under it.
    let mut changed = json!({"retryGeneration": asked + 1});
    if spec.cancel == Some(true)
        && let Some(fields) = changed.as_object_mut()
    {
        fields.insert("cancel".to_owned(), Value::Null);
    }
    let patch = json!({"metadata": {"resourceVersion": metadata.resource_version}, "spec": changed});
    Verdict::Write { patch, done }
}

/// A Job of another attempt has a longer name, for which there must be room.
fn without_room(status: &State) -> Option<Verdict> {
    let ended = [phase::FAILED, phase::CANCELLED];
    let retried = status.vertices.iter().filter(|(_, vertex)| ended.contains(&vertex.phase.as_str()));
    let (name, next) = retried
        .map(|(name, vertex)| {
            let attempt = vertex.attempt.unwrap_or_default();
            let first = name.strip_suffix(&format!("-{attempt}")).filter(|_| attempt > 0).unwrap_or(name);
            (name, format!("{first}-{}", attempt.saturating_add(1)))
        })
        .find(|(_, next)| next.len() > MAX_NAME_BYTES)?;
    let over = next.len() - MAX_NAME_BYTES;
    Some(Verdict::Refuse {
        why: format!(
            "cannot be retried: the name of the Job {name:?} has {} bytes, that of its next attempt {next:?} would have {}, and at most {MAX_NAME_BYTES} are allowed",
            name.len(),
            next.len()
        ),
        help: Some(format!(
            "submit it anew under a name that is shorter by {}",
            counted(over as u64, "byte", "bytes")
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(object: Value) -> Verdict {
        let mut object = object;
        object["metadata"]["resourceVersion"] = json!("7");
        decide(&serde_json::from_value(object).unwrap())
    }

    #[test]
    fn only_what_failed_is_retried() {
        let task = json!([{"name": "a", "phase": "Failed", "failed": 1}]);
        let cases = [
            (json!({"status": {"phase": "Succeeded"}}), "has succeeded: there is nothing to retry"),
            (json!({"status": {"phase": "Running"}}), "is running, and nothing of it has failed"),
            (json!({}), "has not begun: there is nothing to retry"),
            (json!({"status": {"phase": "Error", "message": "m"}}), "is at fault itself: m"),
            (
                json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Failed"}}),
                "is being deleted",
            ),
            (json!({"spec": {"retryGeneration": 1}, "status": {"phase": "Failed"}}), "already"),
            (json!({"status": {"phase": "Failed"}}), "done"),
            (json!({"status": {"phase": "Failed", "tasks": task}}), "done: 1 vertex failed"),
            (json!({"status": {"phase": "Running", "tasks": task}}), "done: 1 vertex failed"),
        ];
        for (object, expected) in cases {
            let found = match verdict(object.clone()) {
                Verdict::Write { done, .. } => format!("done{done}"),
                Verdict::Already => "already".to_owned(),
                Verdict::Refuse { why, .. } => why,
            };
            assert_eq!(found, expected, "{object}");
        }
    }

    #[test]
    fn the_number_grows_by_one_and_holds_for_what_was_read() {
        let object = json!({"spec": {"retryGeneration": 2, "cancel": true},
                            "status": {"phase": "Failed", "retryGeneration": 2}});
        let Verdict::Write { patch, .. } = verdict(object) else { panic!("refused") };
        let expected =
            json!({"metadata": {"resourceVersion": "7"}, "spec": {"retryGeneration": 3, "cancel": null}});
        assert_eq!(patch, expected);
    }

    #[test]
    fn a_name_without_room_is_refused_with_the_arithmetic() {
        let of = |bytes: usize, attempt: u32| {
            let suffix = if attempt > 0 { format!("-{attempt}") } else { String::new() };
            let name = format!("{}.a.0{suffix}", "x".repeat(bytes - 4 - suffix.len()));
            verdict(
                json!({"status": {"phase": "Failed", "vertices": {name: {"phase": "Failed", "attempt": attempt}}}}),
            )
        };
        let is_refused =
            |verdict: Verdict| matches!(verdict, Verdict::Refuse { why, .. } if why.contains("would have"));
        assert!(!is_refused(of(61, 0)));
        assert!(is_refused(of(62, 0)));
        assert!(!is_refused(of(63, 8)));
        assert!(is_refused(of(63, 9)));
    }
}
