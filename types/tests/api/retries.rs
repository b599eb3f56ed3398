//! `retry` and `retryGeneration`: what is legal, and whether another attempt has a name.

use std::collections::BTreeMap;

use gene_types::{
    Limits, retry,
    v1alpha1::{ExecutionStatus, TaskStatus},
    validate_document, warnings,
};
use serde_json::{Value, json};

use crate::{document, execution};

fn refusals(yaml: &str) -> Vec<String> {
    let errors = validate_document(document(yaml), &Limits::LOCAL).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

fn check(of_spec: &str, of_task: &str, expected: &[&str]) {
    let task = format!("{{name: a, image: 'u:1', commands: [x]{of_task}}}");
    assert_eq!(refusals(&format!("{{tasks: [{task}]{of_spec}}}")), expected, "{of_spec} {of_task}");
}

#[test]
fn numbers_are_bounded() {
    check(
        ", retry: {limit: 0}",
        ", retry: {limit: 99, backoff: {seconds: 0, factor: 1, maxSeconds: 0}}",
        &[],
    );
    check(", retryGeneration: 0", ", retry: {limit: 1, backoff: {seconds: 86400, factor: 1.5}}", &[]);
    check(", retry: {}", "", &["spec.retry.limit: limit is missing; add the field limit, a whole number"]);
    check(
        ", retryGeneration: -1, retry: {limit: 100}",
        ", retry: {limit: -1, backoff: {seconds: -1, factor: 0.5, maxSeconds: 86401}}",
        &[
            "spec.retry.limit: the number must be at most 99; write 99 or less",
            "spec.retryGeneration: the number must be at least 0; write 0 or more",
            "spec.tasks[0].retry.backoff.factor: the number must be at least 1; write 1 or more",
            "spec.tasks[0].retry.backoff.maxSeconds: the number must be at most 86400; write 86400 or less",
            "spec.tasks[0].retry.backoff.seconds: the number must be at least 0; write 0 or more",
            "spec.tasks[0].retry.limit: the number must be at least 0; write 0 or more",
        ],
    );
    check(
        "",
        ", retry: {limit: 1, backoff: {seconds: 60, maxSeconds: 30}}",
        &[
            "spec.tasks[0].retry.backoff.maxSeconds: the longest pause, 30 s, is shorter than the first one, 60 s; write 60 or more, or make backoff.seconds shorter",
        ],
    );
}

#[test]
fn what_no_schema_has_looked_at_is_bounded_too() {
    let mut execution: gene_types::Execution = serde_json::from_value(execution(
        json!({"tasks": [{"name": "a", "image": "u:1", "commands": ["x"]}]}),
    ))
    .unwrap();
    execution.spec.retry_generation = Some(-1);
    execution.spec.retry = serde_json::from_value(
        json!({"limit": 100, "backoff": {"seconds": -5, "factor": 0.0, "maxSeconds": 90_000}}),
    )
    .unwrap();
    let errors = gene_types::validate(execution, &Limits::LOCAL).unwrap_err();
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "spec.retryGeneration: must be at least 0; write 0 or more, or leave it out",
            "spec.retry.limit: must be at least 0 and at most 99; write a number from 0 to 99",
            "spec.retry.backoff.seconds: must be at least 0 and at most 86400; write a number from 0 to 86400",
            "spec.retry.backoff.maxSeconds: must be at least 0 and at most 86400; write a number from 0 to 86400",
            "spec.retry.backoff.factor: must be at least 1 and at most 100; write 1 for pauses that stay the same, or 2 for ones that double",
        ]
    );
}

