//! The objects, one revision after another, and what every revision changed.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::{
    journal::Journal,
    object::{self, metadata},
    resource::Resource,
};

/// Where an object lives: namespace (empty for none) and name.
pub type Key = (String, String);

/// What one revision changed. A write that changes nothing makes no revision.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision, which is the object's resourceVersion.
    pub revision: u64,
    /// What kind of object.
    pub resource: Resource,
    /// Where it lives.
    pub key: Key,
    /// The object before; `None`: it was created.
    pub before: Option<Arc<Value>>,
    /// The object after; of a deletion its last state with the deletion's resourceVersion.
    pub after: Arc<Value>,
    /// Whether it is gone.
    pub is_deletion: bool,
}

/// What the API server keeps in etcd. Everything here is changed under the lock of the fake.
pub struct Store {
    objects: BTreeMap<Resource, BTreeMap<Key, Arc<Value>>>,
    dependents: BTreeMap<String, BTreeSet<(Resource, Key)>>,
    history: VecDeque<Arc<Change>>,
    history_limit: usize,
    revision: u64,
    revisions: watch::Sender<u64>,
    followers: Vec<mpsc::UnboundedSender<Arc<Change>>>,
    /// The source of uids and name suffixes.
    pub rng: fastrand::Rng,
    /// What tests ask about afterwards.
    pub journal: Journal,
    /// Logs of containers by the uid of their pod.
    pub logs: BTreeMap<String, String>,
}

impl Store {
    /// An empty store that remembers `history_limit` revisions for watches.
    pub fn new(seed: u64, history_limit: usize) -> Self {
        // A server that has run for a while: revision 1 is history there, too.
        let revision = 1_000;
        Self {
            objects: BTreeMap::new(),
            dependents: BTreeMap::new(),
            history: VecDeque::new(),
            history_limit,
            revision,
            revisions: watch::channel(revision).0,
            followers: Vec::new(),
            rng: fastrand::Rng::with_seed(seed),
            journal: Journal::default(),
            logs: BTreeMap::new(),
        }
    }

    /// The newest revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Tells of new revisions.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.revisions.subscribe()
    }

    /// Sends every change from now on, whatever the history forgets.
    pub fn follow(&mut self) -> mpsc::UnboundedReceiver<Arc<Change>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.followers.push(sender);
        receiver
    }

    /// One object.
    pub fn get(&self, resource: Resource, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(&resource)?.get(key)
    }

    /// The objects of a resource in the order of their keys.
    pub fn all(&self, resource: Resource) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.get(&resource).into_iter().flatten()
    }

    /// What names `uid` among its owners.
    pub fn dependents(&self, uid: &str) -> Vec<(Resource, Key)> {
        self.dependents.get(uid).map(|set| set.iter().cloned().collect()).unwrap_or_default()
    }

    /// The changes after `revision`, or `None` when some of them are forgotten.
    pub fn changes_after(&self, revision: u64) -> Option<impl Iterator<Item = &Arc<Change>>> {
        let first = self.history.front().map_or(self.revision + 1, |change| change.revision);
        let skip = (revision + 1).checked_sub(first)?;
        Some(self.history.iter().skip(skip as usize))
    }

    /// The objects of a resource as they were at `revision`, or `None` when that is forgotten.
    pub fn at(&self, resource: Resource, revision: u64) -> Option<BTreeMap<Key, Arc<Value>>> {
        let mut objects = self.objects.get(&resource).cloned().unwrap_or_default();
        let newer: Vec<_> = self.changes_after(revision)?.filter(|c| c.resource == resource).collect();
        for change in newer.into_iter().rev() {
            match &change.before {
                Some(before) => objects.insert(change.key.clone(), before.clone()),
                None => objects.remove(&change.key),
            };
        }
        Some(objects)
    }

    /// Forgets all history: a watch from any revision but the newest is answered with 410.
    pub fn forget_history(&mut self) {
        self.history.clear();
    }

    /// Stores `object` under a new revision, which it gets as its resourceVersion.
    pub fn put(&mut self, resource: Resource, mut object: Value) -> Arc<Value> {
        self.revision += 1;
        metadata(&mut object).insert("resourceVersion".into(), json!(self.revision.to_string()));
        let after = Arc::new(object);
        let key = key_of(&after);
        let before = self.objects.entry(resource).or_default().insert(key.clone(), after.clone());
        if let Some(before) = &before {
            self.unlink(resource, &key, before);
        }
        for owner in object::owner_uids(&after) {
            self.dependents.entry(owner.to_owned()).or_default().insert((resource, key.clone()));
        }
        let revision = self.revision;
        self.tell(Change { revision, resource, key, before, after: after.clone(), is_deletion: false });
        after
    }

    /// Removes an object; answers its last state.
    pub fn remove(&mut self, resource: Resource, key: &Key) -> Option<Arc<Value>> {
        let before = self.objects.get_mut(&resource)?.remove(key)?;
        self.unlink(resource, key, &before);
        self.revision += 1;
        let mut object = Value::clone(&before);
        metadata(&mut object).insert("resourceVersion".into(), json!(self.revision.to_string()));
        let after = Arc::new(object);
        let revision = self.revision;
        let before = Some(before);
        self.tell(Change {
            revision,
            resource,
            key: key.clone(),
            before,
            after: after.clone(),
            is_deletion: true,
        });
        Some(after)
    }

    fn unlink(&mut self, resource: Resource, key: &Key, object: &Value) {
        for owner in object::owner_uids(object) {
            if let Some(set) = self.dependents.get_mut(owner) {
                set.remove(&(resource, key.clone()));
                if set.is_empty() {
                    self.dependents.remove(owner);
                }
            }
        }
    }

    fn tell(&mut self, change: Change) {
        let change = Arc::new(change);
        self.followers.retain(|follower| follower.send(change.clone()).is_ok());
        self.history.push_back(change);
        if self.history.len() > self.history_limit {
            self.history.pop_front();
        }
        self.revisions.send_replace(self.revision);
    }

    /// A new uid.
    pub fn new_uid(&mut self) -> String {
        let bits = self.rng.u128(..);
        let hex = format!("{bits:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }

    /// Five letters, as the API server appends to `generateName`.
    pub fn new_suffix(&mut self) -> String {
        let letters: Vec<char> = "bcdfghjklmnpqrstvwxz2456789".chars().collect();
        (0..5).filter_map(|_| self.rng.choice(letters.iter())).collect()
    }
}

/// Where `object` lives.
pub fn key_of(object: &Value) -> Key {
    (object::namespace(object).to_owned(), object::name(object).to_owned())
}
