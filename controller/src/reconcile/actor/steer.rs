//! The Execution itself, changed.

use std::sync::{Arc, atomic::Ordering};

use gene_engine::{Event, Options, Run, Steering, Vertex};
use gene_types::retry;

use super::{Actor, End, begin};
use crate::{
    events::Kind,
    reconcile::peek::{SpecPeek, StatusPeek},
    slim::SlimExecution,
};

impl Actor {
    /// The Execution, as it is now.
    pub(super) fn execution_seen(&mut self, execution: &SlimExecution) -> Option<End> {
        if execution.metadata.deletion_timestamp.is_some()
            || execution.metadata.uid.as_ref() != Some(&self.owner.uid)
        {
            return Some(End::Gone);
        }
        let version = execution.metadata.resource_version.as_deref().unwrap_or_default();
        if !self.writer.saw(version) {
            return None;
        }
        let generation = execution.metadata.generation.unwrap_or(0);
        if generation != self.generation {
            self.steer(execution, generation);
        }
        // Another controller may have ended it; or it is what a write of ours came to, which its answer tells.
        let status = StatusPeek::of(execution.status.as_deref());
        if status.is_terminal && status.retry_generation >= self.retry_generation {
            if !self.writer.is_under_way() {
                return Some(End::Terminal { retry_generation: status.retry_generation });
            }
            self.writer.saw_end(status.retry_generation);
        }
        None
    }

    /// The spec changed: as far as it may, that is heeded.
    fn steer(&mut self, execution: &SlimExecution, generation: i64) {
        self.generation = generation;
        self.writer.touch();
        let digest = self.run.valid().digest();
        let valid = match begin::valid(&self.owner, execution, &digest) {
            Ok(valid) => Arc::new(valid),
            Err(message) => {
                return self.refuse(execution, message);
            }
        };
        // It may have been refused, and put right before that was recorded.
        self.writer.go_on();
        let spec = &valid.execution().spec;
        let steering = Steering::of(spec);
        tracing::info!(
            execution = self.owner.name,
            namespace = self.owner.namespace,
            suspend = steering.suspend,
            cancel = steering.cancel,
            parallelism = steering.parallelism,
            "the spec changed"
        );
        let asked = SpecPeek::of(execution.spec.as_deref()).retry_generation;
        if asked > self.retry_generation {
            self.retry_generation = asked;
            self.reopen(Arc::clone(&valid), asked);
        }
        self.observe(Event::Steer(steering));
    }

    /// What failed so far is tried again, while the rest goes on.
    fn reopen(&mut self, valid: Arc<gene_types::ValidExecution>, generation: i64) {
        let status = self.run.status();
        if let Err(faults) = retry::check_reopening(&valid, &status) {
            let note = begin::words(&faults);
            self.shared.recorder.publish(&self.owner, Kind::Warning, "RetryRefused", note);
            self.run.heed(generation);
            return;
        }
        let now = self.shared.clock.now();
        let options = Options {
            started_at: status.started_at.as_ref().map(|time| time.0),
            deadline_from: Some(now),
            ..Options::default()
        };
        let running: Vec<(Vertex, u32, k8s_openapi::jiff::Timestamp)> = self
            .jobs
            .iter()
            .filter(|(vertex, job)| !self.run.has_ended(**vertex, job.attempt))
            .map(|(vertex, job)| (*vertex, job.attempt, job.started))
            .collect();
        self.run = Run::reopened(valid, &status, generation, now, options);
        // What was given up and is not ended yet is wanted again.
        for creating in self.creating.values() {
            creating.is_ended.store(false, Ordering::Relaxed);
        }
        self.to_end.clear();
        self.upon_write.to_end.clear();
        for (vertex, attempt, at) in running {
            self.run.observe(Event::Started { vertex, attempt, at });
        }
        self.wake = None;
        self.is_held = true;
        self.is_end_recorded = false;
        self.read_kept_results();
        self.shared.recorder.publish(
            &self.owner,
            Kind::Normal,
            "Retried",
            "what failed is tried again".into(),
        );
    }

    /// The spec cannot be followed any more: nothing new starts, what runs is left, and the status says so.
    fn refuse(&mut self, execution: &SlimExecution, message: String) {
        tracing::info!(
            execution = self.owner.name,
            namespace = self.owner.namespace,
            reason = message,
            "it cannot be run any more"
        );
        self.shared.recorder.publish(&self.owner, Kind::Warning, "InvalidExecution", message.clone());
        self.is_held = true;
        let retry = self.retry_generation;
        let now = self.shared.clock.now();
        let generation = execution.metadata.generation;
        self.writer.end_with(begin::error_status(self.run.status(), message, generation, retry, now));
    }
}
