//! Whether the process is ready, and what it still waits for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a process must have before it is ready: a set of named gates, ready when all are open.
///
/// Cheap to clone; all clones speak of the same gates.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// Each closed gate's name and why it is closed.
    closed: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

/// One condition of readiness. Cheap to clone.
///
/// Dropping it removes the condition once no clone is left: what is no longer done is not waited for.
#[derive(Clone, Debug)]
pub struct Gate {
    inner: Arc<GateInner>,
}

#[derive(Debug)]
struct GateInner {
    name: &'static str,
    readiness: Readiness,
}

impl Readiness {
    /// No gates yet, hence ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition, which starts closed. `name` says what is waited for, for example "watch of jobs".
    /// A second gate of the same name is the same condition.
    pub fn wait_for(&self, name: &'static str) -> Gate {
        self.lock().insert(name, "not yet".to_owned());
        Gate { inner: Arc::new(GateInner { name, readiness: self.clone() }) }
    }

    /// What is missing: each closed gate with its reason, sorted by name. Empty when ready.
    pub fn missing(&self) -> Vec<(&'static str, String)> {
        self.lock().iter().map(|(name, reason)| (*name, reason.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        // Every change is one insert or remove, so a panic elsewhere leaves nothing half done.
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    /// The condition is met.
    pub fn open(&self) {
        self.inner.readiness.lock().remove(self.inner.name);
    }

    /// The condition is not met; `reason` is for the person who reads `/readyz`.
    pub fn close(&self, reason: impl Into<String>) {
        self.inner.readiness.lock().insert(self.inner.name, reason.into());
    }
}

impl Drop for GateInner {
    fn drop(&mut self) {
        self.readiness.lock().remove(self.name);
    }
}
