//! Several faults in one Execution: all are told, and none hides another.

use gene_types::{Limits, validate_document};
use serde_json::json;

use super::check;
use crate::document;

#[test]
fn everything_at_once() {
    check(
        r#"{tasks: [{name: A, image: "", dependents: [{target: trimm}]}, {name: trim, image: "u:1", commands: [x], backoffLimit: 1, dependents: [{target: trim}]}]}"#,
        &[
            r#"spec.tasks[0].name: the task's name "A" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "a" would do"#,
            "spec.tasks[0].image: image must not be empty; name the container image, like image: ubuntu:24.04",
            "spec.tasks[0].commands: the task has no commands; write at least one command",
            r#"spec.tasks[0].dependents[0].target: no task is called "trimm"; there is a task "trim""#,
            r#"spec.tasks[1].dependents[0].target: task "trim" waits for itself; remove this entry"#,
        ],
    );
}

#[test]
fn labels_and_remedies_speak_of_the_other_place() {
    let yaml = "[{name: a, image: i, commands: [x], dependents: [{target: d}, {target: b}]},
        {name: b, image: i, commands: [x], dependents: [{target: d}, {target: c}]},
        {name: c, image: i, commands: [x], dependents: [{target: a}, {target: dd}]},
        {name: d, image: i, commands: [x]}, {name: d, image: i, commands: [x]}]";
    let errors = validate_document(document(yaml), &Limits::LOCAL).err().unwrap_or_default();
    let notes: Vec<String> = errors
        .iter()
        .map(|error| {
            let notes = [&error.label, &error.help].into_iter().flatten();
            let notes: Vec<String> =
                notes.filter_map(|note| Some(format!("{} ({})", note.text, note.at.as_ref()?))).collect();
            format!("{}: {}", error.path, notes.join("; "))
        })
        .collect();
    assert_eq!(
        notes,
        [
            "spec.tasks[4].name: spec.tasks[3] has this name already (spec.tasks[3].name)",
            r#"spec.tasks[2].dependents[1].target: there is a task "d" (spec.tasks[3].name)"#,
            r#"spec.tasks[0].dependents[1].target: "a" waits for "b", which waits for "c" (spec.tasks[1].dependents[1].target)"#,
        ]
    );
    assert_eq!(errors[2].message, "dependents form a cycle: a -> b -> c -> a");
    assert_eq!(errors[2].value.as_deref(), Some("\"b\""));
}

#[test]
fn faults_of_shape_do_not_hide_the_others() {
    check(
        "[{name: a, image: i, comands: [x]}, {name: b, image: i, commands: [x], dependents: [{target: aa}]}]",
        &[
            r#"spec.tasks[0].comands: there is no field "comands" here; there is a field "commands""#,
            r#"spec.tasks[1].dependents[0].target: no task is called "aa"; there is a task "a""#,
        ],
    );
}

#[test]
fn faults_of_shape_hide_no_others() {
    let spec = json!({"parallelism": "4", "tasks": [
        {"name": "trim", "image": "i:1", "commands": [true]},
        {"name": "align", "image": "i:1", "comands": ["a"], "dependents": [{"target": "merge"}]},
        {"name": "merge", "image": "i:1", "commands": ["m"], "dependents": [{"target": "align"}, {"target": "trimm"}]},
        {"name": "broken", "image": 7, "commands": {}, "dependents": [{"target": "nowhere"}]},
        {"name": "after", "image": "", "commands": ["a", "b"], "dependents": [{"target": "broken", "type": "iterate"}]},
        {"name": "Bad", "image": "i:1", "commands": ["a"], "retries": 3},
    ]});
    let document = json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
                          "metadata": {"name": "x"}, "spec": spec});
    let errors = validate_document(document, &Limits::LOCAL).unwrap_err();
    let mut paths: Vec<String> = errors.iter().map(|error| error.path.to_string()).collect();
    paths.sort();
    let expected = [
        "spec.parallelism",
        "spec.tasks[0].commands[0]",
        "spec.tasks[1].comands",
        "spec.tasks[1].dependents[0].target", // the cycle
        "spec.tasks[2].dependents[1].target", // trimm
        "spec.tasks[3].commands",
        "spec.tasks[3].dependents[0].target", // nowhere
        "spec.tasks[3].image",
        "spec.tasks[4].image",
        "spec.tasks[5].name",
        "spec.tasks[5].retries",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn faults_of_shape_hide_none_in_their_own_task() {
    let spec = json!({"tasks": [
        {"name": "One", "image": "i:1", "commands": [null], "dependents": [{"target": "x"}], "backoffLimit": -1},
        {"name": "two", "image": "", "commands": ["a"], "dependents": [{"target": "y", "type": "hole"}, 7, {"target": "z"}]},
        {"name": null, "image": "i:1", "commands": ["a"], "workingDir": "rel", "dependents": [{}, {"target": "one"}]},
        {"name": "four", "image": "i:1", "comands": ["a"], "workingDir": "rel", "dependents": [{"target": "four"}]},
        {"name": "five", "image": "i:1", "commandsIter": 5, "commands": [], "condition": {"condition": ["check_result", "a", "b"]}},
    ]});
    let document = json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
                          "metadata": {"name": "x"}, "spec": spec});
    let errors = validate_document(document, &Limits::LOCAL).unwrap_err();
    let mut paths: Vec<String> =
        errors.iter().map(|error| error.path.to_string().replacen("spec.tasks", "", 1)).collect();
    paths.sort();
    let expected = [
        "[0].backoffLimit",
        "[0].commands[0]",
        "[0].dependents[0].target",
        "[0].name",
        "[1].dependents[0].target",
        "[1].dependents[0].type",
        "[1].dependents[1]",
        "[1].dependents[2].target",
        "[1].image",
        "[2].dependents[0].target",
        "[2].dependents[1].target",
        "[2].name",
        "[2].workingDir",
        "[3].comands",
        "[3].dependents[0].target",
        "[3].workingDir",
        "[4].commandsIter",
    ];
    assert_eq!(paths, expected);
}
