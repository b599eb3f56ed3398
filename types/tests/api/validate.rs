//! An example for every rule of validation.

use gene_types::{Limits, validate_document};

use serde_json::json;

use crate::document;

fn check(yaml: &str, expected: &[&str]) {
    let errors = validate_document(document(yaml), &Limits::LOCAL).err().unwrap_or_default();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors, expected, "{yaml}");
}

#[test]
fn an_execution_has_a_name() {
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &["metadata.name: the Execution must have a name; write a name under metadata, like name: my-run"],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: a.b}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.name: the name "a.b" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "a-b" would do"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: A_b}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.name: the name "A_b" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "a-b" would do"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {generateName: "run-"}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {generateName: "-run-"}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.generateName: the generateName "-run-" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "run" would do"#,
        ],
    );
    let generated = |prefix: String| {
        format!(
            "{{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {{generateName: {prefix}}}, spec: {{tasks: [{{name: a, image: 'u:1', commands: [x]}}]}}}}"
        )
    };
    check(&generated("e".repeat(54)), &[]);
    check(
        &generated("e".repeat(60)),
        &[
            "metadata.generateName: the generateName has 60 bytes, and 5 are appended to it; together at most 63 are allowed; shorten it by 2 bytes at least",
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x, namespace: Bio_1}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.namespace: the namespace "Bio_1" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "bio-1" would do"#,
        ],
    );
}

#[test]
fn an_execution_has_tasks_and_sane_numbers() {
    check(
        r#"{tasks: [{name: a, image: "u:1", commands: [x]}], parallelism: 0, activeDeadlineSeconds: 1}"#,
        &[],
    );
}

#[test]
fn names_of_tasks_are_labels_and_unique() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: a, image: "u:1", commands: [x]}]"#,
        &[r#"spec.tasks[1].name: two tasks are called "a"; give each task a name of its own"#],
    );
    check(
        r#"[{name: "", image: "u:1", commands: [x], description: d}]"#,
        &["spec.tasks[0].name: the task must have a name; write a name, like name: align"],
    );
    check(
        r#"[{name: A.b, image: "u:1", commands: [x], description: d}]"#,
        &[
            r#"spec.tasks[0].name: the task's name "A.b" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "a-b" would do"#,
        ],
    );
}

#[test]
fn a_task_has_an_image() {
    check(
        r#"[{name: a, image: "", commands: [x]}]"#,
        &["spec.tasks[0].image: image must not be empty; name the container image, like image: ubuntu:24.04"],
    );
    check(
        r#"[{name: a, image: "u 1", commands: [x]}]"#,
        &[
            "spec.tasks[0].image: image must not contain blanks; name the container image, like image: ubuntu:24.04",
        ],
    );
}

#[test]
fn a_task_has_commands() {
    check(
        r#"[{name: a, image: "u:1"}]"#,
        &["spec.tasks[0].commands: the task has no commands; write at least one command"],
    );
    check(
        r#"[{name: a, image: "u:1", commands: []}]"#,
        &["spec.tasks[0].commands: the task has no commands; write at least one command"],
    );
    check(
        r#"[{name: a, image: "u:1", commandSet: []}]"#,
        &["spec.tasks[0].commandSet: the task has no commands; write at least one command"],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], commandSet: [x]}]"#,
        &[
            "spec.tasks[0].commandSet: commandSet must not stand beside commands: they are two names of one field; move the commands of commandSet to commands",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: ["a\0b"]}]"#,
        &[
            "spec.tasks[0].commands[0]: the command must not contain a NUL character; remove the NUL: no program can be given one",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], shell: []}]"#,
        &[
            "spec.tasks[0].shell: shell must name a program; write shell: [sh, -c], or leave shell out: that is its default",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], shell: [""]}]"#,
        &[
            "spec.tasks[0].shell: shell must name a program; write shell: [sh, -c], or leave shell out: that is its default",
        ],
    );
    check(r#"[{name: a, image: "u:1", commands: [x], shell: [bash, -c]}]"#, &[]);
}

