//! Where the objects of a namespace are found, as the beginnings of requests.

use gene_types::v1alpha1::API_VERSION;
use kube::core::Request;

/// The Executions of a namespace, or of all.
pub fn executions(namespace: Option<&str>) -> Request {
    resource(&format!("/apis/{API_VERSION}"), namespace, "executions")
}

/// The Jobs of a namespace, or of all.
pub fn jobs(namespace: Option<&str>) -> Request {
    resource("/apis/batch/v1", namespace, "jobs")
}

/// The pods of a namespace, or of all.
pub fn pods(namespace: Option<&str>) -> Request {
    resource("/api/v1", namespace, "pods")
}

/// The Events of a namespace, or of all.
pub fn events(namespace: Option<&str>) -> Request {
    resource("/api/v1", namespace, "events")
}

fn resource(api: &str, namespace: Option<&str>, plural: &str) -> Request {
    Request::new(match namespace {
        Some(namespace) => format!("{api}/namespaces/{namespace}/{plural}"),
        None => format!("{api}/{plural}"),
    })
}
