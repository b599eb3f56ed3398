//! The life of a Job. Where a pod has to fail, no node takes it, and the case plays its kubelet.

use serde_json::{Value, json};

use crate::talk::{MERGE_PATCH, Talk, job};

const TRACKING: &str = "batch.kubernetes.io/job-tracking";

fn condition<'a>(job: &'a Value, kind: &str) -> Option<&'a Value> {
    let list = job["status"]["conditions"].as_array()?;
    list.iter().find(|condition| condition["type"] == kind && condition["status"] == "True")
}

fn kinds(job: &Value) -> Vec<&str> {
    let list = job["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    list.iter().map(|condition| condition["type"].as_str().unwrap()).collect()
}

fn unschedulable(name: &str) -> Value {
    let mut body = job(name);
    body["spec"]["template"]["spec"]["nodeSelector"] = json!({"kubegene.io/no-such-node": "true"});
    body
}

async fn only_pod(talk: &Talk, job: &str) -> Value {
    let of = format!("pods?labelSelector=job-name%3D{job}");
    let list =
        talk.until(&of, "one pod", |list| list["items"].as_array().is_some_and(|all| all.len() == 1)).await;
    list["items"][0].clone()
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

fn is_second(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == "2026-01-01T00:00:00Z".len() && text.ends_with('Z'))
}

pub async fn a_job_succeeds(talk: &Talk) {
    let created = talk.create("jobs", &job("a")).await;
    let pod = only_pod(talk, "a").await;
    assert!(name(&pod).starts_with("a-") && name(&pod).len() == 7, "{}", name(&pod));
    assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], created["metadata"]["uid"]);
    assert_eq!(pod["metadata"]["labels"]["batch.kubernetes.io/job-name"], "a");
    let done = talk.until("jobs/a", "complete", |job| condition(job, "Complete").is_some()).await;
    assert_eq!(kinds(&done), ["SuccessCriteriaMet", "Complete"]);
    for kind in ["SuccessCriteriaMet", "Complete"] {
        let found = condition(&done, kind).unwrap();
        assert_eq!(found["reason"], "CompletionsReached");
        assert_eq!(found["message"], "Reached expected number of succeeded pods");
        assert!(is_second(&found["lastTransitionTime"]));
    }
    let status = &done["status"];
    assert_eq!(
        (&status["succeeded"], &status["ready"], &status["terminating"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert!(status.get("active").is_none() && status.get("failed").is_none(), "{status}");
    assert_eq!(status["uncountedTerminatedPods"], json!({}));
    assert!(is_second(&status["startTime"]) && is_second(&status["completionTime"]), "{status}");
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    let noted = time(&condition(&done, "Complete").unwrap()["lastTransitionTime"]);
    let late = noted - time(&status["completionTime"]);
    assert!((0..=1).contains(&late), "the condition is written after the time was taken: {status}");
    let pod = only_pod(talk, "a").await;
    assert_eq!(pod["status"]["phase"], "Succeeded");
    assert!(pod["metadata"].get("finalizers").is_none(), "it is counted: {pod}");
    assert!(pod["spec"]["nodeName"].is_string());
    assert!(pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 0, "{pod}");
}

/// What a watcher sees of a Job, one line a state. A pod that runs for longer than usual adds a state in which it is ready.
fn states_of_job(events: &[Value]) -> Vec<String> {
    let states = events.iter().map(|event| &event["object"]).filter(|job| job["status"]["ready"] != 1);
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    states
        .map(|job| {
            let status = &job["status"];
            let uncounted = status["uncountedTerminatedPods"]["succeeded"].as_array().map_or(0, Vec::len);
            let (active, succeeded) = (number(&status["active"]), number(&status["succeeded"]));
            let started = status["startTime"].is_string();
            format!(
                "started {started} active {active} uncounted {uncounted} succeeded {succeeded} {:?}",
                kinds(job)
            )
        })
        .collect()
}

pub async fn a_watcher_sees_these_states(talk: &Talk) {
    let created = talk.create("jobs", &job("a")).await;
    talk.until("jobs/a", "complete", |job| condition(job, "Complete").is_some()).await;
    let query = format!("resourceVersion={}&timeoutSeconds=2", crate::talk::version(&created));
    let events = talk.watch("jobs", &query, "application/json").await;
    assert_eq!(
        states_of_job(&events),
        [
            "started true active 1 uncounted 0 succeeded 0 []",
            "started true active 0 uncounted 1 succeeded 0 [\"SuccessCriteriaMet\"]",
            "started true active 0 uncounted 0 succeeded 1 [\"SuccessCriteriaMet\", \"Complete\"]",
        ]
    );
    let events = talk.watch("pods", &query, "application/json").await;
    let states: Vec<String> = events
        .iter()
        .map(|event| {
            let pod = &event["object"];
            let is_bound = pod["spec"]["nodeName"].is_string();
            let is_tracked = pod["metadata"]["finalizers"] == json!([TRACKING]);
            let (kind, phase) = (event["type"].as_str().unwrap(), pod["status"]["phase"].as_str().unwrap());
            format!("{kind} {phase} bound {is_bound} tracked {is_tracked}")
        })
        .collect();
    assert_eq!(
        states,
        [
            "ADDED Pending bound false tracked true",
            "MODIFIED Pending bound true tracked true",
            "MODIFIED Running bound true tracked true",
            "MODIFIED Succeeded bound true tracked true",
            "MODIFIED Succeeded bound true tracked false",
        ]
    );
    // The controller's watch of pods: nothing of them until they are finished.
    let query = format!("{query}&fieldSelector=status.phase!%3DPending,status.phase!%3DRunning");
    let events = talk.watch("pods", &query, "application/json").await;
    let types: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["ADDED", "MODIFIED"]);
}

pub async fn a_job_fails_with_its_pod(talk: &Talk) {
    let mut body = unschedulable("a");
    body["spec"]["backoffLimit"] = json!(0);
    talk.create("jobs", &body).await;
    let pod = only_pod(talk, "a").await;
    assert_eq!(pod["metadata"]["finalizers"], json!([TRACKING]));
    let unbound = talk
        .until(&format!("pods/{}", name(&pod)), "refused by the scheduler", |pod| {
            pod["status"]["conditions"][0]["reason"] == "Unschedulable"
        })
        .await;
    let scheduled = &unbound["status"]["conditions"][0];
    assert_eq!((&scheduled["type"], &scheduled["status"]), (&json!("PodScheduled"), &json!("False")));
    let status = json!({"status": {"phase": "Failed", "containerStatuses": [{
        "name": "main", "image": "busybox", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"terminated": {"exitCode": 3, "reason": "Error"}},
    }]}});
    let (code, _) = talk.patch(&format!("pods/{}/status", name(&pod)), MERGE_PATCH, &status).await;
    assert_eq!(code, 200);
    let failed = talk.until("jobs/a", "failed", |job| condition(job, "Failed").is_some()).await;
    assert_eq!(kinds(&failed), ["FailureTarget", "Failed"]);
    for kind in ["FailureTarget", "Failed"] {
        let found = condition(&failed, kind).unwrap();
        assert_eq!(found["reason"], "BackoffLimitExceeded");
        assert_eq!(found["message"], "Job has reached the specified backoff limit");
    }
    let status = &failed["status"];
    assert_eq!((&status["failed"], &status["ready"]), (&json!(1), &json!(0)));
    assert!(status.get("completionTime").is_none() && status.get("succeeded").is_none(), "{status}");
    let pod = only_pod(talk, "a").await;
    assert!(pod["metadata"].get("finalizers").is_none(), "the pod of a Never Job stays: {pod}");
}

