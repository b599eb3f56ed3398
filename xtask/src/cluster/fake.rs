//! Fake nodes: objects of which kwok says that their pods run and end, for as many pods as no machine
//! could run.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;

use super::{binaries::Binaries, kubectl::Kubectl, state::State};

/// Tells kwok which nodes are its own.
const ANNOTATION: &str = "kwok.x-k8s.io/node";

/// kwok.
pub(super) fn kwok(state: &State, binaries: &Binaries) -> Vec<String> {
    vec![
        binaries.kwok(),
        format!("--kubeconfig={}", state.argument("kwok.kubeconfig")),
        // Nobody's own settings.
        "--config=".into(),
        "--manage-all-nodes=false".into(),
        format!("--manage-nodes-with-annotation-selector={ANNOTATION}=fake"),
        "--node-lease-duration-seconds=40".into(),
        // A line for every change of a pod would take its part of what is measured.
        "--v=WARN".into(),
    ]
}

/// Whether the cluster has had fake nodes, which are not ready without kwok.
pub(super) fn has_run(state: &State) -> bool {
    state.log("kwok").exists()
}

/// Creates those of the nodes `fake-0`, `fake-1`, … that are missing, and returns how many there are.
pub(super) fn create(kubectl: &Kubectl, count: u32) -> Result<usize> {
    let existing = kubectl.run(&["get", "nodes", "--selector=type=kwok", "--output=name"])?;
    let existing: BTreeSet<&str> = existing.lines().map(|line| line.trim_start_matches("node/")).collect();
    let wanted: Vec<String> = (0..count).map(|number| format!("fake-{number}")).collect();
    let missing: Vec<_> =
        wanted.iter().filter(|name| !existing.contains(name.as_str())).map(|name| node(name)).collect();
    let created = missing.len();
    if created > 0 {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": missing});
        kubectl.run_with(&["create", "-f", "-"], &list.to_string())?;
    }
    Ok(existing.len() + created)
}

/// A node on which only pods that tolerate it are placed, and of which no resource runs out.
fn node(name: &str) -> serde_json::Value {
    let resources = json!({"cpu": "1000", "memory": "1Ti", "pods": "10000", "ephemeral-storage": "1Ti"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {(ANNOTATION): "fake"},
            "labels": {
                "type": "kwok",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
        },
        "spec": {"taints": [{"key": ANNOTATION, "value": "fake", "effect": "NoSchedule"}]},
        "status": {"capacity": resources, "allocatable": resources},
    })
}
