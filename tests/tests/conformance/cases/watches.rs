//! Watching.

use serde_json::{Value, json};

use crate::talk::{MERGE_PATCH, METADATA_ONLY, Talk, config_map, execution, version};

const JSON: &str = "application/json";

fn kinds(events: &[Value]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| {
            let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default();
            (event["type"].as_str().unwrap_or_default(), name)
        })
        .collect()
}

pub async fn a_watch_continues_from_a_version(talk: &Talk) {
    let a = talk.create("executions", &execution("a")).await;
    talk.create("executions", &execution("b")).await;
    let (_, patched) = talk.patch("executions/a", MERGE_PATCH, &json!({"spec": {"suspend": true}})).await;
    talk.delete("executions/b", &Value::Null).await;
    let query = format!("resourceVersion={}&timeoutSeconds=3", version(&a));
    let events = talk.watch("executions", &query, JSON).await;
    assert_eq!(kinds(&events), [("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b")]);
    assert_eq!(version(&events[1]["object"]), version(&patched));
    let versions: Vec<u64> = events.iter().map(|e| version(&e["object"]).parse().unwrap()).collect();
    assert!(versions.is_sorted() && versions[2] > versions[1], "a deletion is a version, too: {versions:?}");

    for query in ["timeoutSeconds=2", "resourceVersion=0&timeoutSeconds=2"] {
        let events = talk.watch("executions", query, JSON).await;
        assert_eq!(kinds(&events), [("ADDED", "a")], "{query}");
        assert_eq!(events[0]["object"], patched);
    }
    let query = format!("resourceVersion={}", version(&patched));
    let (live, ()) = tokio::join!(talk.watch_for("executions", &query, 2), async {
        talk.create("executions", &execution("c")).await;
    });
    assert_eq!(kinds(&live), [("DELETED", "b"), ("ADDED", "c")]);
}

pub async fn a_watch_marks_its_progress(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let query = format!("resourceVersion={}&timeoutSeconds=5&allowWatchBookmarks=true", version(&created));
    let events = talk.watch("executions", &query, JSON).await;
    let mark = events.last().expect("there is a bookmark before the end");
    assert_eq!(mark["type"], "BOOKMARK");
    assert_eq!(mark["object"]["kind"], "Execution");
    assert!(version(&mark["object"]).parse::<u64>().unwrap() >= version(&created).parse().unwrap());
}

pub async fn a_watch_from_long_ago_is_expired(talk: &Talk) {
    talk.create("executions", &execution("a")).await;
    let events = talk.watch("executions", "resourceVersion=1&timeoutSeconds=3", JSON).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["type"], "ERROR");
    let status = &events[0]["object"];
    assert_eq!((&status["kind"], &status["code"]), (&json!("Status"), &json!(410)));
    assert_eq!(status["reason"], "Expired");
    assert!(status["message"].as_str().unwrap().starts_with("too old resource version: 1"), "{status}");
}

pub async fn what_leaves_the_selection_is_deleted_to_the_watcher(talk: &Talk) {
    let mut body = config_map("a");
    body["metadata"]["labels"] = json!({"x": "1"});
    let created = talk.create("configmaps", &body).await;
    let (_, left) =
        talk.patch("configmaps/a", MERGE_PATCH, &json!({"metadata": {"labels": {"x": "2"}}})).await;
    talk.patch("configmaps/a", MERGE_PATCH, &json!({"data": {"a": "2"}})).await;
    talk.patch("configmaps/a", MERGE_PATCH, &json!({"metadata": {"labels": {"x": "1"}}})).await;
    let from = version(&created);
    let query = format!("resourceVersion={from}&labelSelector=x%3D1&timeoutSeconds=3");
    let events = talk.watch("configmaps", &query, JSON).await;
    assert_eq!(kinds(&events), [("DELETED", "a"), ("ADDED", "a")]);
    let gone = &events[0]["object"];
    assert_eq!(gone["metadata"]["labels"]["x"], "1", "the last state that was selected");
    assert_eq!(version(gone), version(&left), "with the version of the change");

    let query = format!("resourceVersion={from}&fieldSelector=metadata.name%3Db&timeoutSeconds=2");
    assert!(talk.watch("configmaps", &query, JSON).await.is_empty());
}

pub async fn a_watch_can_be_of_metadata_alone(talk: &Talk) {
    let a = talk.create("executions", &execution("a")).await;
    talk.patch("executions/a/status", MERGE_PATCH, &json!({"status": {"phase": "Running"}})).await;
    talk.delete("executions/a", &Value::Null).await;
    let query = format!("resourceVersion={}&timeoutSeconds=3", version(&a));
    let events = talk.watch("executions", &query, METADATA_ONLY).await;
    assert_eq!(kinds(&events), [("MODIFIED", "a"), ("DELETED", "a")]);
    for event in &events {
        assert_eq!(event["object"]["kind"], "PartialObjectMetadata");
        assert!(event["object"].get("spec").is_none());
    }
}