#[test]
fn rows_are_lists_of_equal_length() {
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x}}]"#,
        &[
            "spec.tasks[0].commandsIter: commandsIter needs rows: varsIter, vars or count; write varsIter: [[a, b]], or count: 2 where only ${item} differs",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: "", count: 1}}]"#,
        &[
            "spec.tasks[0].commandsIter.command: command must not be empty; write the command, with ${1} for the first variable of a row",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[1, 2], [1]]}}]"#,
        &[
            "spec.tasks[0].commandsIter.vars[1]: the row has 1 value, the first has 2; give every row of vars as many values as the first",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [1]}}]"#,
        &["spec.tasks[0].commandsIter.vars[0]: a list of values is wanted here; put it in brackets: [1]"],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, varsIter: [s]}}]"#,
        &[
            r#"spec.tasks[0].commandsIter.varsIter[0]: a list of values is wanted here; put it in brackets: ["s"]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[x, yy]], varsIter: [[A, B]]}}]"#,
        &[
            "spec.tasks[0].commandsIter.vars: the rows of vars have 2 values, varsIter has 1 element: both fill the same ${1}, ${2} …; give the rows of vars as many values as varsIter has elements",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, varsIter: [[]]}}]"#,
        &[
            "spec.tasks[0].commandsIter.varsIter[0]: the task has no commands: element 1 of varsIter is empty, and so is every combination with it; give it at least one value",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, varsIter: [[1], []]}}]"#,
        &[
            "spec.tasks[0].commandsIter.varsIter[1]: the task has no commands: element 2 of varsIter is empty, and so is every combination with it; give it at least one value",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, varsIter: []}}]"#,
        &["spec.tasks[0].commandsIter: the task has no commands; write at least one command"],
    );
    check(r#"[{name: a, image: "u:1", commands: [x], commandsIter: {command: x, varsIter: [[]]}}]"#, &[]);
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[1], ["a\0"]]}}]"#,
        &[
            "spec.tasks[0].commandsIter.vars[1][0]: the value must not contain a NUL character; remove the NUL: no program can be given one",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, varsIter: [[1, 2]], count: 2}}]"#,
        &[
            "spec.tasks[0].commandsIter.count: count must not stand beside varsIter: the rows are counted there; remove count or varsIter",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: x, vars: [[1]], count: 2}}]"#,
        &[
            "spec.tasks[0].commandsIter.count: count must not stand beside vars: the rows are counted there; remove count or vars",
        ],
    );
}

#[test]
fn get_result_names_a_task_and_a_separator() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result]]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].commandsIter.varsIter[0]: get_result needs a task and a separator, both strings; write [get_result, TASK, "SEPARATOR"]; an empty separator takes the text as one"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, 1]]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].commandsIter.varsIter[0]: get_result needs a task and a separator, both strings; write [get_result, TASK, "SEPARATOR"]; an empty separator takes the text as one"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, "", z]]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].commandsIter.varsIter[0]: get_result needs a task and a separator, both strings; write [get_result, TASK, "SEPARATOR"]; an empty separator takes the text as one"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: a}]}]"#,
        &[],
    );
}

#[test]
fn dependents_name_other_tasks() {
    check(
        r#"[{name: trim, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], dependents: [{target: trimm}, {target: ""}, {target: nothing-like-it}]}]"#,
        &[
            r#"spec.tasks[1].dependents[0].target: no task is called "trimm"; there is a task "trim""#,
            "spec.tasks[1].dependents[1].target: the target must not be empty; name the task that is waited for",
            r#"spec.tasks[1].dependents[2].target: no task is called "nothing-like-it"; name one of the tasks of this Execution"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: a}]}]"#,
        &[r#"spec.tasks[0].dependents[0].target: task "a" waits for itself; remove this entry"#],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], dependents: [{target: a, type: iterate}, {target: a, onSkipped: Ignore}]}]"#,
        &[],
    );
}

#[test]
fn iterate_needs_equal_widths() {
    check(
        r#"[{name: two, image: "u:1", commands: [x, z]},{name: a, image: "u:1", commands: [x], dependents: [{target: two, type: iterate}]}]"#,
        &[
            r#"spec.tasks[1].dependents[0].type: iterate needs equally many vertices on both sides: "a" has 1, "two" has 2; write type: whole, or give both tasks the same number of commands"#,
        ],
    );
    check(
        r#"[{name: two, image: "u:1", commands: [x, z]},{name: a, image: "u:1", commands: [x], dependents: [{target: two, type: iterate}, {target: two, type: whole}]}]"#,
        &[],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: a}]},{name: c, image: "u:1", commands: [x, z], dependents: [{target: b, type: iterate}]}]"#,
        &[],
    );
}

