//! The definition of the custom resource, derived from the types and finished here.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt as _;

use crate::v1alpha1::Execution;

/// Fields that hold types of Kubernetes itself: their descriptions are in its own documentation.
const EMBEDDED: [&str; 6] = ["affinity", "tolerations", "env", "emptyDir", "hostPath", "nfs"];

/// Bounds for lists, maps and texts of embedded types, far beyond what Kubernetes itself takes there.
const EMBEDDED_ITEMS: i64 = 1_000;
const EMBEDDED_TEXT: i64 = 131_071;

/// The definition that makes Executions known to a cluster: `manifests/base/crd/crd.yaml`.
pub fn crd() -> CustomResourceDefinition {
    let mut crd = Execution::crd();
    for version in &mut crd.spec.versions {
        if let Some(schema) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) {
            finish(schema);
            mark_tasks(schema);
            schema.title = None;
            schema.description = Some("A workflow and how far it has come.".to_owned());
        }
    }
    crd
}

/// Tasks cannot be changed one by one, so that merging them by key has no use and costs much.
fn mark_tasks(schema: &mut JSONSchemaProps) {
    let spec = schema.properties.as_mut().and_then(|fields| fields.get_mut("spec"));
    let tasks = spec.and_then(|spec| spec.properties.as_mut()).and_then(|fields| fields.get_mut("tasks"));
    if let Some(tasks) = tasks {
        tasks.x_kubernetes_list_type = Some("atomic".to_owned());
    }
}

fn finish(schema: &mut JSONSchemaProps) {
    if schema.enum_.is_some() {
        // A nullable enum would have to list null among its values; where a field is not nullable,
        // the API server takes a null as absent, which is what is meant.
        schema.nullable = None;
    }
    for (name, field) in schema.properties.iter_mut().flatten() {
        if EMBEDDED.contains(&name.as_str()) {
            let description = field.description.take();
            strip_and_bound(field);
            field.description = description;
        } else {
            finish(field);
        }
    }
    if let Some(items) = items(schema) {
        finish(items);
    }
    if let Some(values) = values(schema) {
        finish(values);
    }
}

fn strip_and_bound(schema: &mut JSONSchemaProps) {
    schema.description = None;
    match schema.type_.as_deref() {
        Some("string") if schema.enum_.is_none() => {
            schema.max_length = schema.max_length.or(Some(EMBEDDED_TEXT));
        }
        Some("array") => schema.max_items = schema.max_items.or(Some(EMBEDDED_ITEMS)),
        Some("object") if schema.additional_properties.is_some() => {
            schema.max_properties = schema.max_properties.or(Some(EMBEDDED_ITEMS));
        }
        _ => {}
    }
    for field in schema.properties.iter_mut().flat_map(|fields| fields.values_mut()) {
        strip_and_bound(field);
    }
    if let Some(items) = items(schema) {
        strip_and_bound(items);
    }
    if let Some(values) = values(schema) {
        strip_and_bound(values);
    }
}

fn items(schema: &mut JSONSchemaProps) -> Option<&mut JSONSchemaProps> {
    match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => Some(items),
        _ => None,
    }
}

fn values(schema: &mut JSONSchemaProps) -> Option<&mut JSONSchemaProps> {
    match &mut schema.additional_properties {
        Some(JSONSchemaPropsOrBool::Schema(values)) => Some(values),
        _ => None,
    }
}
