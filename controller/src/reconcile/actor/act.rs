//! Doing what the engine asks for.

use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};

use gene_engine::{Action, Event, Failure, Vertex};
use gene_types::v1alpha1::FailurePolicy;
use tokio::time::Instant;

use super::{Actor, CALLS_AT_MOST, Creating, TEMPLATES_AT_MOST, create, delete, outcome::Outcome};
use crate::job::TaskJob;

impl Actor {
    /// Asks the engine until it wants nothing more now, or no more calls may be under way.
    pub(super) fn act(&mut self) {
        loop {
            // Whether everything is to be ended is decided before there is room to do it.
            for action in self.run.next(self.shared.clock.now(), 0) {
                if let Action::WakeAt(at) = action {
                    self.wake = Some(at);
                }
            }
            let is_ending = self.run.is_ending();
            // Creates that come to nothing, as where a quota is used up, must not keep what runs from being ended.
            let busy = if is_ending { self.deleting } else { self.creating.len() };
            let is_held =
                self.is_held || if is_ending { self.must_record_end() } else { self.may_be_failing() };
            let room = if is_held { 0 } else { CALLS_AT_MOST.saturating_sub(busy) };
            let actions = self.run.next(self.shared.clock.now(), room);
            let mut asked = 0;
            for action in actions {
                asked += 1;
                match action {
                    Action::Start { vertex, attempt } => self.start(vertex, attempt),
                    Action::ReadResult { vertex } => self.read_result(vertex),
                    Action::End { vertex, attempt } => self.end(vertex, attempt),
                    Action::WakeAt(at) => {
                        asked -= 1;
                        self.wake = Some(at);
                    }
                }
            }
            if asked == 0 {
                return;
            }
        }
    }

    /// Whether a failure may be about to end everything: nothing new starts before it is known. Else what an
    /// abort had ended would be created once more, where it was not recorded before a restart.
    fn may_be_failing(&self) -> bool {
        let policy = self.run.valid().execution().spec.failure_policy.unwrap_or_default();
        policy != FailurePolicy::Continue && !self.examined.is_empty()
    }

    /// Whether why everything is being ended is to be recorded first: else who takes over before that would
    /// create once more what was ended.
    fn must_record_end(&mut self) -> bool {
        let must = !self.is_end_recorded && !self.waits_for_results();
        if must && !self.writer.is_under_way() {
            self.writer.touch();
        }
        must
    }

    fn start(&mut self, vertex: Vertex, attempt: u32) {
        // The engine was made anew while this very create was under way, perhaps to be given up.
        if let Some(creating) = self.creating.get(&vertex).filter(|creating| creating.attempt == attempt) {
            creating.is_ended.store(false, Ordering::Relaxed);
            return;
        }
        let job = match self.job(vertex, attempt) {
            Ok(job) => job,
            Err(failure) => {
                let now = self.shared.clock.now();
                return self.failed(vertex, attempt, None, now, failure);
            }
        };
        self.serial += 1;
        let (serial, is_ended) = (self.serial, Arc::new(AtomicBool::new(false)));
        let creating = Creating { serial, attempt, is_ended: Arc::clone(&is_ended), deleted: None };
        self.creating.insert(vertex, creating);
        let call = create::Create {
            shared: self.shared.clone(),
            owner: self.owner.clone(),
            name: self.job_name(vertex, attempt),
            display: self.vertex(vertex),
            job,
            cause: self.cause,
            is_ended,
        };
        self.calls.push(Box::pin(async move {
            Outcome::Created { vertex, attempt, serial, created: call.carry_out().await }
        }));
    }

    /// The Job of a vertex, as JSON.
    fn job(&mut self, vertex: Vertex, attempt: u32) -> Result<Vec<u8>, Failure> {
        if !self.templates.contains_key(&vertex.task) {
            if self.templates.len() >= TEMPLATES_AT_MOST {
                self.templates.clear();
            }
            let execution = self.run.valid().execution();
            let Some(task) = execution.spec.tasks.get(vertex.task as usize) else {
                return Err(Failure::new("NoSuchTask", "the engine asked for a task that there is not"));
            };
            self.templates.insert(vertex.task, TaskJob::new(execution, &self.owner, task));
        }
        let command = self.run.command(vertex);
        self.templates[&vertex.task]
            .job(vertex.index, attempt, &command)
            .map(|job| job.to_string().into_bytes())
    }

    /// Ends a Job, or the attempt to create it.
    fn end(&mut self, vertex: Vertex, attempt: u32) {
        if let Some(creating) = self.creating.get(&vertex).filter(|creating| creating.attempt == attempt) {
            // Its create tells, once it is certain whether there is a Job.
            creating.is_ended.store(true, Ordering::Relaxed);
            return;
        }
        self.to_end.push((vertex, attempt));
        self.writer.touch();
    }

    pub(super) fn delete(&mut self, vertex: Vertex, attempt: u32) {
        let known = self.jobs.get_mut(&vertex).filter(|job| job.attempt == attempt);
        let uid = known.map(|job| {
            job.is_ending = true;
            job.uid.clone()
        });
        self.deleting += 1;
        let call = delete::Delete {
            shared: self.shared.clone(),
            owner: self.owner.clone(),
            name: self.job_name(vertex, attempt),
            uid,
        };
        self.calls.push(Box::pin(async move {
            Outcome::Ended { vertex, attempt, deleted: call.carry_out().await }
        }));
    }

    pub(super) fn ended(&mut self, vertex: Vertex, attempt: u32, deleted: &delete::Deleted) {
        self.deleting -= 1;
        match deleted {
            // The watch tells when it is gone.
            delete::Deleted::Asked => {}
            delete::Deleted::NotThere => {
                self.forget(vertex, attempt);
                let at = self.shared.clock.now();
                self.observe(Event::Gone { vertex, attempt, at });
            }
        }
    }

    pub(super) fn job_name(&self, vertex: Vertex, attempt: u32) -> String {
        let valid = self.run.valid();
        let task = valid.plan().tasks.get(vertex.task as usize).map_or("", |task| task.name.as_str());
        gene_types::names::job_name(&self.owner.name, task, u64::from(vertex.index), attempt)
    }

    /// What is created next is because of an event that was decoded then.
    pub(super) fn because_of(&mut self, received: Instant) {
        self.cause.get_or_insert(received);
    }
}
