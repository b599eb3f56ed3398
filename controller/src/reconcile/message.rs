//! What the dispatcher tells an actor.

use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    observe::{self, JobState},
    slim::{SlimExecution, SlimJob, SlimPod},
};

/// One piece of news for one Execution.
#[derive(Debug)]
pub(super) enum Message {
    /// The Execution itself, changed.
    Execution(Box<SlimExecution>),
    /// A Job of it, new or changed.
    Job(JobSeen),
    /// A Job of it is gone; as it was last.
    JobDeleted(JobSeen),
    /// All of its Jobs that there are, by a list that began at this instant.
    Jobs(Instant, Vec<JobSeen>),
    /// A pod of it succeeded.
    Pod(PodSeen),
}

/// A Job, as it was seen.
#[derive(Clone, Debug)]
pub(super) struct JobSeen {
    pub name: String,
    pub uid: String,
    pub task: String,
    pub index: u32,
    pub attempt: u32,
    pub created: Option<Timestamp>,
    pub state: JobState,
    /// When its event was decoded.
    pub received: Instant,
}

/// A pod that succeeded.
#[derive(Clone, Debug)]
pub(super) struct PodSeen {
    /// The UID of its Job.
    pub job: String,
    pub task: String,
    pub index: u32,
    pub attempt: u32,
    pub started: Option<Timestamp>,
    pub finished: Timestamp,
    /// When its event was decoded.
    pub received: Instant,
}

impl JobSeen {
    /// The UID of the Execution that a Job belongs to, and the Job; `None` where it is no Execution's.
    pub fn of(job: &SlimJob) -> Option<(String, Self)> {
        let identity = observe::identity(job)?;
        let seen = Self {
            name: job.metadata.name.clone()?,
            uid: job.metadata.uid.clone()?,
            task: identity.task,
            index: identity.index,
            attempt: identity.attempt,
            created: job.metadata.creation_timestamp.as_ref().map(|time| time.0),
            state: observe::job_state(job),
            received: Instant::now(),
        };
        Some((identity.owner, seen))
    }
}

impl PodSeen {
    /// The name of the Execution that a pod says it belongs to, and the pod, where it succeeded.
    pub fn of(pod: &SlimPod) -> Option<(String, Self)> {
        let identity = observe::pod_identity(pod)?;
        let (started, finished) = observe::pod_success(pod)?;
        let seen = Self {
            job: identity.job,
            task: identity.task,
            index: identity.index,
            attempt: identity.attempt,
            started,
            finished,
            received: Instant::now(),
        };
        Some((identity.execution, seen))
    }
}