#[test]
fn a_tasks_retry_replaces_the_executions_whole() {
    let document = document(
        "{retry: {limit: 3, backoff: {seconds: 1}}, tasks: [{name: a, image: 'u:1', commands: [x]}, {name: b, image: 'u:1', commands: [x], retry: {limit: 5}}, {name: c, image: 'u:1', commands: [x], retry: {limit: 0}, backoffLimit: 4}]}",
    );
    let valid = validate_document(document, &Limits::CLUSTER).unwrap();
    let limits: Vec<_> = valid
        .plan()
        .tasks
        .iter()
        .map(|task| task.retry.map(|retry| (retry.limit, retry.pause_after(0))))
        .collect();
    assert_eq!(limits, [Some((3, 1)), Some((5, 10)), Some((0, 10))]);
    let spec = &valid.execution().spec;
    let starts: Vec<_> = spec.tasks.iter().map(|task| retry::backoff_limit(spec, task)).collect();
    assert_eq!(starts, [Some(0), Some(0), Some(4)]);
}

#[test]
fn retry_does_not_stand_beside_backoff_limit() {
    check(
        "",
        ", retry: {limit: 1}, backoffLimit: 0",
        &[
            "spec.tasks[0].backoffLimit: backoffLimit must not stand beside retry: each attempt is a Job that starts its pod once; remove one of the two",
        ],
    );
    check(
        ", retry: {limit: 1}",
        ", backoffLimit: 2",
        &[
            "spec.tasks[0].backoffLimit: backoffLimit must not stand beside retry: each attempt is a Job that starts its pod once; remove it, or give the task retry: {limit: 0}",
        ],
    );
    check(", retry: {limit: 1}", ", retry: {limit: 0}, backoffLimit: 2", &[]);
    check(", retry: {limit: 0}", ", backoffLimit: 2", &[]);
}

/// An Execution whose Job names have so many bytes.
fn named(bytes: usize, of_task: &Value) -> Value {
    let mut task = json!({"name": "a", "image": "u:1", "commands": ["x"]});
    task.as_object_mut().unwrap().extend(of_task.as_object().unwrap().clone());
    let mut document = execution(json!({"tasks": [task]}));
    document["metadata"]["name"] = "e".repeat(bytes - ".a.0".len()).into();
    document
}

#[test]
fn a_task_that_is_retried_reserves_room_for_the_number() {
    let retried = json!({"retry": {"limit": 1}});
    assert!(validate_document(named(60, &retried), &Limits::CLUSTER).is_ok());
    let errors = validate_document(named(61, &retried), &Limits::CLUSTER).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        format!(
            "spec.tasks[0].name: Job names of task \"a\" would have 64 bytes (\"{}.a.0\" and three for the number of a retry), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte",
            "e".repeat(57)
        )
    );
    for never in [json!({}), json!({"retry": {"limit": 0}})] {
        let valid = validate_document(named(63, &never), &Limits::CLUSTER).unwrap();
        assert!(warnings(&valid)[0].message.contains("so it cannot be retried"));
    }
}

fn status(task: TaskStatus) -> ExecutionStatus {
    ExecutionStatus { tasks: vec![TaskStatus { name: "a".into(), ..task }], ..ExecutionStatus::default() }
}

fn numbers(pairs: &[(&str, i32)]) -> BTreeMap<String, i32> {
    pairs.iter().map(|(index, number)| ((*index).to_owned(), *number)).collect()
}

#[test]
fn a_vertex_whose_next_name_is_too_long_cannot_be_retried() {
    let valid = validate_document(named(62, &json!({})), &Limits::CLUSTER).unwrap();
    let failed = || TaskStatus { failed_indexes: "0".into(), ..TaskStatus::default() };
    for task in [
        failed(),
        TaskStatus { cancelled_indexes: "0".into(), ..TaskStatus::default() },
        TaskStatus { running_indexes: "0".into(), ..TaskStatus::default() },
    ] {
        let errors = retry::check_reopening(&valid, &status(task)).unwrap_err();
        assert_eq!(
            errors[0].to_string(),
            format!(
                "spec.tasks[0].name: a[0] cannot be retried: its Job would be called \"{}.a.0-1\", which has 64 bytes; at most 63 are allowed; create the Execution anew, with a name or a task's name that is shorter by 1 byte",
                "e".repeat(58)
            )
        );
        assert_eq!(errors.len(), 1);
    }
    // What succeeded, or never ran, needs no other name.
    let succeeded = TaskStatus { succeeded_indexes: "0".into(), ..failed() };
    for task in [TaskStatus::default(), succeeded] {
        assert_eq!(retry::check_reopening(&valid, &status(task)), Ok(()));
    }
    let valid = validate_document(named(61, &json!({})), &Limits::CLUSTER).unwrap();
    let ninth = TaskStatus { attempts: numbers(&[("0", 8)]), ..failed() };
    assert_eq!(retry::check_reopening(&valid, &status(ninth)), Ok(()));
    let tenth = TaskStatus { attempts: numbers(&[("0", 9)]), ..failed() };
    assert!(retry::check_reopening(&valid, &status(tenth)).is_err());
}

