//! The workflows under `examples/kubegene`: each compiles without a word and has the graph of the original's.

use std::{collections::BTreeMap, path::Path};

use gene_types::{
    Limits,
    plan::{Pieces, Plan},
    v1alpha1::DependencyType,
    validate_document, warnings,
};
use gene_workflow::{Compiled, Request, compile};
use serde_json::Value;

pub use super::graphs::tools;
use super::{
    graphs::{self, folder},
    request, texts, yaml,
};

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The example with its tasks in the order of the file.
pub fn example(file: &str) -> Compiled {
    let text = read(&folder().join(file));
    let is_task = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    let lines =
        text.lines().skip_while(|line| *line != "workflow:").skip(1).take_while(|line| line.starts_with(' '));
    let task_order: Vec<String> =
        lines.filter(is_task).map(|line| line.trim().trim_end_matches(':').to_owned()).collect();
    let (workflow, tools) = (yaml(&text), tools());
    let tools: Vec<&Value> = tools.iter().collect();
    let request = Request { task_order: &task_order, ..request(&workflow, &tools) };
    compile(&request).unwrap_or_else(|faults| panic!("{file}: {:#?}", texts(&faults)))
}

/// The tasks with their widths, and the number of edges, where every source of a dynamic task printed this.
fn graph(plan: &Plan, printed: &str) -> (BTreeMap<String, usize>, u64) {
    let pieces: Vec<Pieces> = plan.tasks.iter().map(|task| task.commands.cut(printed)).collect();
    let width = |task: usize| plan.tasks[task].commands.width(&pieces[task]);
    let tasks =
        (0..plan.tasks.len()).map(|task| (plan.tasks[task].name.clone(), width(task) as usize)).collect();
    let edges = plan.tasks.iter().enumerate().flat_map(|(task, planned)| {
        planned.dependencies.iter().map(move |dependency| match dependency.kind {
            DependencyType::Whole => width(task) * width(dependency.task as usize),
            DependencyType::Iterate => width(task),
        })
    });
    (tasks, edges.sum())
}

#[test]
fn every_example_has_the_graph_of_the_originals() {
    let mut workflows = 0;
    for expected in graphs::all().into_iter().filter(|graph| graph.submit.is_none()) {
        let file = &expected.file;
        let execution = if file.starts_with("execution/") {
            yaml(&read(&folder().join(file)))
        } else {
            workflows += 1;
            let compiled = example(file);
            assert_eq!(texts(&compiled.warnings), [""; 0], "{file}");
            compiled.execution
        };
        let valid = validate_document(execution, &Limits::CLUSTER).unwrap();
        assert_eq!(warnings(&valid), [], "{file}");
        let printed = expected.prints.values().next().map_or("", String::as_str);
        let (widths, edges) = graph(valid.plan(), printed);
        assert_eq!((widths, edges), (expected.jobs, expected.edges.len() as u64), "{file}");
    }
    assert_eq!(workflows, 7);
}

/// What stands in the columns of README.md's table: the files, and what is counted.
#[test]
fn the_page_counts_what_is_there() {
    let page = read(&folder().join("README.md"));
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    let numbers: Vec<&str> = rows.iter().map(|row| row[1]).collect();
    assert_eq!(numbers, (1..=16).map(|number| number.to_string()).collect::<Vec<_>>());
    let mut listed = Vec::new();
    for row in &rows {
        for file in row[2].split("](").skip(1).filter_map(|link| link.split_once(')')).map(|(file, _)| file) {
            assert!(folder().join(file).exists(), "{file}");
            let Some(graph) = graphs::all().into_iter().find(|graph| graph.file == file) else {
                assert_eq!((file, &row[4..7]), ("tools", &["", "", ""][..]));
                continue;
            };
            let orders = graph.orders.map_or(String::new(), |orders| orders.to_string());
            let counted = [graph.vertices().len().to_string(), graph.edges.len().to_string(), orders];
            assert_eq!(row[4..7], counted, "{file}");
            listed.push(file);
        }
    }
    assert_eq!(listed, graphs::all().iter().map(|graph| &*graph.file).collect::<Vec<_>>());
}

#[test]
fn a_tool_says_what_its_tasks_need() {
    let workflow = yaml("{workflow: {t: {tool: 'broadinstitute/gatk:4.0.2.0', commands: [gatk]}}}");
    let tools = tools();
    let tools: Vec<&Value> = tools.iter().collect();
    let task = compile(&request(&workflow, &tools)).unwrap().execution["spec"]["tasks"][0].clone();
    assert_eq!(task["resources"], serde_json::json!({"cpu": "2", "memory": "2G"}));
    assert_eq!(task["image"], "broadinstitute/gatk:4.0.2.0");
}
