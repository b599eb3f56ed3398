//! Ending a Job: until it is certain that its end was asked for, or that it is not there.

use tokio::time::sleep;

use super::backoff;
use crate::{api::CallError, observe, owner::Owner, reconcile::Shared};

/// The end of a Job.
pub(super) struct Delete {
    pub shared: Shared,
    pub owner: Owner,
    pub name: String,
    /// Of the Job, where it is known.
    pub uid: Option<String>,
}

/// What it came to.
#[derive(Debug)]
pub(super) enum Deleted {
    /// The API server deletes it; the watch tells when it is gone.
    Asked,
    /// There is no such Job of ours.
    NotThere,
}

impl Delete {
    pub async fn carry_out(mut self) -> Deleted {
        let mut backoff = backoff();
        loop {
            match self.try_once().await {
                Ok(deleted) => return deleted,
                Err(error) => {
                    self.shared.metrics.reconcile_error("FailedDelete");
                    tracing::warn!(execution = self.owner.name, namespace = self.owner.namespace, job = self.name,
                        error = %error, "the Job cannot be deleted yet");
                    sleep(backoff.next(error.retry_after())).await;
                }
            }
        }
    }

    async fn try_once(&mut self) -> Result<Deleted, CallError> {
        // The semaphore is never closed.
        let _permit = self.shared.writes.acquire().await;
        let uid = match &self.uid {
            Some(uid) => uid.clone(),
            None => match self.shared.api.job(&self.owner, &self.name).await {
                Ok(job) => match observe::identity(&job).zip(job.metadata.uid) {
                    Some((identity, uid)) if identity.owner == self.owner.uid => uid,
                    _ => return Ok(Deleted::NotThere),
                },
                Err(error) if error.is_not_found() => return Ok(Deleted::NotThere),
                Err(error) => return Err(error),
            },
        };
        match self.shared.api.delete_job(&self.owner, &self.name, &uid).await {
            Ok(()) => Ok(Deleted::Asked),
            Err(error) if error.is_not_found() || error.is_conflict() => Ok(Deleted::NotThere),
            Err(error) => Err(error),
        }
    }
}
