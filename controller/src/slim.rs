//! The objects that the controller reads, decoded into the few fields that it reads of them.
//!
//! A typed Job costs 26 kB in memory and six times the time to decode; these cost about 1 kB. What has
//! another type than the API's is an error of decoding; what is missing is empty.

mod wire;

use std::borrow::Cow;

use gene_types::v1alpha1;
use k8s_openapi::{NamespaceResourceScope, apimachinery::pkg::apis::meta::v1::ObjectMeta, jiff::Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A `batch/v1` Job, as far as it is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "wire::Job")]
pub struct SlimJob {
    /// Name, namespace, uid, resourceVersion, generation, times and the controlling owner. No labels.
    pub metadata: ObjectMeta,
    /// Which vertex it is, by its labels; `None` where one is missing or no number.
    pub vertex: Option<VertexLabels>,
    /// What the Job controller says of it.
    pub status: SlimJobStatus,
}

/// A Job's or pod's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VertexLabels {
    /// The name of the Execution.
    pub execution: String,
    /// The name of the task.
    pub task: String,
    /// The index within the task.
    pub index: u32,
    /// The attempt from 0.
    pub attempt: u32,
}

/// A Job's status.
#[derive(Clone, Debug, Default)]
pub struct SlimJobStatus {
    /// When the Job controller first saw it.
    pub start_time: Option<Timestamp>,
    /// When it completed.
    pub completion_time: Option<Timestamp>,
    /// Unfinished pods.
    pub active: i32,
    /// Pods that are ready.
    pub ready: i32,
    /// What it came to.
    pub conditions: Vec<SlimCondition>,
}

/// A Job's condition.
#[derive(Clone, Debug, Default)]
pub struct SlimCondition {
    /// `Complete`, `Failed`, `SuccessCriteriaMet`, `FailureTarget`, `Suspended`.
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// When it became so.
    pub last_transition_time: Option<Timestamp>,
}

/// A pod, as far as it is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "wire::Pod")]
pub struct SlimPod {
    /// Name, namespace, uid, resourceVersion, generation, times and the controlling owner. No labels.
    pub metadata: ObjectMeta,
    /// Which vertex it belongs to, by its labels; `None` where one is missing or no number.
    pub vertex: Option<VertexLabels>,
    /// The node that it is bound to.
    pub node_name: Option<String>,
    /// The name and the memory limit, as written, of each container that is no init container.
    pub memory_limits: Vec<(String, Option<String>)>,
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// One word: `Evicted`, `DeadlineExceeded` …
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// What became of each container that is no init container, sorted by name.
    pub containers: Vec<SlimContainer>,
    /// What became of each init container, sidecars among them.
    pub init_containers: Vec<SlimContainer>,
}

/// A container's status.
#[derive(Clone, Debug, Default)]
pub struct SlimContainer {
    /// Its name.
    pub name: String,
    /// Why it does not run yet: `ImagePullBackOff` … and a sentence.
    pub waiting: Option<(String, String)>,
    /// How it ended.
    pub terminated: Option<Terminated>,
    /// How the try before ended.
    pub last_terminated: Option<Terminated>,
    /// How often it was started again.
    pub restart_count: i32,
}

/// The end of a container.
#[derive(Clone, Debug, Default)]
pub struct Terminated {
    /// The exit code.
    pub exit_code: i32,
    /// The signal that ended it, where the runtime says so.
    pub signal: Option<i32>,
    /// `Completed`, `Error`, `OOMKilled` …
    pub reason: String,
    /// A sentence, or what the container left in its termination log.
    pub message: String,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// An Execution whose spec and status are still text: so that one that cannot be decoded harms only itself.
///
/// Raw text survives only where serde need not buffer: in a watch event the `type` must stand before
/// the `object`, as every API server writes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "wire::Execution")]
pub struct SlimExecution {
    /// Name, namespace, uid, resourceVersion, generation, times; of the labels only Kueue's queue.
    pub metadata: ObjectMeta,
    /// The spec's JSON, as the server sent it.
    pub spec: Option<Box<RawValue>>,
    /// The status's JSON, as the server sent it.
    pub status: Option<Box<RawValue>>,
}

macro_rules! resource {
    ($type:ty, $group:expr, $version:expr, $kind:expr, $plural:expr) => {
        impl kube::Resource for $type {
            type DynamicType = ();
            type Scope = NamespaceResourceScope;

            fn kind((): &()) -> Cow<'_, str> {
                $kind.into()
            }

            fn group((): &()) -> Cow<'_, str> {
                $group.into()
            }

            fn version((): &()) -> Cow<'_, str> {
                $version.into()
            }

            fn plural((): &()) -> Cow<'_, str> {
                $plural.into()
            }

            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
        }
    };
}

resource!(SlimJob, "batch", "v1", "Job", "jobs");
resource!(SlimPod, "", "v1", "Pod", "pods");
resource!(SlimExecution, v1alpha1::GROUP, v1alpha1::VERSION, v1alpha1::KIND, "executions");

#[cfg(test)]
mod tests;
