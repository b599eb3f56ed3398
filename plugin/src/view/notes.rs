//! What is to be said of the Execution as a whole: above all, why nothing happens.

use gene_types::v1alpha1::{
    Condition,
    status::{condition_type, phase},
};
use k8s_openapi::jiff::Timestamp;

use super::{Subject, seconds_between, vertex::Surroundings};
use crate::render::{duration, text::printable};

/// A controller that is there has said something within this time.
const CONTROLLER_ANSWERS_WITHIN: u64 = 10;

/// Sentences about an Execution, the most important first, each a line that can be shown as it is.
pub fn notes(subject: &Subject, around: &Surroundings, now: Timestamp) -> Vec<String> {
    let mut notes = Vec::new();
    if subject.is_reopened && !subject.is_deleted {
        notes.push("retried: it goes on as soon as the controller sees that".to_owned());
    }
    message(subject, &mut notes);
    if let Some(fault) = &subject.status_fault {
        notes.push(format!("its status cannot be read: {}", printable(fault)));
    }
    if subject.is_deleted {
        notes.push("it is being deleted".to_owned());
    }
    if subject.status.phase == phase::NEW {
        notes.push(unseen(subject, now));
    } else if subject.is_unseen() && !subject.is_over() && !subject.is_reopened && !subject.is_deleted {
        notes.push("the controller has not seen the last change of its spec yet".to_owned());
    }
    if !subject.is_over() && !subject.is_deleted {
        holds(subject, &mut notes);
    }
    if let Some(fault) = &around.fault {
        notes.push(format!("its pods cannot be read, so what waits does not say why: {}", printable(fault)));
    }
    if around.are_pods_cut {
        notes.push(format!("only the first {} of its pods were looked at", around.pods.len()));
    }
    notes
}

/// The Execution's message, unless the phase says it already. Of several lines each stays one.
fn message(subject: &Subject, notes: &mut Vec<String>) {
    const SAID_ANYWAY: [&str; 3] = [
        "execution is running",
        "execution has run successfully",
        "execution is running; nothing new starts: parallelism is 0",
    ];
    let message = subject.status.message.trim();
    let is_cancelling = subject.spec.cancel && !subject.is_over() && message == "execution was cancelled";
    if !message.is_empty() && !SAID_ANYWAY.contains(&message) && !is_cancelling {
        notes.extend(message.lines().map(printable).filter(|line| !line.is_empty()));
    }
}

/// The controller has said nothing yet.
fn unseen(subject: &Subject, now: Timestamp) -> String {
    let waited = subject.created.map_or(0, |created| seconds_between(created, now));
    if waited <= CONTROLLER_ANSWERS_WITHIN {
        return "the controller has not looked at it yet".to_owned();
    }
    format!(
        "no controller has looked at it for {}: see whether gene-controller runs: \
         kubectl get pods -A -l app.kubernetes.io/name=gene-controller",
        duration(waited)
    )
}

/// What keeps new vertices from starting.
fn holds(subject: &Subject, notes: &mut Vec<String>) {
    let spec = &subject.spec;
    let name = printable(&subject.name);
    let running: i32 = subject.status.tasks.iter().map(|task| task.running).sum();
    let has_failed = subject.status.tasks.iter().any(|task| task.phase == phase::FAILED || task.failed > 0);
    if spec.cancel {
        // Nothing else keeps anything from starting any more.
        notes.push(format!("cancelled: what runs is being ended ({running} left)"));
        return;
    }
    if has_failed && subject.status.phase == phase::RUNNING {
        notes.push(match spec.failure_policy.as_str() {
            "Abort" => "after a failure all that runs is ended (failurePolicy: Abort)".to_owned(),
            "Continue" => "what does not depend on the failure goes on (failurePolicy: Continue)".to_owned(),
            _ => "after a failure nothing new starts; what runs is let finish (failurePolicy: FailFast)"
                .to_owned(),
        });
    }
    if spec.suspend || is_true(&subject.status.conditions, condition_type::SUSPENDED) {
        notes.push(if spec.suspend {
            format!("suspended: nothing new starts; go on with: kubectl gene resume {name}")
        } else {
            "was suspended, and goes on as soon as the controller sees that".to_owned()
        });
    }
    match spec.parallelism {
        Some(0) => notes.push("its parallelism is 0: nothing starts".to_owned()),
        Some(bound) if i64::from(running) >= bound => {
            notes.push(format!("as many run as its parallelism allows: {bound}"));
        }
        _ => {}
    }
}

