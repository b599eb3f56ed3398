//! A Job that seems to be gone: whether it is.

use tokio::time::sleep;

use super::backoff;
use crate::{
    api::CallError,
    owner::Owner,
    reconcile::{Shared, message::JobSeen},
};

/// A look for a Job and for its Execution.
///
/// The garbage collector takes the Jobs of an Execution that was deleted, and the watch of Executions may
/// be behind that of Jobs. And a list may be older than a Job whose create was answered while it was made.
pub(super) struct Missed {
    pub shared: Shared,
    pub owner: Owner,
    /// The Job's.
    pub name: String,
}

impl Missed {
    /// Whether the Execution is still there, and the Job where it is.
    pub async fn carry_out(self) -> (bool, Option<JobSeen>) {
        let mut backoff = backoff();
        loop {
            match self.look().await {
                Ok(found) => return found,
                Err(error) => sleep(backoff.next(error.retry_after())).await,
            }
        }
    }

    async fn look(&self) -> Result<(bool, Option<JobSeen>), CallError> {
        match self.shared.api.execution(&self.owner).await {
            Ok(now)
                if now.metadata.uid.as_ref() == Some(&self.owner.uid)
                    && now.metadata.deletion_timestamp.is_none() => {}
            Ok(_) => return Ok((false, None)),
            Err(error) if error.is_not_found() => return Ok((false, None)),
            Err(error) => return Err(error),
        }
        match self.shared.api.job(&self.owner, &self.name).await {
            Ok(job) => {
                let seen = JobSeen::of(&job).filter(|(owner, _)| *owner == self.owner.uid);
                Ok((true, seen.map(|(_, seen)| seen)))
            }
            Err(error) if error.is_not_found() => Ok((true, None)),
            Err(error) => Err(error),
        }
    }
}
