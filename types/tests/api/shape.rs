//! An example for every rule of shape.

use gene_types::{decode, shape};

use crate::document;

fn check(yaml: &str, expected: &[&str]) {
    let errors: Vec<String> = shape::check(&document(yaml)).iter().map(ToString::to_string).collect();
    assert_eq!(errors, expected, "{yaml}");
    assert_eq!(decode(document(yaml)).is_ok(), expected.is_empty(), "{yaml}");
}

#[test]
fn what_is_no_execution() {
    check(
        "x",
        &[
            r#"an object is wanted, not the string "x"; begin with apiVersion: execution.kubegene.io/v1alpha1 and kind: Execution"#,
        ],
    );
    check(
        "{}",
        &[
            "apiVersion: apiVersion is missing; write apiVersion: execution.kubegene.io/v1alpha1",
            "kind: kind is missing; write kind: Execution",
            "metadata: metadata is missing; add the field metadata, with the Execution's name",
            "spec: spec is missing; add the field spec, with its tasks",
        ],
    );
    check(
        "{apiVersion: batch/v1, kind: Job, metadata: {}, spec: {}}",
        &[
            r#"apiVersion: apiVersion "batch/v1" is not that of an Execution; write apiVersion: execution.kubegene.io/v1alpha1"#,
            r#"kind: kind "Job" is not that of an Execution; write kind: Execution"#,
            "spec.tasks: tasks is missing; add the field tasks, a list",
        ],
    );
    check(
        "{apiVersion: 1, kind: [x], metadata: {name: x}, spec: {tasks: []}, sepc: 1}",
        &[
            "apiVersion: a string is wanted, not the number 1; write apiVersion: execution.kubegene.io/v1alpha1",
            "kind: a string is wanted, not a list; write kind: Execution",
            r#"sepc: there is no field "sepc" here; there is a field "spec""#,
            "spec.tasks: tasks must have at least 1 item; add one to tasks",
        ],
    );
}

#[test]
fn unknown_fields_with_the_nearest() {
    check(
        "[{name: a, image: u, command: [x]}]",
        &[r#"spec.tasks[0].command: there is no field "command" here; there is a field "commands""#],
    );
    check(
        "[{name: a, image: u, commandset: [x], dependants: [], commands_iter: {}, zzz: 1}]",
        &[
            r#"spec.tasks[0].commands_iter: there is no field "commands_iter" here; there is a field "commandsIter""#,
            r#"spec.tasks[0].commandset: there is no field "commandset" here; there is a field "commandSet""#,
            r#"spec.tasks[0].dependants: there is no field "dependants" here; there is a field "dependents""#,
            r#"spec.tasks[0].zzz: there is no field "zzz" here; remove it"#,
        ],
    );
    check(
        r#"{tasks: [{name: a, image: "u:1", commands: [x]}], paralelism: 1}"#,
        &[r#"spec.paralelism: there is no field "paralelism" here; there is a field "parallelism""#],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {nmae: x, lables: {}}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.lables: there is no field "lables" here; there is a field "labels""#,
            r#"metadata.nmae: there is no field "nmae" here; there is a field "name""#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: a, kind: whole}]}]"#,
        &[
            r#"spec.tasks[0].dependents[0].kind: there is no field "kind" here; the fields here are onSkipped, target, type"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], affinity: {nodeAffinty: {}}, env: [{nam: x}]}]"#,
        &[
            r#"spec.tasks[0].affinity.nodeAffinty: there is no field "nodeAffinty" here; there is a field "nodeAffinity""#,
            r#"spec.tasks[0].env[0].nam: there is no field "nam" here; there is a field "name""#,
            "spec.tasks[0].env[0].name: name is missing; add the field name, a string",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a, mountFrom: {pvcs: c}}}}]"#,
        &[r#"spec.tasks[0].volumes.v.mountFrom.pvcs: there is no field "pvcs" here; there is a field "pvc""#],
    );
}

#[test]
fn types() {
    check(
        "[{name: 1, image: true, commands: x}]",
        &[
            r#"spec.tasks[0].commands: a list is wanted, not the string "x"; put it in brackets: ["x"]"#,
            r#"spec.tasks[0].image: a string is wanted, not the boolean true; write it in quotes: "true""#,
            r#"spec.tasks[0].name: a string is wanted, not the number 1; write it in quotes: "1""#,
        ],
    );
    check(
        "[{name: a, image: u, commands: [true, 1.5, null, [], {}]}]",
        &[
            r#"spec.tasks[0].commands[0]: a string is wanted, not the boolean true; write it in quotes: "true""#,
            r#"spec.tasks[0].commands[1]: a string is wanted, not the number 1.5; write it in quotes: "1.5""#,
            "spec.tasks[0].commands[2]: a string is wanted, not null; write a text in quotes, or remove it",
            "spec.tasks[0].commands[3]: a string is wanted, not a list; write a string",
            "spec.tasks[0].commands[4]: a string is wanted, not an object; write a string",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], parallelism: 3.0, backoffLimit: "3", activeDeadlineSeconds: 1.5}]"#,
        &[
            "spec.tasks[0].activeDeadlineSeconds: a whole number is wanted, not the number 1.5; write a whole number, like 2",
            r#"spec.tasks[0].backoffLimit: a whole number is wanted, not the string "3"; write it without quotes: 3"#,
            "spec.tasks[0].parallelism: a whole number is wanted, not the number 3.0; write it without a fraction: 3",
        ],
    );
    check(
        r#"{tasks: [{name: a, image: "u:1", commands: [x]}], suspend: "yes", cancel: 1}"#,
        &[
            "spec.cancel: true or false is wanted, not the number 1; write true or false",
            r#"spec.suspend: true or false is wanted, not the string "yes"; write true or false, without quotes"#,
        ],
    );
    check("{tasks: {}}", &["spec.tasks: a list is wanted, not an object; write a list"]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], env: {A: b}}]"#,
        &["spec.tasks[0].env: a list is wanted, not an object; write a list"],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], nodeSelector: {a: true}}]"#,
        &[
            r#"spec.tasks[0].nodeSelector.a: a string is wanted, not the boolean true; write it in quotes: "true""#,
        ],
    );
    check("[x]", &[r#"spec.tasks[0]: an object is wanted, not the string "x"; write an object"#]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], estimate: {seconds: "5"}}]"#,
        &[
            r#"spec.tasks[0].estimate.seconds: a number is wanted, not the string "5"; write it without quotes: 5"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: [x]}]"#,
        &["spec.tasks[0].volumes: an object is wanted, not a list; write an object"],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x, creationTimestamp: yesterday, labels: {a: 1}}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            "metadata.creationTimestamp: this is no point in time; write it like 2030-01-31T12:00:00Z, or leave it out",
            r#"metadata.labels.a: a string is wanted, not the number 1; write it in quotes: "1""#,
        ],
    );
}

