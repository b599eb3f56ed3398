//! One Execution: its engine, what the engine asked for and is under way, and its status.

mod act;
mod begin;
mod create;
mod delete;
mod examine;
mod jobs;
mod last;
mod missed;
mod outcome;
mod results;
mod status;
mod steer;

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use gene_engine::{Run, Vertex};
use gene_types::plan::TaskId;
use k8s_openapi::jiff::Timestamp;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    Shared,
    message::{JobSeen, Message},
};
use crate::{job::TaskJob, owner::Owner, slim::SlimExecution};
use outcome::Outcome;
use status::Writer;

/// At most so many creates, and so many deletes, of one Execution at once: as many as ever get a permit,
/// and some that wait.
const CALLS_AT_MOST: usize = 40;

/// At most so many messages are taken in before something is done about them.
const MESSAGES_AT_ONCE: usize = 256;

/// Templates of so many tasks are kept at once; others are made again when they are wanted.
const TEMPLATES_AT_MOST: usize = 64;

/// How an actor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The Execution has ended, at this retryGeneration, and its status says so.
    Terminal {
        /// The retryGeneration that was heeded.
        retry_generation: i64,
    },
    /// The Execution is gone or going.
    Gone,
    /// The controller stops.
    Stopped,
}

type Call = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One Execution that has not ended.
struct Actor {
    shared: Shared,
    owner: Owner,
    run: Run,
    /// `metadata.generation` of the spec that the run follows.
    generation: i64,
    /// `spec.retryGeneration` of it.
    retry_generation: i64,
    tasks: HashMap<String, TaskId>,
    templates: HashMap<TaskId, TaskJob>,
    /// The Jobs of unfinished vertices, and of those whose output is wanted.
    jobs: HashMap<Vertex, Job>,
    /// Creates under way.
    creating: HashMap<Vertex, Creating>,
    /// Pods that succeeded before it was known that their Job is ours.
    early_pods: HashMap<Vertex, super::message::PodSeen>,
    /// Succeeded vertices of which people were told that their Job failed all the same.
    failed_later: HashSet<Vertex>,
    /// Failed Jobs whose pods are being looked at.
    examined: HashSet<(Vertex, u32)>,
    /// Deletes under way.
    deleting: usize,
    calls: FuturesUnordered<Call>,
    /// Counts creates, so that the answer to one that does not matter any more is told from others.
    serial: u64,
    writer: Writer,
    /// Nothing is created before the status that says so is written: it was opened again.
    is_held: bool,
    /// Jobs to end once the status says that they ran: after a restart, one of them that is not there any
    /// more was ended, and not lost.
    to_end: Vec<(Vertex, u32)>,
    /// What may be done once the status is stored that is being written.
    upon_write: UponWrite,
    /// The stored status says why everything is being ended.
    is_end_recorded: bool,
    /// When the engine wants to be asked again, though nothing happens.
    wake: Option<Timestamp>,
    /// When the event that is being acted upon was decoded.
    cause: Option<Instant>,
}

/// What waits for a status to be stored.
#[derive(Default)]
struct UponWrite {
    /// Jobs that the status names, to be ended.
    to_end: Vec<(Vertex, u32)>,
    /// Whether the status says that the Execution was opened again.
    releases: bool,
}

/// The Job of an attempt.
#[derive(Clone, Debug)]
struct Job {
    attempt: u32,
    uid: String,
    started: Timestamp,
    /// When it was last known to exist.
    seen: Instant,
    /// Its deletion was asked for.
    is_ending: bool,
}

/// A create under way.
struct Creating {
    serial: u64,
    attempt: u32,
    /// Set when the Job is not wanted any more.
    is_ended: Arc<AtomicBool>,
    /// A Job that was seen and deleted meanwhile.
    deleted: Option<String>,
}

/// Looks after an Execution until it has ended or is gone. `jobs` are those that it has; where the
/// dispatcher did not keep them, as of one that had ended, they are asked for.
pub(super) async fn run(
    shared: Shared,
    owner: Owner,
    execution: SlimExecution,
    jobs: Option<Vec<JobSeen>>,
    messages: mpsc::UnboundedReceiver<Message>,
) -> End {
    match begin::begin(&shared, &owner, execution).await {
        begin::Begun::Running(running) => {
            let began = Instant::now();
            let jobs = match jobs {
                Some(jobs) => jobs,
                None => begin::jobs(&shared, &owner).await,
            };
            let mut actor = Actor::new(shared, owner, *running);
            actor.jobs_listed(began, jobs);
            actor.live(messages).await
        }
        begin::Begun::Ended(end) => end,
    }
}

