//! What tasks expand to: the cases of the grammar's rules, and those that the original got wrong.

use super::{compiled, expand, one, texts};

fn check(task: &str, inputs: &str, expected: &[&str]) {
    let got = expand(task, inputs).unwrap_or_else(|errors| panic!("{task} {inputs}: {errors:#?}"));
    assert_eq!(got, expected, "{task} {inputs}");
}

fn refused(task: &str, inputs: &str, expected: &str) {
    let errors = expand(task, inputs).expect_err(task);
    assert!(errors.len() == 1 && errors[0].contains(expected), "{task} {inputs}: {errors:#?}");
}

#[test]
fn rows_and_products_expand_in_order() {
    const IN: &str = "{v: {value: V}, n: {type: number, value: 2}, b: {type: bool, value: true}, l: {type: array, value: [p, q]}}";
    for (task, expected) in [
        // commands alone; texts, numbers and booleans.
        ("{commands: [a, b]}", &["a", "b"][..]),
        ("{commands: [5, true, 1.50]}", &["5", "true", "1.5"]),
        ("{commands: ['${v}-${n}-${b}']}", &["V-2-true"]),
        ("{commands: ['${l}']}", &[r#"["p","q"]"#]),
        // The first list varies slowest.
        (
            "{commands_iter: {command: '${1} ${2} ${3}', vars_iter: [[s1, s2], [0, 1], [25]]}}",
            &["s1 0 25", "s1 1 25", "s2 0 25", "s2 1 25"],
        ),
        ("{commands_iter: {command: '${1}', vars_iter: ['range(0, 3)']}}", &["0", "1", "2"]),
        ("{commands_iter: {command: '${1}', vars_iter: ['range(0,${n})']}}", &["0", "1"]),
        ("{commands_iter: {command: '${1}', vars_iter: ['range(0,1,0.3)']}}", &["0", "0.3", "0.6", "0.9"]),
        (
            "{commands_iter: {command: '${1}${2}', vars_iter: ['${l}', ['${v}', 'x${n}']]}}",
            &["pV", "px2", "qV", "qx2"],
        ),
        // A row can be an array; one row, one command.
        ("{commands_iter: {command: '${2} ${1}', vars: ['${l}', [1, true]]}}", &["q p", "true 1"]),
        ("{commands_iter: {command: 'x${item}', vars: [[]]}}", &["x0"]),
        // Zipped rows stand between.
        (
            "{commands: [c], commands_iter: {command: '${item}:${1}${2}', vars: [[x, z]], vars_zip: ['${l}', 'range(1,3)'], vars_iter: [[A], [B, C]]}}",
            &["c", "0:xz", "1:p1", "2:q2", "3:AB", "4:AC"],
        ),
        // A function within a list is a text, and so is a name that nobody has.
        (
            "{commands_iter: {command: '${1}', vars_iter: [['range(0,3)', '-${nobody}']]}}",
            &["range(0,3)", "-${nobody}"],
        ),
        ("{commands_iter: {command: '${1} ${0} ${01}', vars_iter: [[a]]}}", &["a ${0} ${01}"]),
        // An iterator with nothing in it is none.
        ("{commands: [a], commands_iter: {command: '', vars_iter: []}}", &["a"]),
        // Without an input of this name, a number in plain commands is the shell's.
        ("{commands: ['${1} ${item}']}", &["${1} ${item}"]),
    ] {
        check(task, IN, expected);
    }
}

#[test]
fn nothing_is_expanded_twice() {
    const IN: &str = "{one: {value: '${1}'}, item: {value: I}, d: {value: '$'}, open: {value: '${x:-'}, l: {type: array, value: ['${2}', '${item}']}}";
    for (task, expected) in [
        ("{commands: ['${one}${one}']}", &["${1}${1}"][..]),
        ("{commands_iter: {command: '${one} ${1}', vars_iter: [[a, b]]}}", &["${1} a", "${1} b"]),
        (
            "{commands_iter: {command: '${one}${1}', vars: [[a]], vars_zip: [[b]], vars_iter: [[c]]}}",
            &["${1}a", "${1}b", "${1}c"],
        ),
        ("{commands_iter: {command: '${d}{1} ${1}', vars_iter: [[a]]}}", &["${1} a"]),
        ("{commands_iter: {command: '${open}${1}}', vars_iter: [[a]]}}", &["${x:-a}"]),
        ("{commands_iter: {command: '${1} ${2}', vars_iter: ['${l}', [b]]}}", &["${2} b", "I b"]),
        // An input takes the place of what rows would give.
        ("{commands_iter: {command: '${item} ${1}', vars_iter: [[a]]}}", &["I a"]),
    ] {
        check(task, IN, expected);
    }
}

#[test]
fn what_cannot_be_expanded_is_refused() {
    const IN: &str =
        "{v: {value: V}, l: {type: array, value: [p, q]}, g: {type: array, value: [get_result, a, b]}}";
    for (task, expected) in [
        ("{commands: ['${nobody}']}", "workflow.t.commands[0]: no input is called \"nobody\""),
        ("{commands: ['${long']}", "\"${\" has no \"}\" that ends it"),
        ("{commands: ['${l']}", "\"${\" has no \"}\" that ends it"),
        ("{commands_iter: {command: '${a', vars_iter: [[a]]}}", "\"${\" has no \"}\" that ends it"),
        (
            "{commands_iter: {command: '${2}', vars_iter: [[a]]}}",
            "${2} has no value: the rows have 1 variable",
        ),
        ("{commands_iter: {command: '${99999999999999999999999}', vars_iter: [[a]]}}", "has no value"),
        ("{commands_iter: {command: x}}", "there is a command and no rows that fill it"),
        ("{commands_iter: {vars_iter: [[a]]}}", "there are rows and no command that they fill"),
        ("{commands_iter: {command: '${1}', vars: [[a], [b, c]]}}", "the row has 2 values, the first has 1"),
        ("{commands_iter: {command: '${1}', vars: ['range(0,3)']}}", "range cannot stand here"),
        ("{commands_iter: {command: '${1}', vars: ['get_result(a)']}}", "get_result cannot stand here"),
        ("{commands_iter: {command: '${1}', vars_zip: ['get_result(a)']}}", "get_result cannot stand here"),
        (
            "{commands_iter: {command: '${1}', vars_zip: [[a], [b, c]]}}",
            "the lists of vars_zip must be equally long",
        ),
        (
            "{commands_iter: {command: '${1}', vars_zip: [[a], [b]], vars_iter: [[a]]}}",
            "vars_iter has 1 element, vars_zip has 2 lists",
        ),
        ("{commands_iter: {command: '${1}', vars_iter: [a]}}", "this text is no list of values"),
        ("{commands_iter: {command: '${1}', vars_iter: [5]}}", "a list is wanted, not the number 5"),
        (
            "{commands_iter: {command: '${1}', vars_iter: [[[a]]]}}",
            "a text, a number or a boolean is wanted, not a list",
        ),
        ("{commands_iter: {command: '${1}', vars_iter: ['${v}']}}", "input \"v\" is no array"),
        (
            "{commands_iter: {command: '${1}', vars_iter: [['${l}']]}}",
            "input \"l\" is a list, and one value is wanted",
        ),
        ("{commands_iter: {command: '${1}', vars_iter: [['${nobody}']]}}", "no input is called \"nobody\""),
        (
            "{commands_iter: {command: '${1}', vars_iter: ['range(0,3,0)']}}",
            "the step of a range must not be 0",
        ),
        ("{commands_iter: {command: '${1}', vars_iter: ['range(0,100001)']}}", "at most 100,000 are allowed"),
        ("{commands_iter: {command: '${1}', vars_iter: ['range(0,${v})']}}", "input \"v\" is no number"),
        ("{commands_iter: {command: '${1}', vars_iter: ['${g}']}}", "a list that begins with get_result"),
        ("{commands_iter: {command: '${1}', vars_iter: [[]]}}", "element 1 of vars_iter is empty"),
        ("{commands: []}", "the task has no commands, and its tool has none"),
        ("{commands: a}", "a list is wanted, not the text \"a\""),
        ("{commands: [[a]]}", "a text is wanted, not a list"),
    ] {
        refused(task, IN, expected);
    }
}

#[test]
fn products_stay_products() {
    let compiled = compiled(&one(
        "{commands_iter: {command: '${1} ${2}', vars_iter: ['range(0,300)', 'range(0,300)']}}",
        "{}",
    ))
    .unwrap();
    let axes = compiled.execution["spec"]["tasks"][0]["commandsIter"]["varsIter"].as_array().unwrap();
    assert_eq!(axes.iter().map(|axis| axis.as_array().unwrap().len()).collect::<Vec<_>>(), [300, 300]);
}

#[test]
fn what_stays_in_a_plain_command_is_said() {
    let warnings = texts(&compiled(&one("{commands: ['${1}', '${item}']}", "{}")).unwrap().warnings);
    assert_eq!(
        warnings,
        [
            "workflow.t.commands[0]: ${1} stays as it is: only commands_iter has rows; move the command to commands_iter"
        ]
    );
}

#[test]
fn a_join_says_what_a_skipped_task_means_to_it() {
    let workflow = super::yaml(
        "{workflow: {if: {tool: 'u:1', commands: [x], condition: false}, join: {tool: 'u:1', commands: [x],
          depends: [{target: if, on_skipped: Ignore}]}}}",
    );
    let tasks = compiled(&workflow).unwrap().execution["spec"]["tasks"].clone();
    assert_eq!(tasks[1]["dependents"], serde_json::json!([{"target": "if", "onSkipped": "Ignore"}]));
}

