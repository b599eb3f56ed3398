//! A call that has arrived: done under the lock, whole or not at all.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    create,
    delete::{self, DeleteOptions, Deleted},
    list, object,
    refusal::Refusal,
    request::{Request, Verb},
    resource::Resource,
    store::{Key, Store},
    update::{self, Part, Patch, Target},
    view,
};

/// A request with its body.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is asked for.
    pub request: Request,
    /// The body, or why it is no JSON; null for none.
    pub body: Result<Value, String>,
    /// Of the body.
    pub content_type: String,
    /// By how many revisions a list that takes any version is late.
    pub stale: u64,
}

/// What a call is answered with.
pub enum Answer {
    /// A code and an object, a list or a status.
    Object(u16, Value),
    /// A log.
    Text(String),
}

/// Does what the call says.
///
/// # Errors
/// What a real API server refuses, in its words.
pub fn perform(store: &mut Store, now: Timestamp, call: &Call) -> Result<Answer, Refusal> {
    let Call { request, .. } = call;
    let (resource, key) = (request.resource, request.key());
    let target = Target {
        resource,
        key: &key,
        part: if request.subresource == "status" { Part::Status } else { Part::Main },
        dry_run: request.is_dry_run(),
    };
    let show = |object: &Value| view::whole(object, request.is_metadata_only);
    let body = || call.body.clone().map_err(Refusal::bad_request);
    match request.verb {
        Verb::Get if request.subresource == "log" => log(store, &key).map(Answer::Text),
        Verb::Get => {
            let found = store.get(resource, &key).ok_or_else(|| Refusal::not_found(resource, &key.1))?;
            Ok(Answer::Object(200, show(found)))
        }
        Verb::List => Ok(Answer::Object(200, list::list(store, request, call.stale)?)),
        Verb::Watch => Err(Refusal::wrong_verb()),
        Verb::Create => {
            let created = create::create(store, now, resource, &key.0, body()?, target.dry_run)?;
            Ok(Answer::Object(201, show(&created)))
        }
        Verb::Update => {
            let was_there = store.get(resource, &key).is_some();
            let updated = update::replace(store, now, &target, body()?)?;
            Ok(Answer::Object(if was_there { 200 } else { 201 }, show(&updated)))
        }
        Verb::Patch => {
            let patch = read_patch(&call.content_type, body()?)?;
            let patched = update::patch(store, &target, &patch)?;
            Ok(Answer::Object(200, show(&patched)))
        }
        Verb::Delete => {
            let options = delete_options(call)?;
            Ok(match delete::delete(store, now, resource, &key, &options)? {
                Deleted::Gone(object) if resource == Resource::Pods => Answer::Object(200, show(&object)),
                Deleted::Gone(object) => Answer::Object(200, view::deleted(resource, &object)),
                Deleted::Terminating(object) => Answer::Object(200, show(&object)),
            })
        }
        Verb::DeleteCollection => delete_collection(store, now, call),
    }
}

fn delete_options(call: &Call) -> Result<DeleteOptions, Refusal> {
    let body = call.body.clone().map_err(Refusal::bad_request)?;
    DeleteOptions::parse(&body, |name| call.request.query.get(name).cloned())
}

fn delete_collection(store: &mut Store, now: Timestamp, call: &Call) -> Result<Answer, Refusal> {
    let resource = call.request.resource;
    let selection = list::selection(&call.request)?;
    let options = delete_options(call)?;
    let keys: Vec<Key> = store
        .all(resource)
        .filter(|(key, object)| selection.takes(key, object))
        .map(|(key, _)| key.clone())
        .collect();
    let mut items = Vec::new();
    for key in keys {
        match delete::delete(store, now, resource, &key, &options)? {
            Deleted::Gone(object) | Deleted::Terminating(object) => {
                items.push(view::item(&object, call.request.is_metadata_only));
            }
        }
    }
    let metadata = json!({"resourceVersion": store.revision().to_string()});
    Ok(Answer::Object(200, view::list(resource, &items, &metadata, call.request.is_metadata_only)))
}

fn read_patch(content_type: &str, body: Value) -> Result<Patch, Refusal> {
    match content_type {
        "application/merge-patch+json" | "application/strategic-merge-patch+json" => {
            if body.is_object() {
                Ok(Patch::Merge(body))
            } else {
                Err(Refusal::bad_request("a merge patch must be an object"))
            }
        }
        "application/json-patch+json" => serde_json::from_value(body)
            .map(Patch::Json)
            .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}"))),
        other => {
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml ({other})"
            );
            Err(Refusal::new(415, "UnsupportedMediaType", message))
        }
    }
}

fn log(store: &Store, key: &Key) -> Result<String, Refusal> {
    let pod = store.get(Resource::Pods, key).ok_or_else(|| Refusal::not_found(Resource::Pods, &key.1))?;
    match store.logs.get(object::uid(pod)) {
        Some(text) => Ok(text.clone()),
        None => Err(Refusal::bad_request(format!(
            "container \"{}\" in pod \"{}\" is waiting to start: ContainerCreating",
            object::text(pod, "/spec/containers/0/name"),
            key.1
        ))),
    }
}
