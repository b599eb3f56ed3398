//! What is said of a faulty workflow: all of it at once, each at its place, in the grammar's words, with a remedy.

use gene_workflow::{Origin, Request, compile};
use serde_json::json;

use super::{compiled, request, texts, yaml};

#[test]
fn every_fault_is_told_at_once() {
    let workflow = yaml(
        "{inputs: {a: {type: text}}, volumes: {Data: {mount_path: /data, mount_from: {pvc: claim}}}, extra: 1,
          workflow: {
            one: {tool: 'u:1', commands: ['${nobody}'], depends: [{target: twoo}]},
            two: {tool: 'u:2', commands: [x], resources: {cpu: 500m}},
            three: {tool: 'u:1', commands: [x], depends: [{target: two, type: some}], conditon: true},
            four: {tool: 'u:1', comands: [x]},
            Five: {tool: 'u:1', commands: ['${a}']},
            six: {commands: [x], depends: [{target: seven}]},
            seven: {tool: 'u:1', commands: [x], depends: [{target: six}]}}}",
    );
    let mut errors = texts(&compiled(&workflow).unwrap_err());
    errors.sort();
    let expected = [
        "extra: there is no field \"extra\" here",
        "inputs.a.type: \"text\" is none of string, number, bool, array",
        "volumes.Data: the volume's name \"Data\" is no DNS label",
        "workflow.Five: \"Five\" cannot be the name of a task",
        "workflow.four.comands: there is no field \"comands\" here; there is a field \"commands\"",
        "workflow.one.commands[0]: no input is called \"nobody\"",
        "workflow.one.depends[0].target: no task is called \"twoo\"; there is a task \"two\"",
        "workflow.seven.depends[0].target: depends form a cycle",
        "workflow.six.tool: the task names no tool",
        "workflow.three.conditon: there is no field \"conditon\" here; there is a field \"condition\"",
        "workflow.three.depends[0].type: \"some\" is none of whole, iterate",
        "workflow.two.resources.cpu: \"500m\" is no amount of cpu",
        "workflow.two.tool: there is no tool \"u:2\"; there is \"u:1\"",
    ];
    for expected in expected {
        assert!(errors.iter().any(|error| error.starts_with(expected)), "{expected}: {errors:#?}");
    }
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
}

#[test]
fn keys_match_without_regard_to_case() {
    let workflow = yaml(
        "{Version: x, WORKFLOW: {t: {Tool: 'u:1', COMMANDS_iter: {Command: '${1}', Vars_Iter: [[a]]}, image: other, type: GCS.Job}}, tools: {}}",
    );
    let compiled = compiled(&workflow).unwrap();
    let mut warnings = texts(&compiled.warnings);
    warnings.sort();
    assert_eq!(
        warnings,
        [
            "Version: \"Version\" is taken for \"version\"; write version",
            "WORKFLOW.t.COMMANDS_iter.Command: \"Command\" is taken for \"command\"; write command",
            "WORKFLOW.t.COMMANDS_iter.Vars_Iter: \"Vars_Iter\" is taken for \"vars_iter\"; write vars_iter",
            "WORKFLOW.t.COMMANDS_iter: \"COMMANDS_iter\" is taken for \"commands_iter\"; write commands_iter",
            "WORKFLOW.t.Tool: \"Tool\" is taken for \"tool\"; write tool",
            "WORKFLOW.t.image: \"image\" has no effect: a task has the image of its tool; remove it",
            "WORKFLOW.t.type: \"type\" has no effect: every task runs as a Job; remove it",
            "WORKFLOW: \"WORKFLOW\" is taken for \"workflow\"; write workflow",
            "tools: \"tools\" has no effect: tools are files of their own, read from --tool-repo; remove it",
        ]
    );
    let twice = json!({"workflow": {"t": {"tool": "u:1", "commands": ["a"], "Commands": ["b"]}}});
    let errors = texts(&super::compiled(&twice).unwrap_err());
    assert!(errors.len() == 1 && errors[0].contains("are the same field"), "{errors:?}");
}

