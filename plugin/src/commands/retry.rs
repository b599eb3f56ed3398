//! `kubectl gene retry`: what failed runs again, with what depends on it.

use std::process::ExitCode;

use gene_types::{
    Limits,
    field::{FieldError, counted},
    retry::check_reopening,
    v1alpha1::{ExecutionStatus, status::phase},
    validate_stored,
};
use kube::core::params::{GetParams, Patch};
use serde_json::{Value, json};

use super::change::{each, named, params};
use crate::{
    cli::{ChangeArgs, without_kind},
    cluster::{self, Error, Session, execution::RESOURCE},
    render::text::printable,
    view::Subject,
};

/// How often the Execution is read anew because it changed in between: the controller writes it twice a second.
const CONFLICTS: u32 = 10;

/// What becomes of an Execution.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Write { patch: Value, done: String },
    Already,
    Refuse { why: String, help: Option<String> },
}

/// Runs the command.
pub fn run(args: &ChangeArgs) -> ExitCode {
    cluster::block_on(&args.connection, async |session| {
        each(without_kind(&args.names), async |name| retry(session, name).await).await
    })
}

pub(super) async fn retry(session: &Session, name: &str) -> Result<String, Error> {
    let objects = session.executions();
    let mut conflicts = 0;
    loop {
        let read = session.read(objects.get(name, &GetParams::default())).await;
        let document: Value = read.map_err(|error| named(error, name, session))?;
        match decide(document) {
            Verdict::Already => return Ok(format!("{RESOURCE}/{name} already retried\n")),
            Verdict::Refuse { why, help } => {
                return Err(Error::Command { message: format!("execution {name:?}{why}"), help });
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

fn decide(document: Value) -> Verdict {
    let subject = Subject::from_document(&document);
    let Subject { status, spec, resource_version, .. } = &subject;
    let refuse = |why: &str| Verdict::Refuse { why: format!(" {why}"), help: None };
    let asked = document["spec"]["retryGeneration"].as_i64().unwrap_or_default();
    let failed: i64 = status.tasks.iter().map(|task| i64::from(task.failed)).sum();
    let has_failed_task = status.tasks.iter().any(|task| task.phase == phase::FAILED);
    if subject.is_deleted {
        return refuse("is being deleted");
    }
    match status.phase.as_str() {
        phase::SUCCEEDED => return refuse("has succeeded: there is nothing to retry"),
        phase::ERROR => {
            return Verdict::Refuse {
                why: format!(" is at fault itself: {}", printable(&status.message)),
                help: Some("its tasks cannot be changed: submit a mended one under another name".to_owned()),
            };
        }
        _ if asked > status.retry_generation.unwrap_or_default() => return Verdict::Already,
        phase::FAILED => {}
        phase::NEW => return refuse("has not begun: there is nothing to retry"),
        _ if failed == 0 && !has_failed_task && !spec.cancel => {
            return refuse("is running, and nothing of it has failed");
        }
        _ => {}
    }
    if let Err(refused) = check(document, status) {
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
    if spec.cancel
        && let Some(fields) = changed.as_object_mut()
    {
        fields.insert("cancel".to_owned(), Value::Null);
    }
    let patch = json!({"metadata": {"resourceVersion": resource_version}, "spec": changed});
    Verdict::Write { patch, done }
}

/// What the controller would say of it, before it is asked: names of Jobs without room, a status that would not fit.
fn check(mut document: Value, status: &ExecutionStatus) -> Result<(), Verdict> {
    if let Some(fields) = document.as_object_mut() {
        fields.remove("status");
    }
    let stored = validate_stored(document, &Limits::CLUSTER).map_err(|faults| refusal(&faults, true))?;
    check_reopening(&stored.valid, status).map_err(|faults| refusal(&faults, false))
}

/// The first of the reasons, and how many there are besides.
fn refusal(faults: &[FieldError], is_of_spec: bool) -> Verdict {
    let Some(first) = faults.first() else {
        return Verdict::Refuse { why: " cannot be retried".to_owned(), help: None };
    };
    let more = match faults.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let why = if is_of_spec {
        format!(" cannot be retried: {}: {}{more}", first.path, first.message)
    } else {
        format!(": {}{more}", first.message)
    };
    Verdict::Refuse { why, help: first.help.as_ref().map(|help| help.text.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With all that makes it an Execution of one task.
    fn whole(mut object: Value) -> Value {
        let metadata = json!({"name": "x", "namespace": "lab", "resourceVersion": "7"});
        let spec = json!({"tasks": [{"name": "a", "image": "i:1", "commands": ["c"]}]});
        for (part, added) in [("metadata", metadata), ("spec", spec)] {
            for (key, value) in added.as_object().unwrap() {
                if object[part][key].is_null() {
                    object[part][key] = value.clone();
                }
            }
        }
        object["apiVersion"] = json!("execution.kubegene.io/v1alpha1");
        object["kind"] = json!("Execution");
        object
    }

    fn verdict(object: Value) -> Verdict {
        decide(whole(object))
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
                Verdict::Refuse { why, .. } => why.trim().to_owned(),
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
            let name = "x".repeat(bytes - ".a.0".len() - suffix.len());
            let task = json!({"name": "a", "phase": "Failed", "total": 1, "failed": 1, "failedIndexes": "0",
                              "attempts": {"0": attempt}});
            verdict(json!({"metadata": {"name": name}, "status": {"phase": "Failed", "tasks": [task]}}))
        };
        let is_written = |verdict: Verdict| matches!(verdict, Verdict::Write { .. });
        assert!(is_written(of(61, 0)));
        assert!(is_written(of(63, 8)));
        assert!(!is_written(of(63, 9)));
        let Verdict::Refuse { why, help } = of(62, 0) else { panic!("no refusal") };
        let name = format!("{}.a.0-1", "x".repeat(58));
        assert_eq!(
            why,
            format!(
                ": a[0] cannot be retried: its Job would be called {name:?}, which has 64 bytes; at most 63 are allowed"
            )
        );
        assert!(help.is_some_and(|help| help.ends_with("shorter by 1 byte")));
    }

    #[test]
    fn what_no_controller_would_open_is_refused_with_the_reason() {
        let of = json!({"spec": {"tasks": [{"name": "a", "image": "", "commands": ["c"]}]}, "status": {"phase": "Failed"}});
        let Verdict::Refuse { why, help } = verdict(of) else { panic!("no refusal") };
        assert!(why.starts_with(" cannot be retried: spec.tasks[0].image: "), "{why}");
        assert!(help.is_some());
    }
}
