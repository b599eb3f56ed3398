//! Plays the Job controller, the scheduler and the kubelet: Jobs get pods, pods run what the [`Script`] says, Jobs end.
//!
//! Order, fields, reasons and delays are those of a real cluster: a Job is looked at 1 s after its pods changed.

pub mod job;
pub mod pod;
pub mod script;
mod status;

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

pub use script::{Attempt, Outcome, Play, Script, Start};

use super::{
    FakeCluster, object,
    resource::Resource,
    store::{Change, Key},
};

/// The finalizer with which the Job controller keeps a pod until it has counted it.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";

/// The Job controller waits so long after a pod's change, to look at many changes at once.
const BATCH: Duration = Duration::from_secs(1);
/// How long a controller takes to act, in milliseconds.
const REACTION: Range<u64> = 3..9;

/// What is to be done at some time.
#[derive(Clone, Debug)]
enum Task {
    /// The Job controller looks at a Job.
    Sync(Key),
    /// It counts what it announced, and ends the Job if it is over.
    Flush(Key),
    /// It lets go of a pod whose Job is gone.
    Release(Key),
    /// A pod takes its next step.
    Pod(Key, String, pod::Step),
}

/// What the simulator remembers of a Job or pod beside what the API server stores.
struct Simulator {
    cluster: FakeCluster,
    script: Script,
    rng: fastrand::Rng,
    queue: BTreeMap<(Instant, u64), Task>,
    number: u64,
    syncs: BTreeMap<Key, Instant>,
    pods: BTreeMap<String, pod::Progress>,
    failures: BTreeMap<String, job::Failures>,
}

/// Runs until the fake is gone.
pub async fn run(cluster: FakeCluster, script: Script, mut changes: mpsc::UnboundedReceiver<Arc<Change>>) {
    let rng = cluster.with_store(|store| store.rng.fork());
    let mut simulator = Simulator {
        cluster,
        script,
        rng,
        queue: BTreeMap::new(),
        number: 0,
        syncs: BTreeMap::new(),
        pods: BTreeMap::new(),
        failures: BTreeMap::new(),
    };
    loop {
        let due = simulator.queue.first_key_value().map(|((at, _), _)| *at);
        tokio::select! {
            biased;
            change = changes.recv() => match change {
                Some(change) => simulator.notice(&change),
                None => return,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                if let Some((_, task)) = simulator.queue.pop_first() {
                    simulator.act(&task);
                }
            }
        }
    }
}

impl Simulator {
    fn notice(&mut self, change: &Change) {
        match change.resource {
            Resource::Jobs => self.notice_job(change),
            Resource::Pods => self.notice_pod(change),
            _ => {}
        }
    }

    fn notice_job(&mut self, change: &Change) {
        if change.is_deletion {
            self.failures.remove(object::uid(&change.after));
            for (resource, key) in
                self.cluster.with_store(|store| store.dependents(object::uid(&change.after)))
            {
                if resource == Resource::Pods {
                    self.soon(Task::Release(key));
                }
            }
            return;
        }
        let is_same = change.before.as_ref().is_some_and(|before| {
            before.pointer("/metadata/generation") == change.after.pointer("/metadata/generation")
        });
        let delay = if is_same { BATCH } else { self.reaction() };
        self.sync_in(change.key.clone(), delay);
    }

    fn notice_pod(&mut self, change: &Change) {
        let pod = &change.after;
        if change.is_deletion {
            self.pods.remove(object::uid(pod));
        } else if change.before.is_none() {
            self.soon(Task::Pod(change.key.clone(), object::uid(pod).to_owned(), pod::Step::Bind));
        } else if object::is_terminating(pod)
            && change.before.as_ref().is_some_and(|b| !object::is_terminating(b))
        {
            self.soon(Task::Pod(change.key.clone(), object::uid(pod).to_owned(), pod::Step::Kill));
        }
        if let Some(owner) = object::controller(pod).filter(|owner| owner["kind"] == "Job") {
            let job: Key = (change.key.0.clone(), object::text(owner, "/name").to_owned());
            let lives = self.cluster.get(Resource::Jobs, &job.0, &job.1);
            if lives.is_some_and(|found| object::uid(&found) == object::text(owner, "/uid")) {
                self.sync_in(job, BATCH);
            } else if !change.is_deletion {
                self.soon(Task::Release(change.key.clone()));
            }
        }
    }

    fn act(&mut self, task: &Task) {
        match task {
            Task::Sync(key) => {
                if self.syncs.get(key).is_some_and(|at| *at <= Instant::now()) {
                    self.syncs.remove(key);
                    self.sync(key);
                }
            }
            Task::Flush(key) => self.flush(key),
            Task::Release(key) => self.release(key),
            Task::Pod(key, uid, step) => self.step(key, uid, *step),
        }
    }

    /// Looks at a Job in so long, or sooner when that is planned already.
    fn sync_in(&mut self, key: Key, delay: Duration) {
        let at = Instant::now() + delay;
        if self.syncs.get(&key).is_none_or(|planned| at < *planned) {
            self.syncs.insert(key.clone(), at);
            self.at(at, Task::Sync(key));
        }
    }

    fn soon(&mut self, task: Task) {
        let at = Instant::now() + self.reaction();
        self.at(at, task);
    }

    fn at(&mut self, at: Instant, task: Task) {
        self.number += 1;
        self.queue.insert((at, self.number), task);
    }

    fn reaction(&mut self) -> Duration {
        Duration::from_millis(self.rng.u64(REACTION))
    }

    fn now_text(&self) -> Value {
        super::clock::seconds(self.cluster.now()).into()
    }
}
