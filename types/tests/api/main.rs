//! The API as its users meet it: documents in, Executions or refusals out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails on the spot")]

mod completion;
mod crd;
mod examples;
mod original;
mod plans;
mod properties;
mod refusals;
mod retries;
mod shape;
mod sizes;
mod sound;
mod stored;
mod templates;
mod updates;
mod validate;
mod warnings;

use serde_json::{Value, json};

/// A document from YAML. A list alone stands for the tasks of an Execution called `x`, an object
/// without `kind` but with `tasks` for its spec.
fn document(yaml: &str) -> Value {
    let value: Value = serde_saphyr::from_str(yaml).unwrap();
    let spec = match &value {
        Value::Array(_) => json!({"tasks": value}),
        Value::Object(fields) if fields.contains_key("tasks") && !fields.contains_key("kind") => value,
        _ => return value,
    };
    execution(spec)
}

/// An Execution called `x`.
fn execution(spec: Value) -> Value {
    let mut document = json!({
        "apiVersion": gene_types::v1alpha1::API_VERSION,
        "kind": gene_types::v1alpha1::KIND,
        "metadata": {"name": "x"},
    });
    document["spec"] = spec;
    document
}

/// A task with these commands that waits for these targets.
fn task(name: &str, commands: usize, dependents: &[(&str, &str)]) -> Value {
    let dependents: Vec<Value> =
        dependents.iter().map(|(target, kind)| json!({"target": target, "type": kind})).collect();
    json!({"name": name, "image": "u:1", "commands": vec!["true"; commands], "dependents": dependents})
}
