//! The definition of the custom resource, derived from the types and finished here.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{CustomResourceExt as _, core::schema::StructuralSchemaRewriter};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

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

/// The schemas of an Execution's `metadata` and `spec`, without descriptions: `types/src/shape/schemas.json`. The API
/// server takes that of `metadata` from nobody, and holds the one of its own type.
pub fn shapes() -> Value {
    let schema = crd().spec.versions.into_iter().next().and_then(|version| version.schema);
    let fields = schema.and_then(|schema| schema.open_api_v3_schema?.properties);
    let mut spec = fields.and_then(|mut fields| fields.remove("spec")).unwrap_or_default();
    let generator = SchemaSettings::openapi3()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(StructuralSchemaRewriter)
        .into_generator();
    let metadata = generator.into_root_schema_for::<ObjectMeta>();
    let mut metadata: JSONSchemaProps = serde_json::from_value(metadata.to_value()).unwrap_or_default();
    for schema in [&mut metadata, &mut spec] {
        strip(schema);
    }
    json!({"metadata": metadata, "spec": spec})
}

/// Leaves out what is written for people.
fn strip(schema: &mut JSONSchemaProps) {
    schema.description = None;
    schema.title = None;
    let fields = schema.properties.iter_mut().flat_map(|fields| fields.values_mut());
    fields.for_each(strip);
    items(schema).into_iter().for_each(strip);
    values(schema).into_iter().for_each(strip);
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
