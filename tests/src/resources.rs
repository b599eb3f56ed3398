//! Untyped access to the resources that tests touch: on the fake and on a real API server alike.

use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject},
    core::GroupVersionKind,
};
use serde_json::{Value, json};

/// Access to one kind in one namespace.
pub fn api(client: &Client, namespace: &str, group: &str, version: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    Api::namespaced_with(client.clone(), namespace, &resource)
}

/// Executions.
pub fn executions(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(client, namespace, "execution.kubegene.io", "v1alpha1", "Execution")
}

/// Jobs.
pub fn jobs(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(client, namespace, "batch", "v1", "Job")
}

/// Pods.
pub fn pods(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(client, namespace, "", "v1", "Pod")
}

/// `ConfigMaps`.
pub fn config_maps(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(client, namespace, "", "v1", "ConfigMap")
}

/// Leases.
pub fn leases(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(client, namespace, "coordination.k8s.io", "v1", "Lease")
}

/// Events.
pub fn events(client: &Client, namespace: &str) -> Api<DynamicObject> {
    api(client, namespace, "events.k8s.io", "v1", "Event")
}

/// Reads an object from JSON.
///
/// # Panics
/// When it has no metadata: the tests write them.
pub fn object(value: Value) -> DynamicObject {
    serde_json::from_value(value).expect("an object of a test has metadata")
}

/// A Job of one container that has no owner.
pub fn bare_job(name: &str, restart_policy: &str, backoff_limit: u32) -> DynamicObject {
    object(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": backoff_limit, "template": {"spec": {
            "restartPolicy": restart_policy,
            "containers": [{"name": "main", "image": "busybox", "command": ["sh", "-c", "true"]}],
        }}},
    }))
}

/// An Execution with this spec.
pub fn execution(name: &str, spec: &Value) -> DynamicObject {
    object(json!({
        "apiVersion": "execution.kubegene.io/v1alpha1",
        "kind": "Execution",
        "metadata": {"name": name},
        "spec": spec,
    }))
}
