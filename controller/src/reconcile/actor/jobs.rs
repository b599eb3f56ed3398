//! What is seen of the Jobs.

use std::collections::HashSet;

use gene_engine::{Event, Vertex};
use gene_types::v1alpha1::StartOn;
use tokio::time::Instant;

use super::{Actor, Job, create::Created, missed, outcome::Outcome};
use crate::{
    events::Kind,
    observe::JobState,
    reconcile::message::{JobSeen, PodSeen},
};

impl Actor {
    /// A Job of ours, as it is.
    pub(super) fn job_seen(&mut self, seen: &JobSeen) {
        let Some(vertex) = self.vertex_of(&seen.task, seen.index) else { return };
        if !self.is_current(vertex, seen) {
            return;
        }
        let started = match &seen.state {
            JobState::Unfinished { started }
            | JobState::Complete { started, .. }
            | JobState::Failed { started, .. } => *started,
        };
        let at = started.or(seen.created).unwrap_or_else(|| self.shared.clock.now());
        let is_ending = self.jobs.get(&vertex).is_some_and(|job| job.uid == seen.uid && job.is_ending);
        self.take_state(vertex, seen, at);
        if !self.run.has_ended(vertex, seen.attempt) || self.is_source(vertex) {
            let job = Job {
                attempt: seen.attempt,
                uid: seen.uid.clone(),
                started: at,
                seen: seen.received,
                is_ending,
            };
            self.jobs.insert(vertex, job);
        }
        if let Some(pod) = self.early_pods.remove(&vertex) {
            self.pod_succeeded(pod);
        }
    }

    fn take_state(&mut self, vertex: Vertex, seen: &JobSeen, at: k8s_openapi::jiff::Timestamp) {
        let attempt = seen.attempt;
        let had_ended = self.run.has_ended(vertex, attempt);
        match seen.state.clone() {
            JobState::Unfinished { .. } if had_ended => {}
            JobState::Unfinished { .. } => {
                // Told once: each Job is seen some five times.
                if !self.run.has_started(vertex, attempt) || self.run.attempt(vertex).is_none() {
                    self.observe(Event::Started { vertex, attempt, at });
                }
            }
            // It waits for its deletion.
            JobState::Complete { .. } if self.is_given_up(vertex, &seen.uid) => {}
            JobState::Complete { started, finished, message } => {
                if !had_ended {
                    self.because_of(seen.received);
                    self.shared.metrics.vertex_finished("Succeeded");
                }
                self.forget(vertex, attempt);
                self.observe(Event::Succeeded { vertex, attempt, started, finished, message });
            }
            JobState::Failed { .. } if had_ended => self.failed_after_success(vertex, attempt),
            JobState::Failed { started, finished, .. } => {
                if !self.run.has_started(vertex, attempt) {
                    self.observe(Event::Started { vertex, attempt, at });
                }
                if self.examined.insert((vertex, attempt)) {
                    self.examine(vertex, seen, started, finished);
                }
            }
        }
    }

    /// A Job of ours that is gone.
    pub(super) fn job_deleted(&mut self, seen: JobSeen) {
        let Some(vertex) = self.vertex_of(&seen.task, seen.index) else { return };
        let is_unfinished = matches!(seen.state, JobState::Unfinished { .. });
        if !is_unfinished && !self.is_given_up(vertex, &seen.uid) {
            return self.job_seen(&seen);
        }
        if let Some(creating) = self.creating.get_mut(&vertex).filter(|c| c.attempt == seen.attempt)
            && !self.jobs.contains_key(&vertex)
        {
            // Perhaps the one whose create is not answered yet.
            creating.deleted = Some(seen.uid);
            return;
        }
        if !self.is_current(vertex, &seen) {
            return;
        }
        let was = self.jobs.remove(&vertex);
        if self.run.has_ended(vertex, seen.attempt) {
            return;
        }
        // A create under way whose Job was seen before its answer: the answer does not matter any more.
        self.creating.remove(&vertex);
        self.missed(vertex, seen.attempt, was.is_some_and(|job| job.is_ending));
    }

    /// An unfinished Job is not there any more, as far as is known.
    fn missed(&mut self, vertex: Vertex, attempt: u32, was_asked_for: bool) {
        if was_asked_for {
            let at = self.shared.clock.now();
            return self.observe(Event::Gone { vertex, attempt, at });
        }
        let call = missed::Missed {
            shared: self.shared.clone(),
            owner: self.owner.clone(),
            name: self.job_name(vertex, attempt),
        };
        self.calls.push(Box::pin(async move {
            let (is_there, job) = call.carry_out().await;
            Outcome::Missed { vertex, attempt, is_there, job }
        }));
    }

    /// It was looked for, and either found or not.
    pub(super) fn missing(&mut self, vertex: Vertex, attempt: u32, job: Option<JobSeen>) {
        if let Some(job) = job {
            return self.job_seen(&job);
        }
        let is_known = self.jobs.get(&vertex).is_some_and(|job| job.attempt == attempt);
        if is_known || self.run.has_ended(vertex, attempt) {
            return;
        }
        let name = self.job_name(vertex, attempt);
        let note =
            format!("job \"{name}\" was deleted before it finished: {} runs again", self.vertex(vertex));
        self.shared.recorder.publish(&self.owner, Kind::Warning, "JobDeleted", note);
        let at = self.shared.clock.now();
        self.observe(Event::Gone { vertex, attempt, at });
    }

