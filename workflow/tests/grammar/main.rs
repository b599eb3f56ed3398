//! The grammar as its users meet it: workflows in, Executions or refusals out.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails on the spot")]

mod decisions;
mod examples;
mod expansions;
#[path = "../../../tests/src/graphs.rs"]
mod graphs;
mod inputs;
mod numbers;
mod page;
mod probes;
mod properties;
mod refusals;
mod tools;

use gene_types::{Limits, plan::Pieces, validate_document};
use gene_workflow::{Compiled, Fault, Request, compile};
use serde_json::{Value, json};

/// A value from YAML.
fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// The tools that every test may use.
fn tools() -> Vec<Value> {
    vec![json!({"name": "u", "version": "1", "image": "u:1"})]
}

/// A workflow whose tasks stand in the order of their names, with these tools and nothing else.
fn request<'a>(workflow: &'a Value, tools: &'a [&'a Value]) -> Request<'a> {
    let (task_order, limits) = (&[], &Limits::CLUSTER);
    Request { workflow, task_order, inputs: None, sets: &[], tools, name: "x", limits }
}

/// Compiles a workflow whose tasks stand in the order of their names.
fn compiled(workflow: &Value) -> Result<Compiled, Vec<Fault>> {
    compiled_with(workflow, None, &[])
}

fn compiled_with(
    workflow: &Value,
    inputs: Option<&Value>,
    sets: &[(&str, &str)],
) -> Result<Compiled, Vec<Fault>> {
    let tools = tools();
    let tools: Vec<&Value> = tools.iter().collect();
    let sets: Vec<(String, String)> =
        sets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    compile(&Request { inputs, sets: &sets, ..request(workflow, &tools) })
}

/// The commands of a task, in the order of their vertices; what another task prints counts as `1 3`.
fn commands(compiled: &Compiled, task: &str) -> Vec<String> {
    let valid = validate_document(compiled.execution.clone(), &Limits::LOCAL).unwrap();
    let task = valid.plan().tasks.iter().find(|planned| planned.name == task).unwrap();
    let pieces: Pieces = task.commands.cut("1 3");
    (0..task.commands.width(&pieces)).map(|index| task.commands.command(index, &pieces).text).collect()
}

/// Each fault as `path: message; remedy`.
fn texts(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| fault.error.to_string()).collect()
}

/// A workflow of one task, `t`, with these fields beside its tool, and these inputs.
fn one(fields: &str, inputs: &str) -> Value {
    let mut task = yaml(fields);
    task["tool"] = "u:1".into();
    if task.get("commands").is_none() && task.get("commands_iter").is_none() {
        task["commands"] = json!(["true"]);
    }
    json!({"inputs": yaml(inputs), "workflow": {"t": task}})
}

/// The commands of `t` in a workflow of one task, or the errors.
fn expand(fields: &str, inputs: &str) -> Result<Vec<String>, Vec<String>> {
    compiled(&one(fields, inputs)).map(|compiled| commands(&compiled, "t")).map_err(|faults| texts(&faults))
}
