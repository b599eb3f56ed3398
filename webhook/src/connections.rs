//! Who is connected. There is room for so many; when it is full, a new one takes the place of whoever deserves it least:
//! who has not been answered a review yet (half-open, silent, slow), the longest of these first; then who has been idle
//! for longest. While a review of his is judged nobody is sent away. Who does not take his answers goes in any case.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
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
    /// How long one may leave an answer lying.
    untaken: Duration,
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
    /// Since when each of its answers waits to be taken, by its number, and so by its age.
    owed: BTreeMap<u64, Instant>,
    /// Whether its answers have to go for those of others.
    is_bad_debtor: bool,
    leave: Arc<Notify>,
}

/// One connection's place, given back when dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    leave: Arc<Notify>,
    connections: Arc<Connections>,
}

/// An answer that a connection has not taken yet.
#[derive(Debug)]
pub struct Debt {
    connection: u64,
    answer: u64,
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
    /// It did not take its answers: there is no use in telling it anything more.
    Untaken,
}

/// Whose answer has waited for longer than this is slow: an API server takes them as they come.
const SLOW: Duration = Duration::from_millis(100);

impl Connections {
    /// Room for `most`, each of which must be answered a review within `first`, may then be idle for `idle`, and must take
    /// each answer within `untaken`.
    pub fn new(most: usize, first: Duration, idle: Duration, untaken: Duration) -> Arc<Self> {
        Arc::new(Self { most, first, idle, untaken, state: Mutex::default() })
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
        let entry = Entry {
            was_answered: false,
            since: Instant::now(),
            judged: 0,
            owed: BTreeMap::new(),
            is_bad_debtor: false,
            leave: Arc::clone(&leave),
        };
        state.entries.insert(number, entry);
        Some((Place { number, leave, connections: Arc::clone(self) }, is_full))
    }

    /// Sends away who has left an answer lying for longest, where that is long.
    pub fn send_debtor_away(&self) {
        let mut state = self.lock();
        let debtors = state.entries.values_mut().filter(|entry| !entry.is_bad_debtor);
        let oldest = debtors.filter_map(|entry| Some((*entry.owed.values().next()?, entry)));
        let Some((since, entry)) = oldest.min_by_key(|(since, _)| *since) else { return };
        if since.elapsed() > SLOW {
            entry.is_bad_debtor = true;
            entry.leave.notify_one();
        }
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

    /// An answer waits to be taken by this connection until what is returned is dropped.
    pub fn owe(&self) -> Debt {
        let mut state = self.connections.lock();
        let answer = state.next;
        state.next += 1;
        if let Some(entry) = state.entries.get_mut(&self.number) {
            entry.owed.insert(answer, Instant::now());
        }
        Debt { connection: self.number, answer, connections: Arc::clone(&self.connections) }
    }

    /// Waits until the connection is to end.
    pub async fn leave(&self) -> Leave {
        loop {
            let look_again = match self.standing() {
                Ok(at) => at,
                Err(leave) => return leave,
            };
            tokio::select! {
                () = self.leave.notified() => {}
                () = sleep_until(look_again) => {}
            }
        }
    }

    /// When to look again whether it has to end; else why it has to.
    fn standing(&self) -> Result<Instant, Leave> {
        let Connections { first, idle, untaken, .. } = *self.connections;
        let now = Instant::now();
        let state = self.connections.lock();
        let entry = state.entries.get(&self.number).ok_or(Leave::Displaced)?;
        let taken_by = entry.owed.values().next().map_or(now, |since| *since) + untaken;
        if entry.is_bad_debtor || taken_by <= now {
            return Err(Leave::Untaken);
        }
        let deadline = match entry {
            Entry { judged: 1.., .. } => now + first,
            Entry { was_answered: true, since, .. } => *since + idle,
            Entry { since, .. } => *since + first,
        };
        if deadline <= now { Err(Leave::Idle) } else { Ok(deadline.min(taken_by)) }
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

impl Drop for Debt {
    fn drop(&mut self) {
        if let Some(entry) = self.connections.lock().entries.get_mut(&self.connection) {
            entry.owed.remove(&self.answer);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().entries.remove(&self.number);
    }
}
