use serde_json::{Value, json};

use super::*;

const EXCEEDED: (&str, &str) = ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
const DEADLINE: (&str, &str) = ("DeadlineExceeded", "Job was active longer than specified deadline");

fn failed((reason, message): (&str, &str)) -> JobState {
    JobState::Failed {
        started: None,
        finished: Timestamp::UNIX_EPOCH,
        reason: reason.into(),
        message: message.into(),
    }
}

/// A pod with one container, whose status has these fields.
#[allow(clippy::needless_pass_by_value, reason = "so that the cases can be written as literals")]
fn pod(status: Value) -> SlimPod {
    let mut container = json!({"name": "e-t-0"});
    container.as_object_mut().unwrap().extend(status.as_object().unwrap().clone());
    with_status(json!({"phase": "Failed", "containerStatuses": [container]}))
}

#[allow(clippy::needless_pass_by_value, reason = "so that the cases can be written as literals")]
fn with_status(status: Value) -> SlimPod {
    let owner =
        json!({"apiVersion": "batch/v1", "kind": "Job", "name": "e.t.0", "uid": "u", "controller": true});
    let limits = json!([{"name": "e-t-0", "resources": {"limits": {"memory": "4Gi"}}}]);
    let pod =
        json!({"metadata": {"ownerReferences": [owner]}, "spec": {"containers": limits}, "status": status});
    serde_json::from_value(pod).unwrap()
}

fn ended(code: i32, reason: &str, at: &str) -> Value {
    json!({"terminated": {"exitCode": code, "reason": reason, "finishedAt": format!("2026-03-01T12:00:{at}Z")}})
}

fn check(job: (&str, &str), pods: &[SlimPod], reason: &str, message: &str, exit_code: Option<i32>) {
    let expected = Failure { reason: reason.into(), message: message.into(), exit_code };
    assert_eq!(failure(&failed(job), pods, Some(2)), expected);
}

#[test]
fn a_pod_says_why() {
    let of = |state: Value, reason: &str, message: &str, code| {
        check(EXCEEDED, &[pod(json!({"state": state}))], reason, message, Some(code));
    };
    of(ended(1, "Error", "09"), "Error", "exit code 1", 1);
    of(ended(137, "OOMKilled", "09"), "OOMKilled", "used its limit of 4Gi (exit 137)", 137);
    of(ended(137, "Error", "09"), "Error", "exit code 137 (SIGKILL)", 137);
    of(ended(2, "", "09"), "Error", "exit code 2", 2);
    of(
        json!({"terminated": {"exitCode": 3, "signal": 15, "reason": "Error"}}),
        "Error",
        "exit code 3 (SIGTERM)",
        3,
    );
    of(
        json!({"terminated": {"exitCode": 1, "reason": "Error", "message": "no\nspace  left\u{7}\n"}}),
        "Error",
        "exit code 1: no space left",
        1,
    );
    let no_bash = "exec: \"bash\": executable file not found in $PATH";
    of(
        json!({"terminated": {"exitCode": 128, "reason": "StartError", "message": no_bash}}),
        "StartError",
        no_bash,
        128,
    );
}

#[test]
fn without_a_limit_the_node_ran_out() {
    let mut pod = pod(json!({"state": ended(137, "OOMKilled", "09")}));
    pod.memory_limits.clear();
    check(EXCEEDED, &[pod], "OOMKilled", "was killed as its node ran out of memory (exit 137)", Some(137));
}

#[test]
fn a_pod_that_the_node_ended_says_so() {
    let status = json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory. ",
        "containerStatuses": [{"name": "e-t-0", "state": ended(137, "Error", "09")}]});
    check(EXCEEDED, &[with_status(status)], "Evicted", "The node was low on resource: memory.", Some(137));
    let status = json!({"phase": "Failed", "reason": "UnexpectedAdmissionError"});
    check(
        EXCEEDED,
        &[with_status(status)],
        "UnexpectedAdmissionError",
        "its pod was ended by the node",
        None,
    );
}

