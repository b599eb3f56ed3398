//! What may change in an Execution that is there.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::place::{EXECUTIONS, bind, execution, is_asked, task, try_create, try_patch, try_replace, unbind};
use crate::cluster::Place;

const RETRY: &str = "raise spec.retryGeneration in the same change";

/// From this one.
fn spec() -> Value {
    json!({
        "parallelism": 4,
        "suspend": true,
        "cancel": true,
        "retryGeneration": 2,
        "nodeSelector": {"disk": "ssd"},
        "template": {"metadata": {"labels": {"team": "genomics"}}},
        "tasks": [task("a"), {"name": "b", "image": "busybox:1.36", "commands": ["x"], "dependents": [{"target": "a"}]}],
    })
}

#[tokio::test]
async fn only_what_may_change_changes() {
    let place = Place::new("changes").await;
    let api = place.executions();
    try_create(&api, &execution("wgs", &spec()), false).await.unwrap();
    bind(&place, EXECUTIONS, async || is_asked(&place).await).await;

    let patches: [(Value, Option<&str>); 19] = [
        (json!({"suspend": false}), None),
        (json!({"suspend": null}), None),
        (json!({"parallelism": null}), None),
        (json!({"parallelism": 7}), None),
        (json!({"retryGeneration": 3}), None),
        (json!({"cancel": null, "retryGeneration": 3}), None),
        (json!({"cancel": false, "retryGeneration": 3}), None),
        (json!({"cancel": null}), Some(RETRY)),
        (json!({"cancel": false}), Some(RETRY)),
        (json!({"retryGeneration": 1}), Some("spec.retryGeneration: 1 is less than 2: it may only grow")),
        (json!({"retryGeneration": null}), Some("spec.retryGeneration: 0 is less than 2: it may only grow")),
        (json!({"failurePolicy": "FailFast"}), None),
        (json!({"startOn": "JobComplete"}), None),
        (
            json!({"failurePolicy": "Abort"}),
            Some(
                "spec.failurePolicy cannot be changed, only suspend, parallelism, cancel and retryGeneration can",
            ),
        ),
        (json!({"nodeSelector": null}), Some("spec.nodeSelector cannot be changed")),
        (
            json!({"template": {"metadata": {"labels": {"team": "other"}}}}),
            Some("spec.template cannot be changed"),
        ),
        (json!({"activeDeadlineSeconds": 60}), Some("spec.activeDeadlineSeconds cannot be changed")),
        (json!({"retry": {"limit": 1}}), Some("spec.retry cannot be changed")),
        (json!({"tasks": [task("a")]}), Some(r#"spec.tasks: task "b" cannot be changed"#)),
    ];
    let mut wrong = String::new();
    for (patch, expected) in patches {
        let said = try_patch(&api, "wgs", &json!({"spec": patch}), true).await.map(|_| ());
        check(&mut wrong, &patch.to_string(), &said, expected);
    }

    let replace: [(&str, Value, Option<&str>); 11] = [
        ("the same", spec(), None),
        ("null for absent", changed(|spec| spec["retry"] = Value::Null), None),
        ("null in a task", changed(|spec| spec["tasks"][0]["commandSet"] = Value::Null), None),
        ("a default in a task", changed(|spec| spec["tasks"][0]["type"] = json!("Job")), None),
        ("an empty list of dependents", changed(|spec| spec["tasks"][0]["dependents"] = json!([])), None),
        (
            "the default shell",
            changed(|spec| spec["tasks"][1]["shell"] = json!(["sh", "-c"])),
            Some(r#"task "b" cannot be changed"#),
        ),
        (
            "a default of a dependent",
            changed(|spec| spec["tasks"][1]["dependents"][0]["type"] = json!("whole")),
            None,
        ),
        (
            "another image",
            changed(|spec| spec["tasks"][0]["image"] = json!("busybox:2")),
            Some(r#"task "a" cannot be changed: tasks stay as they were submitted"#),
        ),
        (
            "no dependents",
            changed(|spec| spec["tasks"][1]["dependents"] = Value::Null),
            Some(r#"task "b" cannot be changed"#),
        ),
        (
            "another order",
            changed(|spec| spec["tasks"].as_array_mut().unwrap().reverse()),
            Some(r#"task "b" and 1 more cannot be changed"#),
        ),
        (
            "a third task",
            changed(|spec| spec["tasks"].as_array_mut().unwrap().push(task("c"))),
            Some(r#"task "c" cannot be changed"#),
        ),
    ];
    for (what, spec, expected) in replace {
        let said = try_replace(&api, "wgs", &execution("wgs", &spec)).await.map(|_| ());
        check(&mut wrong, what, &said, expected);
    }
    assert!(wrong.is_empty(), "{wrong}");
    unbind(&place, EXECUTIONS).await;
    place.namespace.delete().await.unwrap();
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut spec = spec();
    change(&mut spec);
    spec
}

fn check(wrong: &mut String, what: &str, said: &Result<(), (u16, String, String)>, expected: Option<&str>) {
    let fits = match (said, expected) {
        (Ok(()), None) => true,
        (Err((code, _, message)), Some(part)) => *code == 422 && message.contains(part),
        _ => false,
    };
    if !fits {
        writeln!(wrong, "{what}: expected {expected:?}, got {said:?}").unwrap();
    }
}

/// One that was stored before there was a rule against it.
#[tokio::test]
async fn an_old_execution_can_be_labelled_stopped_and_deleted() {
    let place = Place::new("old").await;
    let api = place.executions();
    let mut old =
        execution("old", &json!({"tasks": [{"name": "A", "image": "", "dependents": [{"target": "A"}]}]}));
    old["metadata"]["finalizers"] = json!(["example.org/keep"]);
    old["metadata"]["annotations"] = json!({"execution.kubegene.io/submitted-by": "jane"});
    try_create(&api, &old, false).await.unwrap();
    bind(&place, EXECUTIONS, async || is_asked(&place).await).await;

    let by = |name: Value| json!({"metadata": {"annotations": {"execution.kubegene.io/submitted-by": name}}});
    for (patch, is_allowed) in [
        (json!({"metadata": {"labels": {"team": "genomics"}, "annotations": {"note": "mine"}}}), true),
        (json!({"spec": {"suspend": true}}), true),
        (json!({"spec": {"cancel": true}}), true),
        (by(json!("john")), false),
        (by(Value::Null), false),
        (by(json!("jane")), true),
    ] {
        let said = try_patch(&api, "old", &patch, true).await;
        assert_eq!(said.is_ok(), is_allowed, "{patch}: {said:?}");
    }
    api.delete("old", &kube::api::DeleteParams::default()).await.unwrap();
    try_patch(&api, "old", &json!({"metadata": {"finalizers": null}}), false).await.unwrap();
    gene_tests::wait::gone(&api, "old").await;
    unbind(&place, EXECUTIONS).await;
    place.namespace.delete().await.unwrap();
}

/// The status is not looked at: what the controller records costs no policy.
#[tokio::test]
async fn the_schema_alone_completes_an_execution() {
    let place = Place::new("schema").await;
    let api = place.executions();
    let spec = json!({"tasks": [task("a"), {"name": "b", "image": "i", "commands": ["x"], "dependents": [{"target": "a"}]}]});
    let made = try_create(&api, &execution("plain", &spec), true).await.unwrap();
    assert_eq!(made["spec"]["tasks"][0]["type"], "Job");
    assert_eq!(made["spec"]["tasks"][1]["type"], "Job");
    assert_eq!(made["spec"]["tasks"][1]["dependents"][0], json!({"target": "a", "type": "whole"}));

    let bounds = [
        ("no tasks", json!({"tasks": []}), "should have at least 1 items"),
        (
            "a type",
            json!({"tasks": [{"name": "a", "image": "i", "type": "Pod"}]}),
            "Unsupported value: \"Pod\"",
        ),
        (
            "a name",
            json!({"tasks": [{"name": "x".repeat(64), "image": "i"}]}),
            "may not be more than 63 bytes",
        ),
        ("no image", json!({"tasks": [{"name": "a"}]}), "spec.tasks[0].image: Required value"),
        ("parallelism", json!({"parallelism": -1, "tasks": [task("a")]}), "greater than or equal to 0"),
        (
            "a policy",
            json!({"failurePolicy": "Ignore", "tasks": [task("a")]}),
            "Unsupported value: \"Ignore\"",
        ),
    ];
    for (what, spec, expected) in bounds {
        let (code, _, message) = try_create(&api, &execution("bad", &spec), true).await.unwrap_err();
        assert_eq!(code, 422, "{what}");
        assert!(message.contains(expected), "{what}: {message}");
    }
    place.namespace.delete().await.unwrap();
}
