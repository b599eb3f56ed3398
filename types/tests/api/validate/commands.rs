//! Images, commands, and the rows that make them.

use super::check;

#[test]
fn an_execution_has_tasks_and_sane_numbers() {
    check(
        r#"{tasks: [{name: a, image: "u:1", commands: [x]}], parallelism: 0, activeDeadlineSeconds: 1}"#,
        &[],
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
