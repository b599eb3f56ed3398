//! Where the original's documents and its code differ: the documents hold, as far as the grammar is concerned. What is
//! left of them is that of the engine and the controller (skipping, results, resources in Jobs).

use gene_types::{Limits, validate_document};
use serde_json::{Value, json};

use super::{compiled, compiled_with, expand, one, texts};

fn task(workflow: &Value) -> Value {
    compiled(workflow).unwrap_or_else(|faults| panic!("{workflow}: {:#?}", texts(&faults))).execution["spec"]
        ["tasks"][0]
        .clone()
}

fn refused(workflow: &Value, expected: &str) {
    let errors = texts(&compiled(workflow).unwrap_err());
    assert!(errors.len() == 1 && errors[0].contains(expected), "{workflow}: {errors:#?}");
}

#[test]
fn d2_and_d3_a_root_has_a_condition_from_a_bool_or_a_text() {
    for (condition, inputs, expected) in [
        ("true", "{}", true),
        ("false", "{}", false),
        ("'${c}'", "{c: {type: bool, value: true}}", true),
        ("'${c}'", "{c: {value: 'false'}}", false),
        ("[false]", "{}", false),
    ] {
        let task = task(&one(&format!("{{condition: {condition}}}"), inputs));
        assert_eq!(task["condition"], json!({"condition": [expected]}), "{condition}");
    }
    for condition in ["'true'", "1", "'${c}x'", "'check_result(a'", "[1]", "'${nobody}'"] {
        let workflow = one(&format!("{{condition: {condition}}}"), "{c: {type: bool, value: true}}");
        assert_eq!(compiled(&workflow).unwrap_err().len(), 1, "{condition}");
    }
}

#[test]
fn d4_the_type_of_a_dependency_is_whole_unless_said() {
    let workflow = json!({"workflow": {
        "a": {"tool": "u:1", "commands": ["x"]},
        "b": {"tool": "u:1", "commands": ["x"], "depends": [{"target": "a"}]},
    }});
    let valid = validate_document(compiled(&workflow).unwrap().execution, &Limits::CLUSTER).unwrap();
    assert_eq!(valid.plan().tasks[1].dependencies[0].kind, gene_types::v1alpha1::DependencyType::Whole);
}

#[test]
fn d5_iterate_needs_equal_widths() {
    let workflow = json!({"workflow": {
        "a": {"tool": "u:1", "commands": ["x", "y"]},
        "b": {"tool": "u:1", "commands": ["x"], "depends": [{"target": "a", "type": "iterate"}]},
    }});
    refused(&workflow, "workflow.b.depends[0].type: iterate needs equally many vertices");
}

#[test]
fn d6_the_first_list_varies_slowest() {
    let got = expand("{commands_iter: {command: '${1}${2}', vars_iter: [[a, b], [1, 2]]}}", "{}");
    assert_eq!(got.unwrap(), ["a1", "a2", "b1", "b2"]);
}

#[test]
fn d7_vars_stand_alone() {
    assert_eq!(
        expand("{commands_iter: {command: '${2}${1}', vars: [[a, b], [c, d]]}}", "{}").unwrap(),
        ["ba", "dc"]
    );
}

#[test]
fn d8_calls_take_inputs_without_quotes() {
    for (argument, expected) in [("${s}", ";"), ("\"${s}\"", ";"), ("'a${s}b'", "a;b"), ("${comma}", ",")] {
        let workflow = |task: Value| {
            json!({
                "inputs": {"s": {"value": ";"}, "comma": {"value": ","}},
                "workflow": {"a": {"tool": "u:1", "commands": ["x"]}, "b": task},
            })
        };
        let call = format!("get_result(a, {argument})");
        let iterated = compiled(&workflow(json!({
            "tool": "u:1", "depends": [{"target": "a"}], "commands_iter": {"command": "${1}", "vars_iter": [call]},
        })));
        let axes = iterated.unwrap().execution["spec"]["tasks"][1]["commandsIter"]["varsIter"].clone();
        assert_eq!(axes, json!([["get_result", "a", expected]]), "{argument}");
        let conditional = compiled(&workflow(json!({
            "tool": "u:1", "depends": [{"target": "a"}], "commands": ["x"], "condition": format!("check_result(a, {argument})"),
        })));
        let condition = conditional.unwrap().execution["spec"]["tasks"][1]["condition"].clone();
        assert_eq!(condition, json!({"condition": ["check_result", "a", expected]}), "{argument}");
    }
}

