//! How objects are shown: whole, or their metadata alone.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{object, resource::Resource};

/// One object of an answer.
pub fn whole(object: &Value, is_metadata_only: bool) -> Value {
    if !is_metadata_only || object["kind"] == "Status" {
        return object.clone();
    }
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

/// One item of a list: a list of one kind names it once.
pub fn item(object: &Arc<Value>, is_metadata_only: bool) -> Value {
    let mut item = whole(object, is_metadata_only);
    let is_custom = object["apiVersion"].as_str().is_some_and(|v| v.starts_with("execution.kubegene.io"));
    if !is_metadata_only
        && !is_custom
        && let Some(map) = item.as_object_mut()
    {
        map.remove("kind");
        map.remove("apiVersion");
    }
    item
}

/// A list.
pub fn list(resource: Resource, items: &[Value], metadata: &Value, is_metadata_only: bool) -> Value {
    let (kind, api_version) = if is_metadata_only {
        ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned())
    } else {
        (format!("{}List", resource.kind()), resource.api_version())
    };
    json!({"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items})
}

/// The answer to a delete that left nothing.
pub fn deleted(resource: Resource, object: &Value) -> Value {
    let mut details =
        json!({"name": object::name(object), "kind": resource.plural(), "uid": object::uid(object)});
    if !resource.group().is_empty() {
        details["group"] = json!(resource.group());
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// A bookmark: nothing but how far the watch has come.
pub fn bookmark(resource: Resource, revision: u64, is_metadata_only: bool) -> Value {
    let metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
    let (kind, api_version) = if is_metadata_only {
        ("PartialObjectMetadata".to_owned(), "meta.k8s.io/v1".to_owned())
    } else {
        (resource.kind().to_owned(), resource.api_version())
    };
    json!({"type": "BOOKMARK", "object": {"kind": kind, "apiVersion": api_version, "metadata": metadata}})
}
