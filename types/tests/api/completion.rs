//! Defaults, and the digest that they do not change.

use gene_types::{Limits, default, validate_document};
use serde_json::{Value, json};

use crate::document;

fn check(given: &Value, expected: &Value) {
    let patch = default::default(given);
    let mut patched = given.clone();
    json_patch::patch(&mut patched, &patch).unwrap();
    assert_eq!(&patched, expected);
    let mut applied = given.clone();
    default::apply(&mut applied);
    assert_eq!(&applied, expected);
    assert!(default::default(expected).0.is_empty(), "{expected}");
}

#[test]
fn absent_and_null_types_are_filled_in_and_nothing_else() {
    check(
        &json!({"spec": {"tasks": [
            {"name": "a", "future": 1},
            {"name": "b", "type": null, "dependents": [{"target": "a"}, {"target": "a", "type": null}]},
            {"name": "c", "type": "Spark", "dependents": [{"target": "a", "type": "iterate"}]},
        ]}}),
        &json!({"spec": {"tasks": [
            {"name": "a", "future": 1, "type": "Job"},
            {"name": "b", "type": "Job", "dependents": [
                {"target": "a", "type": "whole"}, {"target": "a", "type": "whole"}]},
            {"name": "c", "type": "Spark", "dependents": [{"target": "a", "type": "iterate"}]},
        ]}}),
    );
}

#[test]
fn other_shapes_are_left_alone() {
    for other in [
        json!(null),
        json!([]),
        json!({}),
        json!({"spec": 1}),
        json!({"spec": {"tasks": {"a": 1}}}),
        json!({"spec": {"tasks": [1, null, [], "x"]}}),
        json!({"spec": {"tasks": []}}),
    ] {
        check(&other, &other);
    }
    check(
        &json!({"spec": {"tasks": [{"dependents": {"a": 1}}, {"dependents": [1, null]}]}}),
        &json!({"spec": {"tasks": [
            {"dependents": {"a": 1}, "type": "Job"}, {"dependents": [1, null], "type": "Job"}]}}),
    );
}

#[test]
fn the_digest_is_that_of_the_tasks_however_they_are_written() {
    let digest = |yaml: &str| validate_document(document(yaml), &Limits::LOCAL).unwrap().digest();
    let plain = digest(
        "[{name: a, image: i, commands: [x]}, {name: b, image: i, commands: [x], dependents: [{target: a}]}]",
    );
    assert!(plain.starts_with("sha256:") && plain.len() == 7 + 64, "{plain}");
    let same = [
        "[{commands: [x], type: Job, image: i, name: a}, {name: b, image: i, commands: [x], dependents: [{type: whole, target: a}]}]",
        "{parallelism: 3, suspend: true, tasks: [{name: a, image: i, commands: [x], env: null}, {name: b, image: i, commands: [x], dependents: [{target: a}]}]}",
    ];
    for other in same {
        assert_eq!(digest(other), plain, "{other}");
    }
    let different = [
        "[{name: a, image: i, commands: [z]}, {name: b, image: i, commands: [x], dependents: [{target: a}]}]",
        "[{name: b, image: i, commands: [x], dependents: [{target: a}]}, {name: a, image: i, commands: [x]}]",
    ];
    for other in different {
        assert_ne!(digest(other), plain, "{other}");
    }
}

#[test]
fn the_name_is_that_of_its_jobs() {
    let name = |metadata: Value| {
        let mut document = document("[{name: a, image: i, commands: [x]}]");
        document["metadata"] = metadata;
        validate_document(document, &Limits::LOCAL).unwrap().name().to_owned()
    };
    assert_eq!(name(json!({"name": "wgs"})), "wgs");
    assert_eq!(name(json!({"generateName": "wgs-"})), "wgs");
    assert_eq!(name(json!({"name": "a", "generateName": "wgs-"})), "a");
}