#[test]
fn missing_fields() {
    check(
        "[{}]",
        &[
            "spec.tasks[0].image: image is missing; add the field image, a string",
            "spec.tasks[0].name: name is missing; add the field name, a string",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{}], condition: {}}]"#,
        &[
            "spec.tasks[0].condition.condition: condition is missing; add the field condition, a list",
            "spec.tasks[0].dependents[0].target: target is missing; add the field target, a string",
        ],
    );
}

#[test]
fn members_of_a_set() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], type: job}]"#,
        &[r#"spec.tasks[0].type: "job" is none of Job, Spark; write Job"#],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: b, type: itrate}, {target: c, onSkipped: Never}]}]"#,
        &[
            r#"spec.tasks[0].dependents[0].type: "itrate" is none of whole, iterate; write iterate"#,
            r#"spec.tasks[0].dependents[1].onSkipped: "Never" is none of Skip, Ignore; write one of Skip, Ignore"#,
        ],
    );
    check(
        r#"{tasks: [{name: a, image: "u:1", commands: [x]}], failurePolicy: failfast, startOn: ""}"#,
        &[
            r#"spec.failurePolicy: "failfast" is none of FailFast, Abort, Continue; write FailFast"#,
            r#"spec.startOn: "" is none of JobComplete, PodSucceeded; write one of JobComplete, PodSucceeded"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: in}]}}]"#,
        &[
            r#"spec.tasks[0].genericCondition.matchRules[0].operator: "in" is none of In, NotIn, Exists, DoesNotExist, Gt, Lt, =, ==, !=; write In"#,
        ],
    );
}

#[test]
fn bounds() {
    check("{tasks: []}", &["spec.tasks: tasks must have at least 1 item; add one to tasks"]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], parallelism: -1, backoffLimit: 2147483648, activeDeadlineSeconds: 9223372036854775808}]"#,
        &[
            "spec.tasks[0].activeDeadlineSeconds: the number must be at most 9223372036854775807; write a smaller number",
            "spec.tasks[0].backoffLimit: the number must be at most 2147483647; write a smaller number",
            "spec.tasks[0].parallelism: the number must be at least 0; write 0 or more",
        ],
    );
    check(
        r#"{tasks: [{name: a, image: "u:1", commands: [x]}], activeDeadlineSeconds: 0}"#,
        &["spec.activeDeadlineSeconds: the number must be at least 1; write 1 or more"],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, count: 0}}]"#,
        &["spec.tasks[0].commandsIter.count: the number must be at least 1; write 1 or more"],
    );
    check(
        r#"[{name: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn, image: "u:1", commands: [x], description: x}]"#,
        &["spec.tasks[0].name: the text has 64 characters; at most 63 are allowed; shorten it"],
    );
}

#[test]
fn null_is_absent_where_nothing_is_wanted() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: null, type: null, commandsIter: null, env: null, affinity: {nodeAffinity: null}, genericCondition: {dependJobName: a, matchRules: null}}]"#,
        &[],
    );
    check(
        "[{name: null, image: null, commands: [x]}]",
        &[
            "spec.tasks[0].image: a string is wanted, not null; write a text in quotes, or remove it",
            "spec.tasks[0].name: a string is wanted, not null; write a text in quotes, or remove it",
        ],
    );
}

#[test]
fn the_status_is_not_looked_at() {
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}, status: {phase: 7}}"#,
        &[],
    );
}
