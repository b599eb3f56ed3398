//! The rules of admission, each with what breaks it and what is said.

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
    [graph(), commands(), shapes(), readers(), fields(), names(), sizes(), numbers(), metadata()].into_iter().flatten().collect()
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
                    "Required value: \"[]\": the task has no commands: element 2 of varsIter is empty, and so is every combination with it; give it at least one value",
                ),
            ]),
        ),
        case(
            "rows of unequal lengths",
            r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[1, 2], [1]]}}]"#,
            Refused(&[(
                "spec.tasks[0].commandsIter.vars[1]",
                "Invalid",
                "Invalid value: \"[1]\": the row has 1 value, the first has 2; give every row of vars as many values as the first",
            )]),
        ),
        case(
            "a count beside rows",
            r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[1]], count: 2}}]"#,
            Refused(&[(
                "spec.tasks[0].commandsIter.count",
                "Forbidden",
                "Forbidden: \"2\": count must not stand beside vars: the rows are counted there; remove count or vars",
            )]),
        ),
        case("a count alone", r#"[{name: a, image: "u:1", commandsIter: {command: "x ${item}", count: 3}}]"#, Admitted),
        case(
            "retry and backoffLimit",
            r#"{retry: {limit: 3}, tasks: [{name: a, image: "u:1", commands: [x], backoffLimit: 2}]}"#,
            Refused(&[(
                "spec.tasks[0].backoffLimit",
                "Forbidden",
                "",
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
                ("spec.parallelism", "TypeInvalid", ""),
                ("spec.suspend", "TypeInvalid", ""),
                ("spec.tasks[0].commands", "TypeInvalid", ""),
                ("spec.tasks[0].image", "TypeInvalid", ""),
            ]),
        ),
        case("a task that is a text", "[x]", Refused(&[("spec.tasks[0]", "TypeInvalid", "")])),
        case("tasks that are an object", "{tasks: {}}", Refused(&[("spec.tasks", "TypeInvalid", "")])),
        case("no task", "{tasks: []}", Refused(&[("spec.tasks", "Required", "")])),
        case(
            "no spec",
            "{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x}}",
            Refused(&[("spec", "Required", "")]),
        ),
        case(
            "an empty spec",
            "{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x}, spec: {}}",
            Refused(&[("spec.tasks", "Required", "")]),
        ),
        case("members that are in no set", r#"{failurePolicy: failfast, startOn: Never, tasks: [{name: a, image: "u:1", commands: [x], type: job}]}"#,
            Refused(&[
                ("spec.failurePolicy", "NotSupported", ""),
                ("spec.startOn", "NotSupported", ""),
                ("spec.tasks[0].type", "NotSupported", ""),
            ])),
        case(
            "fields that are missing",
            r#"[{}, {name: b, image: "u:1", commands: [x], dependents: [{}]}]"#,
            Refused(&[
                ("spec.tasks[0].image", "Required", ""),
                ("spec.tasks[0].name", "Required", ""),
                ("spec.tasks[1].dependents[0].target", "Required", ""),
            ]),
        ),
        case("nulls where nothing is wanted", r#"[{name: a, image: "u:1", commands: [x], dependents: null, type: null, commandsIter: null, env: null}]"#, Admitted),
    ]
}

fn readers() -> Vec<Case> {
    vec![
        case(
            "a condition that says nothing",
            r#"[{name: a, image: "u:1", commands: [x], condition: {condition: ["true"]}}, {name: b, image: "u:1", commands: [x], condition: {condition: []}}]"#,
            Refused(&[
                ("spec.tasks[0].condition.condition[0]", "Invalid", ""),
                ("spec.tasks[1].condition.condition", "Required", ""),
            ]),
        ),
        case(
            "check_result without a text",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, 1]}, dependents: [{target: a}]}]"#,
            Refused(&[("spec.tasks[1].condition.condition", "Invalid", "")]),
        ),
        case(
            "an output that is read and not waited for",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}}]"#,
            Refused(&[("spec.tasks[1].dependents", "Required", "")]),
        ),
        case(
            "an unknown operator",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: GreaterThan, values: ["1"]}]}, dependents: [{target: a}]}]"#,
            Refused(&[("spec.tasks[1].genericCondition.matchRules[0].operator", "NotSupported", "")]),
        ),
        case(
            "values that do not fit their operators",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: In}, {key: k, operator: Exists, values: [v]}, {key: "", operator: "==", values: [v]}]}, dependents: [{target: a}]}]"#,
            Refused(&[
                ("spec.tasks[1].genericCondition.matchRules[0].values", "Required", ""),
                ("spec.tasks[1].genericCondition.matchRules[1].values", "Forbidden", ""),
                ("spec.tasks[1].genericCondition.matchRules[2].key", "Required", ""),
            ]),
        ),
        case(
            "get_result without a separator",
            r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, 1]]}, dependents: [{target: a}]}]"#,
            Refused(&[("spec.tasks[1].commandsIter.varsIter[0]", "Invalid", "")]),
        ),
    ]
}

