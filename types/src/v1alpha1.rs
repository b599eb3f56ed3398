//! `execution.kubegene.io/v1alpha1`: what a person writes and what the system answers.
//!
//! The original's fields all stand here under their JSON names; what it ignored is honoured, and
//! what is new is optional. Leaves that the original took in any form (cells of `varsIter`, items
//! of `condition`, quantities) stay untyped here and are judged by [`crate::validate()`], which can
//! name the path, the value and the remedy where a decoder could only refuse the whole document.

pub mod condition;
pub mod retry;
pub mod status;
pub mod task;
pub mod volume;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Affinity, Toleration};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use condition::{ConditionSpec, GenericCondition, MatchRule, Operator};
pub use retry::{Backoff, Retry};
pub use status::{Condition, ExecutionStatus, KeptResult, TaskStatus, VertexStatus};
pub use task::{
    CommandsIter, DependencyType, Dependent, Estimate, OnSkipped, Resources, Task, TaskType, UnsafeValues,
};
pub use volume::{Volume, VolumeSource};

/// The API group.
pub const GROUP: &str = "execution.kubegene.io";
/// The only version.
pub const VERSION: &str = "v1alpha1";
/// Group and version as they stand in a manifest.
pub const API_VERSION: &str = "execution.kubegene.io/v1alpha1";
/// The kind as it stands in a manifest.
pub const KIND: &str = "Execution";

/// One run of a workflow: tasks that depend on each other, each of them one or many Jobs.
#[derive(CustomResource, JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "execution.kubegene.io",
    version = "v1alpha1",
    kind = "Execution",
    plural = "executions",
    singular = "execution",
    namespaced,
    status = "ExecutionStatus",
    derive = "PartialEq",
    derive = "Default",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Progress", type_ = "string", json_path = ".status.progress"),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.message", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[allow(
    clippy::duplicated_attributes,
    reason = "each printer column repeats the names of its own attributes"
)]
pub struct ExecutionSpec {
    /// The tasks, in any order. They cannot be changed afterwards.
    #[schemars(length(min = 1, max = 10000))]
    pub tasks: Vec<Task>,

    /// How many of this Execution's Jobs may be unfinished at once. Absent: no bound. 0: start nothing.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<i64>,

    /// What a failed vertex means for the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_policy: Option<FailurePolicy>,

    /// When the children of a Job may start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_on: Option<StartOn>,

    /// Start nothing new; what runs goes on. May change at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,

    /// End everything. Can only be set; who raises `retryGeneration` takes it back in the same change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel: Option<bool>,

    /// After so many seconds from its start the Execution is ended and fails.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,

    /// How often a vertex that failed is tried again, for every task that has no `retry` of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,

    /// Raised by one, it opens an Execution that ended, or is about to, once more: what failed, was
    /// cancelled or never started is tried again, what succeeded or was skipped stays. It may only grow.
    #[schemars(range(min = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_generation: Option<i64>,

    /// Node labels for the pods of every task that has no `nodeSelector` of its own.
    #[schemars(schema_with = "crate::schema::string_map")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_selector: Option<BTreeMap<String, String>>,

    /// Affinity for the pods of every task that has none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,

    /// Tolerations for the pods of every task that has none of its own.
    #[schemars(length(max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerations: Option<Vec<Toleration>>,

    /// A partial pod template, `{metadata: {labels, annotations}, spec}`, for the pods of every task. Under
    /// it lies nothing, over it the task's own `template`, and over both what the fields of a task say.
    #[schemars(schema_with = "crate::schema::template")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Map<String, Value>>,
}

/// What a failed vertex means for the rest of the Execution.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailurePolicy {
    /// Nothing new starts; what runs is let finish and is recorded.
    #[default]
    FailFast,
    /// What runs is ended too.
    Abort,
    /// All that does not depend on the failed vertex still runs.
    Continue,
}

/// The sign by which a Job counts as done for its children.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartOn {
    /// The Job's condition `Complete`.
    #[default]
    JobComplete,
    /// The pod's phase `Succeeded`: about a second earlier.
    PodSucceeded,
}
