//! Executions that nobody can decode, beside one that is as it should be.

use serde_json::{Value, json};

use crate::{
    cluster::{Place, on_fake_nodes},
    process::{Controller, Log},
};

#[tokio::test]
async fn one_that_cannot_be_read_harms_only_itself() {
    let place = Place::new("strangers").await;
    let log = Log::new(None);
    let task = |more: Value| {
        let mut task = json!({"name": "a", "type": "Job", "image": "busybox", "commands": ["echo a"]});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        on_fake_nodes(json!({"tasks": [task]}))
    };
    // The schema has untyped leaves where the original took anything.
    let nonsense = [
        (
            "condition",
            json!({"condition": {"condition": [{"deep": [1, {"er": null}]}]}}),
            "a condition cannot begin",
        ),
        (
            "cells",
            json!({"commandsIter": {"command": "x ${1}", "varsIter": [{"no": "list"}]}}),
            "a list of values",
        ),
        ("quantity", json!({"resources": {"cpu": {"not": "a quantity"}}}), "a quantity is"),
        ("cycle", json!({"dependents": [{"target": "a", "type": "whole"}]}), "task \"a\" waits for itself"),
        ("dangling", json!({"dependents": [{"target": "b", "type": "whole"}]}), "no task is called \"b\""),
        ("twice", json!({"commandSet": ["echo b"]}), "commandSet must not stand beside commands"),
        ("wide", json!({"commandsIter": {"command": "x", "count": 100_001}}), "at most 100,000 are allowed"),
    ];
    for (name, more, _) in &nonsense {
        place.create(name, &task(more.clone())).await;
    }
    let controller = Controller::start(place.name(), "controller", &log);
    place.create("good", &task(json!({}))).await;
    assert_eq!(place.ended("good").await["phase"], "Succeeded");
    for (name, _, says) in &nonsense {
        let status = place.ended(name).await;
        assert_eq!(status["phase"], "Error", "{name}: {status:#}");
        assert!(
            status["message"].as_str().is_some_and(|message| message.contains(says)),
            "{name} does not say {says:?}: {status:#}"
        );
    }
    let jobs = place.jobs().list(&kube::api::ListParams::default()).await.unwrap();
    assert_eq!(jobs.items.len(), 1);
    controller.kill().await;
    place.namespace.delete().await.unwrap();
}
