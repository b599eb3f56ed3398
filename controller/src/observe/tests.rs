use serde_json::{Value, json};

use super::*;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn job(owner: &Value, status: &Value) -> SlimJob {
    let labels = json!({
        "execution.kubegene.io/name": "wgs", "execution.kubegene.io/task": "align",
        "execution.kubegene.io/index": "3", "execution.kubegene.io/attempt": "1",
    });
    let metadata = json!({
        "name": "wgs.align.3-1", "uid": "job-uid", "labels": labels, "ownerReferences": [owner],
        "creationTimestamp": "2026-03-01T12:00:00Z",
    });
    serde_json::from_value(json!({"metadata": metadata, "status": status})).unwrap()
}

fn owner(api_version: &str, kind: &str, is_controller: bool) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "name": "wgs", "uid": "uid", "controller": is_controller})
}

#[test]
fn a_job_is_its_controlling_executions() {
    let identity = |owner| identity(&job(&owner, &Value::Null));
    let ours = Identity { owner: "uid".into(), task: "align".into(), index: 3, attempt: 1 };
    assert_eq!(identity(owner("execution.kubegene.io/v1alpha1", "Execution", true)), Some(ours.clone()));
    assert_eq!(identity(owner("execution.kubegene.io/v1", "Execution", true)), Some(ours));
    for (api_version, kind, is_controller) in [
        ("execution.kubegene.io/v1alpha1", "Execution", false),
        ("execution.kubegene.io/v1alpha1", "Workflow", true),
        ("example.org/v1alpha1", "Execution", true),
        ("v1", "Execution", true),
        ("", "", true),
    ] {
        assert_eq!(identity(owner(api_version, kind, is_controller)), None, "{api_version} {kind}");
    }
}

#[test]
fn a_pod_is_its_jobs() {
    let mut metadata = json!({
        "name": "wgs.align.3-1-abcde",
        "labels": {
            "execution.kubegene.io/name": "wgs", "execution.kubegene.io/task": "align",
            "execution.kubegene.io/index": "3", "execution.kubegene.io/attempt": "1",
        },
        "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "wgs.align.3-1", "uid": "job-uid", "controller": true}],
    });
    let identity =
        |metadata: &Value| pod_identity(&serde_json::from_value(json!({"metadata": metadata})).unwrap());
    let expected = PodIdentity {
        job: "job-uid".into(),
        execution: "wgs".into(),
        task: "align".into(),
        index: 3,
        attempt: 1,
    };
    assert_eq!(identity(&metadata), Some(expected));
    metadata["ownerReferences"][0]["apiVersion"] = json!("execution.kubegene.io/v1alpha1");
    assert_eq!(identity(&metadata), None);
    metadata["ownerReferences"] = Value::Null;
    assert_eq!(identity(&metadata), None);
}

#[test]
fn only_final_conditions_end_a_job() {
    let started = Some(time("2026-03-01T12:00:01Z"));
    let state = |mut status: Value| {
        status["startTime"] = json!("2026-03-01T12:00:01Z");
        job_state(&job(&owner("execution.kubegene.io/v1alpha1", "Execution", true), &status))
    };
    let condition = |type_: &str, status: &str| json!({"type": type_, "status": status, "reason": "R", "message": "m", "lastTransitionTime": "2026-03-01T12:00:09Z"});
    let unfinished = JobState::Unfinished { started };
    assert_eq!(state(json!({})), unfinished);
    assert_eq!(state(json!({"active": 1, "ready": 1, "conditions": null})), unfinished);
    for (type_, status) in [
        ("SuccessCriteriaMet", "True"),
        ("FailureTarget", "True"),
        ("Suspended", "True"),
        ("Complete", "False"),
        ("Failed", "Unknown"),
    ] {
        assert_eq!(state(json!({"conditions": [condition(type_, status)]})), unfinished, "{type_}");
    }
    let end = time("2026-03-01T12:00:09Z");
    assert_eq!(
        state(
            json!({"completionTime": "2026-03-01T12:00:08Z", "conditions": [condition("SuccessCriteriaMet", "True"), condition("Complete", "True")]})
        ),
        JobState::Complete { started, finished: time("2026-03-01T12:00:08Z"), message: Some("m".into()) }
    );
    assert_eq!(
        state(
            json!({"conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": "2026-03-01T12:00:09Z"}]})
        ),
        JobState::Complete { started, finished: end, message: None }
    );
    assert_eq!(
        state(json!({"conditions": [condition("FailureTarget", "True"), condition("Failed", "True")]})),
        JobState::Failed { started, finished: end, reason: "R".into(), message: "m".into() }
    );
    assert_eq!(
        state(json!({"conditions": [{"type": "Failed", "status": "True"}]})),
        JobState::Failed {
            started,
            finished: time("2026-03-01T12:00:01Z"),
            reason: String::new(),
            message: String::new()
        }
    );
}

#[test]
fn a_succeeded_pod_ended_with_its_container() {
    let ended = |name: &str, end: &str| json!({"name": name, "state": {"terminated": {"exitCode": 0, "startedAt": "2026-03-01T12:00:01Z", "finishedAt": end}}});
    let success = |phase: &str, containers: Value| {
        let owner =
            json!({"apiVersion": "batch/v1", "kind": "Job", "name": "e.t.0", "uid": "u", "controller": true});
        let pod = json!({"metadata": {"ownerReferences": [owner]}, "status": {"phase": phase, "containerStatuses": containers}});
        pod_success(&serde_json::from_value(pod).unwrap())
    };
    let expected = Some((Some(time("2026-03-01T12:00:01Z")), time("2026-03-01T12:00:05Z")));
    assert_eq!(success("Succeeded", json!([ended("any", "2026-03-01T12:00:05Z")])), expected);
    // One that somebody put beside ours may end later.
    let beside = ended("a-proxy", "2026-03-01T12:00:07Z");
    assert_eq!(success("Succeeded", json!([beside, ended("e-t-0", "2026-03-01T12:00:05Z")])), expected);
    assert_eq!(success("Running", json!([ended("e-t-0", "2026-03-01T12:00:05Z")])), None);
    assert_eq!(success("Succeeded", json!([{"name": "e-t-0", "state": {"running": {}}}])), None);
    assert_eq!(success("Succeeded", Value::Null), None);
}
