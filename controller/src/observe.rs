//! What a Job or a pod says about its vertex.

use gene_types::v1alpha1;
use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time},
    jiff::Timestamp,
};

use crate::{
    job::container_name,
    slim::{SlimCondition, SlimContainer, SlimJob, SlimPod},
};

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

/// Which vertex of which Execution the Job belongs to; `None` where no Execution controls it, or its
/// labels do not say which vertex it is.
pub fn identity(job: &SlimJob) -> Option<Identity> {
    let owner = controller(&job.metadata)?;
    if owner.kind != v1alpha1::KIND || group(&owner.api_version) != v1alpha1::GROUP {
        return None;
    }
    let vertex = job.vertex.as_ref()?;
    Some(Identity {
        owner: owner.uid.clone(),
        task: vertex.task.clone(),
        index: vertex.index,
        attempt: vertex.attempt,
    })
}

/// Which vertex the pod belongs to; `None` where no Job controls it, or its labels do not say which
/// vertex it is.
pub fn pod_identity(pod: &SlimPod) -> Option<PodIdentity> {
    let owner = controller(&pod.metadata)?;
    if owner.kind != "Job" || group(&owner.api_version) != "batch" {
        return None;
    }
    let vertex = pod.vertex.as_ref()?;
    Some(PodIdentity {
        job: owner.uid.clone(),
        execution: vertex.execution.clone(),
        task: vertex.task.clone(),
        index: vertex.index,
        attempt: vertex.attempt,
    })
}

/// What became of the Job. Only the conditions `Complete` and `Failed` are final: the interim ones,
/// `SuccessCriteriaMet` and `FailureTarget`, stand while pods still end.
pub fn job_state(job: &SlimJob) -> JobState {
    let started = job.status.start_time;
    let is_true = |type_: &str| {
        let is_it = |condition: &&SlimCondition| condition.type_ == type_ && condition.status == "True";
        job.status.conditions.iter().find(is_it)
    };
    // A finished Job always says when; were it not to, the latest time that it knows is the nearest.
    let created = job.metadata.creation_timestamp.as_ref().map(|Time(created)| *created);
    let last_resort = || started.or(created).unwrap_or(Timestamp::UNIX_EPOCH);
    if let Some(condition) = is_true("Complete") {
        let finished = job.status.completion_time.or(condition.last_transition_time);
        return JobState::Complete {
            started,
            finished: finished.unwrap_or_else(last_resort),
            message: Some(condition.message.clone()).filter(|message| !message.is_empty()),
        };
    }
    if let Some(condition) = is_true("Failed") {
        return JobState::Failed {
            started,
            finished: condition.last_transition_time.unwrap_or_else(last_resort),
            reason: condition.reason.clone(),
            message: condition.message.clone(),
        };
    }
    JobState::Unfinished { started }
}

/// Start and end of our container, where the pod's phase is `Succeeded`; `None` where it is not, or
/// where the container's end is not told.
pub fn pod_success(pod: &SlimPod) -> Option<(Option<Timestamp>, Timestamp)> {
    if pod.phase != "Succeeded" {
        return None;
    }
    let end = main_container(pod)?.terminated.as_ref()?;
    Some((end.started_at, end.finished_at?))
}

/// The container that runs the command: the one that is called as the Job, with dashes for dots, else
/// the only one. Others may have been added on the way into the cluster.
pub fn main_container(pod: &SlimPod) -> Option<&SlimContainer> {
    let name = controller(&pod.metadata).map(|job| container_name(&job.name)).unwrap_or_default();
    match pod.containers.as_slice() {
        [only] => Some(only),
        several => several.iter().find(|container| container.name == name),
    }
}

fn controller(metadata: &ObjectMeta) -> Option<&OwnerReference> {
    metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests;
