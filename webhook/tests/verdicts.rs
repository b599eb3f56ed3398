//! What is answered to which review, without a server around it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use gene_types::names::ANNOTATION_SUBMITTED_BY as SUBMITTER;
use gene_webhook::judge::{Endpoint, judge};
use json_patch::Patch;
use k8s_openapi::ByteString;
use serde_json::{Value, json};

const USER: &str = "jane";

fn execution() -> Value {
    json!({
        "apiVersion": "execution.kubegene.io/v1alpha1",
        "kind": "Execution",
        "metadata": {"name": "wgs", "namespace": "genes"},
        "spec": {"tasks": [
            {"name": "align", "image": "bwa:1", "commands": ["echo"]},
            {"name": "merge", "image": "bwa:1", "commands": ["echo"], "dependents": [{"target": "align"}]},
        ]},
    })
}

/// The Execution as it is stored.
fn stored() -> Value {
    let mut stored = execution();
    gene_types::default::apply(&mut stored);
    stored["metadata"]["annotations"] = json!({SUBMITTER: USER});
    stored
}

fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap();
    match field.parse::<usize>() {
        Ok(index) => parent[index] = value,
        Err(_) => parent[field.replace("~1", "/")] = value,
    }
    object
}

fn review(operation: &str, old: &Value, new: &Value) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "execution.kubegene.io", "version": "v1alpha1", "kind": "Execution"},
            "resource": {"group": "execution.kubegene.io", "version": "v1alpha1", "resource": "executions"},
            "name": "wgs",
            "namespace": "genes",
            "operation": operation,
            "userInfo": {"username": USER, "groups": ["people"], "extra": {"x": ["y"]}},
            "object": new,
            "oldObject": old,
            "dryRun": false,
            "options": {"kind": "CreateOptions"},
        },
    })
}

/// The response to a review, which must be one.
fn ask(endpoint: Endpoint, review: &Value) -> Value {
    let judged = judge(endpoint, review.to_string().as_bytes()).unwrap();
    let answer: Value = serde_json::from_slice(&judged.answer).unwrap();
    assert_eq!(answer["apiVersion"], "admission.k8s.io/v1");
    assert_eq!(answer["kind"], "AdmissionReview");
    assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
    let verdict = match (&answer["response"]["allowed"], &answer["response"]["patch"]) {
        (Value::Bool(true), Value::Null) => "allowed",
        (Value::Bool(true), _) => "patched",
        _ => "refused",
    };
    assert_eq!(judged.verdict, verdict);
    answer["response"].clone()
}

/// The object after `/mutate`, which must allow it.
fn mutate(operation: &str, old: &Value, new: &Value) -> Value {
    let response = ask(Endpoint::Mutate, &review(operation, old, new));
    assert_eq!(response["allowed"], true, "{response}");
    let mut object = new.clone();
    if !response["patch"].is_null() {
        assert_eq!(response["patchType"], "JSONPatch");
        let ByteString(bytes) = serde_json::from_value(response["patch"].clone()).unwrap();
        let patch: Patch = serde_json::from_slice(&bytes).unwrap();
        json_patch::patch(&mut object, &patch).unwrap();
    }
    object
}

/// Each cause of a refusal: its reason, field and message.
fn causes(response: &Value) -> Vec<(String, String, String)> {
    assert_eq!(response["allowed"], false, "{response}");
    let status = &response["status"];
    assert_eq!((&status["code"], &status["reason"]), (&json!(422), &json!("Invalid")), "{status}");
    assert_eq!(status["details"]["name"], "wgs");
    assert_eq!(status["details"]["group"], "execution.kubegene.io");
    assert_eq!(status["details"]["kind"], "Execution");
    let text = |cause: &Value, field: &str| cause[field].as_str().unwrap().to_owned();
    let causes = status["details"]["causes"].as_array().unwrap();
    causes.iter().map(|cause| (text(cause, "reason"), text(cause, "field"), text(cause, "message"))).collect()
}

fn fields(response: &Value) -> Vec<String> {
    causes(response).into_iter().map(|(_, field, _)| field).collect()
}

