//! What tasks are and how they hang together.

use super::{
    Case,
    Verdict::{Admitted, Refused},
    case,
};

pub(super) fn graph() -> Vec<Case> {
    vec![
        case(
            "a cycle of three",
            r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: c}]}, {name: b, image: "u:1", commands: [x], dependents: [{target: a}]}, {name: c, image: "u:1", commands: [x], dependents: [{target: b}]}]"#,
            Refused(&[(
                "spec.tasks[0].dependents[0].target",
                "Invalid",
                "Invalid value: \"c\": dependents form a cycle: a -> c -> b -> a; remove one of the 3 dependents",
            )]),
        ),
        case(
            "two cycles",
            r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: b}]}, {name: b, image: "u:1", commands: [x], dependents: [{target: a}]}, {name: c, image: "u:1", commands: [x], dependents: [{target: d}]}, {name: d, image: "u:1", commands: [x], dependents: [{target: c}]}]"#,
            Refused(&[
                (
                    "spec.tasks[0].dependents[0].target",
                    "Invalid",
                    "Invalid value: \"b\": dependents form a cycle: a -> b -> a; remove one of the two dependents",
                ),
                (
                    "spec.tasks[2].dependents[0].target",
                    "Invalid",
                    "Invalid value: \"d\": dependents form a cycle: c -> d -> c; remove one of the two dependents",
                ),
            ]),
        ),
        case(
            "a dangling target",
            r#"[{name: trim, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], dependents: [{target: trimm}, {target: nothing-like-it}]}]"#,
            Refused(&[
                (
                    "spec.tasks[1].dependents[0].target",
                    "NotFound",
                    "Not found: \"trimm\": no task is called \"trimm\"; there is a task \"trim\"",
                ),
                (
                    "spec.tasks[1].dependents[1].target",
                    "NotFound",
                    "Not found: \"nothing-like-it\": no task is called \"nothing-like-it\"; name one of the tasks of this Execution",
                ),
            ]),
        ),
        case(
            "a name twice",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: a, image: "u:1", commands: [x]}]"#,
            Refused(&[(
                "spec.tasks[1].name",
                "Duplicate",
                "Duplicate value: \"a\": two tasks are called \"a\"; give each task a name of its own",
            )]),
        ),
        case(
            "a task that waits for itself",
            r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: a}]}]"#,
            Refused(&[(
                "spec.tasks[0].dependents[0].target",
                "Invalid",
                "Invalid value: \"a\": task \"a\" waits for itself; remove this entry",
            )]),
        ),
        case(
            "iterate over unequal widths",
            r#"[{name: two, image: "u:1", commands: [x, z]}, {name: a, image: "u:1", commands: [x], dependents: [{target: two, type: iterate}]}]"#,
            Refused(&[(
                "spec.tasks[1].dependents[0].type",
                "Invalid",
                "Invalid value: \"iterate\": iterate needs equally many vertices on both sides: \"a\" has 1, \"two\" has 2; write type: whole, or give both tasks the same number of commands",
            )]),
        ),
        case(
            "iterate over a width that is not known yet",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: a}]}, {name: c, image: "u:1", commands: [x, z], dependents: [{target: b, type: iterate}]}]"#,
            Admitted,
        ),
        case(
            "a join after an if and an else",
            r#"[{name: a, image: "u:1", commands: [x], condition: {condition: [true]}}, {name: b, image: "u:1", commands: [x], condition: {condition: [false]}}, {name: c, image: "u:1", commands: [x], dependents: [{target: a, onSkipped: Ignore}, {target: b, onSkipped: Ignore}]}]"#,
            Admitted,
        ),
    ]
}

pub(super) fn commands() -> Vec<Case> {
    vec![
        case(
            "commands under both names",
            r#"[{name: a, image: "u:1", commands: [x], commandSet: [x]}]"#,
            Refused(&[(
                "spec.tasks[0].commandSet",
                "Forbidden",
                "Forbidden: commandSet must not stand beside commands: they are two names of one field; move the commands of commandSet to commands",
            )]),
        ),
        case("commands under the older name", r#"[{name: a, image: "u:1", commandSet: [x]}]"#, Admitted),
        case(
            "no commands",
            r#"[{name: a, image: "u:1"}, {name: b, image: "u:1", commandsIter: {command: x, varsIter: [[1], []]}}]"#,
            Refused(&[
                (
                    "spec.tasks[0].commands",
                    "Required",
                    "Required value: the task has no commands; write at least one command",
                ),
                (
                    "spec.tasks[1].commandsIter.varsIter[1]",
                    "Required",
                    "Required value: the task has no commands: element 2 of varsIter is empty, and so is every combination with it; give it at least one value",
                ),
            ]),
        ),
        case(
            "rows of unequal lengths",
            r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[1, 2], [1]]}}]"#,
            Refused(&[(
                "spec.tasks[0].commandsIter.vars[1]",
                "Invalid",
                "Invalid value: [1]: the row has 1 value, the first has 2; give every row of vars as many values as the first",
            )]),
        ),
        case(
            "a count beside rows",
            r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[1]], count: 2}}]"#,
            Refused(&[(
                "spec.tasks[0].commandsIter.count",
                "Forbidden",
                "Forbidden: count must not stand beside vars: the rows are counted there; remove count or vars",
            )]),
        ),
        case(
            "a count alone",
            r#"[{name: a, image: "u:1", commandsIter: {command: "x ${item}", count: 3}}]"#,
            Admitted,
        ),
        case(
            "retry and backoffLimit",
            r#"{retry: {limit: 3}, tasks: [{name: a, image: "u:1", commands: [x], backoffLimit: 2}]}"#,
            Refused(&[(
                "spec.tasks[0].backoffLimit",
                "Forbidden",
                "Forbidden: backoffLimit must not stand beside retry: each attempt is a Job that starts its pod once; remove it, or give the task retry: {limit: 0}",
            )]),
        ),
    ]
}
