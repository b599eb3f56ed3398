//! Creating and changing.

use http::Method;
use serde_json::{Value, json};

use crate::talk::{JSON_PATCH, MERGE_PATCH, Talk, config_map, execution, job, refusal, version};

pub async fn a_created_object_is_completed(talk: &Talk) {
    let mut body = execution("a");
    body["status"] = json!({"phase": "Running"});
    let created = talk.create("executions", &body).await;
    let metadata = &created["metadata"];
    assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
    assert_eq!(metadata["generation"], 1);
    assert_eq!(metadata["namespace"], talk.namespace);
    let time = metadata["creationTimestamp"].as_str().unwrap();
    assert_eq!((time.len(), time.ends_with('Z')), ("2026-01-01T00:00:00Z".len(), true), "{time}");
    assert!(version(&created).parse::<u64>().unwrap() > 1);
    assert!(created.get("status").is_none(), "a status is written apart: {created}");

    let created = talk.create("jobs", &job("a.b")).await;
    let (uid, spec) = (&created["metadata"]["uid"], &created["spec"]);
    assert_eq!(created["metadata"]["generation"], 1);
    assert_eq!(spec["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"], *uid);
    let labels = &spec["template"]["metadata"]["labels"];
    assert_eq!(labels["controller-uid"], *uid);
    assert_eq!(labels["batch.kubernetes.io/controller-uid"], *uid);
    assert_eq!(labels["job-name"], "a.b");
    assert_eq!(labels["batch.kubernetes.io/job-name"], "a.b");
    for (field, value) in [
        ("backoffLimit", json!(6)),
        ("completions", json!(1)),
        ("parallelism", json!(1)),
        ("suspend", json!(false)),
        ("completionMode", json!("NonIndexed")),
        ("podReplacementPolicy", json!("TerminatingOrFailed")),
    ] {
        assert_eq!(spec[field], value, "{field}");
    }
    assert_eq!(created["status"], json!({}));
}

pub async fn a_taken_name_is_a_conflict(talk: &Talk) {
    talk.create("jobs", &job("a")).await;
    let answer = talk.post("jobs", &job("a")).await;
    assert_eq!(refusal(&answer), (409, "AlreadyExists", "jobs.batch \"a\" already exists"));
    assert_eq!(answer.1["details"], json!({"name": "a", "group": "batch", "kind": "jobs"}));
    assert_eq!(answer.1["status"], "Failure");
    assert_eq!(answer.1["kind"], "Status");

    let mut held = config_map("b");
    held["metadata"]["finalizers"] = json!(["kubegene.io/test"]);
    talk.create("configmaps", &held).await;
    talk.delete("configmaps/b", &Value::Null).await;
    let answer = talk.post("configmaps", &held).await;
    let message = "object is being deleted: configmaps \"b\" already exists";
    assert_eq!(refusal(&answer), (409, "AlreadyExists", message));
    talk.patch("configmaps/b", MERGE_PATCH, &json!({"metadata": {"finalizers": null}})).await;
    talk.until_gone("configmaps/b").await;
}

pub async fn names_are_generated(talk: &Talk) {
    let mut body = config_map("");
    body["metadata"] = json!({"generateName": "a-"});
    let created = talk.create("configmaps", &body).await;
    let name = created["metadata"]["name"].as_str().unwrap();
    assert_eq!((name.len(), name.starts_with("a-")), (7, true), "{name}");
    body["metadata"] = json!({});
    let answer = talk.post("configmaps", &body).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (422, "Invalid"), "{message}");
    assert!(message.contains("metadata.name: Required value: name or generateName is required"), "{message}");
}