#[test]
fn a_new_execution_is_completed_and_the_requester_recorded() {
    let made = mutate("CREATE", &Value::Null, &execution());
    assert_eq!(made, stored());
    // Nothing is left to do, and nothing to refuse.
    let again = ask(Endpoint::Mutate, &review("CREATE", &Value::Null, &made));
    assert_eq!(again["patch"], Value::Null);
    let valid = ask(Endpoint::Validate, &review("CREATE", &Value::Null, &made));
    assert_eq!(valid["allowed"], true, "{valid}");
    assert_eq!(valid["warnings"], Value::Null);
}

#[test]
fn a_dry_run_is_judged_as_any_other() {
    let mut dry = review("CREATE", &Value::Null, &execution());
    let wet = ask(Endpoint::Mutate, &dry);
    dry["request"]["dryRun"] = json!(true);
    assert_eq!(ask(Endpoint::Mutate, &dry), wet);
}

#[test]
fn unknown_fields_survive_and_are_told() {
    let new = with(execution(), "/spec/tasks/0/fromTheFuture", json!({"deep": [1, {"x": null}]}));
    let made = mutate("CREATE", &Value::Null, &new);
    assert_eq!(made["spec"]["tasks"][0]["fromTheFuture"], new["spec"]["tasks"][0]["fromTheFuture"]);
    let valid = ask(Endpoint::Validate, &review("CREATE", &Value::Null, &made));
    assert_eq!(valid["allowed"], true, "{valid}");
    assert!(valid["warnings"][0].as_str().unwrap().contains("fromTheFuture"), "{valid}");
}

