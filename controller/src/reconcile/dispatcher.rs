//! Hands what the watches bring to the actors, and keeps an actor for each Execution that has not ended.

mod executions;
mod jobs;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _};
use gene_daemon::admin::{Gate, Readiness};
use kube::runtime::watcher;
use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use super::{
    ReconcileError, Settings, Shared,
    actor::{self, End},
    message::{JobSeen, Message, PodSeen},
    peek::SpecPeek,
    watches::{self, Events},
};
use crate::{
    owner::Owner,
    slim::{SlimExecution, SlimPod},
};

/// How long actors may take to record what they know when the controller is told to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// How long an Execution rests whose actor came to an end that should not be.
const REST: Duration = Duration::from_secs(30);

/// All that is known of Executions, and who looks after each.
pub(super) struct Dispatcher {
    shared: Shared,
    client: kube::Client,
    settings: Settings,
    /// Each Execution that exists, by UID.
    known: BTreeMap<String, Known>,
    /// The UID of the Execution of this namespace and name.
    names: HashMap<(String, String), String>,
    /// Jobs of Executions that were not seen yet: the watches of two kinds keep no order between them.
    unclaimed: JobsByOwner,
    /// Executions that wait for the first list of Jobs; `None` once that is there.
    waiting: Option<Vec<SlimExecution>>,
    /// Lists of Executions and of Jobs that are still coming in.
    execution_list: Option<Vec<String>>,
    job_list: Option<(Instant, JobsByOwner)>,
    pods: Option<Events<SlimPod>>,
    tasks: JoinSet<Ended>,
    /// Which Execution each running task is for: a panic tells no more than the task.
    uids: HashMap<tokio::task::Id, String>,
    gates: Option<(Gate, Gate)>,
}

/// Jobs by name, by the UID of the Execution that owns them.
type JobsByOwner = HashMap<String, HashMap<String, JobSeen>>;

/// One Execution.
struct Known {
    owner: Owner,
    generation: i64,
    spec: SpecPeek,
    /// The retryGeneration at which it ended, where no actor looks after it.
    ended: Option<i64>,
    mailbox: Option<mpsc::UnboundedSender<Message>>,
}

/// What a task came to.
enum Ended {
    /// An actor.
    Actor(String, End),
    /// An Execution was fetched anew, because its actor had ended before it was told all.
    Fetched(String, Option<Box<SlimExecution>>),
}

impl Dispatcher {
    pub fn new(shared: Shared, client: kube::Client, settings: Settings, readiness: &Readiness) -> Self {
        Self {
            shared,
            client,
            settings,
            known: BTreeMap::new(),
            names: HashMap::new(),
            unclaimed: HashMap::new(),
            waiting: Some(Vec::new()),
            execution_list: None,
            job_list: None,
            pods: None,
            tasks: JoinSet::new(),
            uids: HashMap::new(),
            gates: Some((readiness.wait_for("watch of executions"), readiness.wait_for("watch of jobs"))),
        }
    }

