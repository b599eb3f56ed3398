//! Creating a Job: until it is certain that it is there, or never will be.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use gene_engine::Failure;
use gene_types::{field::within, limits::MAX_STATUS_MESSAGE_BYTES, v1alpha1};
use k8s_openapi::jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::backoff;
use crate::{
    api::CallError,
    events::Kind,
    observe::{self, JobState},
    owner::Owner,
    reconcile::Shared,
    slim::SlimJob,
};

/// A create.
pub(super) struct Create {
    pub shared: Shared,
    pub owner: Owner,
    pub name: String,
    /// The vertex in words.
    pub display: String,
    pub job: Vec<u8>,
    /// When the event that led to it was decoded.
    pub cause: Option<Instant>,
    /// Becomes true when the Job is not wanted any more.
    pub is_ended: Arc<AtomicBool>,
}

/// What it came to.
#[derive(Debug)]
pub(super) enum Created {
    /// The Job is there: created by this, or by an earlier try of ours.
    There {
        uid: String,
        created: Option<Timestamp>,
        state: Option<JobState>,
        /// When it was asked for or looked at: it was there later.
        sent: Instant,
    },
    /// It never will be.
    Failed(Failure),
    /// It is not there and not wanted any more.
    NotWanted,
}

impl Create {
    pub async fn carry_out(mut self) -> Created {
        let mut backoff = backoff();
        let mut told = None;
        // Whether a try may have been carried out although no answer said so.
        let mut is_uncertain = false;
        loop {
            // The semaphore is never closed.
            let writes = Arc::clone(&self.shared.writes);
            let permit = writes.acquire().await;
            if !is_uncertain && (self.is_ended.load(Ordering::Relaxed) || *self.shared.stop.borrow()) {
                return Created::NotWanted;
            }
            let error = match self.try_once().await {
                Ok(created) => return created,
                Err(error) => error,
            };
            drop(permit);
            is_uncertain =
                error.code() == 0 || error.code() >= 500 || (is_uncertain && !error.is_already_exists());
            if error.is_already_exists() {
                match self.whose().await {
                    Ok(Some(created)) => return created,
                    Ok(None) => {}
                    Err(error) => {
                        // It may be ours.
                        is_uncertain = true;
                        self.say(&mut told, "CreateWaits", &error);
                    }
                }
            } else if error.is_permanent() {
                // What refuses it now may have let it pass before.
                match if is_uncertain { self.whose().await } else { Ok(None) } {
                    Ok(Some(created)) => return created,
                    Ok(None) => return Created::Failed(self.refused(&error)),
                    Err(error) => self.say(&mut told, "CreateWaits", &error),
                }
            } else {
                self.shared.metrics.reconcile_error("FailedCreate");
                self.say(&mut told, "FailedCreate", &error);
            }
            sleep(backoff.next(error.retry_after())).await;
        }
    }

    async fn try_once(&mut self) -> Result<Created, CallError> {
        let sent = Instant::now();
        if let Some(cause) = self.cause.take() {
            self.shared.metrics.event_to_create(cause.elapsed());
        }
        let job = self.shared.api.create_job(&self.owner, self.job.clone()).await?;
        self.shared.metrics.job_created();
        Ok(Created::There { uid: job.uid, created: job.created, state: None, sent })
    }

    /// Looks whose Job has the name. `None`: one that is going, so that the name will be free.
    async fn whose(&mut self) -> Result<Option<Created>, CallError> {
        let sent = Instant::now();
        let job = match self.shared.api.job(&self.owner, &self.name).await {
            Ok(job) => job,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        if job.metadata.deletion_timestamp.is_some() {
            return Ok(None);
        }
        let owner =
            job.metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        match owner {
            Some(owner) if owner.uid == self.owner.uid && observe::identity(&job).is_some() => {
                Ok(Some(adopted(&job, sent)))
            }
            // Of an Execution that had our name and is gone: the garbage collector is on its way.
            Some(owner)
                if owner.kind == v1alpha1::KIND
                    && owner.name == self.owner.name
                    && owner.uid != self.owner.uid =>
            {
                Ok(None)
            }
            owner => {
                let whose = match owner {
                    Some(owner) => format!("belongs to {} \"{}\"", owner.kind, owner.name),
                    None => "belongs to nobody".into(),
                };
                let message = format!(
                    "the name \"{}\" is taken by a Job that {whose}; delete that Job, then retry",
                    self.name
                );
                Ok(Some(Created::Failed(Failure::new("NameTaken", message))))
            }
        }
    }

    fn refused(&self, error: &CallError) -> Failure {
        self.shared.metrics.reconcile_error("RefusedCreate");
        let message = format!("the API server refuses Job \"{}\": {error}", self.name);
        Failure::new("JobRefused", within(message, MAX_STATUS_MESSAGE_BYTES))
    }

    /// Tells people once for each kind of hindrance.
    fn say(&self, told: &mut Option<u16>, reason: &'static str, error: &CallError) {
        tracing::warn!(execution = self.owner.name, namespace = self.owner.namespace, vertex = self.display,
            reason, error = %error, "its Job cannot be created yet");
        if told.replace(error.code()) != Some(error.code()) {
            let note = format!("job \"{}\" cannot be created yet, it is tried again: {error}", self.name);
            self.shared.recorder.publish(&self.owner, Kind::Warning, reason, note);
        }
    }
}

fn adopted(job: &SlimJob, sent: Instant) -> Created {
    Created::There {
        uid: job.metadata.uid.clone().unwrap_or_default(),
        created: job.metadata.creation_timestamp.as_ref().map(|time| time.0),
        state: Some(observe::job_state(job)),
        sent,
    }
}
