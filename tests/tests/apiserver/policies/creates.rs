//! What is asked of a new Execution.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::place::{self, EXECUTIONS, bind, execution, is_asked, task, try_create, unbind};
use crate::cluster::Place;

/// A task with more fields.
fn with(name: &str, mut more: Value) -> Value {
    let mut task = task(name);
    task.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
    task
}

/// Specs, and what is said of them.
fn cases() -> [(&'static str, Value, Option<&'static str>); 21] {
    let without = json!({"name": "a", "image": "busybox:1.36"});
    let iterated = json!({"name": "a", "image": "busybox:1.36", "commandsIter": {"command": "echo ${item}", "count": 3}});
    let many: Vec<Value> = (0..201).map(|index| task(&format!("t{}", index % 200))).collect();
    [
        ("plain", json!({"tasks": [task("a"), with("b", json!({"dependents": [{"target": "a"}]}))]}), None),
        (
            "nulls",
            json!({"tasks": [with("a", json!({"dependents": null, "commandSet": null, "retry": null, "backoffLimit": null}))], "retry": null}),
            None,
        ),
        ("iterated", json!({"tasks": [iterated]}), None),
        (
            "twice",
            json!({"tasks": [task("a"), task("a")]}),
            Some(r#"two tasks are called "a": give one of them another name"#),
        ),
        ("twice-of-many", json!({"tasks": many}), Some("key t0 already exists")),
        ("upper", json!({"tasks": [task("A_b")]}), Some(r#"the name "A_b" is no DNS label"#)),
        ("empty-name", json!({"tasks": [task("")]}), Some(r#"the name "" is no DNS label"#)),
        (
            "long",
            json!({"tasks": [task(&"x".repeat(57))]}),
            Some("would have more than the 63 bytes that are allowed"),
        ),
        ("fits", json!({"tasks": [task(&"x".repeat(56))]}), None),
        (
            "image",
            json!({"tasks": [with("a", json!({"image": ""}))]}),
            Some(r#"task "a": image must not be empty"#),
        ),
        (
            "both",
            json!({"tasks": [with("a", json!({"commandSet": ["x"]}))]}),
            Some(r#"task "a": commandSet must not stand beside commands"#),
        ),
        ("none", json!({"tasks": [without.clone()]}), Some(r#"task "a" has no commands"#)),
        (
            "no-item",
            json!({"tasks": [with("a", json!({"commands": []}))]}),
            Some(r#"task "a" has no commands"#),
        ),
        ("set", json!({"tasks": [with("a", json!({"commands": null, "commandSet": ["x"]}))]}), None),
        (
            "retry",
            json!({"tasks": [with("a", json!({"backoffLimit": 1, "retry": {"limit": 1}}))]}),
            Some("backoffLimit must not stand beside retry"),
        ),
        (
            "spec-retry",
            json!({"retry": {"limit": 1}, "tasks": [with("a", json!({"backoffLimit": 1}))]}),
            Some("backoffLimit must not stand beside retry"),
        ),
        (
            "no-retry",
            json!({"retry": {"limit": 1}, "tasks": [with("a", json!({"backoffLimit": 1, "retry": {"limit": 0}}))]}),
            None,
        ),
        (
            "itself",
            json!({"tasks": [with("a", json!({"dependents": [{"target": "a"}]}))]}),
            Some(r#"task "a" waits for itself"#),
        ),
        (
            "dangling",
            json!({"tasks": [with("a", json!({"dependents": [{"target": "b"}]}))]}),
            Some(r#"no task is called "b", for which task "a" waits"#),
        ),
        ("later", json!({"tasks": [with("a", json!({"dependents": [{"target": "b"}]})), task("b")]}), None),
        (
            "by-another",
            json!({"tasks": [task("a")]}),
            Some("says who created the Execution and is nobody's to set or change"),
        ),
    ]
}

#[tokio::test]
async fn a_new_execution_is_refused_for_what_can_be_said_without_code() {
    let place = Place::new("creates").await;
    bind(&place, EXECUTIONS, async || is_asked(&place).await).await;
    let api = place.executions();
    let mut wrong = String::new();
    for (name, spec, expected) in cases() {
        let mut object = execution(&name[..name.len().min(4)], &spec);
        if name == "by-another" {
            object["metadata"]["annotations"] =
                json!({"execution.kubegene.io/submitted-by": "somebody else"});
        }
        let said = try_create(&api, &object, true).await;
        let fits = match (&said, expected) {
            (Ok(_), None) => true,
            (Err((code, reason, message)), Some(part)) => {
                let (expected_code, expected_reason) =
                    if name == "by-another" { (403, "Forbidden") } else { (422, "Invalid") };
                (*code, reason.as_str()) == (expected_code, expected_reason) && message.contains(part)
            }
            _ => false,
        };
        if !fits {
            writeln!(wrong, "{name}: expected {expected:?}, got {said:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");

    let mut unnamed = execution("x", &json!({"tasks": [task("a")]}));
    unnamed["metadata"] = json!({"generateName": "made-"});
    try_create(&api, &unnamed, true).await.unwrap();
    unbind(&place, EXECUTIONS).await;
    place.namespace.delete().await.unwrap();
}

/// As many tasks as a cluster takes, each with what a task of sequencing has, and as many dependents as fit beside that;
/// and as many dependents as fit where a task has nothing else.
#[tokio::test]
async fn two_thousand_tasks_are_within_what_a_policy_may_cost() {
    let place = Place::new("costs").await;
    bind(&place, EXECUTIONS, async || is_asked(&place).await).await;
    let api = place.executions();
    for (name, dependents, is_realistic) in [("real", 5, true), ("edges", 18, false)] {
        let mut spec = json!({"tasks": tasks(2_000, dependents, is_realistic)});
        let size = spec.to_string().len();
        assert!((1_200_000..1_500_000).contains(&size), "{name}: {size} bytes");
        let object = execution(name, &spec);
        try_create(&api, &object, false).await.unwrap_or_else(|said| panic!("{name}: {said:?}"));
        // The same in other words, so that each task must be compared field by field.
        for task in spec["tasks"].as_array_mut().unwrap() {
            task["activeDeadlineSeconds"] = json!(null);
        }
        place::try_replace(&api, name, &execution(name, &spec))
            .await
            .unwrap_or_else(|said| panic!("{name}: {said:?}"));
        spec["tasks"][1_999]["image"] = json!("busybox:2");
        let (code, _, message) = place::try_replace(&api, name, &execution(name, &spec)).await.unwrap_err();
        let last = spec["tasks"][1_999]["name"].as_str().unwrap();
        assert_eq!(code, 422);
        assert!(message.contains(&format!("spec.tasks: task \"{last}\" cannot be changed")), "{message}");
    }
    let too_many = execution("more", &json!({"tasks": tasks(2_001, 1, false)}));
    let (_, _, message) = try_create(&api, &too_many, true).await.unwrap_err();
    assert!(message.contains("there are 2001 tasks, at most 2000 are allowed"), "{message}");
    unbind(&place, EXECUTIONS).await;
    place.namespace.delete().await.unwrap();
}

fn tasks(number: usize, dependents: usize, is_realistic: bool) -> Vec<Value> {
    let name = |index: usize| if is_realistic { format!("align-{index:04}") } else { format!("t{index}") };
    let parents = |index: usize| -> Vec<Value> {
        (index.saturating_sub(dependents)..index)
            .map(|parent| json!({"target": name(parent), "type": "whole"}))
            .collect()
    };
    let task = |index: usize| {
        if !is_realistic {
            return json!({"name": name(index), "image": "b", "commands": ["x"], "dependents": parents(index)});
        }
        json!({
            "name": name(index),
            "description": "aligns one sample against the reference",
            "image": "registry.example.org/bwa:0.7.17",
            "commands": [format!("bwa mem -t 4 /ref/hg38.fa /data/{index}_1.fq.gz /data/{index}_2.fq.gz | samtools sort -o /out/{index}.bam")],
            "env": [{"name": "SAMPLE", "value": index.to_string()}],
            "resources": {"cpu": 2, "memory": "4G"},
            "volumes": {"ref": {"mountPath": "/ref", "readOnly": true, "mountFrom": {"pvc": "reference"}}},
            "backoffLimit": 2,
            "dependents": parents(index),
        })
    };
    (0..number).map(task).collect()
}