#[test]
fn the_new_budget_has_to_have_names_too() {
    let valid = validate_document(named(60, &json!({"retry": {"limit": 50}})), &Limits::CLUSTER).unwrap();
    let at = |attempt| TaskStatus {
        failed_indexes: "0".into(),
        attempts: numbers(&[("0", attempt)]),
        ..TaskStatus::default()
    };
    assert_eq!(retry::check_reopening(&valid, &status(at(48))), Ok(()));
    let errors = retry::check_reopening(&valid, &status(at(49))).unwrap_err();
    assert!(errors[0].message.contains(".a.0-100\", which has 64 bytes"), "{errors:?}");
}

#[test]
fn a_status_that_nobody_wrote_costs_no_more_than_the_widest() {
    let tasks = json!([
        {"name": "s", "image": "u:1", "commands": ["x"]},
        {"name": "a", "image": "u:1", "dependents": [{"target": "s"}],
         "commandsIter": {"command": "${1}", "varsIter": [["get_result", "s", " "]]}},
    ]);
    let valid = validate_document(execution(json!({"tasks": tasks})), &Limits::LOCAL).unwrap();
    let wild = TaskStatus {
        name: "a".into(),
        failed_indexes: "0-4294967295".into(),
        attempts: numbers(&[("4294967295", i32::MAX), ("x", 1), ("3", -1)]),
        retried_from: numbers(&[("0", i32::MAX)]),
        ..TaskStatus::default()
    };
    let source = TaskStatus { name: "s".into(), ..TaskStatus::default() };
    let status = ExecutionStatus { tasks: vec![source, wild], ..ExecutionStatus::default() };
    assert_eq!(retry::check_reopening(&valid, &status), Ok(()));
}

#[test]
fn a_status_must_have_room_for_the_attempts() {
    let tasks =
        json!([{"name": "a", "image": "u:1", "commandsIter": {"command": "${item}", "count": 100_000}}]);
    let valid = validate_document(execution(json!({"tasks": tasks})), &Limits::CLUSTER).unwrap();
    let failed =
        |indexes: &str| status(TaskStatus { failed_indexes: indexes.into(), ..TaskStatus::default() });
    assert_eq!(retry::check_reopening(&valid, &failed("0-999")), Ok(()));
    let errors = retry::check_reopening(&valid, &failed("0-99999")).unwrap_err();
    assert!(errors[0].message.contains("are too large for the API server"), "{errors:?}");

    let retried = |count| {
        json!({"tasks": [{"name": "a", "image": "u:1", "retry": {"limit": 3},
            "commandsIter": {"command": "${item}", "count": count}}]})
    };
    assert!(validate_document(execution(retried(70_000)), &Limits::CLUSTER).is_ok());
    assert!(validate_document(execution(retried(100_000)), &Limits::CLUSTER).is_err());
}

#[test]
fn the_digest_is_of_what_the_tasks_mean() {
    let digest = |dependents: Value| {
        let mut task = json!({"name": "a", "image": "u:1", "commands": ["x"]});
        if !dependents.is_null() {
            task["dependents"] = dependents;
        }
        validate_document(execution(json!({"tasks": [task]})), &Limits::CLUSTER).unwrap().digest()
    };
    assert_eq!(digest(json!([])), digest(Value::Null));
}