#[test]
fn what_is_doubtful_is_told_once() {
    let new = with(stored(), "/spec/tasks/0/image", json!("bwa"));
    let new = with(new, "/spec/tasks/1/type", json!("Spark"));
    assert_eq!(ask(Endpoint::Mutate, &review("CREATE", &Value::Null, &new))["warnings"], Value::Null);
    let valid = ask(Endpoint::Validate, &review("CREATE", &Value::Null, &new));
    let warnings = valid["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn all_faults_are_told_at_once_by_both() {
    let new = with(stored(), "/spec/tasks/0/dependents", json!([{"target": "merge"}, {"target": "trimm"}]));
    let new = with(new, "/spec/tasks/1/image", json!(""));
    let told = fields(&ask(Endpoint::Mutate, &review("CREATE", &Value::Null, &new)));
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(fields(&ask(Endpoint::Validate, &review("CREATE", &Value::Null, &new))), told);
    // Before its schema an object may have any shape.
    let new = with(new, "/spec/tasks/1/commands", json!("echo"));
    let told = fields(&ask(Endpoint::Mutate, &review("CREATE", &Value::Null, &new)));
    assert!(told.contains(&"spec.tasks[1].commands".to_owned()), "{told:?}");
}

#[test]
fn any_shape_is_answered() {
    for object in [
        json!({}),
        json!({"spec": null}),
        json!({"metadata": 1, "spec": []}),
        json!({"metadata": {"annotations": []}, "spec": {"tasks": {}}}),
        json!({"metadata": {"annotations": {SUBMITTER: {}}}, "spec": {"tasks": [null, 1, []]}}),
        json!({"apiVersion": {}, "kind": [], "spec": {"tasks": [{"dependents": [[]]}]}}),
        json!([]),
        json!("x"),
    ] {
        for endpoint in [Endpoint::Mutate, Endpoint::Validate] {
            let response = ask(endpoint, &review("CREATE", &Value::Null, &object));
            assert_eq!(response["allowed"], false, "{object}");
            ask(endpoint, &review("UPDATE", &stored(), &object));
            ask(endpoint, &review("UPDATE", &object, &stored()));
        }
    }
}

#[test]
fn the_recorded_name_is_nobodys_to_choose() {
    let at = format!("/metadata/annotations/{}", SUBMITTER.replace('/', "~1"));
    let forged = with(stored(), &at, json!("mallory"));
    let mut unnamed = stored();
    unnamed["metadata"]["annotations"] = json!({"mine": "x"});
    let mut bare = stored();
    bare["metadata"].as_object_mut().unwrap().remove("annotations");
    let null = with(stored(), "/metadata/annotations", Value::Null);
    for new in [&forged, &unnamed, &bare, &null] {
        // On CREATE it is who asks, on UPDATE who it was.
        for (operation, old) in [("CREATE", Value::Null), ("UPDATE", stored())] {
            let made = mutate(operation, &old, new);
            assert_eq!(made["metadata"]["annotations"][SUBMITTER], USER, "{operation} {new}");
            assert_eq!(made["spec"], new["spec"]);
            let response = ask(Endpoint::Validate, &review(operation, &old, new));
            assert_eq!(
                fields(&response),
                [format!("metadata.annotations[{SUBMITTER}]")],
                "{operation} {new}"
            );
            assert_eq!(ask(Endpoint::Validate, &review(operation, &old, &made))["allowed"], true);
        }
    }
    let kept = mutate("UPDATE", &stored(), &unnamed);
    assert_eq!(kept["metadata"]["annotations"], json!({"mine": "x", SUBMITTER: USER}));
    // An Execution that was stored while the webhook was away has no name, and gets none from who labels it.
    let made = mutate("UPDATE", &unnamed, &forged);
    assert_eq!(made["metadata"]["annotations"].get(SUBMITTER), None);
    assert_eq!(ask(Endpoint::Validate, &review("UPDATE", &unnamed, &forged))["allowed"], false);
}

#[test]
fn only_four_fields_of_a_spec_change() {
    for (pointer, value, is_free) in [
        ("/spec/suspend", json!(true), true),
        ("/spec/parallelism", json!(3), true),
        ("/spec/cancel", json!(true), true),
        ("/spec/retryGeneration", json!(1), true),
        ("/metadata/labels", json!({"a": "b"}), true),
        ("/metadata/finalizers", json!(["x/y"]), true),
        ("/spec/tasks/0/image", json!("bwa:2"), false),
        ("/spec/tasks/0/fromTheFuture", json!(1), false),
        ("/spec/failurePolicy", json!("Abort"), false),
        ("/spec/tasks", json!([]), false),
    ] {
        let new = with(stored(), pointer, value);
        for endpoint in [Endpoint::Mutate, Endpoint::Validate] {
            let response = ask(endpoint, &review("UPDATE", &stored(), &new));
            assert_eq!(response["allowed"], is_free, "{pointer}: {response}");
            if !is_free {
                assert!(causes(&response).iter().all(|(reason, ..)| reason == "FieldValueForbidden"));
            }
        }
    }
}

#[test]
fn an_update_is_not_refused_for_what_was_wrong_before() {
    let old = with(stored(), "/spec/tasks/0/image", json!(""));
    assert_eq!(ask(Endpoint::Validate, &review("CREATE", &Value::Null, &old))["allowed"], false);
    for new in [
        with(old.clone(), "/metadata/labels", json!({"a": "b"})),
        with(old.clone(), "/spec/cancel", json!(true)),
    ] {
        for endpoint in [Endpoint::Mutate, Endpoint::Validate] {
            assert_eq!(ask(endpoint, &review("UPDATE", &old, &new))["allowed"], true, "{new}");
        }
    }
}

#[test]
fn what_is_being_deleted_may_change() {
    let old = with(stored(), "/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    let new = with(old.clone(), "/spec/tasks", json!([]));
    for endpoint in [Endpoint::Mutate, Endpoint::Validate] {
        assert_eq!(ask(endpoint, &review("UPDATE", &old, &new))["allowed"], true);
    }
}

#[test]
fn what_is_not_ours_is_allowed_and_what_is_of_others_refused() {
    let mut status = review("UPDATE", &stored(), &json!({"spec": {}}));
    status["request"]["subResource"] = json!("status");
    let delete = review("DELETE", &stored(), &Value::Null);
    for endpoint in [Endpoint::Mutate, Endpoint::Validate] {
        assert_eq!(ask(endpoint, &status)["allowed"], true);
        assert_eq!(ask(endpoint, &delete)["allowed"], true);
        for (pointer, value) in [
            ("/request/kind/kind", "Pod"),
            ("/request/kind/group", ""),
            ("/request/kind/version", "v2"),
            ("/request/resource/resource", "pods"),
        ] {
            let other = with(review("CREATE", &Value::Null, &execution()), pointer, json!(value));
            let response = ask(endpoint, &other);
            assert_eq!(response["allowed"], false);
            assert_eq!(response["status"]["code"], 400);
            assert!(response["status"]["message"].as_str().unwrap().contains("executions"), "{response}");
        }
    }
}

#[test]
fn what_is_no_review_is_said() {
    let good = review("CREATE", &Value::Null, &execution());
    for (body, said) in [
        (String::new(), "no AdmissionReview"),
        ("{".to_owned(), "no AdmissionReview"),
        ("\u{0}\u{1}".to_owned(), "no AdmissionReview"),
        ("null".to_owned(), "no AdmissionReview"),
        ("[".repeat(100_000), "no AdmissionReview"),
        (json!("x".repeat(1 << 20)).to_string(), "no AdmissionReview"),
        (with(good.clone(), "/request", json!("x".repeat(1 << 20))).to_string(), "no AdmissionReview"),
        ("{}".to_owned(), "apiVersion"),
        (with(good.clone(), "/apiVersion", json!("admission.k8s.io/v1beta1")).to_string(), "v1beta1"),
        (with(good.clone(), "/kind", json!("Review")).to_string(), "\"Review\""),
        (with(good.clone(), "/request", Value::Null).to_string(), "no request"),
        (with(good.clone(), "/request/uid", json!("")).to_string(), "uid"),
        (with(good.clone(), "/request/uid", json!("x".repeat(1000))).to_string(), "uid"),
        (with(good.clone(), "/request/operation", json!("EAT")).to_string(), "CREATE"),
        (with(good.clone(), "/request/object", Value::Null).to_string(), "object"),
        (review("UPDATE", &Value::Null, &execution()).to_string(), "oldObject"),
    ] {
        let error = judge(Endpoint::Mutate, body.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{said}: {error}");
        assert!(error.len() < 400, "{error}");
    }
    assert!(judge(Endpoint::Validate, &[0xff, 0xfe]).is_err());
}

/// A review of an object of this text.
fn review_of(object: &str) -> Vec<u8> {
    let frame = review("CREATE", &Value::Null, &json!("HERE")).to_string();
    frame.replace("\"HERE\"", object).into_bytes()
}

#[test]
fn depth_numbers_and_width_are_bounded() {
    let nested = |levels: usize| format!("{{\"spec\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let wide = |entry: &str| format!("{{\"spec\":[{}{entry}]}}", format!("{entry},").repeat(1_000_000));
    for (object, said) in [
        (nested(100_000), "recursion limit"),
        (nested(200), "recursion limit"),
        ("{\"spec\":1e999}".to_owned(), "number out of range"),
        ("{\"spec\":\"\\ud800\"}".to_owned(), "cannot be read"),
        (json!("x".repeat(1 << 16)).to_string(), "cannot be read"),
        (wide("{}"), "MiB"),
        (wide("{\"\":0}"), "MiB"),
        (wide("[]"), "MiB"),
    ] {
        let judged = judge(Endpoint::Mutate, &review_of(&object)).unwrap();
        let answer: Value = serde_json::from_slice(&judged.answer).unwrap();
        let message = answer["response"]["status"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(said), "{said}: {answer}");
        assert!(judged.answer.len() < 1000);
    }
    // What nobody reads may be as deep as it likes, and large numbers are only numbers.
    let body = review_of("{\"spec\": {\"tasks\": 1e300, \"parallelism\": 123456789012345678901234567890}}");
    assert_eq!(judge(Endpoint::Mutate, &body).unwrap().verdict, "refused");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = review("DELETE", &stored(), &json!("HERE")).to_string().replace("\"HERE\"", &deep);
    assert_eq!(judge(Endpoint::Mutate, body.as_bytes()).unwrap().verdict, "allowed");
}

#[test]
fn a_refusal_is_bounded() {
    let task = |index: usize| json!({"name": format!("t{index}"), "image": "", "commands": [], "dependents": [{"target": "x".repeat(60)}]});
    let mut new = execution();
    new["spec"]["tasks"] = (0..2000).map(task).collect();
    let judged =
        judge(Endpoint::Mutate, review("CREATE", &Value::Null, &new).to_string().as_bytes()).unwrap();
    assert_eq!(judged.verdict, "refused");
    assert!(judged.answer.len() < 66 << 10, "{}", judged.answer.len());
}

#[test]
fn the_text_of_an_unchanged_spec_decides_only_for_speed() {
    // The same spec, written otherwise.
    let old = stored();
    let text =
        serde_json::to_string_pretty(&with(old.clone(), "/metadata/labels", json!({"a": "b"}))).unwrap();
    let body = review("UPDATE", &old, &json!("HERE")).to_string().replace("\"HERE\"", &text);
    assert_eq!(judge(Endpoint::Validate, body.as_bytes()).unwrap().verdict, "allowed");
    assert_eq!(judge(Endpoint::Mutate, body.as_bytes()).unwrap().verdict, "allowed");
}
