//! What holds of any workflow: nothing panics, and what was instantiated gives the same Execution again.

use gene_workflow::{Fault, Request, compile};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{compiled, compiled_with, examples, request, texts};

/// Texts that are hard to read: pieces of placeholders, calls, names of inputs and rows.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "${a}",
        "${b}",
        "${l}",
        "${n}",
        "${1}",
        "${2}",
        "${0}",
        "${01}",
        "${item}",
        "${x}",
        "${",
        "}",
        "$",
        "{1}",
        "{",
        "a",
        " ",
        ",",
        "range(0,3)",
        "range(0, ${n})",
        "range(0,3,0)",
        "get_result(s, \" \")",
        "get_result(s, ${a})",
        "check_result(s)",
        "get_result",
        "\"",
        "'",
        "\\n",
        "(",
        ")",
        "true",
        "é",
        "${x:-",
    ]);
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// Mostly what the grammar wants, but not always.
fn cell() -> impl Strategy<Value = Value> {
    prop_oneof![4 => text().prop_map(Value::from), 2 => any::<i8>().prop_map(Value::from), 1 => Just(json!(2.5)), 1 => any::<bool>().prop_map(Value::from)]
}

fn row(cells: usize) -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => prop::collection::vec(cell(), cells..=cells).prop_map(Value::from),
        1 => Just(json!("${l}")),
        1 => Just(json!("range(0,2)")),
        1 => Just(json!("get_result(s, \" \")")),
        1 => Just(json!(["get_result", "s", ",${1}"])),
    ]
}

/// A template that mostly names columns that are there.
fn template() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "${1}", "${2}", "${item}", "${0}", "${a}", "${b}", "${d}", "{1}", "$", "${q}", "${e}", " echo ", "}",
    ]);
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn iter() -> impl Strategy<Value = Value> {
    let rows = || prop::option::of(prop::collection::vec(row(2), 1..3));
    (template(), rows(), rows(), prop::option::of(prop::collection::vec(row(2), 2..=2))).prop_map(
        |(command, vars, zip, axes)| {
            let mut iter = Map::new();
            iter.insert("command".into(), command.into());
            for (key, rows) in [("vars", vars), ("vars_iter", axes)] {
                if let Some(rows) = rows {
                    iter.insert(key.into(), rows.into());
                }
            }
            if let Some(rows) = zip.filter(|rows| rows.len() == 2) {
                iter.insert("vars_zip".into(), rows.into());
            }
            iter.into()
        },
    )
}

fn workflow() -> impl Strategy<Value = Value> {
    let value = || prop_oneof![text(), template()];
    (value(), value(), iter(), template(), prop::option::of(text()), prop::option::of(text())).prop_map(
        |(a, b, iter, command, condition, output)| {
            let mut t = json!({"tool": "u:1", "commands": [command], "commands_iter": iter, "depends": [{"target": "s"}]});
            if let Some(condition) = condition {
                t["condition"] = match condition.as_str() {
                    "true" => json!(true),
                    text => json!(["check_result", "s", text]),
                };
            }
            let mut document = json!({
                "inputs": {
                    "a": {"value": a}, "b": {"value": b}, "d": {"value": "$"}, "e": {"value": "${x:-"}, "q": {"value": "${1}"},
                    "n": {"type": "number", "value": 2}, "l": {"type": "array", "value": ["${1}", "$"]},
                },
                "workflow": {"s": {"tool": "u:1", "commands": ["echo 1"]}, "t": t},
            });
            if let Some(output) = output {
                document["outputs"] = json!({"o": {"paths": [output]}});
            }
            document
        },
    )
}

/// Any JSON, with the grammar's own keys here and there.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from)
    ];
    let key = prop::sample::select(vec![
        "workflow",
        "inputs",
        "volumes",
        "outputs",
        "commands",
        "commands_iter",
        "command",
        "vars",
        "vars_iter",
        "vars_zip",
        "depends",
        "target",
        "type",
        "tool",
        "condition",
        "generic_condition",
        "value",
        "default",
        "a",
        "t",
        "Workflow",
        "paths",
    ]);
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