    /// All Jobs that there are, by a list that began then: what was known before and is not listed is gone.
    pub(super) fn jobs_listed(&mut self, began: Instant, jobs: Vec<JobSeen>) {
        let mut listed = HashSet::with_capacity(jobs.len());
        for job in jobs {
            listed.insert(job.uid.clone());
            self.job_seen(&job);
        }
        // What one that failed came to is already being looked at.
        let known = self.jobs.iter().filter(|(vertex, job)| {
            job.seen <= began
                && !listed.contains(&job.uid)
                && !self.examined.contains(&(**vertex, job.attempt))
        });
        let mut missing: Vec<(Vertex, u32, bool)> =
            known.map(|(vertex, job)| (*vertex, job.attempt, job.is_ending)).collect();
        missing.sort_unstable();
        for (vertex, attempt, is_ending) in missing {
            self.jobs.remove(&vertex);
            if !self.run.has_ended(vertex, attempt) {
                self.creating.remove(&vertex);
                self.missed(vertex, attempt, is_ending);
            }
        }
    }

    /// A create was answered.
    pub(super) fn created(&mut self, vertex: Vertex, attempt: u32, serial: u64, created: Created) {
        if self.creating.get(&vertex).is_none_or(|creating| creating.serial != serial) {
            return;
        }
        let Some(creating) = self.creating.remove(&vertex) else { return };
        let early_pod = self.early_pods.remove(&vertex);
        match created {
            Created::There { uid, created, state, sent } => {
                if creating.deleted.as_ref() == Some(&uid) {
                    return self.missed(vertex, attempt, false);
                }
                let task = self.run.valid().plan().tasks[vertex.task as usize].name.clone();
                let seen = JobSeen {
                    name: self.job_name(vertex, attempt),
                    uid,
                    task,
                    index: vertex.index,
                    attempt,
                    created,
                    state: state.unwrap_or(JobState::Unfinished { started: None }),
                    // A list that began later has it, or it is gone.
                    received: sent,
                };
                self.job_seen(&seen);
                if let Some(pod) = early_pod {
                    self.pod_succeeded(pod);
                }
                if creating.is_ended.load(std::sync::atomic::Ordering::Relaxed)
                    && !self.run.has_ended(vertex, attempt)
                {
                    self.to_end.push((vertex, attempt));
                    self.writer.touch();
                }
            }
            Created::Failed(failure) => {
                let now = self.shared.clock.now();
                self.failed(vertex, attempt, None, now, failure);
            }
            Created::NotWanted => {
                let at = self.shared.clock.now();
                self.observe(Event::Gone { vertex, attempt, at });
            }
        }
    }

    /// A pod succeeded: for `startOn: PodSucceeded` that is the sign. It counts once its Job is known to
    /// be ours, as anybody may label a pod.
    pub(super) fn pod_succeeded(&mut self, pod: PodSeen) {
        if !self.starts_by_pods() {
            return;
        }
        let Some(vertex) = self.vertex_of(&pod.task, pod.index) else { return };
        if self.run.has_ended(vertex, pod.attempt) {
            return;
        }
        match self.jobs.get(&vertex) {
            Some(job) if job.uid == pod.job && job.attempt == pod.attempt => {
                if !self.is_given_up(vertex, &pod.job) {
                    self.succeeded_by_pod(vertex, &pod);
                }
            }
            Some(_) => {}
            None => {
                // Perhaps of the Job whose create is not answered yet. Nobody else's is remembered.
                if self.creating.get(&vertex).is_some_and(|creating| creating.attempt == pod.attempt) {
                    self.early_pods.insert(vertex, pod);
                }
            }
        }
    }

    /// The pod of a Job of ours succeeded, which is what its children wait for.
    pub(super) fn succeeded_by_pod(&mut self, vertex: Vertex, pod: &PodSeen) {
        self.because_of(pod.received);
        self.shared.metrics.vertex_finished("Succeeded");
        let PodSeen { started, finished, attempt, .. } = *pod;
        self.forget(vertex, attempt);
        self.observe(Event::Succeeded { vertex, attempt, started, finished, message: None });
    }

    /// Whether a pod's success is what children wait for.
    pub(super) fn starts_by_pods(&self) -> bool {
        self.run.valid().execution().spec.start_on == Some(StartOn::PodSucceeded)
    }

    fn vertex_of(&self, task: &str, index: u32) -> Option<Vertex> {
        self.tasks.get(task).map(|task| Vertex { task: *task, index })
    }

    /// Whether a Job is the one of its vertex: not one of an earlier attempt, nor one that had its name before.
    fn is_current(&self, vertex: Vertex, seen: &JobSeen) -> bool {
        self.jobs.get(&vertex).is_none_or(|job| {
            seen.attempt > job.attempt || (seen.attempt == job.attempt && seen.uid == job.uid)
        })
    }

    /// Whether what the vertex prints is wanted by a task.
    pub(super) fn is_source(&self, vertex: Vertex) -> bool {
        let tasks = &self.run.valid().plan().tasks;
        let children = tasks.get(vertex.task as usize).map_or(&[][..], |task| &task.children);
        children.iter().any(|child| tasks[child.task as usize].source == Some(vertex.task))
    }

    /// Whether the Job's deletion was asked for and what it printed goes with it: should it finish all the same, it
    /// counts as ended, so that a retry runs it again and has what it prints.
    fn is_given_up(&self, vertex: Vertex, uid: &str) -> bool {
        self.jobs.get(&vertex).is_some_and(|job| job.uid == uid && job.is_ending) && self.is_source(vertex)
    }

    /// Its Job is not needed any more, save where its output may be wanted.
    pub(super) fn forget(&mut self, vertex: Vertex, attempt: u32) {
        if !self.is_source(vertex) && self.jobs.get(&vertex).is_some_and(|job| job.attempt <= attempt) {
            self.jobs.remove(&vertex);
        }
    }
}