fn fields() -> Vec<Case> {
    vec![
        case(
            "bad quantities",
            r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 4g, memory: -1}, estimate: {memory: lots}}]"#,
            Refused(&[
                ("spec.tasks[0].resources.cpu", "Invalid", ""),
                ("spec.tasks[0].resources.memory", "Invalid", ""),
                ("spec.tasks[0].estimate.memory", "Invalid", ""),
            ]),
        ),
        case("a quantity that is a number", r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 0.5, memory: 4G}}]"#, Admitted),
        case(
            "a volume from two places at no path",
            r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: a, mountFrom: {pvc: c, secret: s}}}}]"#,
            Refused(&[
                ("spec.tasks[0].volumes.v.mountFrom", "Invalid", ""),
                ("spec.tasks[0].volumes.v.mountPath", "Invalid", ""),
            ]),
        ),
        case(
            "variables that no container may have",
            r#"[{name: a, image: "u:1", commands: [x], env: [{name: "A=B"}, {name: GENE_TASK, value: x}, {name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]"#,
            Refused(&[
                ("spec.tasks[0].env[0].name", "Invalid", ""),
                ("spec.tasks[0].env[1].name", "Forbidden", ""),
                ("spec.tasks[0].env[2].valueFrom", "Forbidden", ""),
            ]),
        ),
        case(
            "a template that says what others say",
            r#"{template: {spec: {restartPolicy: Always}}, tasks: [{name: a, image: "u:1", commands: [x], template: {spec: {containers: [{name: main, image: "u:2"}]}}}]}"#,
            Refused(&[
                ("spec.template.spec.restartPolicy", "Forbidden", ""),
                ("spec.tasks[0].template.spec.containers[0].image", "Forbidden", ""),
            ]),
        ),
        case("an image with a blank, a directory that is none", r#"[{name: a, image: "u 1", commands: [x], workingDir: data}]"#,
            Refused(&[("spec.tasks[0].image", "Invalid", ""), ("spec.tasks[0].workingDir", "Invalid", "")])),
    ]
}

fn names() -> Vec<Case> {
    let named = |metadata: &str, task: &str| {
        format!(
            "{{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {metadata}, spec: {{tasks: [{{name: {task}, image: \"u:1\", commands: [x]}}]}}}}"
        )
    };
    vec![
        case("names that are no labels", named("{name: a.b}", "A_b"), Refused(&[("metadata.name", "Invalid", ""), ("spec.tasks[0].name", "Invalid", "")])),
        case("a name that is too long", named(&format!("{{name: {}}}", "e".repeat(64)), "a"), Refused(&[("metadata.name", "Invalid", "")])),
        case("names of Jobs that are too long", named(&format!("{{name: {}}}", "e".repeat(40)), &"t".repeat(21)), Refused(&[("spec.tasks[0].name", "TooLong", "")])),
        case("names of Jobs that just fit", named(&format!("{{name: {}}}", "e".repeat(40)), &"t".repeat(20)), Admitted),
        case("a name of a task that is too long", named("{name: x}", &"t".repeat(64)), Refused(&[("spec.tasks[0].name", "TooLong", "")])),
        case("a name that is still to be made", named("{generateName: run-}", "a"), Admitted),
        case("a prefix that is no label", named("{generateName: -run-}", "a"), Refused(&[("metadata.generateName", "Invalid", "")])),
        case("a prefix that is too long", named(&format!("{{generateName: {}}}", "e".repeat(60)), "a"), Refused(&[("metadata.generateName", "TooLong", "")])),
        case("a prefix with which names of Jobs are too long", named(&format!("{{generateName: {}-}}", "e".repeat(34)), &"t".repeat(21)), Refused(&[("spec.tasks[0].name", "TooLong", "")])),
        case("no name", named("{}", "a"), Refused(&[("metadata.name", "Required", "")])),
    ]
}

