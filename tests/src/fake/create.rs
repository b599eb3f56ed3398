//! Creating an object: what the API server fills in, and what it refuses.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    clock,
    object::{self, entry, metadata},
    refusal::Refusal,
    resource::Resource,
    schema,
    store::Store,
    validate,
};

/// Creates `body` in `namespace`. With `dry_run` all is done but the storing.
///
/// # Errors
/// What a real API server refuses, in its words.
pub fn create(
    store: &mut Store,
    now: Timestamp,
    resource: Resource,
    namespace: &str,
    mut body: Value,
    dry_run: bool,
) -> Result<Arc<Value>, Refusal> {
    check_envelope(resource, namespace, &body)?;
    if !object::version(&body).is_empty() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(Refusal::new(500, "InternalError", message));
    }
    if resource.is_namespaced() {
        check_namespace(store, namespace, resource, object::name(&body))?;
    }
    if object::name(&body).is_empty() && !object::text(&body, "/metadata/generateName").is_empty() {
        let name = format!("{}{}", object::text(&body, "/metadata/generateName"), store.new_suffix());
        metadata(&mut body).insert("name".into(), json!(name));
    }
    let uid = store.new_uid();
    prepare(resource, namespace, &uid, now, &mut body);
    validate::created(resource, &body)?;
    let name = object::name(&body).to_owned();
    if let Some(existing) = store.get(resource, &(namespace.to_owned(), name.clone())) {
        return Err(Refusal::already_exists(resource, &name, object::is_terminating(existing)));
    }
    if dry_run {
        return Ok(Arc::new(body));
    }
    let stored = store.put(resource, body);
    if resource == Resource::Jobs {
        store.journal.job_created(&stored, now);
    }
    Ok(stored)
}

/// Refuses a body that is no object of `resource` in `namespace`.
///
/// # Errors
/// 400.
pub fn check_envelope(resource: Resource, namespace: &str, body: &Value) -> Result<(), Refusal> {
    let (kind, api_version) = (object::text(body, "/kind"), object::text(body, "/apiVersion"));
    if !body.is_object() || !body.get("metadata").is_none_or(Value::is_object) {
        return Err(Refusal::bad_request("the object provided is unrecognized (must be of type Object)"));
    }
    if (!kind.is_empty() && kind != resource.kind())
        || (!api_version.is_empty() && api_version != resource.api_version())
    {
        return Err(Refusal::bad_request(format!(
            "{kind} in version \"{api_version}\" cannot be handled as a {}",
            resource.kind()
        )));
    }
    if !object::namespace(body).is_empty() && object::namespace(body) != namespace {
        return Err(Refusal::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

fn check_namespace(store: &Store, namespace: &str, resource: Resource, name: &str) -> Result<(), Refusal> {
    let Some(found) = store.get(Resource::Namespaces, &(String::new(), namespace.to_owned())) else {
        return Err(Refusal::not_found(Resource::Namespaces, namespace));
    };
    if object::is_terminating(found) {
        let message = format!(
            "{} \"{name}\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
            resource.qualified()
        );
        return Err(Refusal::new(403, "Forbidden", message));
    }
    Ok(())
}

fn prepare(resource: Resource, namespace: &str, uid: &str, now: Timestamp, body: &mut Value) {
    body["kind"] = json!(resource.kind());
    body["apiVersion"] = json!(resource.api_version());
    let meta = metadata(body);
    meta.insert("uid".into(), json!(uid));
    meta.insert("creationTimestamp".into(), json!(clock::seconds(now)));
    if resource.is_namespaced() {
        meta.insert("namespace".into(), json!(namespace));
    }
    for server_side in
        ["generation", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"]
    {
        meta.remove(server_side);
    }
    meta.retain(|_, value| !value.is_null());
    if resource.has_generation() {
        meta.insert("generation".into(), json!(1));
    }
    match resource {
        Resource::Executions => {
            body.as_object_mut().map(|map| map.remove("status"));
            schema::complete(body);
        }
        Resource::Jobs => prepare_job(uid, body),
        Resource::Pods => {
            let spec = entry(body, "spec");
            spec.entry("restartPolicy").or_insert(json!("Always"));
            spec.entry("terminationGracePeriodSeconds").or_insert(json!(30));
            body["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"});
        }
        Resource::Namespaces => {
            body["spec"] = json!({"finalizers": ["kubernetes"]});
            body["status"] = json!({"phase": "Active"});
            let name = object::name(body).to_owned();
            entry(&mut body["metadata"], "labels").insert("kubernetes.io/metadata.name".into(), json!(name));
        }
        Resource::ConfigMaps | Resource::Leases | Resource::Events => {}
    }
}

/// The labels that tie a Job's pods to it.
fn prepare_job(uid: &str, job: &mut Value) {
    let name = object::name(job).to_owned();
    job["status"] = json!({});
    let spec = entry(job, "spec");
    spec.retain(|_, value| !value.is_null());
    for (key, value) in [
        ("parallelism", json!(1)),
        ("completions", json!(1)),
        ("backoffLimit", json!(6)),
        ("completionMode", json!("NonIndexed")),
        ("suspend", json!(false)),
        ("podReplacementPolicy", json!("TerminatingOrFailed")),
    ] {
        spec.entry(key).or_insert(value);
    }
    spec.insert("selector".into(), json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
    let template = entry(&mut job["spec"], "template");
    template.entry("metadata").or_insert(json!({}));
    let own = template.get("metadata").and_then(|m| m.get("labels")).cloned();
    let labels = entry(&mut job["spec"]["template"]["metadata"], "labels");
    for key in ["batch.kubernetes.io/controller-uid", "controller-uid"] {
        labels.entry(key).or_insert(json!(uid));
    }
    for key in ["batch.kubernetes.io/job-name", "job-name"] {
        labels.entry(key).or_insert(json!(name));
    }
    if let Some(own) = own
        && job.pointer("/metadata/labels").is_none_or(|l| l.as_object().is_none_or(serde_json::Map::is_empty))
    {
        // An old default: a Job without labels gets those of its pods.
        metadata(job).insert("labels".into(), own);
    }
    let pod = entry(&mut job["spec"]["template"], "spec");
    pod.entry("terminationGracePeriodSeconds").or_insert(json!(30));
    pod.entry("dnsPolicy").or_insert(json!("ClusterFirst"));
    pod.entry("schedulerName").or_insert(json!("default-scheduler"));
    pod.entry("securityContext").or_insert(json!({}));
}
