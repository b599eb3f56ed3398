//! What may change in an Execution that is there, and what is said of what may not.

use gene_types::{field::FieldErrorKind, update};
use serde_json::{Value, json};

use crate::document;

/// What is said of the change from one document to another, without the remedy that is the same for all.
fn check(old: &str, new: &str, expected: &[&str]) {
    const REMEDY: &str = "; submit it under another name, like \"kubectl gene submit FILE --name x-2\", or delete \"x\" and submit it again";
    let faults = update::check(&document(old), &document(new));
    let said: Vec<String> = faults.iter().map(|fault| fault.to_string().replace(REMEDY, "")).collect();
    assert_eq!(said, expected, "{old}\n{new}");
    assert_eq!(update::check(&document(new), &document(new)), [], "{new}");
}

const TWO: &str = "[{name: a, image: 'u:1', commands: [x, w]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]";

#[test]
fn what_steers_may_change() {
    let with = |fields: &str| format!("{{{fields} tasks: {TWO}}}");
    check(TWO, &with("suspend: true, parallelism: 0, cancel: true, retryGeneration: 1,"), &[]);
    check(&with("suspend: true, parallelism: 3,"), TWO, &[]);
    check(&with("suspend: false,"), &with("suspend: null,"), &[]);
    check(
        TWO,
        &with("suspend: maybe, parallelism: -1, retryGeneration: 1.5,"),
        &[
            "spec.parallelism: the number must be at least 0; write 0 or more",
            "spec.retryGeneration: a whole number is wanted, not the number 1.5; write a whole number, like 2",
            r#"spec.suspend: true or false is wanted, not the string "maybe"; write true or false, without quotes"#,
        ],
    );
}

#[test]
fn cancel_stays_unless_a_retry_takes_it_back() {
    let with = |fields: &str| format!("{{{fields} tasks: {TWO}}}");
    let stays = r#"spec.cancel: an Execution that was cancelled stays cancelled; "kubectl gene retry x" runs once more what was cancelled or failed: it takes cancel back as it raises retryGeneration"#;
    for taken_back in ["", "cancel: null,", "cancel: false,", "cancel: null, retryGeneration: 0,"] {
        check(&with("cancel: true,"), &with(taken_back), &[stays]);
    }
    check(&with("cancel: true,"), &with("cancel: null, retryGeneration: 1,"), &[]);
    check(&with("cancel: true, retryGeneration: 4,"), &with("cancel: false, retryGeneration: 5,"), &[]);
    check(&with("cancel: true, retryGeneration: 4,"), &with("retryGeneration: 4,"), &[stays]);
    check(&with("cancel: false,"), &with(""), &[]);
}

#[test]
fn retry_generation_only_grows() {
    let with = |fields: &str| format!("{{{fields} tasks: {TWO}}}");
    let shrinks = |is: i64| {
        format!(
            "spec.retryGeneration: retryGeneration may only grow: it was 2 and would be {is}; leave it at 2, or write 3 to retry what failed"
        )
    };
    check(&with("retryGeneration: 2,"), &with("retryGeneration: 1,"), &[&shrinks(1)]);
    check(&with("retryGeneration: 2,"), &with(""), &[&shrinks(0)]);
    check(&with("retryGeneration: 2,"), &with("retryGeneration: 9,"), &[]);
    check(&with("retryGeneration: 2,"), &with("retryGeneration: 2.0,"), &[]);
    check(&with("retryGeneration: 0,"), TWO, &[]);
}

#[test]
fn nothing_else_of_the_spec_may_change() {
    let with = |fields: &str| format!("{{{fields} tasks: {TWO}}}");
    check(
        TWO,
        &with("failurePolicy: Abort, nodeSelector: {a: b}, future: 1,"),
        &[
            r#"spec.failurePolicy: failurePolicy of an Execution cannot be changed: it was "FailFast" and would be "Abort""#,
            "spec.future: future of an Execution cannot be changed: it was not set and would be 1",
            r#"spec.nodeSelector: nodeSelector of an Execution cannot be changed: it was not set and would be {"a":"b"}"#,
        ],
    );
    check(
        &with("retry: {limit: 1}, template: {spec: {a: null}},"),
        &with("retry: {limit: 2}, template: {spec: {}},"),
        &[
            "spec.retry.limit: retry of an Execution cannot be changed: it was 1 and would be 2",
            "spec.template.spec.a: template of an Execution cannot be changed: it was null and would be gone",
        ],
    );
    check(TWO, &with("failurePolicy: FailFast, startOn: JobComplete, retry: null,"), &[]);
}