fn is_true(conditions: &[Condition], type_: &str) -> bool {
    conditions.iter().any(|condition| condition.type_ == type_ && condition.status == "True")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(spec: &Value, status: &Value) -> Vec<String> {
        let document = json!({
            "metadata": {"name": "wgs", "generation": 2, "creationTimestamp": "2026-11-22T12:00:00Z"},
            "spec": spec, "status": status});
        let subject = Subject::from_document(&document);
        notes(&subject, &Surroundings::default(), "2026-11-22T12:00:34Z".parse().unwrap())
    }

    #[test]
    fn why_nothing_happens_is_said() {
        let running = |more: Value| {
            let mut status = json!({"phase": "Running", "message": "execution is running"});
            status.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            status
        };
        let failed =
            running(json!({"tasks": [{"name": "a", "phase": "Running", "failed": 1, "running": 2}]}));
        let cases: [(Value, Value, &str); 11] = [
            (
                json!({}),
                json!({}),
                "no controller has looked at it for 34s: see whether gene-controller runs: kubectl get pods -A -l app.kubernetes.io/name=gene-controller",
            ),
            (json!({}), running(json!({})), ""),
            (
                json!({"suspend": true}),
                running(json!({})),
                "suspended: nothing new starts; go on with: kubectl gene resume wgs",
            ),
            (json!({"parallelism": 0}), running(json!({})), "its parallelism is 0: nothing starts"),
            (
                json!({"parallelism": 2}),
                running(json!({"tasks": [{"name": "a", "phase": "Running", "running": 2}]})),
                "as many run as its parallelism allows: 2",
            ),
            (
                json!({}),
                failed.clone(),
                "after a failure nothing new starts; what runs is let finish (failurePolicy: FailFast)",
            ),
            (
                json!({"failurePolicy": "Continue"}),
                failed,
                "what does not depend on the failure goes on (failurePolicy: Continue)",
            ),
            (
                json!({"cancel": true, "parallelism": 2, "suspend": true}),
                running(json!({"message": "execution was cancelled",
                               "tasks": [{"name": "a", "phase": "Running", "running": 2}]})),
                "cancelled: what runs is being ended (2 left)",
            ),
            (
                json!({}),
                running(json!({"observedGeneration": 1})),
                "the controller has not seen the last change of its spec yet",
            ),
            (
                json!({"retryGeneration": 1}),
                json!({"phase": "Failed", "message": "a[0]: exit code 3", "observedGeneration": 1}),
                "retried: it goes on as soon as the controller sees that|a[0]: exit code 3",
            ),
            (
                json!({}),
                json!({"phase": "Error", "message": "spec.tasks[0].name: must not be empty\nand\u{1b}[2J more\n"}),
                "spec.tasks[0].name: must not be empty|and more",
            ),
        ];
        for (spec, status, expected) in cases {
            assert_eq!(said(&spec, &status).join("|"), expected, "{spec} {status}");
        }
    }

    #[test]
    fn of_one_that_is_being_deleted_nothing_else_counts() {
        let document = json!({
            "metadata": {"name": "wgs", "generation": 3, "deletionTimestamp": "2026-11-22T12:00:00Z"},
            "spec": {"parallelism": 0, "suspend": true}, "status": {"phase": "Running", "observedGeneration": 2}});
        let subject = Subject::from_document(&document);
        let notes = notes(&subject, &Surroundings::default(), "2026-11-22T12:00:34Z".parse().unwrap());
        assert_eq!(notes, ["it is being deleted"]);
    }
}
