//! How long, how many and how large.

use super::{
    Case,
    Verdict::{Admitted, Refused, TooMuch},
    case,
};

pub(super) fn names() -> Vec<Case> {
    let named = |metadata: &str, task: &str| {
        format!(
            "{{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {metadata}, spec: {{tasks: [{{name: {task}, image: \"u:1\", commands: [x]}}]}}}}"
        )
    };
    vec![
        case(
            "names that are no labels",
            named("{name: a.b}", "A_b"),
            Refused(&[
                (
                    "metadata.name",
                    "Invalid",
                    "Invalid value: \"a.b\": the name \"a.b\" is no DNS label; a name has at most 63 of a-z, 0-9 and \"-\", and begins and ends with a letter or digit; \"a-b\" would do",
                ),
                (
                    "spec.tasks[0].name",
                    "Invalid",
                    "Invalid value: \"A_b\": the task's name \"A_b\" is no DNS label; a name has at most 63 of a-z, 0-9 and \"-\", and begins and ends with a letter or digit; \"a-b\" would do",
                ),
            ]),
        ),
        case(
            "a name that is too long",
            named(&format!("{{name: {}}}", "e".repeat(64)), "a"),
            Refused(&[(
                "metadata.name",
                "Invalid",
                "Invalid value: \"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\": the name \"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\" is no DNS label; a name has at most 63 of a-z, 0-9 and \"-\", and begins and ends with a letter or digit; \"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\" would do",
            )]),
        ),
        case(
            "names of Jobs that are too long",
            named(&format!("{{name: {}}}", "e".repeat(40)), &"t".repeat(21)),
            Refused(&[(
                "spec.tasks[0].name",
                "TooLong",
                "Too long: Job names of task \"ttttttttttttttttttttt\" would have 64 bytes (\"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.ttttttttttttttttttttt.0\"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte",
            )]),
        ),
        case(
            "names of Jobs that just fit",
            named(&format!("{{name: {}}}", "e".repeat(40)), &"t".repeat(20)),
            Admitted,
        ),
        case(
            "a name of a task that is too long",
            named("{name: x}", &"t".repeat(64)),
            Refused(&[(
                "spec.tasks[0].name",
                "TooLong",
                "Too long: the text has 64 characters; at most 63 are allowed; shorten it",
            )]),
        ),
        case("a name that is still to be made", named("{generateName: run-}", "a"), Admitted),
        case(
            "a prefix that is no label",
            named("{generateName: -run-}", "a"),
            Refused(&[(
                "metadata.generateName",
                "Invalid",
                "Invalid value: \"-run-\": the generateName \"-run-\" is no DNS label; a name has at most 63 of a-z, 0-9 and \"-\", and begins and ends with a letter or digit; \"run\" would do",
            )]),
        ),
        case(
            "a prefix that is too long",
            named(&format!("{{generateName: {}}}", "e".repeat(60)), "a"),
            Refused(&[(
                "metadata.generateName",
                "TooLong",
                "Too long: the generateName has 60 bytes, and 5 are appended to it; together at most 63 are allowed; shorten it by 2 bytes at least",
            )]),
        ),
        case(
            "a prefix with which names of Jobs are too long",
            named(&format!("{{generateName: {}-}}", "e".repeat(34)), &"t".repeat(21)),
            Refused(&[(
                "spec.tasks[0].name",
                "TooLong",
                "Too long: Job names of task \"ttttttttttttttttttttt\" would have 64 bytes (\"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-xxxxx.ttttttttttttttttttttt.0\"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte",
            )]),
        ),
        case(
            "no name",
            named("{}", "a"),
            Refused(&[(
                "metadata.name",
                "Required",
                "Required value: the Execution must have a name; write a name under metadata, like name: my-run",
            )]),
        ),
    ]
}

