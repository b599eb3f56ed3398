//! What was found by probing the original, row for row: what it does with each, and what is done here.

use gene_workflow::{Compiled, Fault};
use serde_json::{Value, json};

use super::{commands, compiled, texts, yaml};

/// What comes of a probe.
enum Outcome {
    /// These commands, of the task `t`.
    Commands(&'static [&'static str]),
    /// An error that says this.
    Refused(&'static str),
    /// This stands at that pointer into the Execution.
    Has(&'static str, Value),
}

use Outcome::{Commands, Has, Refused};

struct Probe {
    /// The original's outcome where another was decided on, and by what.
    decided: Option<&'static str>,
    /// The fields of task `t`; a task `a` that prints something is always there.
    task: &'static str,
    inputs: &'static str,
    outcome: Outcome,
}

fn probe(task: &'static str, inputs: &'static str, outcome: Outcome) -> Probe {
    Probe { decided: None, task, inputs, outcome }
}

fn decided(why: &'static str, task: &'static str, inputs: &'static str, outcome: Outcome) -> Probe {
    Probe { decided: Some(why), task, inputs, outcome }
}

const AXES: &str = "/spec/tasks/1/commandsIter/varsIter";
const CONDITION: &str = "/spec/tasks/1/condition/condition";
const MEMORY: &str = "/spec/tasks/1/resources/memory";
const CPU: &str = "/spec/tasks/1/resources/cpu";
const DEPENDENTS: &str = "/spec/tasks/1/dependents";

fn get_result(call: &str, outcome: Outcome) -> Probe {
    let task = format!(
        "{{depends: [{{target: a, type: whole}}], commands_iter: {{command: 'echo ${{1}}', vars_iter: [{}]}}}}",
        json!(call)
    );
    Probe { decided: None, task: task.leak(), inputs: "{s: {value: S}}", outcome }
}

fn reads(separator: &str) -> Outcome {
    Has(AXES, json!([["get_result", "a", separator]]))
}

fn resource(field: &'static str, value: &str, outcome: Outcome) -> Probe {
    let task = format!("{{resources: {{{field}: '{value}'}}}}");
    Probe { decided: None, task: task.leak(), inputs: "{m: {value: 4G}}", outcome }
}

#[allow(clippy::too_many_lines, reason = "one table, row for row as the probes were made")]
fn probes() -> Vec<Probe> {
    vec![
        probe(
            "{commands: [echo s], commands_iter: {command: 'echo ${1} ${2} ${item} ${0}', vars: [[x, yy], [z, w]], vars_iter: [[A, B], [1, 2, 3]]}}",
            "{}",
            Commands(&[
                "echo s",
                "echo x yy 0 ${0}",
                "echo z w 1 ${0}",
                "echo A 1 2 ${0}",
                "echo A 2 3 ${0}",
                "echo A 3 4 ${0}",
                "echo B 1 5 ${0}",
                "echo B 2 6 ${0}",
                "echo B 3 7 ${0}",
            ]),
        ),
        decided(
            "D7: rejected",
            "{commands_iter: {command: 'echo ${1}', vars: [[x], [yy]]}}",
            "{}",
            Commands(&["echo x", "echo yy"]),
        ),
        probe(
            "{commands_iter: {command: 'echo ${item}', vars: [[x], [yy]]}}",
            "{}",
            Commands(&["echo 0", "echo 1"]),
        ),
        probe(
            "{commands_iter: {command: 'echo ${1}', vars: [[x, yy]], vars_iter: [[A, B]]}}",
            "{}",
            Refused("vars_iter has 1 element, each row of vars has 2 values"),
        ),
        decided(
            "B19: echo P${q}",
            "{commands: ['echo ${p}${q}']}",
            "{p: {value: P}, q: {value: Q}}",
            Commands(&["echo PQ"]),
        ),
        probe(
            "{commands_iter: {command: '${1}', vars_iter: ['${l}']}}",
            "{l: {type: array, value: [1, b, true, 2.5, [1, 2], {k: 1}]}}",
            Commands(&["1", "b", "true", "2.5", "[1,2]", r#"{"k":1}"#]),
        ),
        decided(
            "refused at once, as the original's controller did later",
            "{commands_iter: {command: '${1}', vars_iter: ['${l}']}}",
            "{l: {type: array, value: []}}",
            Refused("the task has no commands: element 1 of vars_iter is empty"),
        ),
        get_result("get_result(a)", reads("")),
        get_result("get_result(a, ';')", reads(";")),
        get_result(r#"get_result(a,"\n")"#, reads("\n")),
        get_result(r#"get_result(a, "${s}")"#, reads("S")),
        get_result(r#"get_result(a,"")"#, Refused("must not be empty")),
        get_result(r#"get_result(a, ",")"#, Refused("must not contain a comma")),
        get_result(r#"get_result( a , "x")"#, Refused("a blank must not stand before the comma")),
        get_result("get_result(a,x)", Refused("must stand in quotes")),
        Probe {
            decided: Some("D8: the separator was empty"),
            ..get_result("get_result(a, ${s})", reads("S"))
        },
        probe("{condition: '${s}'}", "{s: {value: 'true'}}", Has(CONDITION, json!([true]))),
        probe("{condition: '${s}'}", "{s: {value: maybe}}", Refused("a condition is true or false")),
        decided(
            "D3: rejected",
            "{condition: '${s}'}",
            "{s: {type: bool, value: false}}",
            Has(CONDITION, json!([false])),
        ),
        probe(
            "{condition: '${s}'}",
            "{s: {type: number, value: 1}}",
            Refused("a condition is true or false"),
        ),
        decided("D4: rejected", "{depends: [{target: a}]}", "{}", Has(DEPENDENTS, json!([{"target": "a"}]))),
        probe("{depends: [{target: t, type: whole}]}", "{}", Refused("task \"t\" waits for itself")),
        probe("{depends: [{target: z, type: whole}]}", "{}", Refused("no task is called \"z\"")),
        decided(
            "D5: accepted",
            "{commands: [x, x, x], depends: [{target: two, type: iterate}]}",
            "{}",
            Refused("iterate needs equally many vertices on both sides: \"t\" has 3, \"two\" has 2"),
        ),
        resource("memory", "4", Has(MEMORY, json!("4"))),
        resource("memory", "4g", Has(MEMORY, json!("4G"))),
        resource("memory", "0.5G", Has(MEMORY, json!("0.5G"))),
        resource("memory", "4Gi", Refused("\"4Gi\" is no amount of memory")),
        resource("memory", "4M", Refused("\"4M\" is no amount of memory")),
        Probe {
            decided: Some("variables in resources: rejected"),
            ..resource("memory", "${m}", Has(MEMORY, json!("4G")))
        },
        resource("cpu", "2c", Has(CPU, json!("2"))),
        resource("cpu", "0.5", Has(CPU, json!("0.5"))),
        resource("cpu", "500m", Refused("\"500m\" is no amount of cpu")),
    ]
}

fn run(probe: &Probe) -> Result<Compiled, Vec<Fault>> {
    let mut task = yaml(probe.task);
    task["tool"] = "u:1".into();
    if task.get("commands").is_none() && task.get("commands_iter").is_none() {
        task["commands"] = json!(["true"]);
    }
    compiled(&json!({"inputs": yaml(probe.inputs), "workflow": {
        "a": {"tool": "u:1", "commands": ["echo 1 3"]},
        "t": task,
        "two": {"tool": "u:1", "commands": ["x", "y"]},
    }}))
}

#[test]
fn every_probe_ends_as_decided() {
    for probe in probes() {
        let what =
            format!("{} {} ({})", probe.task, probe.inputs, probe.decided.unwrap_or("as the original"));
        let result = run(&probe);
        match (&probe.outcome, result) {
            (Commands(expected), Ok(compiled)) => assert_eq!(commands(&compiled, "t"), *expected, "{what}"),
            (Has(pointer, expected), Ok(compiled)) => {
                assert_eq!(
                    compiled.execution.pointer(pointer),
                    Some(expected),
                    "{what}: {}",
                    compiled.execution
                );
            }
            (Refused(expected), Err(faults)) => {
                let texts = texts(&faults);
                assert!(texts.len() == 1 && texts[0].contains(expected), "{what}: {texts:#?}");
                assert!(faults[0].error.help.is_some(), "{what}");
            }
            (_, Ok(compiled)) => panic!("{what}: accepted: {}", compiled.execution),
            (_, Err(faults)) => panic!("{what}: refused: {:#?}", texts(&faults)),
        }
    }
}

#[test]
fn a_cycle_is_refused() {
    let task = |target: &str| json!({"tool": "u:1", "commands": ["x"], "depends": [{"target": target, "type": "whole"}]});
    let errors = compiled(&json!({"workflow": {"a": task("b"), "b": task("a")}})).unwrap_err();
    let texts = texts(&errors);
    assert!(
        texts.len() == 1 && texts[0].starts_with("workflow.a.depends[0].target: depends form a cycle"),
        "{texts:?}"
    );
}

#[test]
fn outputs_are_expanded_and_kept() {
    let workflow = yaml(
        "{inputs: {s: {value: S}}, workflow: {t: {tool: 'u:1', commands: [x]}},
          outputs: {o: {paths: ['${s}/a'], paths_iter: {path: '${s}/${1}-${item}', vars_iter: [[A, B], [1]]}}}}",
    );
    let compiled = compiled(&workflow).unwrap();
    let kept = compiled.execution["metadata"]["annotations"]["execution.kubegene.io/outputs"].as_str();
    assert_eq!(kept, Some(r#"{"o":["S/a","S/A-0","S/B-1"]}"#));
    assert_eq!(compiled.instantiated()["outputs"]["o"]["paths"], json!(["S/a", "S/A-0", "S/B-1"]));
}
