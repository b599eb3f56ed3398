//! Attempts in progress: threads that start processes and wait for them.
//!
//! A thread takes one attempt at a time, through all its tries. One lock guards what everybody may
//! look at: the queue, and for each attempt the process group that may be signalled. A group is
//! forgotten there before its leader is reaped, so that no signal ever reaches a recycled number.
//!
//! When the leader of a group has ended, the attempt has: what it left in the group is killed. What
//! left the group itself (`setsid`) lives on, unless in a sandbox or container, which end whole;
//! [`super::orphans`] ends it before the run is resumed.
//!
//! With `backoffLimit: N` a command that failed is started again up to N times within its attempt,
//! after 1 s, 2 s, 4 s and so on, at most 5 min. `activeDeadlineSeconds` counts from the first start over
//! all of them, as a Job's does; 0 fails at once, with nothing started, as it does there.

mod clock;
mod course;
mod slot;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    fmt, io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc::Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use gene_engine::Vertex;
use k8s_openapi::jiff::Timestamp;

use self::{
    clock::Alarms,
    course::Timing,
    slot::{Ending, Slot},
};
use super::{
    attempt::{Launch, Message, Outcome},
    prepare::Prepared,
    runner,
};

/// How long a process group may take to end after SIGTERM.
pub const GRACE: Duration = Duration::from_secs(5);

/// Which attempt.
type Key = (Vertex, u32);

/// Attempts in progress. Dropping it kills what runs, and waits for its threads.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    prepared: Arc<Prepared>,
    tell: Box<dyn Fn(Message) + Send + Sync>,
    timing: Timing,
    state: Mutex<State>,
    /// An attempt was queued, or the pool is closing.
    queued: Condvar,
    /// An attempt is to end: those between two tries look whether it is theirs.
    ending: Condvar,
    /// An alarm was set, or the pool is closing.
    alarmed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Launch>,
    slots: HashMap<Key, Slot>,
    alarms: Alarms,
    /// Threads that wait for an attempt.
    idle: usize,
    /// Threads that take attempts.
    workers: usize,
    has_clock: bool,
    is_closing: bool,
    /// The serial number of the last slot.
    serial: u64,
}

impl Pool {
    /// A pool in which nothing runs; what happens in it goes to `sender`.
    pub fn new<M: From<Message> + Send + 'static>(prepared: Arc<Prepared>, sender: Sender<M>) -> Self {
        Self::with_timing(prepared, sender, Timing { grace: GRACE, first_pause: Duration::from_secs(1) })
    }

    fn with_timing<M: From<Message> + Send + 'static>(
        prepared: Arc<Prepared>,
        sender: Sender<M>,
        timing: Timing,
    ) -> Self {
        // Nobody listens any more once the caller has given up; what runs is ended all the same.
        let tell = Box::new(move |message| drop(sender.send(M::from(message))));
        let shared = Shared {
            prepared,
            tell,
            timing,
            state: Mutex::default(),
            queued: Condvar::new(),
            ending: Condvar::new(),
            alarmed: Condvar::new(),
        };
        Self { shared: Arc::new(shared), threads: Mutex::default() }
    }

    /// Starts an attempt, as soon as a thread takes it. How many run at once is the caller's to bound.
    pub fn start(&self, launch: Launch) {
        let key = (launch.vertex, launch.attempt);
        let mut state = self.shared.lock();
        state.queue.push_back(launch);
        if state.has_clock && state.idle >= state.queue.len() {
            drop(state);
            self.shared.queued.notify_one();
            return;
        }
        if let Err(error) = self.add_threads(&mut state)
            && state.workers == 0
        {
            state.queue.retain(|launch| (launch.vertex, launch.attempt) != key);
            drop(state);
            let why = format!("no thread can be started: {}", runner::process::reason(&error));
            self.shared.exited(key, None, Outcome::Failed(runner::start_failure(why)));
        }
    }

    /// Ends an attempt: SIGTERM to its whole process group, SIGKILL after [`GRACE`]; a second call
    /// kills at once. `Exited` follows. Nothing happens where the attempt is not in progress.
    pub fn end(&self, vertex: Vertex, attempt: u32) {
        self.end_where(|key| key == (vertex, attempt), false);
    }

    /// [`Self::end`] for everything in progress.
    pub fn end_all(&self) {
        self.end_where(|_| true, false);
    }

    /// Kills everything in progress at once.
    pub fn kill_all(&self) {
        self.end_where(|_| true, true);
    }

    fn end_where(&self, is_meant: impl Fn(Key) -> bool, at_once: bool) {
        let mut state = self.shared.lock();
        let (dropped, kept) = std::mem::take(&mut state.queue)
            .into_iter()
            .partition(|launch| is_meant((launch.vertex, launch.attempt)));
        state.queue = kept;
        let keys: Vec<Key> = state.slots.keys().copied().filter(|key| is_meant(*key)).collect();
        self.shared.end(&mut state, &keys, Ending::Asked, at_once);
        drop(state);
        let dropped: VecDeque<Launch> = dropped;
        for launch in dropped {
            self.shared.exited((launch.vertex, launch.attempt), None, Outcome::Ended);
        }
    }

    /// One more thread that takes attempts, and the clock where it does not run yet.
    fn add_threads(&self, state: &mut State) -> io::Result<()> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.has_clock {
            let shared = Arc::clone(&self.shared);
            threads.push(thread::Builder::new().name("clock".to_owned()).spawn(move || shared.keep_time())?);
            state.has_clock = true;
        }
        let shared = Arc::clone(&self.shared);
        threads.push(thread::Builder::new().name("attempt".to_owned()).spawn(move || shared.work())?);
        state.workers += 1;
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().is_closing = true;
        self.kill_all();
        self.shared.queued.notify_all();
        self.shared.alarmed.notify_all();
        let threads = std::mem::take(self.threads.get_mut().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // One that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Takes attempts until the pool closes.
    fn work(self: &Arc<Self>) {
        let mut state = self.lock();
        loop {
            if let Some(launch) = state.queue.pop_front() {
                state.serial += 1;
                let slot = Slot::new(state.serial);
                state.slots.insert((launch.vertex, launch.attempt), slot);
                drop(state);
                self.run(&launch);
                state = self.lock();
            } else if state.is_closing {
                return;
            } else {
                state.idle += 1;
                state = self.queued.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    fn exited(&self, (vertex, attempt): Key, started: Option<Timestamp>, outcome: Outcome) {
        (self.tell)(Message::Exited { vertex, attempt, started, finished: Timestamp::now(), outcome });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is a single step, so what a panic left behind is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("timing", &self.timing)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
