//! What the original's controller looked at before it began, rule for rule and in its order, and what it expanded commands
//! to. A verdict that is another here names the decision (`D`) or the bug (`B`) in `docs/kubegene.md`.

use gene_types::{Limits, validate_document};

use crate::document;

/// A rule, an Execution, and all that is said of it.
type Case = (&'static str, &'static str, &'static [&'static str]);

/// `a` prints, `two` has two vertices; the task of the case stands after them.
fn after(task: &str) -> String {
    format!("[{{name: a, image: u, commands: [x]}}, {{name: two, image: u, commands: [x, z]}}, {task}]")
}

fn verdict(yaml: &str) -> Vec<String> {
    let document = if yaml.starts_with("{name: t,") { document(&after(yaml)) } else { document(yaml) };
    let errors = validate_document(document, &Limits::CLUSTER).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table, rule for rule")]
fn the_rules_of_the_originals_controller() {
    let cases: [Case; 24] = [
        (
            "a sound one",
            "{name: t, image: u, commands: [x], type: Job, dependents: [{target: a, type: whole}, {target: two, type: whole}]}",
            &[],
        ),
        (
            "1: its name is a label",
            "{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: a.b}, spec: {tasks: [{name: t, image: u, commands: [x]}]}}",
            &["metadata.name: the name \"a.b\" is no DNS label"],
        ),
        (
            "2: parallelism is not negative",
            "{parallelism: -1, tasks: [{name: t, image: u, commands: [x]}]}",
            &["spec.parallelism: the number must be at least 0"],
        ),
        ("3: there are tasks", "{tasks: []}", &["spec.tasks: tasks must have at least 1 item"]),
        (
            "4: a task's name is a label",
            "[{name: T_1, image: u, commands: [x]}]",
            &["spec.tasks[0].name: the task's name \"T_1\" is no DNS label"],
        ),
        (
            "4: there are an image and commands",
            "[{name: t, image: ''}]",
            &[
                "spec.tasks[0].image: image must not be empty",
                "spec.tasks[0].commands: the task has no commands",
            ],
        ),
        (
            "4: a task's numbers are not negative",
            "[{name: t, image: u, commands: [x], parallelism: -1, backoffLimit: -1, activeDeadlineSeconds: -1}]",
            &[
                "spec.tasks[0].activeDeadlineSeconds: the number must be at least 0",
                "spec.tasks[0].backoffLimit: the number must be at least 0",
                "spec.tasks[0].parallelism: the number must be at least 0",
            ],
        ),
        (
            "4: the type is Job or Spark",
            "[{name: t, image: u, commands: [x], type: Pod}]",
            &["spec.tasks[0].type: \"Pod\" is none of Job, Spark"],
        ),
        (
            "4: a dependency's type is whole or iterate",
            "{name: t, image: u, commands: [x], dependents: [{target: a, type: some}]}",
            &["spec.tasks[2].dependents[0].type: \"some\" is none of whole, iterate"],
        ),
        (
            "4: without one it is whole (D4)",
            "{name: t, image: u, commands: [x], dependents: [{target: two}]}",
            &[],
        ),
        (
            "4: a dependency names a task",
            "{name: t, image: u, commands: [x], dependents: [{target: ''}]}",
            &["spec.tasks[2].dependents[0].target: the target must not be empty"],
        ),
        (
            "4: which there is",
            "{name: t, image: u, commands: [x], dependents: [{target: b}]}",
            &["spec.tasks[2].dependents[0].target: no task is called \"b\""],
        ),
        (
            "4: no two tasks have one name (D14, B9)",
            "{name: t, image: u, commands: [x]}, {name: t, image: u, commands: [x]}",
            &["spec.tasks[3].name: two tasks are called \"t\""],
        ),
        (
            "5: the rules of a generic condition",
            "{name: t, image: u, commands: [x], dependents: [{target: a}], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: NotIn}, {key: k, operator: DoesNotExist, values: [v]}, {key: k, operator: Lt, values: []}, {key: '', operator: Exists}]}}",
            &[
                "spec.tasks[2].genericCondition.matchRules[0].values: operator NotIn needs at least one value",
                "spec.tasks[2].genericCondition.matchRules[1].values: operator DoesNotExist takes no values",
                "spec.tasks[2].genericCondition.matchRules[2].values: operator Lt needs exactly one value",
                "spec.tasks[2].genericCondition.matchRules[3].key: the key must not be empty",
            ],
        ),
        (
            "5: its operators",
            "{name: t, image: u, commands: [x], dependents: [{target: a}], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: Ge, values: [v]}]}}",
            &["spec.tasks[2].genericCondition.matchRules[0].operator: \"Ge\" is none of"],
        ),
        (
            "5: it reads one task alone",
            "{name: t, image: u, commands: [x], dependents: [{target: a}, {target: two}], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: Exists}]}}",
            &[
                "spec.tasks[2].dependents: genericCondition reads the output of \"a\", so the task must wait for it alone",
            ],
        ),
        (
            "6: a condition is a list",
            "{name: t, image: u, commands: [x], condition: {condition: true}}",
            &["spec.tasks[2].condition.condition: "],
        ),
        (
            "6: with something in it (B4)",
            "{name: t, image: u, commands: [x], condition: {condition: []}}",
            &["spec.tasks[2].condition.condition: the condition must not be empty"],
        ),
        (
            "6: check_result has a task and a text",
            "{name: t, image: u, commands: [x], dependents: [{target: a}], condition: {condition: [check_result, a, 1]}}",
            &["spec.tasks[2].condition.condition: check_result needs a task and the expected text"],
        ),
        (
            "6: and reads one vertex",
            "{name: t, image: u, commands: [x], dependents: [{target: two}], condition: {condition: [check_result, two, ok]}}",
            &[
                "spec.tasks[2].condition.condition[1]: check_result reads the output of \"two\", which has 2 vertices",
            ],
        ),
        (
            "7: there is a command, and rows are lists",
            "{name: t, image: u, commandsIter: {command: '', varsIter: [[p], 5]}}",
            &[
                "spec.tasks[2].commandsIter.command: command must not be empty",
                "spec.tasks[2].commandsIter.varsIter[1]: a list of values is wanted here",
            ],
        ),
        (
            "7: with something in them (B4)",
            "{name: t, image: u, commandsIter: {command: '${1}', varsIter: [[]]}}",
            &["spec.tasks[2].commandsIter.varsIter[0]: the task has no commands"],
        ),
        (
            "7: get_result has a task and a separator, and waits for the whole",
            "{name: t, image: u, commandsIter: {command: '${1}', varsIter: [[get_result, a], [get_result, a, '']]}, dependents: [{target: a, type: iterate}]}",
            &[
                "spec.tasks[2].commandsIter.varsIter[0]: get_result needs a task and a separator",
                "spec.tasks[2].dependents[0].type: get_result reads the output of \"a\", so the task must wait for the whole of it",
            ],
        ),
        (
            "8: there is no cycle",
            "[{name: t, image: u, commands: [x], dependents: [{target: s}]}, {name: s, image: u, commands: [x], dependents: [{target: t}]}]",
            &["spec.tasks[0].dependents[0].target: dependents form a cycle: t -> s -> t"],
        ),
    ];
    let other = cases.iter().filter_map(|(rule, yaml, expected)| {
        let got = verdict(yaml);
        let is_said = got.len() == expected.len()
            && got.iter().zip(*expected).all(|(got, expected)| got.starts_with(expected));
        (!is_said).then(|| format!("{rule}: {yaml}\n{got:#?}"))
    });
    let other: Vec<String> = other.collect();
    assert!(other.is_empty(), "{}", other.join("\n"));
}

#[test]
fn the_expansions_of_the_originals_tests() {
    // What a source prints, the fields of the task, its commands.
    let cases: [(&str, &str, &[&str]); 14] = [
        ("", "commands: [b, a]", &["b", "a"]),
        ("", "commandSet: ['echo ${1} ${item}']", &["echo ${1} ${item}"]),
        ("", "commandsIter: {command: 'x ${1}', vars: [[p], [q]]}", &["x p", "x q"]),
        ("", "commandsIter: {command: 'x ${2} ${1}', vars: [[p, 1], [q, 2]]}", &["x 1 p", "x 2 q"]),
        ("", "commandsIter: {command: 'x ${1}', varsIter: [[p, q]]}", &["x p", "x q"]),
        (
            "",
            "commandsIter: {command: '${1} ${2}', varsIter: [[p, q], [0, 1]]}",
            &["p 0", "p 1", "q 0", "q 1"],
        ),
        (
            "",
            "commandsIter: {command: '${1} ${2} ${3}', varsIter: [[s1, s2], [0, 1], [25]]}",
            &["s1 0 25", "s1 1 25", "s2 0 25", "s2 1 25"],
        ),
        (
            "",
            "commands: [first], commandsIter: {command: '${item}', varsIter: [[p, q]]}",
            &["first", "0", "1"],
        ),
        (
            "",
            "commandsIter: {command: '${item}:${1}', vars: [[v]], varsIter: [[p, q]]}",
            &["0:v", "1:p", "2:q"],
        ),
        ("", "commandsIter: {command: '${1}|${1}${2}', varsIter: [[p], [1]]}", &["p|p1"]),
        (
            "",
            "commandsIter: {command: '${1}', varsIter: [[1.50, true, null, [a], {k: '<'}]]}",
            &["1.5", "true", "null", r#"["a"]"#, r#"{"k":"\u003c"}"#],
        ),
        (
            "1 2  3",
            "commandsIter: {command: 'x ${1}', varsIter: [[get_result, a, ' ']]}, dependents: [{target: a}]",
            &["x 1", "x 2", "x 3"],
        ),
        (
            "1 2",
            "commandsIter: {command: 'x ${1}', varsIter: [[get_result, a, '']]}, dependents: [{target: a}]",
            &["x 1 2"],
        ),
        (
            "1;2",
            "commands: [c], commandsIter: {command: '${1}${2}', vars: [[v, w]], varsIter: [[get_result, a, ;], [p, q]]}, dependents: [{target: a}]",
            &["c", "vw", "1p", "1q", "2p", "2q"],
        ),
    ];
    for (printed, fields, expected) in cases {
        let document = document(&after(&format!("{{name: t, image: u, {fields}}}")));
        let valid = validate_document(document, &Limits::CLUSTER).unwrap();
        let commands = &valid.plan().tasks[2].commands;
        let pieces = commands.cut(printed);
        let texts: Vec<String> =
            (0..commands.width(&pieces)).map(|index| commands.command(index, &pieces).text).collect();
        assert_eq!(texts, expected, "{fields} of {printed:?}");
    }
}