#[test]
fn it_is_said_which_task_is_another_and_in_what() {
    let cases = [
        (
            "[{name: a, image: 'u:2', commands: [x, w]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]",
            r#"spec.tasks[0].image: task "a" cannot be changed: image was "u:1" and would be "u:2""#,
        ),
        (
            "[{name: a, image: 'u:1', commands: [x, z]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]",
            r#"spec.tasks[0].commands[1]: task "a" cannot be changed: commands[1] was "w" and would be "z""#,
        ),
        (
            "[{name: a, image: 'u:1', commands: [x]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]",
            r#"spec.tasks[0].commands: task "a" cannot be changed: commands was ["x","w"] and would be ["x"]"#,
        ),
        (
            "[{name: a, image: 'u:1', commands: [x, w]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a, type: iterate}]}]",
            r#"spec.tasks[1].dependents[0].type: task "b" cannot be changed: dependents[0].type was "whole" and would be "iterate""#,
        ),
        (
            "[{name: a, image: 'u:1', commands: [x, w]}, {name: b, image: 'u:1', commands: [x]}]",
            r#"spec.tasks[1].dependents: task "b" cannot be changed: dependents was [{"target":"a"}] and would be gone"#,
        ),
        (
            "[{name: a, image: 'u:1', commands: [x, w], future: {a: 1}}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]",
            r#"spec.tasks[0].future: task "a" cannot be changed: future was not set and would be {"a":1}"#,
        ),
        (
            "[{name: c, image: 'u:1', commands: [x, w]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]",
            r#"spec.tasks[0].name: task "a" cannot be changed: name was "a" and would be "c""#,
        ),
        (
            "[{name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]",
            r#"spec.tasks: task "a" cannot be taken away"#,
        ),
        (
            "[{name: a, image: 'u:1', commands: [x, w]}, {name: c, image: 'u:1', commands: [x]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}]",
            r#"spec.tasks[1]: task "c" cannot be added"#,
        ),
        (
            "[{name: b, image: 'u:1', commands: [x], dependents: [{target: a}]}, {name: a, image: 'u:1', commands: [x, w]}]",
            r#"spec.tasks[0]: task "b" cannot be moved: it was spec.tasks[1]"#,
        ),
        (
            "[{name: a, image: 'u:1', commands: [x, w]}, 7]",
            r#"spec.tasks[1]: task "b" cannot be changed: it was {"commands":["x"],"dependents":"#,
        ),
    ];
    for (new, expected) in cases {
        let faults = update::check(&document(TWO), &document(new));
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said.len() == 1 && said[0].starts_with(expected), "{new}\n{said:#?}");
        assert!(faults.iter().all(|fault| fault.kind == FieldErrorKind::Forbidden && fault.help.is_some()));
    }
}

#[test]
fn everything_that_was_done_is_told_at_once() {
    check(
        "[{name: a, image: i, commands: [x]}, {name: b, image: i, commands: [x]}, {name: c, image: i, commands: [x]}]",
        "[{name: c, image: i, commands: [w]}, {name: a, image: j, commands: [w]}, {name: d, image: k, commands: [x]}]",
        &[
            r#"spec.tasks[0].commands[0]: task "c" cannot be changed: commands[0] was "x" and would be "w""#,
            r#"spec.tasks[0]: task "c" cannot be moved: it was spec.tasks[2]"#,
            r#"spec.tasks[1].commands[0]: task "a" cannot be changed: commands[0] was "x" and would be "w""#,
            r#"spec.tasks[1].image: task "a" cannot be changed: image was "i" and would be "j""#,
            r#"spec.tasks[2]: task "d" cannot be added"#,
            r#"spec.tasks: task "b" cannot be taken away"#,
        ],
    );
}

#[test]
fn what_is_written_otherwise_and_means_the_same_is_no_change() {
    check(
        "[{name: a, image: i, commands: [x], commandSet: null, resources: {cpu: 1}, dependents: null}, {name: b, image: i, commandsIter: {command: c, varsIter: [[1, 2.0]]}, dependents: [{target: a}]}]",
        "[{name: a, type: Job, image: i, commands: [x], env: null, resources: {cpu: 1.0}, dependents: []}, {name: b, type: Job, image: i, commands: null, commandsIter: {command: c, vars: null, varsIter: [[1.0, 2]]}, dependents: [{target: a, type: whole}]}]",
        &[],
    );
}

#[test]
fn metadata_is_free_and_so_is_what_is_being_deleted() {
    let old = document(TWO);
    let mut new = old.clone();
    new["metadata"] =
        json!({"name": "x", "labels": {"a": "b"}, "finalizers": ["f"], "annotations": {"a": "b"}});
    new["status"] = json!({"phase": "Running"});
    assert_eq!(update::check(&old, &new), []);
    new["spec"]["tasks"][0]["image"] = "other:1".into();
    assert_eq!(update::check(&old, &new).len(), 1);
    new["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    assert_eq!(update::check(&old, &new), []);
}

#[test]
fn what_was_at_fault_before_may_stay_so() {
    // A cycle, a wrong type and no image: stored before anything was checked.
    let old = document("{tasks: [{name: a, dependents: [{target: a}]}, 7, {name: a}], parallelism: four}");
    let mut new = old.clone();
    new["spec"]["suspend"] = true.into();
    new["metadata"]["labels"] = json!({"a": "b"});
    assert_eq!(update::check(&old, &new), []);
    for old in [json!({}), json!({"spec": 1}), json!({"spec": {"tasks": {"a": 1}}}), json!([])] {
        assert_eq!(update::check(&old, &old), []);
        let new = json!({"metadata": {"name": "x"}, "spec": {"tasks": []}});
        let faults = update::check(&old, &new);
        assert_eq!(faults.len(), 1, "{old} {faults:?}");
        assert!(faults[0].path.to_string().starts_with("spec"), "{faults:?}");
    }
}

#[test]
fn thousands_of_tasks_are_compared_in_no_time_and_told_within_bounds() {
    let tasks = |image: &str| -> Value {
        let task =
            |number: usize| json!({"name": format!("t{number}"), "image": image, "commands": vec!["c"; 20]});
        let tasks: Vec<Value> = (0..10_000).map(task).collect();
        crate::execution(json!({"tasks": tasks}))
    };
    let (old, new) = (tasks("i:1"), tasks("i:2"));
    let mut reversed = old.clone();
    reversed["spec"]["tasks"].as_array_mut().unwrap().reverse();
    let begun = std::time::Instant::now();
    assert_eq!(update::check(&old, &old), []);
    assert_eq!(update::check(&old, &new).len(), 1_001);
    assert_eq!(update::check(&old, &reversed).len(), 1_001);
    // A hundred times what it takes: to see a square of the tasks, not the speed of a machine.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