#[test]
fn a_cycle_is_reported_as_the_cycle() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: b}]},{name: b, image: "u:1", commands: [x], dependents: [{target: a}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: a -> b -> a; remove one of the two dependents",
        ],
    );
    check(
        r#"[{name: z, image: "u:1", commands: [x], dependents: [{target: b}]},{name: a, image: "u:1", commands: [x], dependents: [{target: b}]},{name: b, image: "u:1", commands: [x], dependents: [{target: c}]},{name: c, image: "u:1", commands: [x], dependents: [{target: z}, {target: a}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: z -> b -> c -> z; remove one of the 3 dependents",
            "spec.tasks[1].dependents[0].target: dependents form a cycle: a -> b -> c -> a; remove one of the 3 dependents",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: b}]},{name: b, image: "u:1", commands: [x], dependents: [{target: a}]},{name: c, image: "u:1", commands: [x], dependents: [{target: d}]},{name: d, image: "u:1", commands: [x], dependents: [{target: c}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: a -> b -> a; remove one of the two dependents",
            "spec.tasks[2].dependents[0].target: dependents form a cycle: c -> d -> c; remove one of the two dependents",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: c, type: iterate}]},{name: b, image: "u:1", commands: [x], dependents: [{target: a, type: iterate}]},{name: c, image: "u:1", commands: [x], dependents: [{target: b, type: iterate}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: a -> c -> b -> a; remove one of the 3 dependents",
        ],
    );
}

#[test]
fn a_long_cycle_is_shortened() {
    check(
        r#"[{name: t0, image: "u:1", commands: [x], dependents: [{target: t1}]},{name: t1, image: "u:1", commands: [x], dependents: [{target: t2}]},{name: t2, image: "u:1", commands: [x], dependents: [{target: t3}]},{name: t3, image: "u:1", commands: [x], dependents: [{target: t4}]},{name: t4, image: "u:1", commands: [x], dependents: [{target: t5}]},{name: t5, image: "u:1", commands: [x], dependents: [{target: t6}]},{name: t6, image: "u:1", commands: [x], dependents: [{target: t7}]},{name: t7, image: "u:1", commands: [x], dependents: [{target: t8}]},{name: t8, image: "u:1", commands: [x], dependents: [{target: t9}]},{name: t9, image: "u:1", commands: [x], dependents: [{target: t10}]},{name: t10, image: "u:1", commands: [x], dependents: [{target: t11}]},{name: t11, image: "u:1", commands: [x], dependents: [{target: t12}]},{name: t12, image: "u:1", commands: [x], dependents: [{target: t13}]},{name: t13, image: "u:1", commands: [x], dependents: [{target: t14}]},{name: t14, image: "u:1", commands: [x], dependents: [{target: t15}]},{name: t15, image: "u:1", commands: [x], dependents: [{target: t16}]},{name: t16, image: "u:1", commands: [x], dependents: [{target: t17}]},{name: t17, image: "u:1", commands: [x], dependents: [{target: t18}]},{name: t18, image: "u:1", commands: [x], dependents: [{target: t19}]},{name: t19, image: "u:1", commands: [x], dependents: [{target: t0}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> t6 -> t7 -> t8 -> t9 -> t10 -> t11 -> … 8 more … -> t0; remove one of the 20 dependents",
        ],
    );
}

#[test]
fn conditions() {
    check(r#"[{name: a, image: "u:1", commands: [x], condition: {condition: [true]}}]"#, &[]);
    check(r#"[{name: a, image: "u:1", commands: [x], condition: {condition: [false, 1, 2]}}]"#, &[]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], condition: {condition: []}}]"#,
        &[
            r#"spec.tasks[0].condition.condition: the condition must not be empty; write [true], [false] or [check_result, TASK, "EXPECTED"]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], condition: {condition: ["true"]}}]"#,
        &[
            r#"spec.tasks[0].condition.condition[0]: a condition cannot begin with this value; write [true], [false] or [check_result, TASK, "EXPECTED"]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].condition.condition: check_result needs a task and the expected text, both strings; write [check_result, TASK, "EXPECTED"], the text in quotes"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, 1]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].condition.condition: check_result needs a task and the expected text, both strings; write [check_result, TASK, "EXPECTED"], the text in quotes"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}, dependents: [{target: a}]}]"#,
        &[],
    );
}

#[test]
fn generic_conditions() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: In}, {key: k, operator: Exists, values: [v]}, {key: k, operator: Gt, values: ["1", "2"]}, {key: k, operator: Lt, values: ["5.0"]}, {key: "", operator: "==", values: [v]}]}, dependents: [{target: a}]}]"#,
        &[
            "spec.tasks[1].genericCondition.matchRules[0].values: operator In needs at least one value; 0 are given; write values: [TEXT]",
            "spec.tasks[1].genericCondition.matchRules[1].values: operator Exists takes no values; 1 is given; remove values",
            r#"spec.tasks[1].genericCondition.matchRules[2].values: operator Gt needs exactly one value; 2 are given; write one whole number, like values: ["5"]"#,
            "spec.tasks[1].genericCondition.matchRules[4].key: the key must not be empty; write the key whose value is compared",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: ""}, dependents: [{target: a}]}]"#,
        &[
            "spec.tasks[1].genericCondition.dependJobName: dependJobName must not be empty; name the task whose output is read",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: null}, dependents: [{target: a}]}]"#,
        &[],
    );
}

