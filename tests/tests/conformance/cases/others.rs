//! Leases and Events.

use serde_json::json;

use crate::talk::{MERGE_PATCH, Talk, execution, refusal};

pub async fn a_lease_is_renewed_by_version(talk: &Talk) {
    let body = json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "a"},
        "spec": {"holderIdentity": "one", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.000001Z"},
    });
    let created = talk.create("leases", &body).await;
    assert!(created["metadata"].get("generation").is_none(), "{created}");
    let mut renewed = created.clone();
    renewed["spec"]["renewTime"] = json!("2026-01-01T00:00:05.000001Z");
    assert_eq!(talk.put("leases/a", &renewed).await.0, 200);
    let mut stolen = created.clone();
    stolen["spec"]["holderIdentity"] = json!("two");
    let answer = talk.put("leases/a", &stolen).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (409, "Conflict"));
    assert!(
        message.starts_with("Operation cannot be fulfilled on leases.coordination.k8s.io \"a\""),
        "{message}"
    );
    let version = &created["metadata"]["resourceVersion"];
    let patch = json!({"metadata": {"resourceVersion": version}, "spec": {"holderIdentity": "two"}});
    let answer = talk.patch("leases/a", MERGE_PATCH, &patch).await;
    assert_eq!((answer.0, &answer.1["reason"]), (409, &json!("Conflict")));
    let (_, found) = talk.get("leases/a").await;
    assert_eq!(found["spec"], renewed["spec"]);
}

pub async fn an_event_is_taken(talk: &Talk) {
    let about = talk.create("executions", &execution("a")).await;
    let body = json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"generateName": "a-"},
        "eventTime": "2026-01-01T00:00:00.000001Z",
        "reportingController": "gene-controller",
        "reportingInstance": "gene-controller-0",
        "action": "Start",
        "reason": "Started",
        "type": "Normal",
        "note": "execution is running",
        "regarding": {
            "apiVersion": about["apiVersion"],
            "kind": "Execution",
            "name": "a",
            "namespace": talk.namespace,
            "uid": about["metadata"]["uid"],
        },
    });
    let created = talk.create("events", &body).await;
    let name = created["metadata"]["name"].as_str().unwrap();
    let series = json!({"series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:01.000001Z"}});
    let (code, patched) = talk.patch(&format!("events/{name}"), MERGE_PATCH, &series).await;
    assert_eq!((code, &patched["series"]["count"]), (200, &json!(2)), "{patched}");
    let (code, list) = talk.get("events").await;
    assert_eq!(code, 200);
    let reasons: Vec<_> = list["items"].as_array().unwrap().iter().map(|event| &event["reason"]).collect();
    assert!(reasons.contains(&&json!("Started")), "{reasons:?}");
}
