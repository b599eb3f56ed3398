//! What is right goes a shorter way than what may not be: by the answer nobody can tell which.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use gene_types::field::FieldError;
use gene_types::{warnings, warnings::texts};
use gene_webhook::change::{judge_difference, judge_whole};
use gene_webhook::content::Content;
use gene_webhook::object::{Misread, Object, Sent};
use json_patch::Patch;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Everything that an Execution may have is in it somewhere.
fn execution() -> Value {
    json!({
        "apiVersion": "execution.kubegene.io/v1alpha1",
        "kind": "Execution",
        "metadata": {
            "name": "wgs",
            "namespace": "genes",
            "labels": {"a": "b"},
            "creationTimestamp": "2030-01-31T12:00:00Z",
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}],
            "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {}}}],
        },
        "spec": {
            "parallelism": 2,
            "suspend": false,
            "failurePolicy": "Continue",
            "retry": {"limit": 1, "backoff": {"seconds": 1, "factor": 1.5}},
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 3}],
            "template": {"metadata": {"labels": {"l": "v"}}, "spec": {"priorityClassName": "low"}},
            "tasks": [
                {"name": "align", "image": "bwa:1", "commands": ["echo"], "env": [{"name": "A", "value": "b"}],
                    "resources": {"cpu": 0.5, "memory": "1Gi"}, "shell": ["sh", "-c"]},
                {"name": "merge", "type": "Spark", "image": "bwa", "dependents": [{"target": "align"}],
                    "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "align", " "]]},
                    "volumes": {"v": {"mountPath": "/v", "mountFrom": {"pvc": "p"}}}},
                {"name": "report", "image": "r:1", "commandSet": ["x"], "estimate": {"seconds": 3},
                    "dependents": [{"target": "merge", "type": "whole", "onSkipped": "Ignore"}],
                    "condition": {"condition": ["check_result", "align", "y"]}},
            ],
        },
        "status": {"phase": "Running"},
    })
}

/// All that a verdict is made of.
fn judged(content: Content) -> (Patch, Result<Vec<String>, Vec<FieldError>>) {
    let defaults = content.defaults();
    let checked = content.validate();
    (defaults, checked.map(|stored| texts(&stored.unknown, &warnings(&stored.valid))))
}

/// Whether an object goes the short way, after it was seen that it does not matter.
fn compare(object: &str) -> bool {
    let raw: &RawValue = serde_json::from_str(object).unwrap();
    let (parts, whole) = (serde_json::from_str(object).map(Sent::Parts), Object::read(Sent::Whole(raw)));
    let Ok(object) = whole else {
        assert!(parts.map_err(Misread::from).and_then(Object::read).is_err(), "{}", raw.get());
        return false;
    };
    let parts = parts.map(Object::read).unwrap().unwrap();
    assert_eq!(parts.document().unwrap(), object.document().unwrap(), "{}", raw.get());
    let content = Content::of(&object).unwrap();
    let is_short = matches!(content, Content::Sound(_));
    assert_eq!(judged(content), judged(Content::Doubtful(object.document().unwrap())), "{}", raw.get());
    is_short
}

fn read(object: &str) -> Object<'_> {
    Object::read(Sent::Parts(serde_json::from_str(object).unwrap())).unwrap()
}

/// Whether a change goes the short way, after it was seen that it does not matter.
fn compare_change(old: &Value, new: &Value) -> bool {
    let (old, new) = (old.to_string(), new.to_string());
    let (old, new) = (&read(&old), &read(&new));
    let Some(change) = judge_difference(old, new) else { return false };
    assert_eq!(change, judge_whole(old, new).unwrap(), "{:?} {:?}", old.spec(), new.spec());
    true
}

fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    let mut within = |step: String, value| places(value, &format!("{at}/{step}"), all);
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| within(index.to_string(), item));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| within(name.clone(), field)),
        _ => {}
    }
}

#[test]
fn both_ways_lead_to_one_verdict() {
    let right = execution();
    assert!(compare(&right.to_string()));
    let others = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0.5),
        json!(u64::MAX),
        json!(""),
        json!("align"),
        json!("Execution"),
        json!([]),
        json!({}),
        json!(["merge", 1]),
        json!({"name": "align"}),
    ];
    let mut all = Vec::new();
    places(&right, "", &mut all);
    let (mut short, mut long) = (0, 0);
    for place in all {
        let mut count =
            |object: &Value| *(if compare(&object.to_string()) { &mut short } else { &mut long }) += 1;
        for other in &others {
            let mut changed = right.clone();
            *changed.pointer_mut(&place).unwrap() = other.clone();
            count(&changed);
        }
        let mut changed = right.clone();
        if let Some(fields) = changed.pointer_mut(&place).and_then(Value::as_object_mut) {
            fields.insert("ofANewerVersion".to_owned(), json!([1]));
            count(&changed);
        }
        let (parent, name) = place.rsplit_once('/').unwrap_or_default();
        let mut changed = right.clone();
        match changed.pointer_mut(parent) {
            Some(Value::Object(fields)) => _ = fields.remove(name),
            Some(Value::Array(items)) => _ = name.parse().map(|index: usize| items.remove(index)),
            _ => {}
        }
        count(&changed);
    }
    // Enough of each, or nothing was compared.
    assert!(short > 100 && long > 500, "{short} {long}");
}

#[test]
fn what_only_a_text_can_say_goes_the_long_way() {
    let right = execution().to_string();
    for (from, to) in [
        (r#""kind":"Execution""#, r#""kind":"\u0045xecution""#),
        (r#""parallelism":2"#, r#""parallelism":2.0"#),
        (r#""parallelism":2"#, r#""parallelism":-0"#),
        (r#""parallelism":2"#, r#""parallelism":2,"parallelism":3"#),
        (r#""name":"align""#, r#""name":"old","name":"align""#),
        (r#""l":"v""#, r#""$serde_json::private::RawValue":"{}""#),
    ] {
        assert!(right.contains(from), "{from}");
        assert!(!compare(&right.replacen(from, to, 1)), "{to}");
    }
}

#[test]
fn both_ways_find_the_same_changes() {
    let right = execution();
    let others = [json!(null), json!(7), json!("Abort"), json!({})];
    let mut all = Vec::new();
    places(&right, "", &mut all);
    all.retain(|place| place.starts_with("/spec/") || place.starts_with("/metadata/"));
    all.extend(["/spec/cancel", "/spec/retryGeneration", "/spec/startOn", "/spec/newer"].map(str::to_owned));
    let changed = |place: &str, other: &Value| {
        let mut changed = right.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        match changed.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = other.clone(),
            fields => fields[name] = other.clone(),
        }
        changed
    };
    let (mut short, mut long) = (0, 0);
    for place in all {
        for other in &others {
            let changed = changed(&place, other);
            let suspended = {
                let mut suspended = changed.clone();
                suspended["spec"]["suspend"] = json!(true);
                suspended["spec"]["retryGeneration"] = json!(2);
                suspended
            };
            for (old, new) in [(&right, &changed), (&changed, &right), (&changed, &suspended)] {
                *(if compare_change(old, new) { &mut short } else { &mut long }) += 1;
            }
        }
    }
    assert!(short > 300 && long > 300, "{short} {long}");
}
