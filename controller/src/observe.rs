//! What a Job or a pod says about its vertex.

use k8s_openapi::jiff::Timestamp;

use crate::slim::{SlimJob, SlimPod};

/// Whose Job it is, and of which attempt of which vertex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The UID of the Execution that controls it.
    pub owner: String,
    /// The name of the task.
    pub task: String,
    /// The index within the task.
    pub index: u32,
    /// The attempt from 0.
    pub attempt: u32,
}

/// Whose pod it is. A pod names its Execution only by label, which anybody could set: the Job's UID proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodIdentity {
    /// The UID of the Job that controls it.
    pub job: String,
    /// The name of the Execution.
    pub execution: String,
    /// The name of the task.
    pub task: String,
    /// The index within the task.
    pub index: u32,
    /// The attempt from 0.
    pub attempt: u32,
}

/// What became of a Job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Nothing final yet.
    Unfinished {
        /// When the Job controller first saw it.
        started: Option<Timestamp>,
    },
    /// Its condition `Complete` is true.
    Complete {
        /// When the Job controller first saw it.
        started: Option<Timestamp>,
        /// Its completion time.
        finished: Timestamp,
        /// The condition's message, where there is one.
        message: Option<String>,
    },
    /// Its condition `Failed` is true.
    Failed {
        /// When the Job controller first saw it.
        started: Option<Timestamp>,
        /// When the condition became true.
        finished: Timestamp,
        /// The condition's reason: `BackoffLimitExceeded`, `DeadlineExceeded` …
        reason: String,
        /// The condition's message.
        message: String,
    },
}

/// Which vertex of which Execution the Job belongs to; `None` where it is none of an Execution's.
pub fn identity(job: &SlimJob) -> Option<Identity> {
    let _ = job;
    None
}

/// Which vertex the pod belongs to; `None` where it is none of an Execution's.
pub fn pod_identity(pod: &SlimPod) -> Option<PodIdentity> {
    let _ = pod;
    None
}

/// What became of the Job.
pub fn job_state(job: &SlimJob) -> JobState {
    JobState::Unfinished { started: job.status.start_time }
}

/// Start and end of our container, where the pod's phase is `Succeeded`.
pub fn pod_success(pod: &SlimPod) -> Option<(Option<Timestamp>, Timestamp)> {
    let _ = pod;
    None
}
