//! Getting and listing.

use http::Method;
use serde_json::{Value, json};

use crate::talk::{JSON_PATCH, METADATA_ONLY, Talk, config_map, execution, job, refusal, version};

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

pub async fn lists_come_in_pages(talk: &Talk) {
    for name in ["a", "b", "c", "d", "e"] {
        talk.create("executions", &execution(name)).await;
    }
    let (code, first) = talk.get("executions?limit=2").await;
    assert_eq!((code, names(&first)), (200, vec!["a", "b"]));
    assert_eq!(first["kind"], "ExecutionList");
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    talk.create("executions", &execution("bb")).await;
    talk.delete("executions/c", &Value::Null).await;
    let next = |list: &Value| {
        format!("executions?limit=2&continue={}", list["metadata"]["continue"].as_str().unwrap())
    };
    let (_, second) = talk.get(&next(&first)).await;
    assert_eq!(names(&second), ["c", "d"], "pages are of one revision");
    assert_eq!(version(&second), version(&first));
    let (_, third) = talk.get(&next(&second)).await;
    assert_eq!(names(&third), ["e"]);
    assert!(third["metadata"].get("continue").is_none_or(|token| token == ""));
    let (_, all) = talk.get("executions").await;
    assert_eq!(names(&all), ["a", "b", "bb", "d", "e"]);
    assert!(version(&all).parse::<u64>().unwrap() > version(&first).parse().unwrap());
    let (_, cached) = talk.get("executions?resourceVersion=0").await;
    assert_eq!(cached["kind"], "ExecutionList");
    let answer = talk.get("executions?resourceVersion=x").await;
    assert_eq!(answer.0, 400, "{}", answer.1);
}

pub async fn lists_are_selected(talk: &Talk) {
    for (name, label) in [("a", "1"), ("b", "2"), ("c", "1")] {
        let mut body = config_map(name);
        body["metadata"]["labels"] = json!({"case": "selected", "x": label});
        talk.create("configmaps", &body).await;
    }
    for (query, expected) in [
        ("labelSelector=x%3D1", vec!["a", "c"]),
        ("labelSelector=case%3Dselected,x!%3D1", vec!["b"]),
        ("labelSelector=case,x%20in%20(2,3)", vec!["b"]),
        ("labelSelector=case,!x", vec![]),
        ("labelSelector=x%20notin%20(2),case", vec!["a", "c"]),
        ("labelSelector=x%3D1&fieldSelector=metadata.name%3Dc", vec!["c"]),
        ("labelSelector=x%3D1&limit=1", vec!["a"]),
    ] {
        let (code, list) = talk.get(&format!("configmaps?{query}")).await;
        assert_eq!((code, names(&list)), (200, expected), "{query}");
    }
    let answer = talk.get("executions?fieldSelector=spec.suspend%3Dtrue").await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (400, "BadRequest"));
    assert!(message.contains("field label not supported: spec.suspend"), "{message}");
    assert_eq!(talk.get("configmaps?labelSelector=a%20b").await.0, 400);
}

pub async fn metadata_alone_can_be_asked_for(talk: &Talk) {
    let kind = "application/json";
    let only = |answer: &(u16, Value), code: u16| {
        assert_eq!(answer.0, code, "{}", answer.1);
        assert_eq!(answer.1["kind"], "PartialObjectMetadata");
        assert_eq!(answer.1["apiVersion"], "meta.k8s.io/v1");
        assert_eq!(answer.1["metadata"]["name"], "a");
        assert!(answer.1.get("spec").is_none() && answer.1.get("status").is_none(), "{}", answer.1);
    };
    only(&talk.call_for_metadata(Method::POST, "jobs", kind, &job("a")).await, 201);
    let answer = talk.call_for_metadata(Method::POST, "jobs", kind, &job("a")).await;
    assert_eq!(refusal(&answer), (409, "AlreadyExists", "jobs.batch \"a\" already exists"));
    only(&talk.call_for_metadata(Method::POST, "executions", kind, &execution("a")).await, 201);
    let patch = json!([{"op": "add", "path": "/status", "value": {"phase": "Running"}}]);
    let patched = talk.call_for_metadata(Method::PATCH, "executions/a/status", JSON_PATCH, &patch).await;
    only(&patched, 200);
    let (_, whole) = talk.get("executions/a").await;
    assert_eq!(version(&patched.1), version(&whole));
    only(&talk.call_for_metadata(Method::GET, "executions/a", kind, &Value::Null).await, 200);
    let answer = talk.call_for_metadata(Method::GET, "executions", kind, &Value::Null).await;
    assert_eq!((answer.0, &answer.1["reason"]), (406, &json!("NotAcceptable")), "{}", answer.1);
    let mut request = Talk::request(Method::GET, &talk.path("executions"), kind, &Value::Null);
    let accept = METADATA_ONLY.replace("PartialObjectMetadata", "PartialObjectMetadataList");
    request.headers_mut().insert("accept", accept.parse().unwrap());
    let (_, list) = talk.send(request).await;
    assert_eq!((list["kind"].as_str(), names(&list)), (Some("PartialObjectMetadataList"), vec!["a"]));
    assert!(list["items"][0].get("spec").is_none());
}

pub async fn a_path_or_verb_that_is_not_served_is_refused(talk: &Talk) {
    let answer = talk.get("executions/a/scale").await;
    assert_eq!(answer.0, 404, "{}", answer.1);
    let answer = talk.get("unknowns").await;
    assert_eq!(refusal(&answer), (404, "NotFound", "the server could not find the requested resource"));
    talk.create("executions", &execution("a")).await;
    let answer = talk.post("jobs/a", &job("a")).await;
    assert_eq!((answer.0, &answer.1["reason"]), (405, &json!("MethodNotAllowed")), "{}", answer.1);
    let answer = talk.put("jobs", &job("a")).await;
    assert_eq!((answer.0, &answer.1["reason"]), (405, &json!("MethodNotAllowed")), "{}", answer.1);
    let answer = talk.patch("executions/a", "application/json", &json!({})).await;
    assert_eq!((answer.0, &answer.1["reason"]), (415, &json!("UnsupportedMediaType")), "{}", answer.1);
    let answer = talk.post("executions", &job("b")).await;
    assert_eq!((answer.0, &answer.1["reason"]), (400, &json!("BadRequest")), "{}", answer.1);
    let mut elsewhere = execution("b");
    elsewhere["metadata"]["namespace"] = json!("elsewhere");
    assert_eq!(talk.post("executions", &elsewhere).await.0, 400);
}
