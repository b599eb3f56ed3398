//! A pod, as much of it as says why a vertex waits or failed.

pub mod image;
pub mod why;

use std::collections::BTreeMap;

use gene_types::names::{LABEL_ATTEMPT, LABEL_INDEX, LABEL_TASK};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use serde::Deserialize;

/// A pod.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Pod {
    /// See [`Metadata`].
    pub metadata: Metadata,
    /// See [`Spec`].
    pub spec: Spec,
    /// See [`Status`].
    pub status: Status,
}

/// What of its metadata is read.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was created.
    pub creation_timestamp: Option<Time>,
    /// When it is to be gone.
    pub deletion_timestamp: Option<Time>,
    /// Its Job.
    pub owner_references: Vec<OwnerReference>,
}

/// What of its spec is read.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Spec {
    /// The node that it was given.
    pub node_name: String,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Containers that run before them, or beside.
    pub init_containers: Vec<Container>,
}

/// One container as it was asked for.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// What it runs.
    pub command: Vec<String>,
    /// Its requests and limits.
    pub resources: Resources,
}

/// Limits of a container.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Resources {
    /// By resource: `memory`.
    pub limits: BTreeMap<String, String>,
}

/// What of its status is read.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// Why it failed as a whole: `Evicted`.
    pub reason: String,
    /// The same as a sentence.
    pub message: String,
    /// When its node took it.
    pub start_time: Option<Time>,
    /// `PodScheduled` and others.
    pub conditions: Vec<Condition>,
    /// One for each container.
    pub container_statuses: Vec<ContainerStatus>,
    /// One for each init container.
    pub init_container_statuses: Vec<ContainerStatus>,
}

/// A condition of a pod or a Job.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// When `status` last changed.
    pub last_transition_time: Option<Time>,
}

/// The state of one container.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// What it does now.
    pub state: State,
    /// How it ended before it was started again.
    pub last_state: State,
    /// How often it was started again.
    pub restart_count: u32,
}

/// One of three, or none: then it waits.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct State {
    /// It waits to be started.
    pub waiting: Option<Waiting>,
    /// It runs.
    pub running: Option<Running>,
    /// It ended.
    pub terminated: Option<Terminated>,
}

/// Why a container waits.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Waiting {
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

/// Since when a container runs.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Running {
    /// When it was started.
    pub started_at: Option<Time>,
}

/// How a container ended.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Terminated {
    /// What the process said at its end.
    pub exit_code: i32,
    /// `Error`, `OOMKilled`, `Completed` …
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// When it was started.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
}

impl Pod {
    /// Which vertex it is of: the task's name, the index and the attempt from 0.
    pub fn vertex(&self) -> Option<(&str, u32, u32)> {
        let labels = &self.metadata.labels;
        let number = |key: &str| labels.get(key)?.parse().ok();
        let attempt = number(LABEL_ATTEMPT).unwrap_or_default();
        Some((labels.get(LABEL_TASK)?, number(LABEL_INDEX)?, attempt))
    }

    /// The UID of its Job.
    pub fn job_uid(&self) -> Option<&str> {
        let owner = self.metadata.owner_references.iter().find(|owner| owner.kind == "Job")?;
        Some(&owner.uid)
    }

    /// Whether its containers have all ended.
    pub fn is_over(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// The state of the container that runs the command. Others are init containers, sidecars among them.
    pub fn main_status(&self) -> Option<&ContainerStatus> {
        let name = self.spec.containers.first().map(|container| container.name.as_str());
        let statuses = &self.status.container_statuses;
        statuses.iter().find(|status| Some(status.name.as_str()) == name).or_else(|| statuses.first())
    }

    /// How its main container ended last.
    pub fn last_end(&self) -> Option<&Terminated> {
        let status = self.main_status()?;
        status.state.terminated.as_ref().or(status.last_state.terminated.as_ref())
    }

    /// How often its main container was started again.
    pub fn restarts(&self) -> u32 {
        self.main_status().map_or(0, |status| status.restart_count)
    }

    /// The memory limit of a container.
    pub fn memory_limit(&self, container: &str) -> Option<&str> {
        let mut all = self.spec.containers.iter().chain(&self.spec.init_containers);
        all.find(|asked| asked.name == container)?.resources.limits.get("memory").map(String::as_str)
    }
}
