//! The garbage collector: what no owner holds any more goes, some time later; owners that wait for their dependents wait.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    FakeCluster,
    delete::{self, DeleteOptions, FOREGROUND, ORPHAN, Propagation},
    object::{self, metadata},
    resource::Resource,
    store::{Change, Key, Store},
};

/// How late the collector is, at least and at most.
const DELAY: std::ops::Range<u64> = 20..200;

enum Owner {
    Solid,
    Waiting,
    Absent,
}

/// Runs until the fake is gone.
pub async fn run(cluster: FakeCluster, mut changes: mpsc::UnboundedReceiver<Arc<Change>>) {
    let mut queue: BTreeMap<(Instant, u64), (Resource, Key)> = BTreeMap::new();
    let mut number = 0;
    loop {
        let due = queue.first_key_value().map(|((at, _), _)| *at);
        tokio::select! {
            biased;
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                if let Some((_, (resource, key))) = queue.pop_first() {
                    cluster.with_store(|store| examine(store, cluster.now(), resource, &key));
                }
            }
            change = changes.recv() => {
                let Some(change) = change else { return };
                let (affected, delay) = cluster.with_store(|store| (affected(store, &change), store.rng.u64(DELAY)));
                for object in affected {
                    number += 1;
                    queue.insert((Instant::now() + Duration::from_millis(delay), number), object);
                }
            }
        }
    }
}

/// What a change gives the collector to look at.
fn affected(store: &Store, change: &Change) -> Vec<(Resource, Key)> {
    let mut affected = Vec::new();
    let uid = object::uid(&change.after);
    if change.is_deletion || object::is_terminating(&change.after) {
        affected.extend(store.dependents(uid));
    }
    if change.resource == Resource::Namespaces && object::is_terminating(&change.after) && !change.is_deletion
    {
        affected.push((change.resource, change.key.clone()));
    }
    if !change.is_deletion && (object::is_terminating(&change.after) || change.before.is_none()) {
        affected.push((change.resource, change.key.clone()));
    }
    if change.is_deletion {
        let namespace = (Resource::Namespaces, (String::new(), change.key.0.clone()));
        if store.get(namespace.0, &namespace.1).is_some_and(|n| object::is_terminating(n)) {
            affected.push(namespace);
        }
        for owner in object::owners(&change.after) {
            affected.extend(owner_place(owner, &change.key.0));
        }
    }
    affected
}

fn owner_place(owner: &Value, namespace: &str) -> Option<(Resource, Key)> {
    let resource = Resource::of_owner(object::text(owner, "/apiVersion"), object::text(owner, "/kind"))?;
    Some((resource, (namespace.to_owned(), object::text(owner, "/name").to_owned())))
}

fn examine(store: &mut Store, now: jiff::Timestamp, resource: Resource, key: &Key) {
    let Some(found) = store.get(resource, key).cloned() else { return };
    if resource == Resource::Namespaces {
        empty_namespace(store, now, &found);
        return;
    }
    if object::is_terminating(&found) {
        release_dependents(store, resource, &found);
    }
    let Some(found) = store.get(resource, key).cloned() else { return };
    let owners = object::owners(&found);
    if owners.is_empty() {
        return;
    }
    let states: Vec<Owner> = owners.iter().map(|owner| state(store, owner, &key.0)).collect();
    if states.iter().all(|state| !matches!(state, Owner::Solid)) {
        if object::is_terminating(&found) {
            return;
        }
        let is_awaited = states.iter().any(|state| matches!(state, Owner::Waiting));
        let has_dependents = !store.dependents(object::uid(&found)).is_empty();
        let propagation =
            if is_awaited && has_dependents { Propagation::Foreground } else { Propagation::Background };
        let options = DeleteOptions {
            uid: Some(object::uid(&found).to_owned()),
            propagation: Some(propagation),
            ..DeleteOptions::default()
        };
        // Refusals are impossible: it was found under this lock, with this uid.
        let _ = delete::delete(store, now, resource, key, &options);
        return;
    }
    let kept: Vec<Value> = owners
        .iter()
        .zip(&states)
        .filter(|(_, state)| !matches!(state, Owner::Absent))
        .map(|(owner, _)| owner.clone())
        .collect();
    if kept.len() != owners.len() {
        let mut changed = Value::clone(&found);
        metadata(&mut changed).insert("ownerReferences".into(), json!(kept));
        store.put(resource, changed);
    }
}