    pub async fn run(mut self) -> Result<(), ReconcileError> {
        let namespace = self.settings.namespace.clone();
        let metrics = &self.shared.metrics;
        let (executions_gate, jobs_gate) = self.gates.clone().unzip();
        let executions = watches::executions(&self.client, namespace.as_deref());
        let mut executions = executions.begin(metrics.clone(), executions_gate);
        let jobs = watches::jobs(&self.client, namespace.as_deref());
        let mut jobs = jobs.begin(metrics.clone(), jobs_gate);
        let mut stop = self.shared.stop.clone();
        loop {
            tokio::select! {
                biased;
                // An error says that the sender is gone, which also means to stop.
                () = stop.wait_for(|stop| *stop).map(|_| ()) => break,
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                event = executions.next() => {
                    self.execution_event(event.ok_or(ReconcileError::WatchEnded("executions"))?);
                }
                event = jobs.next() => self.job_event(event.ok_or(ReconcileError::WatchEnded("jobs"))?),
                event = next_pod(&mut self.pods) => self.pod_event(event),
            }
        }
        // Actors see `stop` too; they write what they know and end.
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            tracing::warn!("some statuses were not recorded before the stop; a restart records them");
        }
        Ok(())
    }

    fn ended(&mut self, ended: Result<(tokio::task::Id, Ended), tokio::task::JoinError>) {
        match ended {
            Ok((task, Ended::Actor(uid, end))) => {
                self.uids.remove(&task);
                self.actor_ended(&uid, end);
            }
            Ok((task, Ended::Fetched(uid, execution))) => {
                self.uids.remove(&task);
                if let Some(known) = self.known.get_mut(&uid)
                    && let Some(execution) = execution
                {
                    known.ended = None;
                    self.execution_applied(*execution);
                }
            }
            Err(error) => {
                let Some(uid) = self.uids.remove(&error.id()) else { return };
                self.shared.metrics.reconcile_error("Panic");
                tracing::error!(uid, error = %error, "reconciling one Execution broke down; it rests for a while");
                self.fetch_after(&uid, REST);
            }
        }
        self.count_actors();
    }

    fn actor_ended(&mut self, uid: &str, end: End) {
        let Some(known) = self.known.get_mut(uid) else { return };
        known.mailbox = None;
        match end {
            End::Terminal { retry_generation } => {
                known.ended = Some(retry_generation);
                // It may have been opened again while its actor wrote the last status.
                if known.spec.retry_generation > retry_generation {
                    self.fetch_after(uid, Duration::ZERO);
                }
            }
            // Its deletion is what the watch tells next, where that is why.
            End::Gone => self.fetch_after(uid, REST),
            End::Stopped => {}
        }
        if !self.known.values().any(|known| known.mailbox.is_some() && known.spec.wants_pods) {
            self.pods = None;
        }
    }

    /// Looks at an Execution anew, after a rest.
    fn fetch_after(&mut self, uid: &str, rest: Duration) {
        let Some(known) = self.known.get_mut(uid) else { return };
        known.mailbox = None;
        known.ended = Some(i64::MAX);
        let (owner, api, uid) = (known.owner.clone(), self.shared.api.clone(), uid.to_owned());
        let (id, of) = (uid.clone(), uid.clone());
        let mut stop = self.shared.stop.clone();
        let fetch = async move {
            tokio::time::sleep(rest).await;
            let mut backoff = crate::backoff::Backoff::new(Duration::from_millis(250), REST);
            loop {
                match api.execution(&owner).await {
                    Ok(execution) => {
                        let is_same = execution.metadata.uid.as_ref() == Some(&owner.uid);
                        return Ended::Fetched(of, is_same.then(|| Box::new(execution)));
                    }
                    Err(error) if error.is_not_found() => return Ended::Fetched(of, None),
                    Err(error) => tokio::time::sleep(backoff.next(error.retry_after())).await,
                }
            }
        };
        let task = self.tasks.spawn(async move {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => Ended::Fetched(uid, None),
                ended = fetch => ended,
            }
        });
        self.uids.insert(task.id(), id);
    }

    /// Starts an actor for an Execution that has not ended, and whose Jobs are all among the unclaimed
    /// ones where it is new.
    fn begin(&mut self, execution: SlimExecution, owner: Owner, is_new: bool) {
        let (mailbox, messages) = mpsc::unbounded_channel();
        let unclaimed = self.unclaimed.remove(&owner.uid).unwrap_or_default();
        let jobs = is_new.then(|| {
            let mut jobs: Vec<JobSeen> = unclaimed.into_values().collect();
            jobs.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            jobs
        });
        let uid = owner.uid.clone();
        let Some(known) = self.known.get_mut(&uid) else { return };
        known.mailbox = Some(mailbox);
        known.ended = None;
        if known.spec.wants_pods && self.pods.is_none() {
            let watch = watches::finished_pods(&self.client, self.settings.namespace.as_deref());
            self.pods = Some(watch.begin(self.shared.metrics.clone(), None));
        }
        let actor = actor::run(self.shared.clone(), owner, execution, jobs, messages);
        let of = uid.clone();
        let task = self.tasks.spawn(async move { Ended::Actor(of, actor.await) });
        self.uids.insert(task.id(), uid);
        self.count_actors();
    }

    fn pod_event(&mut self, event: watcher::Event<SlimPod>) {
        let (watcher::Event::Apply(pod) | watcher::Event::InitApply(pod)) = event else { return };
        let Some(namespace) = pod.metadata.namespace.clone() else { return };
        let Some((execution, seen)) = PodSeen::of(&pod) else { return };
        if let Some(uid) = self.names.get(&(namespace, execution)).cloned() {
            self.tell(&uid, Message::Pod(seen));
        }
    }

    /// Tells an actor, where there is one.
    fn tell(&mut self, uid: &str, message: Message) {
        if let Some(mailbox) = self.known.get(uid).and_then(|known| known.mailbox.as_ref()) {
            // An actor that has just ended reads no more; what that means is seen when its end is.
            let _ = mailbox.send(message);
        }
    }

    fn count_actors(&self) {
        self.shared.metrics.executions(self.known.values().filter(|known| known.mailbox.is_some()).count());
    }
}

/// The next pod, where pods are watched; else never.
async fn next_pod(pods: &mut Option<Events<SlimPod>>) -> watcher::Event<SlimPod> {
    if let Some(events) = pods
        && let Some(event) = events.next().await
    {
        return event;
    }
    std::future::pending().await
}
