//! What a call of an actor came to.

use gene_engine::{Event, Failure, Vertex};
use gene_types::v1alpha1::KeptResult;
use k8s_openapi::jiff::Timestamp;

use super::{Actor, End, create::Created, delete::Deleted, examine::Examined, status::Written};
use crate::{api::CallError, events::Kind, reconcile::message::JobSeen};

/// What a call of an actor came to.
pub(super) enum Outcome {
    /// A create.
    Created { vertex: Vertex, attempt: u32, serial: u64, created: Created },
    /// A delete of a Job that was to be ended.
    Ended { vertex: Vertex, attempt: u32, deleted: Deleted },
    /// Why a Job failed.
    Examined { vertex: Vertex, attempt: u32, found: Examined },
    /// Whether the Execution of a Job that seems to be gone is still there, and the Job if it is.
    Missed { vertex: Vertex, attempt: u32, is_there: bool, job: Option<JobSeen> },
    /// What a source printed.
    Read { vertex: Vertex, text: Result<(String, KeptResult), String> },
    /// A status.
    Written(Box<Written>),
    /// The Execution as it is, for its resourceVersion.
    Looked { result: Result<Box<crate::slim::SlimExecution>, CallError> },
}

impl Actor {
    pub(super) fn take_outcome(&mut self, outcome: Outcome) -> Option<End> {
        match outcome {
            Outcome::Created { vertex, attempt, serial, created } => {
                self.created(vertex, attempt, serial, created);
            }
            Outcome::Ended { vertex, attempt, deleted } => self.ended(vertex, attempt, &deleted),
            Outcome::Examined { vertex, attempt, found } => self.examined(vertex, attempt, found),
            Outcome::Missed { vertex, attempt, is_there, job } => {
                if !is_there {
                    return Some(End::Gone);
                }
                self.missing(vertex, attempt, job);
            }
            Outcome::Read { vertex, text } => {
                let text = text.map(|(text, kept)| {
                    self.run.keep_result(vertex, kept);
                    text
                });
                if let Err(why) = &text {
                    tracing::warn!(
                        execution = self.owner.name,
                        namespace = self.owner.namespace,
                        vertex = self.vertex(vertex),
                        reason = why,
                        "its output cannot be had"
                    );
                }
                self.observe(Event::Result { vertex, text });
            }
            Outcome::Written(written) => return self.written(*written),
            Outcome::Looked { result } => return self.looked(result),
        }
        None
    }

    /// Tells the engine; the status is to be written.
    pub(super) fn observe(&mut self, event: Event) {
        self.run.observe(event);
        self.writer.touch();
    }

    /// A vertex failed for good at this attempt.
    pub(super) fn failed(
        &mut self,
        vertex: Vertex,
        attempt: u32,
        started: Option<Timestamp>,
        finished: Timestamp,
        failure: Failure,
    ) {
        let which = self.vertex(vertex);
        tracing::info!(
            execution = self.owner.name,
            namespace = self.owner.namespace,
            vertex = which,
            attempt,
            reason = failure.reason,
            message = failure.message,
            "vertex failed"
        );
        let note = format!("{which} failed: {}", failure.message);
        self.shared.recorder.publish(&self.owner, Kind::Warning, "VertexFailed", note);
        self.shared.metrics.vertex_finished("Failed");
        self.forget(vertex, attempt);
        self.observe(Event::Failed { vertex, attempt, started, finished, failure });
    }
}