#[test]
fn what_validation_says_is_said_in_the_grammars_words() {
    let workflow = yaml(
        "{workflow: {a: {tool: 'u:1', commands: [x, y]}, b: {tool: 'u:1', commands: [x], condition: 'check_result(a, \"x\")'},
          c: {tool: 'u:1', commands: [x], depends: [{target: a}],
              generic_condition: {depend_job_name: a, match_rules: [{key: k, operator: Is, values: [v]}]}}}}",
    );
    let errors = texts(&compiled(&workflow).unwrap_err());
    for expected in [
        "workflow.b.depends: check_result reads the output of \"a\", so the task must wait for it; write depends: [{target: a, type: whole}]",
        "workflow.b.condition: check_result reads the output of \"a\", which has 2 vertices",
        "workflow.c.generic_condition.match_rules[0].operator: \"Is\" is none of",
    ] {
        assert!(errors.iter().any(|error| error.starts_with(expected)), "{expected}: {errors:#?}");
    }
}

#[test]
fn what_is_no_workflow_is_refused() {
    for (document, expected) in [
        (json!(null), "an object is wanted, not null"),
        (json!([]), "an object is wanted, not a list"),
        (json!({}), "workflow: the workflow has no task"),
        (json!({"workflow": {}}), "workflow: the workflow has no task"),
        (json!({"workflow": null}), "workflow: the workflow has no task"),
        (json!({"workflow": []}), "workflow: an object is wanted, not a list"),
        (json!({"workflow": {"t": null}}), "workflow.t: an object is wanted, not null"),
        (
            json!({"workflow": {"t": {"tool": "u:1", "commands": ["x"]}}, "inputs": []}),
            "inputs: an object is wanted",
        ),
    ] {
        let errors = texts(&compiled(&document).unwrap_err());
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{document}: {errors:?}");
    }
    assert!(
        gene_workflow::is_workflow(&json!({"Workflow": 1}))
            && !gene_workflow::is_workflow(&json!({"kind": 1}))
    );
}

#[test]
fn names_are_bounded_as_the_grammar_says() {
    for (name, is_legal) in [
        ("a", true),
        ("a-1", true),
        (&"a".repeat(40), true),
        (&"a".repeat(41), false),
        ("1a", false),
        ("a-", false),
        ("a_b", false),
        ("", false),
    ] {
        let workflow = json!({"workflow": {name: {"tool": "u:1", "commands": ["x"]}}});
        assert_eq!(compiled(&workflow).is_ok(), is_legal, "{name:?}");
    }
}

#[test]
fn tasks_stand_in_the_order_that_is_given() {
    let task = json!({"tool": "u:1", "commands": ["x"]});
    let workflow = json!({"workflow": {"a": task, "b": task, "c": task, "d": task}});
    let order: Vec<String> = ["d", "b", "nobody", "b"].map(str::to_owned).into();
    let tools = super::tools();
    let tools: Vec<_> = tools.iter().collect();
    let request = Request { task_order: &order, ..request(&workflow, &tools) };
    let execution = compile(&request).unwrap().execution;
    let names: Vec<_> =
        execution["spec"]["tasks"].as_array().unwrap().iter().map(|task| task["name"].clone()).collect();
    assert_eq!(names, ["d", "b", "a", "c"]);
    assert_eq!(execution["spec"]["parallelism"], 5000);
}

