//! The JSON of the objects, as far as it is decoded; all else is skipped without being stored.

use std::collections::BTreeMap;

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time},
    jiff::Timestamp,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    SlimCondition, SlimContainer, SlimExecution, SlimJob, SlimJobStatus, SlimPod, Terminated, VertexLabels,
};
use crate::job::LABEL_QUEUE;

#[derive(Deserialize)]
pub(super) struct Job {
    metadata: Metadata,
    status: Option<JobStatus>,
}

#[derive(Deserialize)]
pub(super) struct Pod {
    metadata: Metadata,
    spec: Option<PodSpec>,
    status: Option<PodStatus>,
}

#[derive(Deserialize)]
pub(super) struct Execution {
    metadata: Metadata,
    spec: Option<Box<RawValue>>,
    status: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    creation_timestamp: Option<Time>,
    deletion_timestamp: Option<Time>,
    deletion_grace_period_seconds: Option<i64>,
    labels: Option<Labels>,
    owner_references: Option<Vec<OwnerReference>>,
}

/// The names are those of [`gene_types::names`]; an attribute takes no constant.
#[derive(Default, Deserialize)]
struct Labels {
    #[serde(rename = "execution.kubegene.io/name")]
    execution: Option<String>,
    #[serde(rename = "execution.kubegene.io/task")]
    task: Option<String>,
    #[serde(rename = "execution.kubegene.io/index")]
    index: Option<String>,
    #[serde(rename = "execution.kubegene.io/attempt")]
    attempt: Option<String>,
    #[serde(rename = "kueue.x-k8s.io/queue-name")]
    queue: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobStatus {
    start_time: Option<Time>,
    completion_time: Option<Time>,
    active: Option<i32>,
    ready: Option<i32>,
    conditions: Option<Vec<Condition>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    #[serde(rename = "type")]
    type_: String,
    status: String,
    reason: Option<String>,
    message: Option<String>,
    last_transition_time: Option<Time>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    node_name: Option<String>,
    containers: Option<Vec<Container>>,
}

#[derive(Deserialize)]
struct Container {
    name: String,
    resources: Option<Resources>,
}

#[derive(Deserialize)]
struct Resources {
    limits: Option<ResourceLimits>,
}

#[derive(Deserialize)]
struct ResourceLimits {
    memory: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodStatus {
    phase: Option<String>,
    reason: Option<String>,
    message: Option<String>,
    container_statuses: Option<Vec<ContainerStatus>>,
    init_container_statuses: Option<Vec<ContainerStatus>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    state: Option<ContainerState>,
    last_state: Option<ContainerState>,
    restart_count: Option<i32>,
}

#[derive(Default, Deserialize)]
struct ContainerState {
    waiting: Option<Waiting>,
    terminated: Option<ContainerEnd>,
}

#[derive(Deserialize)]
struct Waiting {
    reason: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerEnd {
    exit_code: i32,
    signal: Option<i32>,
    reason: Option<String>,
    message: Option<String>,
    started_at: Option<Time>,
    finished_at: Option<Time>,
}

impl From<Job> for SlimJob {
    fn from(job: Job) -> Self {
        let (metadata, labels) = job.metadata.split();
        Self { metadata, vertex: labels.vertex(), status: job.status.unwrap_or_default().into() }
    }
}

impl From<Pod> for SlimPod {
    fn from(pod: Pod) -> Self {
        let (metadata, labels) = pod.metadata.split();
        let spec = pod.spec.unwrap_or_default();
        let status = pod.status.unwrap_or_default();
        let limit_of = |container: Container| {
            (container.name, container.resources.and_then(|resources| resources.limits?.memory))
        };
        Self {
            metadata,
            vertex: labels.vertex(),
            node_name: spec.node_name,
            memory_limits: all(spec.containers, limit_of),
            phase: status.phase.unwrap_or_default(),
            reason: status.reason.unwrap_or_default(),
            message: status.message.unwrap_or_default(),
            containers: all(status.container_statuses, Into::into),
            init_containers: all(status.init_container_statuses, Into::into),
        }
    }
}

impl From<Execution> for SlimExecution {
    fn from(execution: Execution) -> Self {
        let (mut metadata, labels) = execution.metadata.split();
        metadata.labels = labels.queue.map(|queue| BTreeMap::from([(LABEL_QUEUE.to_owned(), queue)]));
        Self { metadata, spec: execution.spec, status: execution.status }
    }
}

impl Metadata {
    fn split(self) -> (ObjectMeta, Labels) {
        let owners = self.owner_references.into_iter().flatten();
        let controller = owners.into_iter().find(|owner| owner.controller == Some(true));
        let metadata = ObjectMeta {
            name: self.name,
            namespace: self.namespace,
            uid: self.uid,
            resource_version: self.resource_version,
            generation: self.generation,
            creation_timestamp: self.creation_timestamp,
            deletion_timestamp: self.deletion_timestamp,
            deletion_grace_period_seconds: self.deletion_grace_period_seconds,
            // A vector of exactly one: what the list reserved is given back.
            owner_references: controller.map(|owner| vec![owner]),
            ..ObjectMeta::default()
        };
        (metadata, self.labels.unwrap_or_default())
    }
}

impl Labels {
    fn vertex(self) -> Option<VertexLabels> {
        Some(VertexLabels {
            execution: self.execution?,
            task: self.task?,
            index: number(&self.index?)?,
            attempt: number(&self.attempt?)?,
        })
    }
}

impl From<JobStatus> for SlimJobStatus {
    fn from(status: JobStatus) -> Self {
        let condition = |condition: Condition| SlimCondition {
            type_: condition.type_,
            status: condition.status,
            reason: condition.reason.unwrap_or_default(),
            message: condition.message.unwrap_or_default(),
            last_transition_time: timestamp(condition.last_transition_time),
        };
        Self {
            start_time: timestamp(status.start_time),
            completion_time: timestamp(status.completion_time),
            active: status.active.unwrap_or_default(),
            ready: status.ready.unwrap_or_default(),
            conditions: all(status.conditions, condition),
        }
    }
}

impl From<ContainerStatus> for SlimContainer {
    fn from(container: ContainerStatus) -> Self {
        let state = container.state.unwrap_or_default();
        let waiting = state
            .waiting
            .map(|waiting| (waiting.reason.unwrap_or_default(), waiting.message.unwrap_or_default()));
        Self {
            name: container.name,
            waiting,
            terminated: state.terminated.map(Into::into),
            last_terminated: container.last_state.and_then(|state| state.terminated).map(Into::into),
            restart_count: container.restart_count.unwrap_or_default(),
        }
    }
}

impl From<ContainerEnd> for Terminated {
    fn from(end: ContainerEnd) -> Self {
        Self {
            exit_code: end.exit_code,
            signal: end.signal.filter(|signal| *signal != 0),
            reason: end.reason.unwrap_or_default(),
            message: end.message.unwrap_or_default(),
            started_at: timestamp(end.started_at),
            finished_at: timestamp(end.finished_at),
        }
    }
}

fn timestamp(time: Option<Time>) -> Option<Timestamp> {
    time.map(|Time(timestamp)| timestamp)
}

/// Converts each, and gives back what the decoded list reserved beyond.
fn all<Wire, Slim>(list: Option<Vec<Wire>>, convert: impl FnMut(Wire) -> Slim) -> Vec<Slim> {
    let mut slim: Vec<Slim> = list.unwrap_or_default().into_iter().map(convert).collect();
    slim.shrink_to_fit();
    slim
}

/// A number as we write it: digits alone, no leading zero, so that each number has one label.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    let is_ours = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_ours.then_some(number)
}