pub async fn what_does_not_exist_is_not_found(talk: &Talk) {
    let patch = json!([{"op": "add", "path": "/status", "value": {}}]);
    for answer in [
        talk.get("executions/a").await,
        talk.put("executions/a", &execution("a")).await,
        talk.patch("executions/a/status", JSON_PATCH, &patch).await,
        talk.delete("executions/a", &Value::Null).await,
    ] {
        let message = "executions.execution.kubegene.io \"a\" not found";
        assert_eq!(refusal(&answer), (404, "NotFound", message));
    }
    let answer = talk.get("pods/a").await;
    assert_eq!(refusal(&answer), (404, "NotFound", "pods \"a\" not found"));
    let nowhere = Talk::new(talk.client(), "no-such-namespace");
    let answer = nowhere.post("configmaps", &config_map("a")).await;
    assert_eq!(refusal(&answer), (404, "NotFound", "namespaces \"no-such-namespace\" not found"));
}

pub async fn a_job_with_a_long_name_is_refused(talk: &Talk) {
    let fits = "a".repeat(63);
    talk.create("jobs", &job(&fits)).await;
    let answer = talk.post("jobs", &job(&"a".repeat(64))).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (422, "Invalid"), "{message}");
    assert!(message.contains("spec.template.labels: Invalid value"), "{message}");
    assert!(message.contains("must be no more than 63"), "{message}");

    let mut wrong = job("b");
    wrong["spec"]["template"]["spec"]["restartPolicy"] = json!("Always");
    wrong["spec"]["template"]["spec"]["containers"][0]["name"] = json!("a.b");
    wrong["metadata"]["labels"] = json!({"x": "-"});
    let answer = talk.post("jobs", &wrong).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (422, "Invalid"), "{message}");
    for field in
        ["metadata.labels", "spec.template.spec.restartPolicy", "spec.template.spec.containers[0].name"]
    {
        assert!(message.contains(field), "{field} in {message}");
        let causes = answer.1["details"]["causes"].as_array().unwrap();
        assert!(causes.iter().any(|cause| cause["field"] == field), "{field} in {causes:?}");
    }

    let mut foreign = job("c");
    foreign["spec"]["template"]["metadata"] = json!({"labels": {"controller-uid": "another"}});
    let answer = talk.post("jobs", &foreign).await;
    assert_eq!((answer.0, &answer.1["reason"]), (422, &json!("Invalid")), "{}", answer.1);
}

pub async fn a_template_of_a_job_cannot_change(talk: &Talk) {
    talk.create("jobs", &job("a")).await;
    let patch = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "x"}]);
    let answer = talk.patch("jobs/a", JSON_PATCH, &patch).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (422, "Invalid"));
    assert!(message.contains("spec.template") && message.contains("field is immutable"), "{message}");
}

pub async fn an_immutable_configmap_stays_as_it_is(talk: &Talk) {
    let mut body = config_map("a");
    body["immutable"] = json!(true);
    talk.create("configmaps", &body).await;
    let answer = talk.patch("configmaps/a", MERGE_PATCH, &json!({"data": {"a": "2"}})).await;
    let message = "ConfigMap \"a\" is invalid: data: Forbidden: field is immutable when `immutable` is set";
    assert_eq!(refusal(&answer), (422, "Invalid", message));
    let cause = json!([{
        "reason": "FieldValueForbidden",
        "message": "Forbidden: field is immutable when `immutable` is set",
        "field": "data",
    }]);
    assert_eq!(answer.1["details"]["causes"], cause);
    let (code, _) =
        talk.patch("configmaps/a", MERGE_PATCH, &json!({"metadata": {"labels": {"x": "y"}}})).await;
    assert_eq!(code, 200);
}

pub async fn a_patch_of_a_stale_version_is_a_conflict(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let patch = |of: &Value, phase: &str| {
        json!([
            {"op": "add", "path": "/metadata/resourceVersion", "value": version(of)},
            {"op": "add", "path": "/status", "value": {"phase": phase}},
        ])
    };
    let (code, first) = talk.patch("executions/a/status", JSON_PATCH, &patch(&created, "Running")).await;
    assert_eq!((code, &first["status"]["phase"]), (200, &json!("Running")));
    let answer = talk.patch("executions/a/status", JSON_PATCH, &patch(&created, "Failed")).await;
    let message = "Operation cannot be fulfilled on executions.execution.kubegene.io \"a\": the object has been modified; please apply your changes to the latest version and try again";
    assert_eq!(refusal(&answer), (409, "Conflict", message));
    let (code, second) = talk.patch("executions/a/status", JSON_PATCH, &patch(&first, "Succeeded")).await;
    assert_eq!((code, &second["status"]["phase"]), (200, &json!("Succeeded")));
    let merge = json!({"metadata": {"resourceVersion": version(&first)}, "status": {"phase": "Error"}});
    let answer = talk.patch("executions/a/status", MERGE_PATCH, &merge).await;
    assert_eq!(refusal(&answer), (409, "Conflict", message));
    let merge = json!({"metadata": {"uid": "another"}, "spec": {"suspend": true}});
    let answer = talk.patch("executions/a", MERGE_PATCH, &merge).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (422, "Invalid"));
    assert!(message.contains("metadata.uid: Invalid value: \"another\": field is immutable"), "{message}");
}

