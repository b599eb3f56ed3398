//! What an Execution is compiled to: the probe table of expansion, and the graph.

use gene_types::{
    Limits,
    plan::{Child, Dependency, Pieces, Plan},
    v1alpha1::{DependencyType, OnSkipped},
    validate_document,
};

use crate::document;

fn plan(yaml: &str) -> Plan {
    validate_document(document(yaml), &Limits::LOCAL).unwrap().plan().clone()
}

/// The commands of a task of these fields.
fn check(fields: &str, expected: &[&str]) {
    let plan = plan(&format!("[{{name: a, image: i, {fields}}}]"));
    let commands = &plan.tasks[0].commands;
    let texts: Vec<String> = (0..commands.static_width().unwrap())
        .map(|index| commands.command(index, &Pieces::default()).text)
        .collect();
    assert_eq!(texts, expected, "{fields}");
}

#[test]
fn commands_rows_and_product_in_this_order() {
    check(
        "commands: [echo s], commandsIter: {command: 'echo ${1} ${2} ${item} ${0}', vars: [[x, yy], [z, w]], varsIter: [[A, B], [1, 2, 3]]}",
        &[
            "echo s",
            "echo x yy 0 ${0}",
            "echo z w 1 ${0}",
            "echo A 1 2 ${0}",
            "echo A 2 3 ${0}",
            "echo A 3 4 ${0}",
            "echo B 1 5 ${0}",
            "echo B 2 6 ${0}",
            "echo B 3 7 ${0}",
        ],
    );
}

#[test]
fn rows_alone_fill_columns_and_item() {
    check("commandsIter: {command: 'echo ${1}', vars: [[x], [yy]]}", &["echo x", "echo yy"]);
    check("commandsIter: {command: 'echo ${item}', vars: [[x], [yy]]}", &["echo 0", "echo 1"]);
    check("commandsIter: {command: 'echo ${item}', count: 2}", &["echo 0", "echo 1"]);
    check("commandSet: [b, a]", &["b", "a"]);
}

#[test]
fn the_first_axis_varies_slowest() {
    check(
        "commandsIter: {command: '${1} ${2} ${3}', varsIter: [[s1, s2], [0, 1], [25]]}",
        &["s1 0 25", "s1 1 25", "s2 0 25", "s2 1 25"],
    );
}

#[test]
fn adjacent_placeholders_are_both_filled() {
    check("commandsIter: {command: 'echo ${1}${2}', varsIter: [[P], [q]]}", &["echo Pq"]);
}

#[test]
fn values_become_text() {
    check(
        "commandsIter: {command: '${1}', varsIter: [[1, b, true, 2.5, [1, 2], {k: 1}, null, 12345678901234567890]]}",
        &["1", "b", "true", "2.5", "[1,2]", "{\"k\":1}", "null", "12345678901234567890"],
    );
}

#[test]
fn an_empty_axis_beside_commands_adds_nothing() {
    check("commands: [x], commandsIter: {command: '${1}', varsIter: [[]]}", &["x"]);
}

#[test]
fn a_repeated_target_is_one_dependency_of_the_stricter_kind() {
    let plan = plan(
        "[{name: c, image: i, commands: [x], dependents: [{target: b, type: iterate, onSkipped: Ignore}, {target: a}, {target: b, onSkipped: Skip}]},
          {name: a, image: i, commands: [x]}, {name: b, image: i, commands: [x], dependents: [{target: a, type: iterate, onSkipped: Ignore}]}]",
    );
    let whole = |task| Dependency { task, kind: DependencyType::Whole, on_skipped: OnSkipped::Skip };
    assert_eq!(plan.tasks[0].dependencies, [whole(2), whole(1)]);
    assert_eq!(
        plan.tasks[1].children,
        [
            Child { task: 0, kind: DependencyType::Whole, on_skipped: OnSkipped::Skip },
            Child { task: 2, kind: DependencyType::Iterate, on_skipped: OnSkipped::Ignore },
        ]
    );
    assert_eq!(plan.order, [1, 2, 0]);
}

#[test]
fn sources_are_known() {
    let plan = plan(
        "[{name: a, image: i, commands: [x]},
          {name: b, image: i, commandsIter: {command: '${1}', varsIter: [[get_result, a, ' ']]}, dependents: [{target: a}], condition: {condition: [check_result, a, '1 2']}, parallelism: 5000000000, estimate: {seconds: 1.5}},
          {name: c, image: i, commands: [x], condition: {condition: [true]}, dependents: [{target: a}, {target: b}]}]",
    );
    assert_eq!(plan.tasks.iter().map(|task| task.source).collect::<Vec<_>>(), [None, Some(0), None]);
    assert!(plan.tasks[1].is_dynamic() && !plan.tasks[2].is_dynamic());
    assert_eq!((plan.tasks[1].parallelism, plan.tasks[1].estimate), (Some(u32::MAX), Some(1.5)));
}