#[test]
fn d11_resources_reach_the_execution() {
    let resources = |text: &str| {
        task(&one(&format!("{{resources: {text}}}"), "{c: {type: number, value: 2}}"))["resources"].clone()
    };
    assert_eq!(resources("{cpu: '${c}', memory: '0.${c}g'}"), json!({"cpu": "2", "memory": "0.2G"}));
    assert_eq!(resources("{cpu: 0.5}"), json!({"cpu": "0.5"}));
    refused(&one("{resources: {cpu: '${nobody}'}}", "{}"), "no input is called \"nobody\"");
    let warnings = texts(&compiled(&one("{resources: {memory: 4}}", "{}")).unwrap().warnings);
    assert_eq!(
        warnings,
        ["workflow.t.resources.memory: memory 4 without a unit is 4 bytes; write 4G for gigabytes"]
    );
}

#[test]
fn d13_commands_are_what_the_original_wrote() {
    assert_eq!(
        task(&one("{commands: [a]}", "{}")),
        json!({"name": "t", "image": "u:1", "commandSet": ["a"]})
    );
}

#[test]
fn d14_two_tasks_of_one_name_differ_in_case_at_least() {
    let workflow = json!({"workflow": {"a": {"tool": "u:1", "commands": ["x"]}, "A": {"tool": "u:1", "commands": ["x"]}}});
    refused(&workflow, "workflow.A: \"A\" cannot be the name of a task");
}

#[test]
fn d16_what_comes_from_outside_wins() {
    let workflow = one("{commands: ['${x}']}", "{x: {default: d, value: v}}");
    let outside = compiled_with(&workflow, Some(&json!({"x": "o"})), &[]).unwrap();
    assert_eq!(super::commands(&outside, "t"), ["o"]);
}

#[test]
fn d17_a_mount_path_has_no_colon() {
    let with = |path: &str| {
        let mut workflow = one("{}", "{m: {value: /m}}");
        workflow["volumes"] = json!({"data": {"mount_path": path, "mount_from": {"pvc": "claim"}}});
        workflow
    };
    refused(&with("/a:b"), "volumes.data.mount_path: mount_path must not contain \":\"");
    refused(&with("data"), "volumes.data.mount_path: mount_path must be an absolute path");
    refused(&with(""), "volumes.data.mount_path: mount_path must not be empty");
    let volumes = task(&with("${m}/x${m}"))["volumes"].clone();
    assert_eq!(volumes, json!({"data": {"mountPath": "/m/x/m", "mountFrom": {"pvc": "claim"}}}));
}

#[test]
fn b19_what_crashed_hung_or_was_left_out_is_right_or_refused() {
    for (command, expected) in [
        ("${a}${b}", Ok("AB")),
        ("${a}${b}${a}", Ok("ABA")),
        ("${long", Err("has no \"}\"")),
        ("x${", Err("has no \"}\"")),
    ] {
        let got = expand(&format!("{{commands: ['{command}']}}"), "{a: {value: A}, b: {value: B}}");
        match expected {
            Ok(expected) => assert_eq!(got.unwrap(), [expected], "{command}"),
            Err(expected) => assert!(got.unwrap_err()[0].contains(expected), "{command}"),
        }
    }
    let endless =
        expand("{commands_iter: {command: '${1}', vars_iter: ['range(0,3,0)']}}", "{}").unwrap_err();
    assert!(endless[0].contains("the step of a range must not be 0"), "{endless:?}");
}

#[test]
fn b20_every_path_is_that_of_its_own_fault() {
    let errors = expand("{commands_iter: {command: '${1}', vars_iter: [[[1]], [[2]]]}}", "{}").unwrap_err();
    let paths: Vec<&str> = errors.iter().map(|error| error.split(": ").next().unwrap()).collect();
    assert_eq!(
        paths,
        ["workflow.t.commands_iter.vars_iter[0][0]", "workflow.t.commands_iter.vars_iter[1][0]"]
    );
}