#[test]
fn who_reads_an_output_waits_for_it_alone() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, aa, ok]}, dependents: [{target: a}]}]"#,
        &[r#"spec.tasks[1].condition.condition[1]: no task is called "aa"; there is a task "a""#],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}}]"#,
        &[
            r#"spec.tasks[1].dependents: check_result reads the output of "a", so the task must wait for it; write dependents: [{target: a, type: whole}]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}, dependents: [{target: a, type: iterate}]}]"#,
        &[
            r#"spec.tasks[1].dependents[0].type: check_result reads the output of "a", so the task must wait for the whole of it; write type: whole"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: c, image: "u:1", commands: [x], description: d},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a}, dependents: [{target: a}, {target: c}]}]"#,
        &[
            r#"spec.tasks[2].dependents: genericCondition reads the output of "a", so the task must wait for it alone, not for "a", "c"; write dependents: [{target: a, type: whole}]; let that task wait for the others"#,
        ],
    );
    check(
        r#"[{name: two, image: "u:1", commands: [x, z]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, two, ok]}, dependents: [{target: two}]}]"#,
        &[
            r#"spec.tasks[1].condition.condition[1]: check_result reads the output of "two", which has 2 vertices: only that of a single vertex can be read; put a task with one command between the two, and read its output"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: c, image: "u:1", commands: [x], description: d},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: c}]}]"#,
        &[
            r#"spec.tasks[2].dependents: get_result reads the output of "a", so the task must wait for it alone, not for "c"; write dependents: [{target: a, type: whole}]; let that task wait for the others"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}, dependents: [{target: a}, {target: a}]}]"#,
        &[],
    );
}

#[test]
fn resources_are_quantities() {
    check(r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 0.5, memory: 4G}}]"#, &[]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 4g, memory: -1}}]"#,
        &[
            r#"spec.tasks[0].resources.cpu: "4g" is no quantity; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
            r#"spec.tasks[0].resources.memory: a quantity must not be negative; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 1, limits: {memory: 4Gi}}}]"#,
        &["spec.tasks[0].resources.cpu: cpu must not stand beside limits; move it into limits"],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {requests: {cpu: 2, memory: true}, limits: {cpu: 1}}}]"#,
        &[
            r#"spec.tasks[0].resources.requests.memory: a quantity is a number or a text; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
            "spec.tasks[0].resources.requests.cpu: the request of cpu is greater than its limit; request at most the limit, 1",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {requests: {cpu: 2, memory: 1Gi}, limits: {cpu: 0, memory: 1Gi}}}]"#,
        &[],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], estimate: {memory: lots}}]"#,
        &[
            r#"spec.tasks[0].estimate.memory: "lots" is no quantity; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
        ],
    );
}

