//! Why a Job failed: its pods know.

use std::time::Duration;

use gene_engine::{Failure, Vertex};
use gene_types::retry;
use k8s_openapi::jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::{Actor, backoff, outcome::Outcome};
use crate::{
    events::Kind,
    failure,
    reconcile::message::{JobSeen, PodSeen},
};

/// How long the pods of a failed Job are asked for where no answer comes: what they know is worth waiting out an
/// API server that starts anew, and a policy that ends everything by a failure must not wait for ever.
const PODS_WITHIN: Duration = Duration::from_mins(2);

/// What a look at the pods of a failed Job found.
pub(super) enum Examined {
    /// Why it failed.
    Failed { started: Option<Timestamp>, finished: Timestamp, failure: Failure },
    /// Where a pod's success counts: that it had succeeded before its Job failed, as by its deadline.
    Succeeded(PodSeen),
}

impl Actor {
    /// Asks the pods of a failed Job why, once.
    pub(super) fn examine(
        &mut self,
        vertex: Vertex,
        seen: &JobSeen,
        started: Option<Timestamp>,
        finished: Timestamp,
    ) {
        let (shared, owner) = (self.shared.clone(), self.owner.clone());
        let (uid, state, attempt) = (seen.uid.clone(), seen.state.clone(), seen.attempt);
        let spec = &self.run.valid().execution().spec;
        let task = spec.tasks.get(vertex.task as usize);
        let backoff_limit = task.and_then(|task| retry::backoff_limit(spec, task));
        let starts_by_pods = self.starts_by_pods();
        self.calls.push(Box::pin(async move {
            let mut backoff = backoff();
            let until = Instant::now() + PODS_WITHIN;
            let pods = loop {
                // Thousands may fail at once. The semaphore is never closed.
                let permit = shared.reads.acquire().await;
                let answer = shared.api.pods_of(&owner, &uid).await;
                drop(permit);
                let error = match answer {
                    Ok(pods) => break pods,
                    Err(error) => error,
                };
                tracing::warn!(execution = owner.name, namespace = owner.namespace, error = %error,
                    "the pods of a failed Job cannot be asked yet");
                let wait = backoff.next(error.retry_after());
                if Instant::now() + wait > until {
                    break Vec::new();
                }
                sleep(wait).await;
            };
            let succeeded =
                pods.iter().filter_map(PodSeen::of).map(|(_, pod)| pod).find(|pod| pod.job == uid);
            let found = if let Some(pod) = succeeded.filter(|_| starts_by_pods) {
                Examined::Succeeded(pod)
            } else {
                let failure = failure::failure(&state, &pods, backoff_limit);
                Examined::Failed { started, finished, failure }
            };
            Outcome::Examined { vertex, attempt, found }
        }));
    }

    /// It is known now.
    pub(super) fn examined(&mut self, vertex: Vertex, attempt: u32, found: Examined) {
        self.examined.remove(&(vertex, attempt));
        // Its pod's success, or the end of everything, may have been seen meanwhile.
        if !self.run.has_ended(vertex, attempt) {
            match found {
                Examined::Failed { started, finished, failure } => {
                    return self.failed(vertex, attempt, started, finished, failure);
                }
                Examined::Succeeded(pod) => self.succeeded_by_pod(vertex, &pod),
            }
        }
        self.failed_after_success(vertex, attempt);
    }

    /// A Job may run out of time after its pod had succeeded and its children were started: people are told once.
    pub(super) fn failed_after_success(&mut self, vertex: Vertex, attempt: u32) {
        if self.starts_by_pods()
            && self.run.has_succeeded(vertex)
            && self.run.attempt(vertex) == Some(attempt)
            && self.failed_later.insert(vertex)
        {
            let note = format!(
                "job \"{}\" failed after its pod had succeeded; {} counts as succeeded",
                self.job_name(vertex, attempt),
                self.vertex(vertex)
            );
            self.shared.recorder.publish(&self.owner, Kind::Warning, "FailedAfterSuccess", note);
        }
    }
}