#[test]
fn the_instantiated_workflow_has_everything_filled_in() {
    let workflow = super::yaml(
        "{version: genecontainer_0_1,
          inputs: {n: {type: number, default: 3}, l: {type: array, default: [a, b]}, odd: {value: '${1}'}, m: {default: /m}},
          volumes: {v: {mount_path: '${m}/x', mount_from: {pvc: claim}}},
          workflow: {
            s: {tool: 'u:1', commands: ['echo ${odd} ${m}'], image: other},
            t: {tool: 'u:1', resources: {memory: 4g}, depends: [{target: s}], condition: 'check_result(s, \"a\")',
                commands_iter: {command: '${1} ${2}', vars_zip: ['${l}', [1, 2]], vars_iter: ['range(0,${n})', 'get_result(s, \";\")']}}}}",
    );
    let expected = super::yaml(
        "{version: genecontainer_0_1,
          inputs: {n: {type: number, value: 3}, l: {type: array, value: [a, b]}, odd: {type: string, value: '${dollar}{1}'},
            m: {type: string, value: /m}, dollar: {type: string, value: $}},
          volumes: {v: {mount_path: /m/x, mount_from: {pvc: claim}}},
          workflow: {
            s: {tool: 'u:1', commands: ['echo ${1} /m']},
            t: {tool: 'u:1', resources: {memory: 4G}, depends: [{target: s}], condition: [check_result, s, a],
                commands_iter: {command: '${1} ${2}', vars: [[a, 1], [b, 2]], vars_iter: [[0, 1, 2], [get_result, s, ;]]}}}}",
    );
    assert_eq!(compiled(&workflow).unwrap().instantiated(), expected);
}

/// An Execution leaves a number beyond its variables as it stands, but a workflow may not name it: there it is escaped.
#[test]
fn a_number_beyond_the_variables_in_a_value_stays_text_in_the_instantiated_workflow() {
    let workflow = serde_json::json!({
        "inputs": {"odd": {"value": "${3}"}},
        "workflow": {"t": {"tool": "u:1", "commands_iter": {"command": "${1}${2}${odd}", "vars": [["x", "y"]]}}},
    });
    let first = compiled(&workflow).unwrap();
    assert_eq!(first.execution["spec"]["tasks"][0]["commandsIter"]["command"], "${1}${2}${3}");
    let instantiated = first.instantiated();
    let command = &instantiated["workflow"]["t"]["commands_iter"]["command"];
    assert_eq!(command, "${1}${2}${dollar}{3}");
    assert_eq!(compiled(&instantiated).unwrap().execution, first.execution);
}
