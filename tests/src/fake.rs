//! An API server in memory, with a garbage collector and a Job controller, that speaks HTTP to real clients.
//!
//! It takes time from tokio alone and chance from a seed, so that a run on a paused clock of one thread can be had
//! again. The conformance suite keeps it equal to a real API server in everything that the controller relies on.
//!
//! The state is changed under one lock ([`store`]); a call is done whole or not at all (`perform`), and what goes
//! wrong on its way there and back is decided by a [`fault::Schedule`].

pub mod audit;
pub mod clock;
mod collector;
pub mod create;
pub mod delete;
pub mod fault;
pub mod journal;
mod list;
pub mod object;
mod perform;
pub mod refusal;
pub mod request;
pub mod resource;
mod schema;
mod selector;
pub mod service;
pub mod simulator;
pub mod store;
mod stream;
mod update;
mod validate;
mod view;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use audit::Audit;
use clock::Clock;
use fault::{Fault, Point, Schedule, WatchFault, WatchPoint};
use journal::Journal;
use refusal::Refusal;
use request::Request;
use resource::Resource;
pub use service::Process;
use simulator::Script;
use store::{Key, Store};

/// How a fake is made.
pub struct Options {
    /// Determines uids, generated names and all that is drawn.
    pub seed: u64,
    /// The time of day at its start.
    pub epoch: Timestamp,
    /// How long a call takes on its way there, about, and as long on its way back; and a watch event on its way.
    pub latency: Duration,
    /// How many revisions are kept for watches.
    pub history_limit: usize,
    /// What containers of Jobs do; `None`: there is no Job controller, and tests write the status of Jobs.
    pub script: Option<Script>,
    /// What goes wrong.
    pub faults: Schedule,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 0,
            epoch: Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH),
            latency: service::LATENCY,
            history_limit: 100_000,
            script: Some(Script::default()),
            faults: Schedule::quiet(),
        }
    }
}

/// The fake. Clones are the same one; when the last is gone, its tasks end.
#[derive(Clone)]
pub struct FakeCluster {
    shared: Arc<Shared>,
    // Only the handles that tests hold keep the tasks; those inside of tasks do not.
    tasks: Option<Arc<Mutex<JoinSet<()>>>>,
}

struct Shared {
    clock: Clock,
    latency: Duration,
    store: Mutex<Store>,
    audit: Mutex<Audit>,
    faults: Mutex<Faults>,
}

struct Faults {
    schedule: Schedule,
    calls: BTreeMap<String, u64>,
    jitter: fastrand::Rng,
}

impl FakeCluster {
    /// Starts one, with the namespace `default`. Call it within a tokio runtime.
    pub fn start(options: Options) -> Self {
        let mut store = Store::new(options.seed, options.history_limit);
        let collected = store.follow();
        let simulated = store.follow();
        let clock = Clock::starting_at(options.epoch);
        let faults = Faults {
            schedule: options.faults,
            calls: BTreeMap::new(),
            jitter: fastrand::Rng::with_seed(options.seed ^ 0x6a09_e667_f3bc_c908),
        };
        let shared = Shared {
            clock,
            latency: options.latency,
            store: Mutex::new(store),
            audit: Mutex::default(),
            faults: Mutex::new(faults),
        };
        let inner = Self { shared: Arc::new(shared), tasks: None };
        let mut tasks = JoinSet::new();
        tasks.spawn(collector::run(inner.clone(), collected));
        if let Some(script) = options.script {
            tasks.spawn(simulator::run(inner.clone(), script, simulated));
        }
        let fake = Self { tasks: Some(Arc::new(Mutex::new(tasks))), ..inner };
        fake.put_namespace("default");
        fake
    }

    /// A process of `user`. Each has its own life: see [`Process::kill`].
    pub fn process(&self, user: &str) -> Process {
        Process::new(self.clone(), user)
    }

    /// A client of a process of its own.
    pub fn client(&self, user: &str) -> kube::Client {
        self.process(user).client()
    }