/// Replaces what stands at one of the places of a document.
fn mutate(document: &mut Value, steps: &[usize], with: Value) {
    let mut place = document;
    for step in steps {
        let count = match place {
            Value::Array(items) => items.len(),
            Value::Object(fields) => fields.len(),
            _ => 0,
        };
        if count == 0 {
            break;
        }
        place = match place {
            Value::Array(items) => &mut items[step % count],
            Value::Object(fields) => fields.iter_mut().nth(step % count).unwrap().1,
            _ => unreachable!("it has items"),
        };
    }
    *place = with;
}

fn is_told_well(faults: &[Fault]) {
    assert!(!faults.is_empty());
    for fault in faults {
        assert!(fault.error.help.is_some(), "{:?}", texts(faults));
        assert!(!fault.error.message.ends_with('.'), "{:?}", texts(faults));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_compiled_or_refused(document in anything(), inputs in prop::option::of(anything())) {
        if let Err(faults) = compiled_with(&document, inputs.as_ref(), &[]) {
            is_told_well(&faults);
        }
    }

    #[test]
    fn any_arguments_are_read_or_refused(
        function in prop::sample::select(vec!["range", "get_result", "check_result"]),
        arguments in prop_oneof![any::<String>(), "[-+0-9.,${}a \"'\\\\n()]{0,16}"],
    ) {
        let call = format!("{function}({arguments})");
        let task = match function {
            "check_result" => json!({"tool": "u:1", "commands": ["x"], "condition": call, "depends": [{"target": "a"}]}),
            _ => json!({
                "tool": "u:1", "depends": [{"target": "a"}], "commands_iter": {"command": "${1}", "vars_iter": [call]},
            }),
        };
        let source = json!({"tool": "u:1", "commands": ["x"]});
        let document = json!({"inputs": {"a": {"value": "A"}}, "workflow": {"a": source, "t": task}});
        match compiled(&document) {
            Err(faults) => is_told_well(&faults),
            Ok(first) => prop_assert_eq!(&compiled(&first.instantiated()).unwrap().execution, &first.execution),
        }
    }

    #[test]
    fn mutated_workflows_are_compiled_or_refused(
        mut document in workflow(),
        steps in prop::collection::vec(any::<usize>(), 1..6),
        with in anything(),
    ) {
        mutate(&mut document, &steps, with);
        if let Err(faults) = compiled(&document) {
            is_told_well(&faults);
        }
    }

    #[test]
    fn the_instantiated_workflow_gives_the_same_execution(document in workflow()) {
        match compiled(&document) {
            Err(faults) => is_told_well(&faults),
            Ok(first) => {
                let again = compiled(&first.instantiated())
                    .unwrap_or_else(|faults| panic!("{:#}\n{:#?}", first.instantiated(), texts(&faults)));
                prop_assert_eq!(&again.execution, &first.execution, "{}", first.instantiated());
                prop_assert_eq!(again.instantiated()["workflow"].clone(), first.instantiated()["workflow"].clone());
            }
        }
    }
}

#[test]
fn instantiated_examples_give_the_same_executions() {
    let tools = examples::tools();
    let tools: Vec<&Value> = tools.iter().collect();
    for file in [
        "simple-sample/simple-sample.yaml",
        "conditional-getresult-combination/simple-sample-get-chkresult.yaml",
        "generic-condition/generic-condition-workflow.yaml",
        "gatk4-practices/gatk4-practices.yaml",
    ] {
        let first = examples::example(file);
        let names = first.execution["spec"]["tasks"].as_array().unwrap().iter();
        let task_order: Vec<String> = names.map(|task| task["name"].as_str().unwrap().to_owned()).collect();
        let workflow = first.instantiated();
        let request = Request { task_order: &task_order, ..request(&workflow, &tools) };
        let again = compile(&request).unwrap_or_else(|faults| panic!("{:#?}", texts(&faults)));
        assert_eq!(again.execution, first.execution, "{file}");
    }
}