pub async fn a_merge_patch_changes_what_it_names(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let (_, suspended) = talk.patch("executions/a", MERGE_PATCH, &json!({"spec": {"suspend": true}})).await;
    assert_eq!(suspended["spec"]["suspend"], true);
    assert_eq!(suspended["spec"]["tasks"], created["spec"]["tasks"]);
    assert_eq!(suspended["metadata"]["generation"], 2);
    let (_, removed) = talk.patch("executions/a", MERGE_PATCH, &json!({"spec": {"suspend": null}})).await;
    assert!(removed["spec"].get("suspend").is_none());
    assert_eq!(removed["metadata"]["generation"], 3);
    let (_, labelled) =
        talk.patch("executions/a", MERGE_PATCH, &json!({"metadata": {"labels": {"x": "y"}}})).await;
    assert_eq!(labelled["metadata"]["generation"], 3, "a label is no part of the spec");
    let test = json!([{"op": "test", "path": "/spec/suspend", "value": 1}]);
    let answer = talk.patch("executions/a", JSON_PATCH, &test).await;
    assert_eq!((answer.0, &answer.1["reason"]), (422, &json!("Invalid")), "{}", answer.1);
}

pub async fn a_patch_that_changes_nothing_makes_no_version(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let task = json!({"spec": {"tasks": created["spec"]["tasks"]}});
    let (code, same) = talk.patch("executions/a", MERGE_PATCH, &task).await;
    assert_eq!((code, version(&same)), (200, version(&created)));
}

pub async fn a_replacement_needs_the_version(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let answer = talk.put("executions/a", &execution("a")).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (422, "Invalid"));
    assert!(message.contains("metadata.resourceVersion"), "{message}");
    assert!(message.contains("must be specified for an update"), "{message}");
    let mut body = created.clone();
    body["spec"]["parallelism"] = json!(3);
    let (code, replaced) = talk.put("executions/a", &body).await;
    assert_eq!((code, &replaced["metadata"]["generation"]), (200, &json!(2)));
    let answer = talk.put("executions/a", &body).await;
    assert_eq!((answer.0, &answer.1["reason"]), (409, &json!("Conflict")));
    body["metadata"]["resourceVersion"] = replaced["metadata"]["resourceVersion"].clone();
    body["metadata"]["uid"] = json!("another");
    let answer = talk.put("executions/a", &body).await;
    assert_eq!((answer.0, &answer.1["reason"]), (409, &json!("Conflict")), "{}", answer.1);
    body["metadata"]["name"] = json!("b");
    assert_eq!(talk.put("executions/a", &body).await.0, 400);
}

pub async fn the_status_and_the_rest_are_written_apart(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let both = json!({"metadata": {"labels": {"x": "y"}}, "spec": {"suspend": true}, "status": {"phase": "Running"}});
    let (code, status) = talk.patch("executions/a/status", MERGE_PATCH, &both).await;
    assert_eq!((code, &status["status"]["phase"]), (200, &json!("Running")));
    assert_eq!(status["spec"], created["spec"]);
    assert!(status["metadata"].get("labels").is_none(), "{status}");
    assert_eq!(status["metadata"]["generation"], 1);
    assert_ne!(version(&status), version(&created));
    let both = json!({"spec": {"suspend": true}, "status": {"phase": "Failed"}});
    let (code, main) = talk.patch("executions/a", MERGE_PATCH, &both).await;
    assert_eq!((code, &main["status"]["phase"]), (200, &json!("Running")));
    assert_eq!((&main["spec"]["suspend"], &main["metadata"]["generation"]), (&json!(true), &json!(2)));
    let (code, found) = talk.get("executions/a/status").await;
    assert_eq!((code, version(&found)), (200, version(&main)));
}