#[test]
fn outputs_are_bounded_and_know_no_functions() {
    let with = |output: serde_json::Value| json!({"outputs": {"o": output}, "workflow": {"t": {"tool": "u:1", "commands": ["x"]}}});
    for (output, expected) in [
        (json!({"paths": ["${nobody}"]}), "outputs.o.paths[0]: no input is called \"nobody\""),
        (json!({"paths": []}), "outputs.o: the output has no paths"),
        (json!({"paths_iter": {"path": "${1}", "vars_iter": ["range(0,3)"]}}), "range cannot stand here"),
        (
            json!({"paths_iter": {"path": "${1}", "vars_iter": [["get_result", "t", ""]]}}),
            "get_result cannot stand here",
        ),
        (json!({"paths_iter": {"path": "${2}", "vars_iter": [["a"]]}}), "${2} has no value"),
        (
            json!({"paths_iter": {"path": "${1}${2}${3}", "vars_iter": vec![vec!["a"; 1000]; 3]}}),
            "outputs.o: the outputs have over 65,536 bytes as JSON with this one",
        ),
        (json!({"paths": ["x".repeat(70_000)]}), "have over 65,536 bytes"),
        (json!({"path": "x"}), "there is no field \"path\" here; there is a field \"paths\""),
    ] {
        let errors = texts(&compiled(&with(output.clone())).unwrap_err());
        assert!(errors.len() == 1 && errors[0].contains(expected), "{expected}: {errors:?}");
    }
}

#[test]
fn a_fault_of_a_name_is_that_of_what_gave_it() {
    let workflow = json!({"workflow": {"t": {"tool": "u:1", "commands": ["x"]}}});
    let errors = super::compiled_with(&workflow, None, &[("executionName", "No")]).unwrap_err();
    assert_eq!(errors[0].origin, Origin::Set(0));
    let errors = super::compiled_with(&workflow, Some(&json!({"namespace": "No"})), &[]).unwrap_err();
    assert_eq!((errors[0].origin, errors[0].error.path.to_string().as_str()), (Origin::Inputs, "namespace"));
}

#[test]
fn faults_of_rows_lead_back_to_what_was_zipped() {
    let workflow = json!({"workflow": {"t": {"tool": "u:1", "commands_iter": {
        "command": "${1} ${2}",
        "vars": [["a", "b"]],
        "vars_zip": [["c", "d"], ["e", "f\u{0}"]],
        "vars_iter": [["g"], ["h\u{0}"]],
    }}}});
    let mut errors = texts(&compiled(&workflow).unwrap_err());
    errors.sort();
    assert!(
        errors[0].starts_with("workflow.t.commands_iter.vars_iter[1][0]: the value must not contain a NUL"),
        "{errors:?}"
    );
    assert!(
        errors[1].starts_with("workflow.t.commands_iter.vars_zip[1][1]: the value must not contain a NUL"),
        "{errors:?}"
    );
    assert_eq!(errors.len(), 2);
}

#[test]
fn what_waits_for_something_faulty_is_not_blamed_for_it() {
    // How many vertices "a" has is not known, so "b" may well fit to it.
    let workflow = yaml(
        "{workflow: {a: {tool: 'u:1', commands_iter: {command: '${1}', vars_iter: ['range(0,2,0)']}},
          b: {tool: 'u:1', commands: [x, y], depends: [{target: a, type: iterate}]}}}",
    );
    let errors = texts(&compiled(&workflow).unwrap_err());
    assert!(errors.len() == 1 && errors[0].contains("the step of a range"), "{errors:?}");
    // One input is at fault, and of all that name it nothing more is said.
    let workflow = yaml(
        "{inputs: {l: {type: array}, s: {type: number, default: a}}, outputs: {o: {paths: ['${s}']}},
          volumes: {v: {mount_path: '${s}', mount_from: {pvc: '${s}'}}},
          workflow: {a: {tool: 'u:1', resources: {cpu: '${s}'}, commands_iter: {command: '${1}${s}', vars_iter: ['${l}', 'range(0,${s})']}},
            b: {tool: 'u:1', commands: ['${s}'], condition: '${s}', depends: [{target: a, type: iterate}]}}}",
    );
    let errors = texts(&compiled(&workflow).unwrap_err());
    assert_eq!(errors.len(), 2, "{errors:#?}");
}