pub async fn a_job_that_restarts_too_often_loses_its_pod(talk: &Talk) {
    let mut body = unschedulable("a");
    body["spec"]["backoffLimit"] = json!(1);
    body["spec"]["template"]["spec"]["restartPolicy"] = json!("OnFailure");
    talk.create("jobs", &body).await;
    let pod = only_pod(talk, "a").await;
    let status = json!({"status": {"phase": "Running", "containerStatuses": [{
        "name": "main", "image": "busybox", "imageID": "", "ready": false, "restartCount": 1,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }]}});
    let (code, _) = talk.patch(&format!("pods/{}/status", name(&pod)), MERGE_PATCH, &status).await;
    assert_eq!(code, 200);
    let failed = talk.until("jobs/a", "failed", |job| condition(job, "Failed").is_some()).await;
    assert_eq!(kinds(&failed), ["FailureTarget", "Failed"]);
    assert_eq!(condition(&failed, "Failed").unwrap()["reason"], "BackoffLimitExceeded");
    assert_eq!(failed["status"]["failed"], 1);
    talk.until_gone(&format!("pods/{}", name(&pod))).await;
}

pub async fn a_suspended_job_waits(talk: &Talk) {
    let mut body = job("a");
    body["spec"]["suspend"] = json!(true);
    talk.create("jobs", &body).await;
    let waiting = talk.until("jobs/a", "suspended", |job| condition(job, "Suspended").is_some()).await;
    let found = condition(&waiting, "Suspended").unwrap();
    assert_eq!((&found["reason"], &found["message"]), (&json!("JobSuspended"), &json!("Job suspended")));
    assert!(waiting["status"].get("startTime").is_none());
    let (_, list) = talk.get("pods?labelSelector=job-name%3Da").await;
    assert_eq!(list["items"], json!([]));
    let (code, _) = talk.patch("jobs/a", MERGE_PATCH, &json!({"spec": {"suspend": false}})).await;
    assert_eq!(code, 200);
    let done = talk.until("jobs/a", "complete", |job| condition(job, "Complete").is_some()).await;
    assert_eq!(kinds(&done), ["Suspended", "SuccessCriteriaMet", "Complete"]);
    let resumed = &done["status"]["conditions"][0];
    assert_eq!((&resumed["status"], &resumed["reason"]), (&json!("False"), &json!("JobResumed")));
}

