//! Deleting: preconditions, what becomes of dependents, finalizers, the grace that pods are given.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    clock,
    object::{self, metadata},
    refusal::Refusal,
    resource::Resource,
    store::{Key, Store},
};

/// Holds an owner until its blocking dependents are gone.
pub const FOREGROUND: &str = "foregroundDeletion";
/// Holds an owner until its dependents have forgotten it.
pub const ORPHAN: &str = "orphan";

/// What becomes of dependents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They go after it.
    Background,
    /// They go before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// `DeleteOptions`, as far as anyone here sends them.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// `preconditions.uid`
    pub uid: Option<String>,
    /// `preconditions.resourceVersion`
    pub version: Option<String>,
    /// `propagationPolicy`; `None`: the resource's own default.
    pub propagation: Option<Propagation>,
    /// `gracePeriodSeconds`
    pub grace_seconds: Option<i64>,
    /// `dryRun`
    pub dry_run: bool,
}

/// What a deletion came to.
pub enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Arc<Value>),
    /// It goes when its finalizers or its grace are over.
    Terminating(Arc<Value>),
}

impl DeleteOptions {
    /// Reads the body of a request; the query's values fill what it leaves open.
    ///
    /// # Errors
    /// A propagation policy that does not exist.
    pub fn parse(body: &Value, query: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let policy = text("/propagationPolicy").or_else(|| query("propagationPolicy"));
        let propagation = match policy.as_deref() {
            None => None,
            Some("Background") => Some(Propagation::Background),
            Some("Foreground") => Some(Propagation::Foreground),
            Some("Orphan") => Some(Propagation::Orphan),
            Some(other) => {
                let supported = "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"";
                let message = format!(
                    "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"{other}\": {supported}"
                );
                return Err(Refusal::new(422, "Invalid", message));
            }
        };
        let grace = query("gracePeriodSeconds").and_then(|text| text.parse().ok());
        Ok(Self {
            uid: text("/preconditions/uid"),
            version: text("/preconditions/resourceVersion"),
            propagation,
            grace_seconds: body["gracePeriodSeconds"].as_i64().or(grace),
            dry_run: query("dryRun").is_some() || body["dryRun"].as_array().is_some_and(|l| !l.is_empty()),
        })
    }
}

/// Deletes an object, or marks it for deletion.
///
/// # Errors
/// It does not exist, or is not the one that the preconditions mean.
pub fn delete(
    store: &mut Store,
    now: Timestamp,
    resource: Resource,
    key: &Key,
    options: &DeleteOptions,
) -> Result<Deleted, Refusal> {
    let existing = store.get(resource, key).cloned().ok_or_else(|| Refusal::not_found(resource, &key.1))?;
    check_preconditions(resource, &existing, options)?;
    if options.dry_run {
        return Ok(Deleted::Gone(existing));
    }
    let mut marked = Value::clone(&existing);
    set_propagation(resource, &mut marked, options);
    let grace = grace_seconds(resource, &existing, options);
    if object::finalizers(&marked).is_empty() && grace == 0 && resource != Resource::Namespaces {
        let gone = store.remove(resource, key).ok_or_else(|| Refusal::not_found(resource, &key.1))?;
        return Ok(Deleted::Gone(gone));
    }
    let left = existing.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    if left.is_none_or(|left| grace < left) {
        if let Some(generation) = marked.pointer("/metadata/generation").and_then(Value::as_i64)
            && left.is_none()
        {
            metadata(&mut marked).insert("generation".into(), json!(generation + 1));
        }
        let at = now.saturating_add(std::time::Duration::from_secs(grace.unsigned_abs())).unwrap_or(now);
        let meta = metadata(&mut marked);
        meta.insert("deletionTimestamp".into(), json!(clock::seconds(at)));
        meta.insert("deletionGracePeriodSeconds".into(), json!(grace));
    }
    if resource == Resource::Namespaces {
        marked["status"]["phase"] = json!("Terminating");
    }
    if marked == *existing {
        return Ok(Deleted::Terminating(existing));
    }
    Ok(Deleted::Terminating(store.put(resource, marked)))
}

fn check_preconditions(resource: Resource, existing: &Value, options: &DeleteOptions) -> Result<(), Refusal> {
    let name = object::name(existing);
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != object::uid(existing)) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            object::uid(existing)
        );
        return Err(Refusal::conflict(resource, name, &why));
    }
    if let Some(version) = options.version.as_deref().filter(|v| *v != object::version(existing)) {
        let why = format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({}). The object might have been modified",
            object::version(existing)
        );
        return Err(Refusal::conflict(resource, name, &why));
    }
    Ok(())
}

fn set_propagation(resource: Resource, marked: &mut Value, options: &DeleteOptions) {
    let mut finalizers = object::finalizers(marked);
    let wanted = match options.propagation {
        Some(Propagation::Foreground) => Some(FOREGROUND),
        Some(Propagation::Orphan) => Some(ORPHAN),
        // What an earlier delete said stays.
        None if finalizers.iter().any(|f| f == FOREGROUND || f == ORPHAN) => return,
        None if resource.orphans_by_default() => Some(ORPHAN),
        Some(Propagation::Background) | None => None,
    };
    finalizers.retain(|f| f != FOREGROUND && f != ORPHAN);
    finalizers.extend(wanted.map(str::to_owned));
    object::set_finalizers(marked, &finalizers);
}

/// Only a pod that a kubelet has or may have gets time to end.
fn grace_seconds(resource: Resource, existing: &Value, options: &DeleteOptions) -> i64 {
    let is_over = matches!(object::text(existing, "/status/phase"), "Succeeded" | "Failed");
    if resource != Resource::Pods || object::text(existing, "/spec/nodeName").is_empty() || is_over {
        return 0;
    }
    let own = existing.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64);
    options.grace_seconds.or(own).unwrap_or(30)
}