impl Actor {
    fn new(shared: Shared, owner: Owner, begun: begin::Running) -> Self {
        let metadata = &begun.execution.metadata;
        let tasks = begun.run.valid().plan().tasks.iter().zip(0..);
        Self {
            tasks: tasks.map(|(task, id)| (task.name.clone(), id)).collect(),
            templates: HashMap::new(),
            generation: metadata.generation.unwrap_or(0),
            retry_generation: begun.retry_generation,
            writer: Writer::new(metadata.resource_version.clone().unwrap_or_default(), begun.recorded),
            is_held: begun.is_reopened,
            to_end: Vec::new(),
            upon_write: UponWrite::default(),
            is_end_recorded: false,
            run: begun.run,
            jobs: HashMap::new(),
            creating: HashMap::new(),
            early_pods: HashMap::new(),
            failed_later: HashSet::new(),
            examined: HashSet::new(),
            deleting: 0,
            calls: FuturesUnordered::new(),
            serial: 0,
            wake: None,
            cause: None,
            owner,
            shared,
        }
    }

    async fn live(mut self, mut messages: mpsc::UnboundedReceiver<Message>) -> End {
        self.read_kept_results();
        let mut stop = self.shared.stop.clone();
        let mut is_stopping = *stop.borrow();
        loop {
            if !is_stopping && !self.writer.is_ending() {
                self.act();
            }
            self.cause = None;
            let held = (self.is_held, self.is_end_recorded);
            if let Some(end) = self.write_status(is_stopping) {
                return end;
            }
            if held != (self.is_held, self.is_end_recorded) {
                continue; // What waited for it may be done now.
            }
            let is_recorded = self.writer.is_clean() || self.waits_for_results();
            if is_stopping && self.creating.is_empty() && is_recorded {
                return End::Stopped;
            }
            let due = self.writer.due().filter(|_| !self.waits_for_results());
            let wake = self.wake.map(|at| self.shared.clock.instant(at));
            let wake = [wake, due].into_iter().flatten().min();
            // In order: answers are few and each makes room for another call, messages come in crowds.
            tokio::select! {
                biased;
                // An error says that the sender is gone, which also means to stop.
                _ = stop.wait_for(|stop| *stop), if !is_stopping => is_stopping = true,
                Some(outcome) = self.calls.next() => {
                    if let Some(end) = self.take_outcome(outcome) {
                        return end;
                    }
                }
                message = messages.recv() => {
                    // No sender: the Execution is gone.
                    let Some(message) = message else { return End::Gone };
                    if let Some(end) = self.take_in(message) {
                        return end;
                    }
                    for _ in 1..MESSAGES_AT_ONCE {
                        let Ok(message) = messages.try_recv() else { break };
                        if let Some(end) = self.take_in(message) {
                            return end;
                        }
                    }
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
            // Only what the clock itself says is past: a timer may fire a little early by it.
            if self.wake.is_some_and(|at| at <= self.shared.clock.now()) {
                self.wake = None;
            }
        }
    }

    fn take_in(&mut self, message: Message) -> Option<End> {
        match message {
            Message::Execution(execution) => return self.execution_seen(&execution),
            Message::Job(job) => self.job_seen(&job),
            Message::JobDeleted(job) => self.job_deleted(job),
            Message::Jobs(began, jobs) => self.jobs_listed(began, jobs),
            Message::Pod(pod) => self.pod_succeeded(pod),
        }
        None
    }

    /// A vertex in words, for logs and Events.
    fn vertex(&self, vertex: Vertex) -> String {
        let task = self.run.valid().plan().tasks.get(vertex.task as usize);
        gene_types::names::vertex_display(task.map_or("", |task| &task.name), u64::from(vertex.index))
    }
}

/// How long to wait between tries of a call: from the time of one round trip to what a person notices.
fn backoff() -> crate::backoff::Backoff {
    crate::backoff::Backoff::new(Duration::from_millis(100), Duration::from_secs(10))
}
