//! Whether the process is ready and alive, and what it waits for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What a process must have before it is ready (named gates, all open), and what must go on for it to be alive (named
/// pulses, all beating).
///
/// Cheap to clone; all clones speak of the same gates and pulses.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Each closed gate's name and why it is closed.
    closed: BTreeMap<&'static str, String>,
    pulses: BTreeMap<&'static str, Beat>,
}

#[derive(Debug)]
struct Beat {
    last: Instant,
    within: Duration,
}

/// One condition of readiness. Cheap to clone.
///
/// When its last clone is dropped, the condition is no longer asked for: what is no longer done is not waited for.
#[derive(Clone, Debug)]
pub struct Gate {
    entry: Arc<Entry>,
}

/// One loop that must go round. Cheap to clone; forgotten when its last clone is dropped.
#[derive(Clone, Debug)]
pub struct Pulse {
    entry: Arc<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: &'static str,
    readiness: Readiness,
}

impl Readiness {
    /// No gates and no pulses yet: ready and alive.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition of readiness, which starts closed. `name` says what is waited for, for example "watch of jobs";
    /// each gate and pulse has a name of its own.
    pub fn wait_for(&self, name: &'static str) -> Gate {
        self.lock().closed.insert(name, "not yet".to_owned());
        Gate { entry: self.entry(name) }
    }

    /// Adds a condition of being alive: `name` must beat at least once in every `within`. It has just beaten.
    pub fn pulse(&self, name: &'static str, within: Duration) -> Pulse {
        self.lock().pulses.insert(name, Beat { last: Instant::now(), within });
        Pulse { entry: self.entry(name) }
    }

    /// What is missing: each closed gate with its reason, sorted by name. Empty when ready.
    pub fn missing(&self) -> Vec<(&'static str, String)> {
        self.lock().closed.iter().map(|(name, reason)| (*name, reason.clone())).collect()
    }

    /// What is stuck: each pulse that is overdue, sorted by name. Empty when alive.
    pub fn stuck(&self) -> Vec<(&'static str, String)> {
        let now = Instant::now();
        let silence = |beat: &Beat| now.saturating_duration_since(beat.last);
        let state = self.lock();
        let overdue = state.pulses.iter().filter(|(_, beat)| silence(beat) > beat.within);
        overdue.map(|(name, beat)| (*name, format!("stuck for {:.0?}", silence(beat)))).collect()
    }

    fn entry(&self, name: &'static str) -> Arc<Entry> {
        Arc::new(Entry { name, readiness: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one insert or remove, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    /// The condition is met.
    pub fn open(&self) {
        self.entry.readiness.lock().closed.remove(self.entry.name);
    }

    /// The condition is not met; `reason` is for the person who reads `/readyz`.
    pub fn close(&self, reason: impl Into<String>) {
        self.entry.readiness.lock().closed.insert(self.entry.name, reason.into());
    }
}

impl Pulse {
    /// The loop has gone round.
    pub fn beat(&self) {
        if let Some(beat) = self.entry.readiness.lock().pulses.get_mut(self.entry.name) {
            beat.last = Instant::now();
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.readiness.lock();
        state.closed.remove(self.name);
        state.pulses.remove(self.name);
    }
}
