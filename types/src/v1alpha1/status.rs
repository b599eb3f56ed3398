//! What the system answers.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// Phase strings of an Execution, a task and a vertex. The first five are the original's.
pub mod phase {
    /// Nothing was seen yet.
    pub const NEW: &str = "";
    /// At least one Job was created.
    pub const RUNNING: &str = "Running";
    /// All is done.
    pub const SUCCEEDED: &str = "Succeeded";
    /// Something failed, was cancelled or took too long.
    pub const FAILED: &str = "Failed";
    /// The Execution itself is at fault; nothing was started. Executions only.
    pub const ERROR: &str = "Error";
    /// Not started yet. Tasks and vertices only.
    pub const PENDING: &str = "Pending";
    /// Left out by a condition. Tasks and vertices only.
    pub const SKIPPED: &str = "Skipped";
    /// Ended, or never started, because the Execution was ended. Tasks and vertices only.
    pub const CANCELLED: &str = "Cancelled";
}

/// The state of an Execution.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionStatus {
    /// "", `Running`, `Succeeded`, `Failed` or `Error`.
    #[schemars(length(max = 63))]
    #[serde(default)]
    pub phase: String,

    /// A sentence for people; while it runs after a failure, that failure.
    #[schemars(length(max = 32768))]
    #[serde(default)]
    pub message: String,

    /// When a phase was first set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,

    /// When a final phase was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,

    /// `(succeeded + skipped) / known vertices`; a task of unknown width counts 1.
    #[schemars(length(max = 63))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub progress: String,

    /// The generation of the spec that this status speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The `spec.retryGeneration` that was last dealt with: acted upon, refused, or there from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_generation: Option<i64>,

    /// When the Execution was last opened again: `activeDeadlineSeconds` counts from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retried_at: Option<Time>,

    /// `sha256:` and the digest of the tasks that were compiled.
    #[schemars(length(max = 128))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plan_digest: String,

    /// `Suspended`, `Complete`, `Failed`, `VerticesOmitted`.
    #[schemars(length(max = 32))]
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,

    /// Created Jobs by name: all of them, or (condition `VerticesOmitted`) only running and failed ones.
    #[schemars(schema_with = "crate::schema::vertices")]
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub vertices: BTreeMap<String, VertexStatus>,

    /// Every task, in the order of the spec.
    #[schemars(length(max = 10000))]
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskStatus>,
}

/// One created Job, in the original's shape; what is new is optional.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct VertexStatus {
    /// The Job's name.
    #[schemars(length(max = 253))]
    pub id: String,
    /// The Job's name.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Always `Job`.
    #[serde(rename = "type")]
    #[schemars(length(max = 63))]
    pub type_: String,
    /// `Running`, `Succeeded`, `Failed` or `Cancelled`.
    #[schemars(length(max = 63))]
    pub phase: String,
    /// `vertex is running`, `success`, or why it failed.
    #[schemars(length(max = 32768))]
    #[serde(default)]
    pub message: String,
    /// When the Job started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When the Job ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// The names of the Jobs that wait for this one, as far as they are known.
    #[schemars(length(max = 10000), inner(length(max = 253)))]
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<String>,
    /// One word: `OOMKilled`, `Error`, `DeadlineExceeded` …
    #[schemars(length(max = 253))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The container's exit code, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The attempt from 0; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i32>,
}

/// The state of one task: counts are complete whatever `vertices` leaves out.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TaskStatus {
    /// The task's name.
    #[schemars(length(max = 63))]
    pub name: String,
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Skipped` or `Cancelled`.
    #[schemars(length(max = 63))]
    pub phase: String,
    /// How many vertices it has; absent until a dynamic task's source is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i32>,
    /// Not started yet.
    #[serde(default)]
    pub pending: i32,
    /// Created and not finished.
    #[serde(default)]
    pub running: i32,
    /// Finished well.
    #[serde(default)]
    pub succeeded: i32,
    /// Failed for good.
    #[serde(default)]
    pub failed: i32,
    /// Left out by a condition.
    #[serde(default)]
    pub skipped: i32,
    /// Ended, or never started, because the Execution was ended.
    #[serde(default)]
    pub cancelled: i32,
    /// As in an Indexed Job: `0-89,91`.
    #[schemars(length(max = 1_000_000))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub succeeded_indexes: String,
    /// As `succeededIndexes`.
    #[schemars(length(max = 1_000_000))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub running_indexes: String,
    /// As `succeededIndexes`.
    #[schemars(length(max = 1_000_000))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub failed_indexes: String,
    /// Those that had started and were ended. As `succeededIndexes`.
    #[schemars(length(max = 1_000_000))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancelled_indexes: String,
    /// The attempt, from 0, of each index that is beyond its first.
    #[schemars(schema_with = "crate::schema::attempts")]
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub attempts: BTreeMap<String, i32>,
    /// The attempt with which the budget of `retry` began anew, of each index that was retried by
    /// `retryGeneration`.
    #[schemars(schema_with = "crate::schema::attempts")]
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub retried_from: BTreeMap<String, i32>,
    /// Where the output of its only vertex is kept, of which another task is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<KeptResult>,
    /// One word on why it failed, was skipped or waits.
    #[schemars(length(max = 253))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The same as a sentence.
    #[schemars(length(max = 32768))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Where the output of a task is kept, so that it is read again after a restart as it was first read.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct KeptResult {
    /// The name of the first of the `ConfigMap`s that hold it.
    #[schemars(length(max = 253))]
    pub config_map: String,
    /// `sha256:` and the digest of the output.
    #[schemars(length(max = 128))]
    pub digest: String,
}

/// A condition of the Execution, in the form of a `batch/v1` Job's.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// `Suspended`, `Complete`, `Failed` or `VerticesOmitted`.
    #[serde(rename = "type")]
    #[schemars(length(max = 316))]
    pub type_: String,
    /// `True` or `False`.
    #[schemars(length(max = 63))]
    pub status: String,
    /// When `status` last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Time>,
    /// One word.
    #[schemars(length(max = 1024))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// A sentence.
    #[schemars(length(max = 32768))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Types and reasons of [`Condition`].
pub mod condition_type {
    /// Nothing new starts because `spec.suspend` is set.
    pub const SUSPENDED: &str = "Suspended";
    /// All is done and nothing failed.
    pub const COMPLETE: &str = "Complete";
    /// Ended without success.
    pub const FAILED: &str = "Failed";
    /// `status.vertices` lists only running and failed ones.
    pub const VERTICES_OMITTED: &str = "VerticesOmitted";
}

/// The original wrote `children: null` and `vertices: null` where there were none.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_original_stored_can_be_read() {
        let vertex = json!({"id": "x.a.0", "name": "x.a.0", "type": "Job", "phase": "Failed", "message": "m",
                            "startedAt": "2020-04-02T10:00:00Z", "finishedAt": null, "children": null});
        let stored = json!({"phase": "Failed", "message": "m", "vertices": {"x.a.0": vertex}});
        let status: ExecutionStatus = serde_json::from_value(stored).unwrap();
        assert_eq!(status.vertices["x.a.0"].children, Vec::<String>::new());
        let status: ExecutionStatus = serde_json::from_value(json!({"phase": "", "vertices": null})).unwrap();
        assert_eq!(status, ExecutionStatus::default());
    }
}
