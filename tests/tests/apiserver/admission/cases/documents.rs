//! What a document looks like, whoever reads it.

use super::{
    Case,
    Verdict::{Admitted, Before, Refused},
    case,
};

pub(super) fn shapes() -> Vec<Case> {
    vec![
        case(
            "values of wrong types",
            r#"{parallelism: "4", suspend: 1, tasks: [{name: a, image: true, commands: x}]}"#,
            Refused(&[
                (
                    "spec.parallelism",
                    "TypeInvalid",
                    "Invalid value: \"4\": a whole number is wanted, not the string \"4\"; write it without quotes: 4",
                ),
                (
                    "spec.suspend",
                    "TypeInvalid",
                    "Invalid value: 1: true or false is wanted, not the number 1; write true or false",
                ),
                (
                    "spec.tasks[0].commands",
                    "TypeInvalid",
                    "Invalid value: \"x\": a list is wanted, not the string \"x\"; put it in brackets: [\"x\"]",
                ),
                (
                    "spec.tasks[0].image",
                    "TypeInvalid",
                    "Invalid value: true: a string is wanted, not the boolean true; write it in quotes: \"true\"",
                ),
            ]),
        ),
        case(
            "a task that is a text",
            "[x]",
            Refused(&[(
                "spec.tasks[0]",
                "TypeInvalid",
                "Invalid value: \"x\": an object is wanted, not the string \"x\"; write an object",
            )]),
        ),
        case(
            "tasks that are an object",
            "{tasks: {}}",
            Refused(&[(
                "spec.tasks",
                "TypeInvalid",
                "Invalid value: {}: a list is wanted, not an object; write a list",
            )]),
        ),
        case(
            "no task",
            "{tasks: []}",
            Refused(&[(
                "spec.tasks",
                "Required",
                "Required value: tasks must have at least 1 item; add one to tasks",
            )]),
        ),
        case(
            "no spec",
            "{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x}}",
            Refused(&[(
                "spec",
                "Required",
                "Required value: spec is missing; add the field spec, with its tasks",
            )]),
        ),
        case(
            "an empty spec",
            "{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x}, spec: {}}",
            Refused(&[(
                "spec.tasks",
                "Required",
                "Required value: tasks is missing; add the field tasks, a list",
            )]),
        ),
        case(
            "members that are in no set",
            r#"{failurePolicy: failfast, startOn: Never, tasks: [{name: a, image: "u:1", commands: [x], type: job}]}"#,
            Refused(&[
                (
                    "spec.failurePolicy",
                    "NotSupported",
                    "Unsupported value: \"failfast\": \"failfast\" is none of FailFast, Abort, Continue; write FailFast",
                ),
                (
                    "spec.startOn",
                    "NotSupported",
                    "Unsupported value: \"Never\": \"Never\" is none of JobComplete, PodSucceeded; write one of JobComplete, PodSucceeded",
                ),
                (
                    "spec.tasks[0].type",
                    "NotSupported",
                    "Unsupported value: \"job\": \"job\" is none of Job, Spark; write Job",
                ),
            ]),
        ),
        case(
            "fields that are missing",
            r#"[{}, {name: b, image: "u:1", commands: [x], dependents: [{}]}]"#,
            Refused(&[
                (
                    "spec.tasks[0].image",
                    "Required",
                    "Required value: image is missing; add the field image, a string",
                ),
                (
                    "spec.tasks[0].name",
                    "Required",
                    "Required value: name is missing; add the field name, a string",
                ),
                (
                    "spec.tasks[1].dependents[0].target",
                    "Required",
                    "Required value: target is missing; add the field target, a string",
                ),
            ]),
        ),
        case(
            "nulls where nothing is wanted",
            r#"[{name: a, image: "u:1", commands: [x], dependents: null, type: null, commandsIter: null, env: null}]"#,
            Admitted,
        ),
    ]
}

