//! The rules of admission, each with what breaks it and what is said.

#![allow(clippy::too_many_lines, reason = "a table")]

use super::causes::Expected;

/// What becomes of a document.
pub enum Verdict {
    /// It is admitted, by `lint` too.
    Admitted,
    /// The webhook refuses it with these causes, and `lint` with the same words.
    Refused(&'static [Expected]),
    /// The same for what a cluster does not bear and a machine of one's own does: `lint` warns with these words.
    TooMuch(&'static [Expected]),
    /// The API server itself speaks before any webhook is asked: its code, and what it says. `lint` refuses it as well, and says this.
    Before(u16, &'static str, &'static str),
}

use Verdict::{Admitted, Before, Refused, TooMuch};

/// A document.
pub struct Case {
    pub about: &'static str,
    /// YAML: a list of tasks, a spec, or all of it.
    pub text: String,
    pub verdict: Verdict,
}

fn case(about: &'static str, text: impl Into<String>, verdict: Verdict) -> Case {
    Case { about, text: text.into(), verdict }
}

/// All of them.
pub fn all() -> Vec<Case> {
    [graph(), commands(), shapes(), readers(), fields(), names(), sizes(), numbers(), doubts(), metadata()]
        .into_iter()
        .flatten()
        .collect()
}

fn graph() -> Vec<Case> {
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

fn commands() -> Vec<Case> {
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

fn shapes() -> Vec<Case> {
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

fn readers() -> Vec<Case> {
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

fn fields() -> Vec<Case> {
    vec![
        case(
            "bad quantities",
            r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 4g, memory: -1}, estimate: {memory: lots}}]"#,
            Refused(&[
                (
                    "spec.tasks[0].resources.cpu",
                    "Invalid",
                    "Invalid value: \"4g\": \"4g\" is no quantity; write a number, or a number with a unit: 2, 0.5, \"500m\" or \"4Gi\"",
                ),
                (
                    "spec.tasks[0].resources.memory",
                    "Invalid",
                    "Invalid value: -1: a quantity must not be negative; write a number, or a number with a unit: 2, 0.5, \"500m\" or \"4Gi\"",
                ),
                (
                    "spec.tasks[0].estimate.memory",
                    "Invalid",
                    "Invalid value: \"lots\": \"lots\" is no quantity; write a number, or a number with a unit: 2, 0.5, \"500m\" or \"4Gi\"",
                ),
            ]),
        ),
        case(
            "a quantity that is a number",
            r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 0.5, memory: 4G}}]"#,
            Admitted,
        ),
        case(
            "a volume from two places at no path",
            r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: a, mountFrom: {pvc: c, secret: s}}}}]"#,
            Refused(&[
                (
                    "spec.tasks[0].volumes.v.mountPath",
                    "Invalid",
                    "Invalid value: \"a\": mountPath must be an absolute path; write where the container sees the volume, like /data",
                ),
                (
                    "spec.tasks[0].volumes.v.mountFrom",
                    "Forbidden",
                    "Forbidden: the volume can come from one place only, not from pvc and secret; write one of pvc, configMap, secret, emptyDir, hostPath and nfs",
                ),
            ]),
        ),
        case(
            "variables that no container may have",
            r#"[{name: a, image: "u:1", commands: [x], env: [{name: "A=B"}, {name: GENE_TASK, value: x}, {name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]"#,
            Refused(&[
                (
                    "spec.tasks[0].env[0].name",
                    "Invalid",
                    "Invalid value: \"A=B\": the name has a character that no variable's may have; use letters, digits and \"_\"",
                ),
                (
                    "spec.tasks[0].env[1].name",
                    "Forbidden",
                    "Forbidden: names that begin with GENE_ are set by the system; choose another name",
                ),
                (
                    "spec.tasks[0].env[2].valueFrom",
                    "Forbidden",
                    "Forbidden: valueFrom must not stand beside value; remove one of the two",
                ),
            ]),
        ),
        case(
            "a template that says what others say",
            r#"{template: {spec: {restartPolicy: Always}}, tasks: [{name: a, image: "u:1", commands: [x], template: {spec: {containers: [{name: main, image: "u:2"}]}}}]}"#,
            Refused(&[
                (
                    "spec.template.spec.restartPolicy",
                    "Forbidden",
                    "Forbidden: the system sets the pod's restartPolicy; remove it: retry and backoffLimit say what happens after a failure",
                ),
                (
                    "spec.tasks[0].template.spec.containers[0].image",
                    "Forbidden",
                    "Forbidden: the task says what image the container \"main\" has; write the task's image",
                ),
            ]),
        ),
        case(
            "an image with a blank, a directory that is none",
            r#"[{name: a, image: "u 1", commands: [x], workingDir: data}]"#,
            Refused(&[
                (
                    "spec.tasks[0].image",
                    "Invalid",
                    "Invalid value: \"u 1\": image must not contain blanks; name the container image, like image: ubuntu:24.04",
                ),
                (
                    "spec.tasks[0].workingDir",
                    "Invalid",
                    "Invalid value: \"data\": workingDir must be an absolute path; begin it with a slash: /data",
                ),
            ]),
        ),
    ]
}

fn names() -> Vec<Case> {
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

fn sizes() -> Vec<Case> {
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

fn numbers() -> Vec<Case> {
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

/// Legal, and doubtful: `lint` and the webhook warn in the same words.
fn doubts() -> Vec<Case> {
    vec![
        case("another type", r#"[{name: a, type: Spark, image: "u:1", commands: [x]}]"#, Admitted),
        case("an image without a tag", "[{name: a, image: ubuntu, commands: [x]}]", Admitted),
        case(
            "a command that is a script",
            format!("[{{name: a, image: 'u:1', commands: ['{}']}}]", "x".repeat(33_000)),
            Admitted,
        ),
        case(
            "a name without room for a retry",
            format!(
                "{{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {{name: {}}}, spec: {{tasks: [{{name: a, image: 'u:1', commands: [x]}}]}}}}",
                "e".repeat(58)
            ),
            Admitted,
        ),
    ]
}

fn metadata() -> Vec<Case> {
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
