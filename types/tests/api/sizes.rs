//! Bounds, checked by counting: none of these takes longer than its own document.

use gene_types::{Limits, limits::MAX_ARGUMENT_BYTES, validate, validate_document, warnings};
use serde_json::{Value, json};

use crate::{execution, task};

fn refusals(spec: Value, limits: &Limits) -> Vec<String> {
    let errors = validate_document(execution(spec), limits).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

fn iter(command: &str, vars_iter: &Value) -> Value {
    json!({"tasks": [{"name": "a", "image": "u:1", "commandsIter": {"command": command, "varsIter": vars_iter}}]})
}

#[test]
fn a_product_is_counted_before_it_is_made() {
    let axis = vec![1; 1000];
    let spec = iter("${1}", &json!([axis, axis, axis, axis, axis, axis, axis]));
    assert_eq!(
        refusals(spec, &Limits::LOCAL),
        ["spec.tasks[0]: the tasks have over 10^19 vertices together, \"a\" the most with over 10^19; \
          at most 1,000,000 are allowed; let one command work on several items, or split the Execution"]
    );
    assert_eq!(refusals(iter("${1}", &json!([axis, axis])), &Limits::LOCAL), [""; 0]);
    assert_eq!(
        refusals(iter("${1}", &json!([axis, axis])), &Limits::CLUSTER)[0],
        "spec.tasks[0]: the tasks have 1,000,000 vertices together, \"a\" the most with 1,000,000; \
         at most 100,000 are allowed; let one command work on several items, or split the Execution"
    );
}

#[test]
fn a_name_of_any_length_is_shown_short() {
    let long = "n".repeat(1_000_000);
    let dependents: Vec<Value> =
        (0..500).map(|n| json!({"target": format!("t{n}"), "type": "iterate"})).collect();
    let mut tasks: Vec<Value> = (0..500).map(|number| task(&format!("t{number}"), 2, &[])).collect();
    tasks.push(json!({"name": long, "image": "u:1", "commands": ["true"], "dependents": dependents}));
    let document = serde_json::from_value(execution(json!({"tasks": tasks}))).unwrap();
    let errors = validate(document, &Limits::LOCAL).unwrap_err();
    assert_eq!(errors.len(), 501);
    for error in errors {
        let texts =
            [Some(&error.message), error.value.as_ref(), error.label.as_ref().map(|label| &label.text)];
        assert!(texts.into_iter().flatten().all(|text| text.len() < 500), "{}", error.path);
    }
}

#[test]
fn tasks_are_counted() {
    let tasks: Vec<Value> = (0..2001).map(|number| task(&format!("t{number}"), 1, &[])).collect();
    assert!(refusals(json!({"tasks": tasks}), &Limits::CLUSTER).contains(
        &"spec.tasks: 2,001 tasks are too many; at most 2,000 are allowed; make tasks that differ in one \
          value into one task with commandsIter, or split the Execution"
            .to_owned()
    ));
    assert_eq!(refusals(json!({"tasks": tasks[..2000]}), &Limits::CLUSTER), [""; 0]);
    let valid = validate_document(execution(json!({"tasks": tasks})), &Limits::LOCAL).unwrap();
    let warnings: Vec<String> = warnings(&valid).iter().map(|warning| warning.message.clone()).collect();
    assert!(warnings.contains(
        &"a cluster would refuse this: 2,001 tasks are too many; at most 2,000 are allowed".to_owned()
    ));
}

#[test]
fn spec_and_longest_status_fit_into_the_store() {
    let long = "x".repeat(1000);
    let spec = json!({"tasks": [{"name": "a", "image": "u:1", "commands": vec![long; 1400]}]});
    let refused = refusals(spec.clone(), &Limits::CLUSTER);
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].starts_with("spec: spec (1,404,"), "{refused:?}");
    let valid = validate_document(execution(spec), &Limits::LOCAL).unwrap();
    let messages: Vec<String> = warnings(&valid).iter().map(|warning| warning.message.clone()).collect();
    assert!(messages.iter().any(|message| message.starts_with("a cluster would refuse this: spec (1,404,")));
    assert!(messages.iter().any(|message| message.contains("client-side \"kubectl apply\"")), "{messages:?}");
    // 100,000 vertices of one short command fit: their indexes are most of it.
    assert_eq!(refusals(iter("echo ${1}", &json!([vec![1; 100_000]])), &Limits::CLUSTER), [""; 0]);
}