fn state(store: &Store, owner: &Value, namespace: &str) -> Owner {
    let Some((resource, key)) = owner_place(owner, namespace) else {
        // Of a kind that is not served here: nobody knows better, so it holds.
        return Owner::Solid;
    };
    match store.get(resource, &key) {
        Some(found) if object::uid(found) == object::text(owner, "/uid") => {
            if object::is_terminating(found) && object::has_finalizer(found, FOREGROUND) {
                Owner::Waiting
            } else {
                Owner::Solid
            }
        }
        _ => Owner::Absent,
    }
}

/// Lets an owner go whose dependents are gone, or have forgotten it.
fn release_dependents(store: &mut Store, resource: Resource, owner: &Value) {
    let uid = object::uid(owner);
    if object::has_finalizer(owner, ORPHAN) {
        for (resource, key) in store.dependents(uid) {
            let Some(dependent) = store.get(resource, &key) else { continue };
            let mut changed = Value::clone(dependent);
            let kept: Vec<Value> = object::owners(dependent)
                .iter()
                .filter(|o| object::text(o, "/uid") != uid)
                .cloned()
                .collect();
            if kept.is_empty() {
                metadata(&mut changed).remove("ownerReferences");
            } else {
                metadata(&mut changed).insert("ownerReferences".into(), json!(kept));
            }
            store.put(resource, changed);
        }
        drop_finalizer(store, resource, owner, ORPHAN);
    } else if object::has_finalizer(owner, FOREGROUND) {
        let is_blocked = store.dependents(uid).iter().any(|(resource, key)| {
            let dependent = store.get(*resource, key);
            dependent.is_some_and(|dependent| {
                let mut owners = object::owners(dependent).iter();
                owners.any(|o| object::text(o, "/uid") == uid && o["blockOwnerDeletion"] == true)
            })
        });
        if !is_blocked {
            drop_finalizer(store, resource, owner, FOREGROUND);
        }
    }
}

/// Takes a finalizer off; the last one takes a terminating object with it.
pub fn drop_finalizer(store: &mut Store, resource: Resource, holder: &Value, finalizer: &str) {
    let mut changed = Value::clone(holder);
    let mut finalizers = object::finalizers(&changed);
    finalizers.retain(|f| f != finalizer);
    object::set_finalizers(&mut changed, &finalizers);
    let grace = changed.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(0);
    if object::is_terminating(&changed) && finalizers.is_empty() && grace == 0 {
        store.remove(resource, &super::store::key_of(holder));
    } else {
        store.put(resource, changed);
    }
}

fn empty_namespace(store: &mut Store, now: jiff::Timestamp, namespace: &Value) {
    if !object::is_terminating(namespace) {
        return;
    }
    let name = object::name(namespace);
    let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
    let mut is_empty = true;
    for resource in Resource::ALL.into_iter().filter(|r| r.is_namespaced()) {
        let keys: Vec<Key> =
            store.all(resource).map(|(key, _)| key).filter(|key| key.0 == name).cloned().collect();
        for key in keys {
            let is_waiting = store.get(resource, &key).is_some_and(|found| object::is_terminating(found));
            if !is_waiting {
                // Refusals are impossible: it was found under this lock.
                let _ = delete::delete(store, now, resource, &key, &options);
            }
            is_empty &= store.get(resource, &key).is_none();
        }
    }
    if is_empty {
        store.remove(Resource::Namespaces, &(String::new(), name.to_owned()));
    }
}