#[test]
fn without_a_pod_the_job_speaks() {
    let hint = "Job has reached the specified backoff limit (backoffLimit: 0 would keep the pod and its log)";
    check(EXCEEDED, &[], "BackoffLimitExceeded", hint, None);
    check(DEADLINE, &[], "DeadlineExceeded", DEADLINE.1, None);
    check(("PodFailurePolicy", "it matched"), &[], "PodFailurePolicy", "it matched", None);
    check(("", ""), &[], "", "", None);
    // A pod that says nothing.
    check(DEADLINE, &[with_status(Value::Null)], "DeadlineExceeded", DEADLINE.1, None);
    check(EXCEEDED, &[pod(json!({"state": {"running": {}}}))], "BackoffLimitExceeded", hint, None);
    // Where it was not to be started again anyway.
    assert_eq!(failure(&failed(EXCEEDED), &[], Some(0)).message, EXCEEDED.1);
}

#[test]
fn a_deadline_is_the_reason_whatever_the_pod_says() {
    let killed = pod(json!({"state": ended(143, "Error", "09")}));
    check(DEADLINE, &[killed], "DeadlineExceeded", DEADLINE.1, None);
    let waiting = json!({"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"gatk:9\""}}});
    let message = "Job was active longer than specified deadline; its pod waited: ImagePullBackOff: Back-off pulling image \"gatk:9\"";
    check(DEADLINE, &[pod(waiting)], "DeadlineExceeded", message, None);
    let starting = json!({"state": {"waiting": {"reason": "ContainerCreating"}}});
    check(DEADLINE, &[pod(starting)], "DeadlineExceeded", DEADLINE.1, None);
}

#[test]
fn the_tries_before_say_why_where_the_last_was_killed_by_deletion() {
    // Deletion asked at 12:00:10, with 30 s of grace.
    let deleted = |now: Value| {
        let mut pod = pod(json!({"restartCount": 2, "state": now, "lastState": ended(7, "Error", "05")}));
        pod.metadata.deletion_timestamp = Some(Time("2026-03-01T12:00:40Z".parse().unwrap()));
        pod.metadata.deletion_grace_period_seconds = Some(30);
        pod
    };
    check(EXCEEDED, &[deleted(ended(137, "Error", "11"))], "Error", "exit code 7", Some(7));
    check(EXCEEDED, &[deleted(ended(8, "Error", "09"))], "Error", "exit code 8", Some(8));
    let crashing = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}});
    check(EXCEEDED, &[deleted(crashing)], "Error", "exit code 7", Some(7));
}

#[test]
fn of_several_pods_the_last_failed_counts() {
    let at = |code, second: &str| pod(json!({"state": ended(code, "Error", second)}));
    check(EXCEEDED, &[at(1, "01"), at(3, "09"), at(2, "05")], "Error", "exit code 3", Some(3));
    check(EXCEEDED, &[at(4, "01"), at(0, "59")], "Error", "exit code 4", Some(4));
}

#[test]
fn an_init_container_that_failed_is_named() {
    let init = json!([{"name": "fetch", "state": ended(1, "Error", "09")}]);
    let main = json!([{"name": "e-t-0", "state": {"waiting": {"reason": "PodInitializing"}}}]);
    let status = json!({"phase": "Failed", "initContainerStatuses": init, "containerStatuses": main});
    check(EXCEEDED, &[with_status(status)], "Error", "its init container \"fetch\": exit code 1", Some(1));
}

#[test]
fn messages_are_bounded() {
    for long in ["x".repeat(100_000), "ä\n".repeat(100_000)] {
        let state = json!({"terminated": {"exitCode": 1, "reason": "Error", "message": long}});
        let failure = failure(&failed(EXCEEDED), &[pod(json!({"state": state}))], None);
        assert!(failure.message.len() <= MAX_STATUS_MESSAGE_BYTES && failure.message.ends_with('…'));
        assert!(!failure.message.contains('\n'));
    }
}