pub async fn a_job_exceeds_its_deadline(talk: &Talk) {
    let mut body = unschedulable("a");
    body["spec"]["activeDeadlineSeconds"] = json!(1);
    talk.create("jobs", &body).await;
    let pod = only_pod(talk, "a").await;
    let failed = talk.until("jobs/a", "failed", |job| condition(job, "Failed").is_some()).await;
    assert_eq!(kinds(&failed), ["FailureTarget", "Failed"]);
    let found = condition(&failed, "Failed").unwrap();
    assert_eq!(found["reason"], "DeadlineExceeded");
    assert_eq!(found["message"], "Job was active longer than specified deadline");
    talk.until_gone(&format!("pods/{}", name(&pod))).await;
}

pub async fn a_job_deleted_in_the_background_takes_its_pods(talk: &Talk) {
    let created = talk.create("jobs", &unschedulable("a")).await;
    let pod = only_pod(talk, "a").await;
    let uid = &created["metadata"]["uid"];
    let options = json!({"preconditions": {"uid": uid}, "propagationPolicy": "Background"});
    let (code, status) = talk.delete("jobs/a", &options).await;
    assert_eq!((code, &status["status"]), (200, &json!("Success")), "{status}");
    assert_eq!(talk.get("jobs/a").await.0, 404);
    talk.until_gone(&format!("pods/{}", name(&pod))).await;

    let created = talk.create("jobs", &job("b")).await;
    talk.until("jobs/b", "complete", |job| condition(job, "Complete").is_some()).await;
    let pod = only_pod(talk, "b").await;
    let (code, left) = talk.delete("jobs/b", &Value::Null).await;
    assert_eq!((code, &left["metadata"]["uid"]), (200, &created["metadata"]["uid"]), "{left}");
    assert_eq!(left["metadata"]["finalizers"], json!(["orphan"]), "the old default of Jobs");
    talk.until_gone("jobs/b").await;
    let (code, orphan) = talk.get(&format!("pods/{}", name(&pod))).await;
    assert_eq!(code, 200);
    assert!(orphan["metadata"].get("ownerReferences").is_none(), "{orphan}");
}

pub async fn an_execution_takes_jobs_and_pods(talk: &Talk) {
    for policy in ["Background", "Foreground"] {
        let owner = talk.create("executions", &crate::talk::execution("owner")).await;
        let mut body = unschedulable("a");
        body["metadata"]["ownerReferences"] = crate::talk::owned_by(&owner);
        talk.create("jobs", &body).await;
        let pod = format!("pods/{}", name(&only_pod(talk, "a").await));
        talk.delete("executions/owner", &json!({"propagationPolicy": policy})).await;
        talk.until_gone("executions/owner").await;
        if policy == "Foreground" {
            assert_eq!(talk.get("jobs/a").await.0, 404);
            assert_eq!(talk.get(&pod).await.0, 404);
        }
        talk.until_gone("jobs/a").await;
        talk.until_gone(&pod).await;
    }
}
