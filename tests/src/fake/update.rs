//! Changing an object, through the main resource or `/status`, by replacing or by a patch.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    create,
    object::{self, metadata},
    refusal::Refusal,
    resource::Resource,
    schema,
    store::{Key, Store},
    validate,
};

/// What a patch looks like.
pub enum Patch {
    /// `application/merge-patch+json`; a strategic merge patch is treated the same, which is right while it has no lists.
    Merge(Value),
    /// `application/json-patch+json`
    Json(json_patch::Patch),
}

/// Which part of the object a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All but the status.
    Main,
    /// The status alone.
    Status,
}

/// Where a write goes.
pub struct Target<'a> {
    /// The resource.
    pub resource: Resource,
    /// The object.
    pub key: &'a Key,
    /// The part.
    pub part: Part,
    /// Whether nothing is to be stored.
    pub dry_run: bool,
}

/// `PUT`: replaces the object with `body`.
///
/// # Errors
/// What a real API server refuses, in its words.
pub fn replace(
    store: &mut Store,
    now: Timestamp,
    target: &Target<'_>,
    mut body: Value,
) -> Result<Arc<Value>, Refusal> {
    let Target { resource, key, .. } = *target;
    create::check_envelope(resource, &key.0, &body)?;
    if object::name(&body) != key.1 {
        return Err(Refusal::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            object::name(&body),
            key.1
        )));
    }
    let Some(existing) = store.get(resource, key).cloned() else {
        if resource.may_create_on_update() && target.part == Part::Main {
            return create::create(store, now, resource, &key.0, body, target.dry_run);
        }
        return Err(Refusal::not_found(resource, &key.1));
    };
    if !object::uid(&body).is_empty() && object::uid(&body) != object::uid(&existing) {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            object::uid(&body),
            object::uid(&existing)
        );
        return Err(Refusal::conflict(resource, &key.1, &why));
    }
    if object::version(&body).is_empty() {
        if !resource.may_update_unconditionally() {
            let cause = ("metadata.resourceVersion", "Invalid value: 0: must be specified for an update");
            return Err(Refusal::invalid(resource, &key.1, &[(cause.0.into(), cause.1.into())]));
        }
        let version = object::version(&existing).to_owned();
        metadata(&mut body).insert("resourceVersion".into(), json!(version));
    }
    commit(store, target, &existing, body)
}

/// `PATCH`: changes what the patch says.
///
/// # Errors
/// What a real API server refuses, in its words.
pub fn patch(store: &mut Store, target: &Target<'_>, patch: &Patch) -> Result<Arc<Value>, Refusal> {
    let Target { resource, key, .. } = *target;
    let Some(existing) = store.get(resource, key).cloned() else {
        return Err(Refusal::not_found(resource, &key.1));
    };
    let mut patched = Value::clone(&existing);
    match patch {
        Patch::Merge(patch) => json_patch::merge(&mut patched, patch),
        Patch::Json(patch) => json_patch::patch(&mut patched, patch).map_err(|_| {
            let message = "the server rejected our request due to an error in our request";
            Refusal { details: json!({}), ..Refusal::new(422, "Invalid", message) }
        })?,
    }
    if !patched.is_object() {
        return Err(Refusal::bad_request("the patched object is no object"));
    }
    if object::name(&patched) != key.1 {
        return Err(Refusal::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            object::name(&patched),
            key.1
        )));
    }
    commit(store, target, &existing, patched)
}

fn commit(
    store: &mut Store,
    target: &Target<'_>,
    existing: &Arc<Value>,
    mut wanted: Value,
) -> Result<Arc<Value>, Refusal> {
    let Target { resource, key, part, dry_run } = *target;
    if object::version(&wanted) != object::version(existing) {
        return Err(Refusal::modified(resource, &key.1));
    }
    keep_system_fields(existing, &mut wanted);
    if resource == Resource::Executions {
        schema::complete(&mut wanted);
    }
    match part {
        Part::Main if resource.has_status() => move_field("status", existing, &mut wanted),
        Part::Main => {}
        Part::Status => {
            move_field("spec", existing, &mut wanted);
            if resource == Resource::Executions {
                move_field("metadata", existing, &mut wanted);
            }
        }
    }
    if resource.has_generation() && wanted.get("spec") != existing.get("spec") {
        let generation = existing.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
        metadata(&mut wanted).insert("generation".into(), json!(generation + 1));
    }
    validate::updated(resource, existing, &wanted)?;
    if wanted == **existing {
        return Ok(existing.clone());
    }
    if dry_run {
        return Ok(Arc::new(wanted));
    }
    let grace = wanted.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(0);
    let is_gone = object::is_terminating(&wanted) && object::finalizers(&wanted).is_empty() && grace == 0;
    let stored = if is_gone { store.remove(resource, key) } else { Some(store.put(resource, wanted)) };
    stored.ok_or_else(|| Refusal::not_found(resource, &key.1))
}

fn keep_system_fields(existing: &Value, wanted: &mut Value) {
    for key in ["kind", "apiVersion"] {
        move_field(key, existing, wanted);
    }
    let old = &existing["metadata"];
    let meta = metadata(wanted);
    for key in [
        "name",
        "namespace",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ] {
        match old.get(key) {
            Some(value) => meta.insert(key.into(), value.clone()),
            None => meta.remove(key),
        };
    }
    meta.remove("managedFields");
    for key in ["finalizers", "ownerReferences", "labels", "annotations"] {
        let is_empty = meta.get(key).is_some_and(|value| match value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        });
        if is_empty {
            meta.remove(key);
        }
    }
}

/// Makes `key` of `to` what it is in `from`.
fn move_field(key: &str, from: &Value, to: &mut Value) {
    let Some(map) = to.as_object_mut() else { return };
    match from.get(key) {
        Some(value) => map.insert(key.to_owned(), value.clone()),
        None => map.remove(key),
    };
}