pub(super) fn readers() -> Vec<Case> {
    vec![
        case(
            "a condition that says nothing",
            r#"[{name: a, image: "u:1", commands: [x], condition: {condition: ["true"]}}, {name: b, image: "u:1", commands: [x], condition: {condition: []}}]"#,
            Refused(&[
                (
                    "spec.tasks[0].condition.condition[0]",
                    "Invalid",
                    "Invalid value: \"true\": a condition cannot begin with this value; write [true], [false] or [check_result, TASK, \"EXPECTED\"]",
                ),
                (
                    "spec.tasks[1].condition.condition",
                    "Required",
                    "Required value: the condition must not be empty; write [true], [false] or [check_result, TASK, \"EXPECTED\"]",
                ),
            ]),
        ),
        case(
            "check_result without a text",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, 1]}, dependents: [{target: a}]}]"#,
            Refused(&[(
                "spec.tasks[1].condition.condition",
                "Invalid",
                "Invalid value: [\"check_result\",\"a\",1]: check_result needs a task and the expected text, both strings; write [check_result, TASK, \"EXPECTED\"], the text in quotes",
            )]),
        ),
        case(
            "an output that is read and not waited for",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}}]"#,
            Refused(&[(
                "spec.tasks[1].dependents",
                "Required",
                "Required value: check_result reads the output of \"a\", so the task must wait for it; write dependents: [{target: a, type: whole}]",
            )]),
        ),
        case(
            "an unknown operator",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: GreaterThan, values: ["1"]}]}, dependents: [{target: a}]}]"#,
            Refused(&[(
                "spec.tasks[1].genericCondition.matchRules[0].operator",
                "NotSupported",
                "Unsupported value: \"GreaterThan\": \"GreaterThan\" is none of In, NotIn, Exists, DoesNotExist, Gt, Lt, =, ==, !=; write one of In, NotIn, Exists, DoesNotExist, Gt, Lt, =, ==, !=",
            )]),
        ),
        case(
            "values that do not fit their operators",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: In}, {key: k, operator: Exists, values: [v]}, {key: "", operator: "==", values: [v]}]}, dependents: [{target: a}]}]"#,
            Refused(&[
                (
                    "spec.tasks[1].genericCondition.matchRules[0].values",
                    "Required",
                    "Required value: operator In needs at least one value; 0 are given; write values: [TEXT]",
                ),
                (
                    "spec.tasks[1].genericCondition.matchRules[1].values",
                    "Forbidden",
                    "Forbidden: operator Exists takes no values; 1 is given; remove values",
                ),
                (
                    "spec.tasks[1].genericCondition.matchRules[2].key",
                    "Required",
                    "Required value: the key must not be empty; write the key whose value is compared",
                ),
            ]),
        ),
        case(
            "get_result without a separator",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, 1]]}, dependents: [{target: a}]}]"#,
            Refused(&[(
                "spec.tasks[1].commandsIter.varsIter[0]",
                "Invalid",
                "Invalid value: [\"get_result\",\"a\",1]: get_result needs a task and a separator, both strings; write [get_result, TASK, \"SEPARATOR\"]; an empty separator takes the text as one",
            )]),
        ),
    ]
}

pub(super) fn metadata() -> Vec<Case> {
    let with = |metadata: &str, more: &str| {
        format!(
            "{{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {metadata}, spec: {{tasks: [{{name: a, image: \"u:1\", commands: [x]}}]}}{more}}}"
        )
    };
    vec![
        case("a status that nobody asked for", with("{name: x}", ", status: {phase: Succeeded}"), Admitted),
        case(
            "unknown fields",
            r#"{paralelism: 4, tasks: [{name: a, image: "u:1", comands: [x]}]}"#,
            Before(
                400,
                r#"strict decoding error: unknown field "spec.paralelism", unknown field "spec.tasks[0].comands""#,
                r#"there is no field "paralelism" here"#,
            ),
        ),
        case(
            "an unknown field of a dependent",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], dependents: [{target: a, kind: whole}]}]"#,
            Before(
                400,
                r#"unknown field "spec.tasks[1].dependents[0].kind""#,
                r#"there is no field "kind" here"#,
            ),
        ),
        case(
            "a label that is a number",
            with("{name: x, labels: {a: 1}}", ""),
            Before(400, "labels", "a string is wanted, not the number 1"),
        ),
        case(
            "a name that is a number",
            with("{name: 1}", ""),
            Before(400, "name", "a string is wanted, not the number 1"),
        ),
    ]
}
