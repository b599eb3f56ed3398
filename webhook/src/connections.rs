//! Who is connected. There is room for so many; when it is full, a new one takes the place of whoever deserves it least:
//! who has not been answered a review yet (half-open, silent, slow), the longest of these first; then who has been idle
//! for longest. While a review of his is judged nobody is sent away.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// All connections. Cheap to share.
#[derive(Debug)]
pub struct Connections {
    most: usize,
    /// How long one may live without having been answered a review.
    first: Duration,
    /// How long one may be idle after that.
    idle: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    entries: HashMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    was_answered: bool,
    /// Its begin, or when it was last answered.
    since: Instant,
    /// How many of its reviews are being judged.
    judged: u32,
    leave: Arc<Notify>,
}

/// One connection's place, given back when dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    leave: Arc<Notify>,
    connections: Arc<Connections>,
}

/// A review that is being judged.
#[derive(Debug)]
pub struct Judging<'a>(&'a Place);

/// Why a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Its place was given to another.
    Displaced,
    /// It was of no use for too long.
    Idle,
}

impl Connections {
    /// Room for `most`, each of which must be answered a review within `first` and may then be idle for `idle`.
    pub fn new(most: usize, first: Duration, idle: Duration) -> Arc<Self> {
        Arc::new(Self { most, first, idle, state: Mutex::default() })
    }

    /// A place for a new connection; none where all others are being served. Says also whether another has to go.
    pub fn admit(self: &Arc<Self>) -> Option<(Place, bool)> {
        let mut state = self.lock();
        let is_full = state.entries.len() >= self.most;
        if is_full {
            let number = state.least_deserving()?;
            if let Some(entry) = state.entries.remove(&number) {
                entry.leave.notify_one();
            }
        }
        let (number, leave) = (state.next, Arc::new(Notify::new()));
        state.next += 1;
        let entry =
            Entry { was_answered: false, since: Instant::now(), judged: 0, leave: Arc::clone(&leave) };
        state.entries.insert(number, entry);
        Some((Place { number, leave, connections: Arc::clone(self) }, is_full))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one insert, remove or assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn least_deserving(&self) -> Option<u64> {
        let idle = self.entries.iter().filter(|(_, entry)| entry.judged == 0);
        idle.min_by_key(|(_, entry)| (entry.was_answered, entry.since)).map(|(number, _)| *number)
    }
}

impl Place {
    /// A review of this connection is judged until what is returned is dropped.
    pub fn judging(&self) -> Judging<'_> {
        self.with(|entry| entry.judged += 1);
        Judging(self)
    }

    /// A review of this connection was answered.
    pub fn answered(&self) {
        self.with(|entry| (entry.was_answered, entry.since) = (true, Instant::now()));
    }

    /// Waits until the connection is to end.
    pub async fn leave(&self) -> Leave {
        loop {
            let Some(deadline) = self.deadline() else { return Leave::Displaced };
            if deadline <= Instant::now() {
                return Leave::Idle;
            }
            tokio::select! {
                () = self.leave.notified() => return Leave::Displaced,
                () = sleep_until(deadline) => {}
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let Connections { first, idle, .. } = *self.connections;
        let state = self.connections.lock();
        let entry = state.entries.get(&self.number)?;
        Some(match entry {
            Entry { judged: 1.., .. } => Instant::now() + first,
            Entry { was_answered: true, since, .. } => *since + idle,
            Entry { since, .. } => *since + first,
        })
    }

    fn with(&self, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.connections.lock().entries.get_mut(&self.number) {
            change(entry);
        }
    }
}

impl Drop for Judging<'_> {
    fn drop(&mut self) {
        self.0.with(|entry| entry.judged = entry.judged.saturating_sub(1));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().entries.remove(&self.number);
    }
}