pub async fn a_dry_run_stores_nothing(talk: &Talk) {
    let (code, created) = talk.post("executions?dryRun=All", &execution("a")).await;
    assert_eq!((code, &created["metadata"]["name"]), (201, &json!("a")));
    assert_eq!(talk.get("executions/a").await.0, 404);
    talk.create("executions", &execution("a")).await;
    let suspend = json!({"spec": {"suspend": true}});
    let (code, patched) = talk.patch("executions/a?dryRun=All", MERGE_PATCH, &suspend).await;
    assert_eq!((code, &patched["spec"]["suspend"]), (200, &json!(true)));
    let (_, found) = talk.call(Method::GET, "executions/a", "application/json", &Value::Null).await;
    assert!(found["spec"].get("suspend").is_none());
}

pub async fn the_schema_completes_and_prunes(talk: &Talk) {
    let mut body = execution("a");
    let task = json!({"name": "a", "image": "b", "commandSet": ["true"], "dependents": null, "unknown": 1});
    body["spec"] = json!({"unknown": 1, "tasks": [task]});
    let created = talk.create("executions", &body).await;
    let task = json!({"name": "a", "type": "Job", "image": "b", "commandSet": ["true"], "dependents": null});
    assert_eq!(created["spec"], json!({"tasks": [task]}));
    let status = json!({"status": {"phase": "Running", "unknown": 1, "finishedAt": null}});
    let (code, patched) = talk.patch("executions/a/status", MERGE_PATCH, &status).await;
    assert_eq!((code, &patched["status"]), (200, &json!({"phase": "Running", "message": ""})));
}

pub async fn what_the_schema_does_not_allow_is_refused(talk: &Talk) {
    talk.create("executions", &execution("a")).await;
    for (part, patch, expected) in [
        ("", json!({"spec": null}), vec!["spec: Required value"]),
        (
            "",
            json!({"spec": {"tasks": []}}),
            vec!["spec.tasks: Invalid value: 0: spec.tasks in body should have at least 1 items"],
        ),
        (
            "",
            json!({"spec": {"suspend": "yes"}}),
            vec![
                "spec.suspend: Invalid value: \"string\": spec.suspend in body must be of type boolean: \"string\"",
            ],
        ),
        (
            "",
            json!({"spec": {"failurePolicy": "X", "parallelism": -1}}),
            vec![
                "spec.failurePolicy: Unsupported value: \"X\": supported values: \"FailFast\", \"Abort\", \"Continue\"",
                "spec.parallelism: Invalid value: -1: spec.parallelism in body should be greater than or equal to 0",
            ],
        ),
        (
            "/status",
            json!({"status": {"vertices": {"a": {"phase": "Running"}}}}),
            vec![
                "status.vertices.a.id: Required value",
                "status.vertices.a.name: Required value",
                "status.vertices.a.type: Required value",
            ],
        ),
    ] {
        let answer = talk.patch(&format!("executions/a{part}"), MERGE_PATCH, &patch).await;
        let (code, reason, message) = refusal(&answer);
        assert_eq!((code, reason), (422, "Invalid"), "{patch}");
        assert!(message.starts_with("Execution.execution.kubegene.io \"a\" is invalid: "), "{message}");
        // Their order is that of a map of the API server's language: any.
        let causes = answer.1["details"]["causes"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut found: Vec<String> =
            causes.map(|cause| format!("{}: {}", text(&cause["field"]), text(&cause["message"]))).collect();
        found.sort();
        assert_eq!(found, expected, "{patch}");
        assert!(expected.iter().all(|cause| message.contains(cause)), "{message}");
    }
}
