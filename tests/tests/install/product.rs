//! The installed product as kubectl sees it.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixture::{Said, command, until};

/// Where it is installed.
pub const NAMESPACE: &str = "kubegene-system";
/// Both Deployments.
pub const DEPLOYMENTS: [&str; 2] = ["deployment/gene-webhook", "deployment/gene-controller"];

/// Runs kubectl.
pub fn kubectl(words: &[&str]) -> Said {
    command("kubectl", words).output().unwrap().into()
}

/// The same; it must succeed. What it prints.
#[track_caller]
pub fn succeed(words: &[&str]) -> String {
    let said = kubectl(words);
    assert_eq!(said.code, Some(0), "kubectl {words:?}: {said:?}");
    said.out
}

/// An object, or a list of them.
pub fn read(words: &[&str]) -> Value {
    serde_json::from_str(&succeed(&[words, &["-o", "json"]].concat())).unwrap()
}

pub fn apply(directory: &str) {
    succeed(&["apply", "-k", directory]);
}

/// Returns the moment both Deployments are rolled out.
pub fn rolled_out() {
    for deployment in DEPLOYMENTS {
        succeed(&["-n", NAMESPACE, "rollout", "status", deployment, "--timeout=180s"]);
    }
}

/// Returns when Executions are admitted again, and says how long that took.
pub fn admits() -> Duration {
    let begun = Instant::now();
    until("an Execution to be admitted", || is_admitted("examples/test-exec.yaml").then_some(()));
    begun.elapsed()
}

pub fn is_admitted(file: &str) -> bool {
    kubectl(&["create", "--dry-run=server", "-f", file]).code == Some(0)
}

/// The names of the webhook's pods that are not ending.
pub fn webhook_pods() -> Vec<String> {
    let pods = read(&["-n", NAMESPACE, "get", "pods", "-l", "app.kubernetes.io/name=gene-webhook"]);
    let alive = pods["items"].as_array().unwrap().iter();
    let alive = alive.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    alive.map(|pod| crate::fixture::text(&pod["metadata"]["name"])).collect()
}

/// What an earlier test, or an earlier run of this one, has left.
pub fn remove_whatever_is_there() {
    succeed(&["delete", "-k", "manifests", "--ignore-not-found", "--timeout=120s"]);
}
