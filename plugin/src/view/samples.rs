//! An Execution in the middle of its run, and pods of it, for tests.

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::{Pod, Subject};

/// 72 s after its start.
pub fn now() -> Timestamp {
    "2026-11-22T12:01:12Z".parse().unwrap()
}

/// Seven tasks, 98 vertices: 63 done, one failed twice, four running.
pub fn wgs() -> Subject {
    Subject::from_document(&wgs_document())
}

/// The same as the API server gives it.
pub fn wgs_document() -> Value {
    let task = |name: &str, after: &[&str]| {
        let dependents: Vec<Value> = after.iter().map(|target| json!({"target": target})).collect();
        json!({"name": name, "image": "gatk:4.0.9", "dependents": dependents, "commands": ["true"]})
    };
    let done = |name: &str, total: i32| {
        let last = total - 1;
        let indexes = if last == 0 { "0".to_owned() } else { format!("0-{last}") };
        json!({"name": name, "phase": "Succeeded", "total": total, "succeeded": total, "succeededIndexes": indexes})
    };
    let mut vertices = serde_json::Map::new();
    let mut vertex = |job: String, value: Value| {
        let mut value = value;
        for key in ["id", "name"] {
            value[key] = json!(job);
        }
        value["type"] = json!("Job");
        vertices.insert(job, value);
    };
    for (task, total) in
        [("splitfq", 2), ("bwamapping", 13), ("mergemappedbam", 1), ("samflagstat", 1), ("sammerge", 40)]
    {
        for index in 0..total {
            vertex(
                format!("wgs.{task}.{index}"),
                json!({"phase": "Succeeded", "message": "success",
                "startedAt": "2026-11-22T12:00:01Z", "finishedAt": "2026-11-22T12:00:03Z"}),
            );
        }
    }
    vertex(
        "wgs.mkdupbqsr.3-1".to_owned(),
        json!({"phase": "Failed", "reason": "OOMKilled", "exitCode": 137,
        "attempt": 1, "message": "OOMKilled", "startedAt": "2026-11-22T12:00:03Z", "finishedAt": "2026-11-22T12:00:41Z"}),
    );
    for index in [4, 5, 6, 7] {
        vertex(
            format!("wgs.mkdupbqsr.{index}"),
            json!({"phase": "Running", "message": "vertex is running",
            "startedAt": "2026-11-22T12:00:42Z"}),
        );
    }
    json!({
        "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
        "metadata": {"name": "wgs", "namespace": "lab", "uid": "u-1", "generation": 1,
                     "creationTimestamp": "2026-11-22T12:00:00Z"},
        "spec": {"failurePolicy": "Continue", "retry": {"limit": 2}, "tasks": [
            task("splitfq", &[]), task("bwamapping", &["splitfq"]), task("mergemappedbam", &["bwamapping"]),
            task("samflagstat", &["mergemappedbam"]), task("sammerge", &["mergemappedbam"]),
            task("mkdupbqsr", &["sammerge"]), task("mergevcf", &["mkdupbqsr", "samflagstat"])]},
        "status": {
            "phase": "Running", "message": "execution is running", "progress": "63/98", "observedGeneration": 1,
            "startedAt": "2026-11-22T12:00:00Z", "vertices": vertices,
            "tasks": [
                done("splitfq", 2), done("bwamapping", 13), done("mergemappedbam", 1), done("samflagstat", 1),
                done("sammerge", 40),
                {"name": "mkdupbqsr", "phase": "Running", "total": 40, "pending": 29, "running": 4, "succeeded": 6,
                 "failed": 1, "succeededIndexes": "0-2,8-10", "runningIndexes": "4-7", "failedIndexes": "3",
                 "attempts": {"3": 1}},
                {"name": "mergevcf", "phase": "Pending", "total": 1, "pending": 1}],
        },
    })
}

/// A pod of mkdupbqsr.
pub fn pod(index: u32, attempt: u32, node: &str, status: &Value) -> Pod {
    let labels = json!({"execution.kubegene.io/name": "wgs", "execution.kubegene.io/task": "mkdupbqsr",
        "execution.kubegene.io/index": index.to_string(), "execution.kubegene.io/attempt": attempt.to_string()});
    let pod = json!({
        "metadata": {"name": format!("wgs.mkdupbqsr.{index}-x"), "labels": labels, "creationTimestamp": "2026-11-22T12:00:42Z"},
        "spec": {"nodeName": node, "containers": [{"name": "main", "image": "gatk:4.0.9", "resources": {"limits": {"memory": "4Gi"}}}]},
        "status": status});
    serde_json::from_value(pod).unwrap()
}

/// A pod whose image is not there.
pub fn missing_image(index: u32) -> Pod {
    let waiting =
        json!({"reason": "ImagePullBackOff", "message": "Back-off pulling image \"gatk:4.0.9\": not found"});
    let status = json!({"name": "main", "state": {"waiting": waiting}});
    pod(index, 0, "node-2", &json!({"phase": "Pending", "containerStatuses": [status]}))
}

/// A pod that used more memory than it may.
pub fn out_of_memory(index: u32, attempt: u32) -> Pod {
    let ended = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}});
    let status = json!({"name": "main", "state": ended});
    pod(index, attempt, "node-2", &json!({"phase": "Failed", "containerStatuses": [status]}))
}