pub(super) fn sizes() -> Vec<Case> {
    let tasks = |number: usize| {
        let tasks: Vec<String> =
            (0..number).map(|task| format!("{{name: t{task}, image: 'u:1', commands: [x]}}")).collect();
        format!("[{}]", tasks.join(", "))
    };
    let long = format!("[{{name: a, image: 'u:1', commands: ['{}']}}]", "x".repeat(131_072));
    let large: Vec<String> = (0..14)
        .map(|task| format!("{{name: t{task}, image: 'u:1', commands: ['{}']}}", "x".repeat(100_000)))
        .collect();
    vec![
        case(
            "2,001 tasks",
            tasks(2_001),
            TooMuch(&[(
                "spec.tasks",
                "TooMany",
                "Too many: 2,001 tasks are too many; at most 2,000 are allowed; make tasks that differ in one value into one task with commandsIter, or split the Execution",
            )]),
        ),
        case(
            "100,001 vertices",
            r#"[{name: a, image: "u:1", commandsIter: {command: x, count: 100001}}]"#,
            TooMuch(&[(
                "spec.tasks[0]",
                "TooMany",
                "Too many: the tasks have 100,001 vertices together, \"a\" the most with 100,001; at most 100,000 are allowed; let one command work on several items, or split the Execution",
            )]),
        ),
        case(
            "more than an API server stores",
            format!("[{}]", large.join(", ")),
            TooMuch(&[(
                "spec",
                "TooMany",
                "Too many: spec (1,400,813 bytes) and the longest status it can get (15,556 bytes) are too large for the API server; together at most 1,400,000 bytes are allowed; make commands that differ in one value into commandsIter, or split the Execution",
            )]),
        ),
        case(
            "a command that nothing executes",
            long,
            Refused(&[(
                "spec.tasks[0].commands[0]",
                "TooLong",
                "Too long: the text has 131,072 characters; at most 131,071 are allowed; shorten it",
            )]),
        ),
        case("2,000 tasks", tasks(2_000), Admitted),
        case(
            "templates nested deeply",
            format!(
                "{{template: {{metadata: {{annotations: {}y{}}}}}, tasks: [{{name: a, image: 'u:1', commands: [x]}}]}}",
                "{x: ".repeat(60),
                "}".repeat(60)
            ),
            Refused(&[(
                "spec.template.metadata.annotations.x",
                "TypeInvalid",
                "Invalid value: {\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\"…: a string is wanted, not {\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\"…; put it in quotes",
            )]),
        ),
    ]
}

pub(super) fn numbers() -> Vec<Case> {
    vec![
        case(
            "numbers out of their bounds",
            r#"{parallelism: -1, activeDeadlineSeconds: 0, retryGeneration: -1, tasks: [{name: a, image: "u:1", commands: [x], backoffLimit: 2147483648}]}"#,
            Refused(&[
                (
                    "spec.activeDeadlineSeconds",
                    "Invalid",
                    "Invalid value: 0: the number must be at least 1; write 1 or more",
                ),
                (
                    "spec.parallelism",
                    "Invalid",
                    "Invalid value: -1: the number must be at least 0; write 0 or more",
                ),
                (
                    "spec.retryGeneration",
                    "Invalid",
                    "Invalid value: -1: the number must be at least 0; write 0 or more",
                ),
                (
                    "spec.tasks[0].backoffLimit",
                    "Invalid",
                    "Invalid value: 2147483648: the number must be at most 2147483647; write a smaller number",
                ),
            ]),
        ),
        case(
            "numbers that no integer holds",
            r#"{parallelism: 10000000000000000000, tasks: [{name: a, image: "u:1", commands: [x], activeDeadlineSeconds: 1.5}]}"#,
            Refused(&[
                (
                    "spec.parallelism",
                    "Invalid",
                    "Invalid value: 10000000000000000000: the number must be at most 9223372036854775807; write a smaller number",
                ),
                (
                    "spec.tasks[0].activeDeadlineSeconds",
                    "TypeInvalid",
                    "Invalid value: 1.5: a whole number is wanted, not the number 1.5; write a whole number, like 2",
                ),
            ]),
        ),
        case(
            "no estimate of time",
            r#"[{name: a, image: "u:1", commands: [x], estimate: {seconds: -1}}]"#,
            Refused(&[(
                "spec.tasks[0].estimate.seconds",
                "Invalid",
                "Invalid value: -1: the number must be at least 0; write 0 or more",
            )]),
        ),
    ]
}
