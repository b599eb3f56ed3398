//! The Executions that are measured. All run on fake nodes, where a job takes no time.

use serde_json::{Value, json};

use super::cluster::NAMESPACE;

/// When children start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartOn {
    /// When the parents' Jobs are complete.
    JobComplete,
    /// When the parents' pods have succeeded.
    PodSucceeded,
}

/// So many vertices that wait for nothing.
pub fn independent(name: &str, width: usize) -> Value {
    execution(name, StartOn::JobComplete, &[task("a", width, &[])])
}

/// A whole-genome run with GATK: 98 vertices, each waiting for all of the task before; 1,720 edges.
pub fn gatk(name: &str, start_on: StartOn) -> Value {
    let after = |target: &str| [json!({"target": target})];
    let tasks = [
        task("splitfq", 2, &[]),
        task("bwamapping", 13, &after("splitfq")),
        task("merge", 1, &after("bwamapping")),
        task("flagstat", 1, &after("merge")),
        task("sammerge", 40, &after("merge")),
        task("mkdupbqsr", 40, &after("sammerge")),
        task("mergevcf", 1, &after("mkdupbqsr")),
    ];
    execution(name, start_on, &tasks)
}

/// Tasks of one vertex, each waiting for the one before.
pub fn chain(name: &str, length: usize, start_on: StartOn) -> Value {
    let link = |number: usize| {
        let former = number.checked_sub(1).map(|former| json!({"target": format!("t{former}")}));
        task(&format!("t{number}"), 1, former.as_slice())
    };
    execution(name, start_on, &(0..length).map(link).collect::<Vec<_>>())
}

/// Two tasks of one width, each vertex of the second waiting for that of the first with its index.
pub fn pairs(name: &str, width: usize) -> Value {
    let dependents = [json!({"target": "a", "type": "iterate"})];
    execution(name, StartOn::JobComplete, &[task("a", width, &[]), task("b", width, &dependents)])
}

fn task(name: &str, width: usize, dependents: &[Value]) -> Value {
    json!({
        "name": name,
        "image": "busybox:1.37",
        "commandsIter": {"command": "true ${item}", "count": width},
        "dependents": dependents,
    })
}

fn execution(name: &str, start_on: StartOn, tasks: &[Value]) -> Value {
    json!({
        "apiVersion": gene_types::v1alpha1::API_VERSION,
        "kind": gene_types::v1alpha1::KIND,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "startOn": format!("{start_on:?}"),
            "nodeSelector": {"type": "kwok"},
            "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists", "effect": "NoSchedule"}],
            "tasks": tasks,
        },
    })
}
