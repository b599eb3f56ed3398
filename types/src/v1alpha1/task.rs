//! What a person writes of one task.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Affinity, EnvVar, Toleration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ConditionSpec, GenericCondition, Retry, Volume};

/// One task: an image and one or many commands, each of which becomes a vertex (one Job).
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// A DNS label, unique among the tasks. It is part of the names of the task's Jobs.
    #[schemars(length(max = 63))]
    pub name: String,

    /// Free text for people.
    #[schemars(length(max = 4096))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,

    /// `Job`; `Spark` is accepted and runs as a Job.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::schema::task_type")]
    pub type_: Option<TaskType>,

    /// The container image.
    #[schemars(length(max = 4096))]
    pub image: String,

    /// The program that is given each command as its last argument. Absent: `[sh, -c]`.
    #[schemars(length(max = 64), inner(length(max = 4096)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<Vec<String>>,

    /// One vertex for each command, index = position.
    #[schemars(length(max = 1_000_000), inner(length(max = 131_071)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,

    /// The original's name of `commands`. One of the two, not both.
    #[schemars(length(max = 1_000_000), inner(length(max = 131_071)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_set: Option<Vec<String>>,

    /// One vertex for each row of variables, after those of `commands`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands_iter: Option<CommandsIter>,

    /// Environment variables, as in a pod.
    #[schemars(length(max = 1000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<EnvVar>>,

    /// The directory in which the command runs. Absent: the image's own.
    #[schemars(length(max = 4096))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,

    /// CPU and memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,

    /// What is mounted where, by a name of the task's own.
    #[schemars(schema_with = "crate::schema::volumes")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<BTreeMap<String, Volume>>,

    /// The tasks that this task waits for.
    #[schemars(length(max = 10000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependents: Option<Vec<Dependent>>,

    /// The task is skipped unless this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionSpec>,

    /// The task is skipped unless one of the rules holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generic_condition: Option<GenericCondition>,

    /// How many of this task's Jobs may be unfinished at once; the Execution's bound holds too.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<i64>,

    /// How often a Job starts its pod again after a failure. Absent: Kubernetes' 6 on a cluster, 0 in `run`.
    #[schemars(range(min = 0, max = i32::MAX))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_limit: Option<i32>,

    /// How often a vertex that failed is tried again as a new Job, instead of the Execution's `retry`.
    /// Not beside `backoffLimit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,

    /// After so many seconds a Job of this task is ended and fails.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,

    /// Node labels for this task's pods, instead of the Execution's.
    #[schemars(schema_with = "crate::schema::string_map")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_selector: Option<BTreeMap<String, String>>,

    /// Affinity of this task's pods, instead of the Execution's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,

    /// Tolerations of this task's pods, instead of the Execution's.
    #[schemars(length(max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerations: Option<Vec<Toleration>>,

    /// A partial pod template, `{metadata: {labels, annotations}, spec}`, laid over the Execution's.
    #[schemars(schema_with = "crate::schema::template")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Map<String, Value>>,

    /// What one vertex is expected to need: for the order of work and for planning, never a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
}

/// What a task is. Both run as a Job.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskType {
    /// A `batch/v1` Job.
    #[default]
    Job,
    /// Accepted for the original's sake; runs as `Job`.
    Spark,
}

/// A command template and the variables that fill it.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct CommandsIter {
    /// The template: `${1}`, `${2}` … are the columns of the row, `${item}` the number of the row from 0.
    #[schemars(length(max = 131_071))]
    pub command: String,

    /// Rows given as such: each row is a list of cells. They come before those of `varsIter`.
    #[schemars(schema_with = "crate::schema::rows")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vars: Option<Vec<Value>>,

    /// Candidates for each column; every combination is a row, the first column varying slowest.
    /// An element may be `[get_result, TASK, SEPARATOR]`: the candidates are what that task printed.
    #[schemars(schema_with = "crate::schema::rows")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vars_iter: Option<Vec<Value>>,

    /// So many rows without columns: only `${item}` differs. Not beside `vars` or `varsIter`.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,

    /// Whether `${n}` takes any text that a task printed, or only text that no shell interprets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsafe_values: Option<UnsafeValues>,
}

/// Whether a task's output may be pasted into a command as it is.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum UnsafeValues {
    /// Only values that no shell interprets; another one fails the task.
    #[default]
    Deny,
    /// Any value: whoever writes the output writes the command.
    Allow,
}

/// One task that this task waits for.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Dependent {
    /// The name of the task that is waited for.
    #[schemars(length(max = 63))]
    pub target: String,

    /// `whole`: every vertex waits for all of the target's. `iterate`: index waits for the same index.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::schema::dependency_type")]
    pub type_: Option<DependencyType>,

    /// What it means for this task when the target was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_skipped: Option<OnSkipped>,
}

/// Which vertices of the target a vertex waits for.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum DependencyType {
    /// All of them.
    #[default]
    Whole,
    /// The one of the same index; both tasks have equally many.
    Iterate,
}

/// What a skipped target means for the task that waits for it.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnSkipped {
    /// This task is skipped as well.
    #[default]
    Skip,
    /// The target counts as done: what a join after an if/else needs.
    Ignore,
}

/// CPU and memory, either in the original's short form or as in a pod; not both.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// Cores, as a request. 0 = unset.
    #[schemars(schema_with = "crate::schema::quantity")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Value>,

    /// Bytes, as request and limit. 0 = unset.
    #[schemars(schema_with = "crate::schema::quantity")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Value>,

    /// As in a pod.
    #[schemars(schema_with = "crate::schema::quantities")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<BTreeMap<String, Value>>,

    /// As in a pod.
    #[schemars(schema_with = "crate::schema::quantities")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<BTreeMap<String, Value>>,
}

/// What one vertex of the task is expected to need.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Seconds from start to end.
    #[schemars(schema_with = "crate::schema::seconds")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,

    /// Bytes at its highest.
    #[schemars(schema_with = "crate::schema::quantity")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Value>,
}