#[test]
fn volumes_come_from_one_place() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {V: {mountPath: /a, mountFrom: {pvc: c}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.V: the volume's name "V" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "v" would do"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: a, mountFrom: {}}}}]"#,
        &[
            "spec.tasks[0].volumes.v.mountPath: mountPath must be an absolute path; write where the container sees the volume, like /data",
            "spec.tasks[0].volumes.v.mountFrom: the volume must come from somewhere; write one of pvc, configMap, secret, emptyDir, hostPath and nfs",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: "/a:b", mountFrom: {pvc: c, secret: s}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.v.mountPath: mountPath must not contain ":"; write where the container sees the volume, like /data"#,
            "spec.tasks[0].volumes.v.mountFrom: the volume can come from one place only, not from pvc and secret; write one of pvc, configMap, secret, emptyDir, hostPath and nfs",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: "", mountFrom: {pvc: ""}}, w: {mountPath: /, mountFrom: {configMap: A_B}}}}]"#,
        &[
            "spec.tasks[0].volumes.v.mountPath: mountPath must not be empty; write where the container sees the volume, like /data",
            r#"spec.tasks[0].volumes.v.mountFrom.pvc: "" cannot be the name of a PersistentVolumeClaim; write the object's name: a-z, 0-9, "-" and ".""#,
            "spec.tasks[0].volumes.w.mountPath: mountPath must not be the root of the container; write where the container sees the volume, like /data",
            r#"spec.tasks[0].volumes.w.mountFrom.configMap: "A_B" cannot be the name of a ConfigMap; write the object's name: a-z, 0-9, "-" and ".""#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a, mountFrom: {pvc: c}}, w: {mountPath: /a/, mountFrom: {emptyDir: {}}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.w.mountPath: volume "v" is mounted there already; give each volume a path of its own"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a/../b, subPath: ../c, mountFrom: {emptyDir: {sizeLimit: 4g}}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.v.mountPath: mountPath must not contain ".."; write where the container sees the volume, like /data"#,
            r#"spec.tasks[0].volumes.v.subPath: subPath must be relative and without ".."; write a path inside the volume, like data/ref"#,
            r#"spec.tasks[0].volumes.v.mountFrom.emptyDir.sizeLimit: "4g" is no quantity; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a, subPath: /c, mountFrom: {hostPath: {path: a}}}, w: {mountPath: /b, mountFrom: {nfs: {server: "", path: b}}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.v.subPath: subPath must be relative and without ".."; write a path inside the volume, like data/ref"#,
            r#"spec.tasks[0].volumes.v.mountFrom.hostPath.path: the path on the node must be absolute and without ".."; write a path like /mnt/data"#,
            "spec.tasks[0].volumes.w.mountFrom.nfs.server: the NFS server must be named; write its host name or address",
            "spec.tasks[0].volumes.w.mountFrom.nfs.path: the exported path must be absolute; write the path that the server exports, like /export/data",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a, subPath: b/c, readOnly: true, mountFrom: {pvc: c.d}}}}]"#,
        &[],
    );
}

#[test]
fn variables_are_as_in_a_pod() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], env: [{name: "", value: x}, {name: "A=B"}, {name: GENE_TASK, value: x}, {name: A, value: "a\0"}]}]"#,
        &[
            "spec.tasks[0].env[0].name: the variable must have a name; write a name",
            r#"spec.tasks[0].env[1].name: the name has a character that no variable's may have; use letters, digits and "_""#,
            "spec.tasks[0].env[2].name: names that begin with GENE_ are set by the system; choose another name",
            "spec.tasks[0].env[3].value: the value must not contain a NUL character; remove the NUL: no program can be given one",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: B, valueFrom: {}}]}]"#,
        &[
            "spec.tasks[0].env[0].valueFrom: valueFrom must not stand beside value; remove one of the two",
            "spec.tasks[0].env[1].valueFrom: valueFrom must name exactly one source; write one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef",
        ],
    );
    check(r#"[{name: a, image: "u:1", commands: [x], env: [{name: A.b-c, value: x}]}]"#, &[]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], workingDir: data}]"#,
        &["spec.tasks[0].workingDir: workingDir must be an absolute path; begin it with a slash: /data"],
    );
    check(r#"[{name: a, image: "u:1", commands: [x], workingDir: /data}]"#, &[]);
}

#[test]
fn names_of_jobs_fit() {
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}, spec: {tasks: [{name: tttttttttttttttttttt, image: "u:1", commands: [x], description: fits}, {name: sssssssssssssssssssss, image: "u:1", commands: [x], description: over}]}}"#,
        &[
            r#"spec.tasks[1].name: Job names of task "sssssssssssssssssssss" would have 64 bytes ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.sssssssssssssssssssss.0"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {generateName: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-"}, spec: {tasks: [{name: tttttttttttttttttttt, image: "u:1", commands: [x], description: fits}, {name: sssssssssssssssssssss, image: "u:1", commands: [x], description: over}]}}"#,
        &[
            r#"spec.tasks[1].name: Job names of task "sssssssssssssssssssss" would have 64 bytes ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-xxxxx.sssssssssssssssssssss.0"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}, {name: ttttttttttttttttt, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: a}]}]}}"#,
        &[
            r#"spec.tasks[1].name: Job names of task "ttttttttttttttttt" would have 64 bytes ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.ttttttttttttttttt.99999"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte"#,
        ],
    );
}

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
