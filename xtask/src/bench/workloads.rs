//! Executions to measure with.

use gene_types::Execution;
use serde_json::{Value, json};

/// Chains of ten tasks by `iterate`, each chain waiting for the whole of the one before it.
/// `count` makes the commands, so that texts weigh nothing.
pub fn chains(tasks: usize, width: usize) -> Execution {
    let task = |number: usize| {
        let dependents = match number {
            0 => json!([]),
            _ => {
                let type_ = if number.is_multiple_of(10) { "whole" } else { "iterate" };
                json!([{"target": format!("t{}", number - 1), "type": type_}])
            }
        };
        json!({"name": format!("t{number}"), "image": "busybox:1.37", "dependents": dependents,
               "commandsIter": {"command": "true ${item}", "count": width}})
    };
    execution((0..tasks).map(task).collect())
}

/// One task that waits for the whole of another.
pub fn whole_pair(width: usize) -> Execution {
    let iterator = json!({"command": "true ${item}", "count": width});
    execution(vec![
        json!({"name": "a", "image": "busybox:1.37", "commandsIter": iterator}),
        json!({"name": "b", "image": "busybox:1.37", "commandsIter": iterator, "dependents": [{"target": "a"}]}),
    ])
}

/// Tasks of one vertex, each waiting for the one before it.
pub fn chain(tasks: usize) -> Execution {
    let task = |number: usize| {
        let dependents =
            if number == 0 { json!([]) } else { json!([{"target": format!("t{}", number - 1)}]) };
        json!({"name": format!("t{number}"), "image": "busybox:1.37", "commands": ["true"], "dependents": dependents})
    };
    execution((0..tasks).map(task).collect())
}

/// Independent vertices.
pub fn independent(width: usize, command: &str) -> Execution {
    execution(vec![
        json!({"name": "a", "image": "busybox:1.37", "commandsIter": {"command": command, "count": width}}),
    ])
}

fn execution(tasks: Vec<Value>) -> Execution {
    let document = json!({
        "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
        "metadata": {"name": "bench"}, "spec": {"tasks": tasks},
    });
    serde_json::from_value(document).expect("a workload is an Execution")
}