fn sizes() -> Vec<Case> {
    let tasks = |number: usize| {
        let tasks: Vec<String> =
            (0..number).map(|task| format!("{{name: t{task}, image: 'u:1', commands: [x]}}")).collect();
        format!("[{}]", tasks.join(", "))
    };
    let long = format!("[{{name: a, image: 'u:1', commands: ['{}']}}]", "x".repeat(131_072));
    let large: Vec<String> = (0..14).map(|task| format!("{{name: t{task}, image: 'u:1', commands: ['{}']}}", "x".repeat(100_000))).collect();
    vec![
        case("2,001 tasks", tasks(2_001), TooMuch(&[("spec.tasks", "TooMany", "")])),
        case("100,001 vertices", r#"[{name: a, image: "u:1", commandsIter: {command: x, count: 100001}}]"#, TooMuch(&[("spec.tasks[0]", "TooMany", "")])),
        case("more than an API server stores", format!("[{}]", large.join(", ")), TooMuch(&[("spec", "TooMany", "")])),
        case("a command that nothing executes", long, Refused(&[("spec.tasks[0].commands[0]", "TooLong", "")])),
        case("2,000 tasks", tasks(2_000), Admitted),
        case("templates nested deeply", format!("{{template: {{metadata: {{annotations: {}x: y{}}}}}, tasks: [{{name: a, image: 'u:1', commands: [x]}}]}}", "{x: ".repeat(60), "}".repeat(60)), Refused(&[])),
    ]
}

fn numbers() -> Vec<Case> {
    vec![
        case(
            "numbers out of their bounds",
            r#"{parallelism: -1, activeDeadlineSeconds: 0, retryGeneration: -1, tasks: [{name: a, image: "u:1", commands: [x], backoffLimit: 2147483648}]}"#,
            Refused(&[
                ("spec.activeDeadlineSeconds", "Invalid", ""),
                ("spec.parallelism", "Invalid", ""),
                ("spec.retryGeneration", "Invalid", ""),
                ("spec.tasks[0].backoffLimit", "Invalid", ""),
            ]),
        ),
        case(
            "numbers that no integer holds",
            r#"{parallelism: 9223372036854775808, tasks: [{name: a, image: "u:1", commands: [x], activeDeadlineSeconds: 1.5}]}"#,
            Refused(&[("spec.parallelism", "Invalid", ""), ("spec.tasks[0].activeDeadlineSeconds", "TypeInvalid", "")]),
        ),
        case("no estimate of time", r#"[{name: a, image: "u:1", commands: [x], estimate: {seconds: -1}}]"#, Refused(&[("spec.tasks[0].estimate.seconds", "Invalid", "")])),
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
        case("unknown fields", r#"{paralelism: 4, tasks: [{name: a, image: "u:1", comands: [x]}]}"#,
            Before(400, r#"strict decoding error: unknown field "spec.paralelism", unknown field "spec.tasks[0].comands""#, r#"there is no field "paralelism" here"#)),
        case("an unknown field of a dependent", r#"[{name: a, image: "u:1", commands: [x]}, {name: b, image: "u:1", commands: [x], dependents: [{target: a, kind: whole}]}]"#,
            Before(400, r#"unknown field "spec.tasks[1].dependents[0].kind""#, r#"there is no field "kind" here"#)),
        case("a label that is a number", with("{name: x, labels: {a: 1}}", ""), Before(400, "labels", "a string is wanted, not the number 1")),
        case("a name that is a number", with("{name: 1}", ""), Before(400, "name", "a string is wanted, not the number 1")),
        case("another kind", "{apiVersion: execution.kubegene.io/v1alpha1, kind: Execute, metadata: {name: x}, spec: {tasks: []}}", Before(400, "Execute", "Execute")),
    ]
}