    /// Makes a namespace if it does not exist.
    pub fn put_namespace(&self, name: &str) {
        let now = self.now();
        self.with_store(|store| {
            let body = json!({"metadata": {"name": name}});
            // The only refusal is that it is there.
            let _ = create::create(store, now, Resource::Namespaces, "", body, false);
        });
    }

    /// The time of day in the fake.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.shared.clock.elapsed()
    }

    /// The newest revision.
    pub fn revision(&self) -> u64 {
        self.with_store(|store| store.revision())
    }

    /// Reads or changes the state directly, as no client could: `store.put` stores what no schema was asked about.
    /// Within it no other method of the fake may be called, since all take the same lock.
    pub fn with_store<T>(&self, act: impl FnOnce(&mut Store) -> T) -> T {
        act(&mut lock(&self.shared.store))
    }

    /// One object as it is now.
    pub fn get(&self, resource: Resource, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.with_store(|store| store.get(resource, &(namespace.to_owned(), name.to_owned())).cloned())
    }

    /// All objects of a resource as they are now.
    pub fn all(&self, resource: Resource) -> Vec<Arc<Value>> {
        self.with_store(|store| store.all(resource).map(|(_, object)| object.clone()).collect())
    }

    /// Forgets the history: every watch and every page but of the newest revision is answered with 410.
    pub fn forget_history(&self) {
        self.with_store(Store::forget_history);
    }

    /// A copy of what happened to Jobs and containers so far.
    pub fn journal(&self) -> Journal {
        self.with_store(|store| store.journal.clone())
    }

    /// A copy of the calls so far.
    pub fn audit(&self) -> Audit {
        lock(&self.shared.audit).clone()
    }

    /// Replaces the schedule of faults.
    pub fn set_faults(&self, schedule: Schedule) {
        lock(&self.shared.faults).schedule = schedule;
    }

    pub(crate) fn latency(&self) -> Duration {
        let factor = 0.5 + lock(&self.shared.faults).jitter.f64();
        self.shared.latency.mul_f64(factor)
    }

    pub(crate) fn perform(&self, call: &perform::Call) -> Result<perform::Answer, Refusal> {
        let now = self.now();
        self.with_store(|store| perform::perform(store, now, call))
    }

    pub(crate) fn open_call(&self, user: &str, request: &Request, name: &str) -> usize {
        let now = self.now();
        lock(&self.shared.audit).open(now, user, request, name)
    }

    pub(crate) fn close_call(&self, number: usize, code: u16, is_committed: bool) {
        if let Some(call) = lock(&self.shared.audit).calls.get_mut(number) {
            call.code = code;
            call.is_committed = is_committed;
        }
    }

    pub(crate) fn ask_about_call<'a>(&self, user: &'a str, request: &'a Request) -> Option<Fault> {
        let elapsed = self.elapsed();
        let mut faults = lock(&self.shared.faults);
        let calls = faults.calls.entry(user.to_owned()).or_default();
        let number = *calls;
        *calls += 1;
        faults.schedule.on_call(&Point { number, elapsed, user, request })
    }

    pub(crate) fn ask_about_event(&self, point: &WatchPoint<'_>) -> Option<WatchFault> {
        lock(&self.shared.faults).schedule.on_event(point)
    }

    /// Runs something that outlives the call that began it, but not the fake.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = &self.tasks {
            lock(tasks).spawn(task);
        }
    }

    /// Changes an object in a way that means nothing, as another writer might.
    pub fn touch(&self, resource: Resource, key: &Key) {
        self.with_store(|store| {
            if let Some(found) = store.get(resource, key) {
                let mut changed = Value::clone(found);
                let annotations = object::entry(&mut changed["metadata"], "annotations");
                annotations.insert("fake.kubegene.io/touched".into(), json!(store.revision().to_string()));
                store.put(resource, changed);
            }
        });
    }
}

/// Nothing panics under these locks but an assertion of a test, which has failed then anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
