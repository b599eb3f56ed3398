//! Executions to measure with.

use gene_types::Execution;
use serde_json::{Value, json};

/// Chains of ten tasks by `iterate`, each chain waiting for the whole of the one before it.
/// `count` makes the commands, so that texts weigh nothing.
pub fn chains(tasks: usize, width: usize) -> Execution {
    let task = |number: usize| {
        let type_ = if number.is_multiple_of(10) { "whole" } else { "iterate" };
        let dependents = after_previous(number, type_);
        json!({"name": format!("t{number}"), "image": "busybox:1.37", "dependents": dependents,
               "commandsIter": {"command": "true ${item}", "count": width}})
    };
    execution(&(0..tasks).map(task).collect::<Vec<_>>())
}

/// One task that waits for the whole of another.
pub fn whole_pair(width: usize) -> Execution {
    let iterator = json!({"command": "true ${item}", "count": width});
    execution(&[
        json!({"name": "a", "image": "busybox:1.37", "commandsIter": iterator}),
        json!({"name": "b", "image": "busybox:1.37", "commandsIter": iterator, "dependents": [{"target": "a"}]}),
    ])
}

/// Tasks of one vertex, each waiting for the one before it.
pub fn chain(tasks: usize) -> Execution {
    let task = |number: usize| {
        let dependents = after_previous(number, "whole");
        json!({"name": format!("t{number}"), "image": "busybox:1.37", "commands": ["true"], "dependents": dependents})
    };
    execution(&(0..tasks).map(task).collect::<Vec<_>>())
}

/// Independent vertices.
pub fn independent(width: usize, command: &str) -> Execution {
    execution(&[
        json!({"name": "a", "image": "busybox:1.37", "commandsIter": {"command": command, "count": width}}),
    ])
}

/// What a task waits for that comes after the one numbered before it.
fn after_previous(number: usize, type_: &str) -> Value {
    match number.checked_sub(1) {
        None => json!([]),
        Some(previous) => json!([{"target": format!("t{previous}"), "type": type_}]),
    }
}

fn execution(tasks: &[Value]) -> Execution {
    let document = json!({
        "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
        "metadata": {"name": "bench"}, "spec": {"tasks": tasks},
    });
    serde_json::from_value(document).expect("a workload is an Execution")
}