#[test]
fn a_command_is_one_argument() {
    let spec = |length| json!({"tasks": [{"name": "a", "image": "u:1", "commands": ["x".repeat(length)]}]});
    assert_eq!(refusals(spec(MAX_ARGUMENT_BYTES), &Limits::LOCAL), [""; 0]);
    let refused = refusals(spec(MAX_ARGUMENT_BYTES + 1), &Limits::LOCAL);
    assert_eq!(
        refused,
        [
            "spec.tasks[0].commands[0]: the text has 131,072 characters; at most 131,071 are allowed; shorten it"
        ]
    );
    // Bytes count, not characters.
    let spec = json!({"tasks": [{"name": "a", "image": "u:1", "commands": ["é".repeat(65_536)]}]});
    assert_eq!(
        refusals(spec, &Limits::LOCAL),
        [
            "spec.tasks[0].commands[0]: the command has 131,072 bytes; a program can be given at most 131,071; \
          put the text into a file or a ConfigMap and read it from there"
        ]
    );
}

#[test]
fn the_longest_combination_is_one_argument() {
    // 2,000 placeholders of 60 bytes and more: only the last value of each axis is too long.
    let template = "${1}${2}".repeat(1000);
    let values = |longest: usize| json!(["a", "b".repeat(longest)]);
    let spec = |longest| iter(&template, &json!([values(longest), values(longest)]));
    assert_eq!(refusals(spec(65), &Limits::LOCAL), [""; 0]);
    assert_eq!(
        refusals(spec(66), &Limits::LOCAL),
        ["spec.tasks[0].commandsIter.command: the command of vertex 3 has 132,000 bytes; a program can be \
          given at most 131,071; put the text into a file or a ConfigMap and read it from there"]
    );
}

#[test]
fn a_variable_is_one_argument_with_its_name() {
    let env = |length: usize| {
        json!({"tasks": [{"name": "a", "image": "u:1", "commands": ["x"],
            "env": [{"name": "LONG", "value": "x".repeat(length)}]}]})
    };
    assert_eq!(refusals(env(MAX_ARGUMENT_BYTES - 5), &Limits::LOCAL), [""; 0]);
    assert!(
        refusals(env(MAX_ARGUMENT_BYTES - 4), &Limits::LOCAL)[0]
            .starts_with("spec.tasks[0].env[0].value: the variable \"LONG\" has 131,072 bytes;")
    );
    let cell = |length: usize| iter("echo", &json!([["x".repeat(length)]]));
    let name = "GENE_ARG_1=".len();
    assert_eq!(refusals(cell(MAX_ARGUMENT_BYTES - name), &Limits::LOCAL), [""; 0]);
    assert!(refusals(cell(MAX_ARGUMENT_BYTES - name + 1), &Limits::LOCAL)[0].starts_with(
        "spec.tasks[0].commandsIter.varsIter[0][0]: the variable GENE_ARG_1 has 131,072 bytes;"
    ));
}

#[test]
fn a_cell_of_endless_nesting_is_refused() {
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(refusals(iter("x", &json!([[nested(32)]])), &Limits::LOCAL), [""; 0]);
    assert_eq!(
        refusals(iter("x", &json!([[nested(33)]])), &Limits::LOCAL),
        ["spec.tasks[0].commandsIter.varsIter[0][0]: the value is nested more than 32 levels deep; \
          put the data into a file or a ConfigMap and read it from there"]
    );
    let refused = refusals(iter("x", &json!([[nested(100)]])), &Limits::LOCAL);
    assert!(refused[0].contains("nested more than 64 levels deep"), "{refused:?}");
}

#[test]
fn chains_and_rings_of_any_length_are_walked_without_recursion() {
    let chain: Vec<Value> = (0..10_000)
        .map(|number| {
            let before = format!("t{}", number + 1);
            let dependents: &[(&str, &str)] = if number < 9_999 { &[(&before, "whole")] } else { &[] };
            task(&format!("t{number}"), 1, dependents)
        })
        .collect();
    let valid = validate_document(execution(json!({"tasks": chain})), &Limits::LOCAL).unwrap();
    assert_eq!(valid.plan().order, (0..10_000).rev().collect::<Vec<u32>>());
    let mut ring = chain;
    ring[9_999] = task("t9999", 1, &[("t0", "whole")]);
    let refused = refusals(json!({"tasks": ring}), &Limits::LOCAL);
    assert_eq!(refused.len(), 1);
    assert!(refused[0].ends_with("… 9,988 more … -> t0; remove one of the 10,000 dependents"), "{refused:?}");
}

#[test]
fn a_document_of_faults_alone_is_refused_in_bounded_space() {
    let spec = json!({"tasks": [{"name": "a", "image": "u:1", "commands": vec![1; 200_000]}]});
    let refused = refusals(spec, &Limits::LOCAL);
    assert_eq!(refused.len(), 1001);
    assert_eq!(
        refused[1000],
        "these are the first 1,000 faults; there may be more; correct these and look again"
    );
    let spec = json!({"tasks": [{"name": "a", "image": "u:1", "commands": vec!["\0"; 200_000]}]});
    assert_eq!(refusals(spec, &Limits::LOCAL).len(), 1001);
}
