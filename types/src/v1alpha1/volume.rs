//! Volumes of a task.

use k8s_openapi::api::core::v1::{EmptyDirVolumeSource, HostPathVolumeSource, NFSVolumeSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One volume and where the container sees it.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// An absolute path without `:`.
    #[schemars(length(max = 4096))]
    pub mount_path: String,

    /// Nothing may be written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,

    /// A path inside the volume that is mounted instead of its root; relative, without `..`.
    #[schemars(length(max = 4096))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_path: Option<String>,

    /// Where it comes from: exactly one source.
    pub mount_from: VolumeSource,
}

/// Where a volume comes from: exactly one of these.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct VolumeSource {
    /// The name of a persistent volume claim.
    #[schemars(length(max = 253))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pvc: Option<String>,

    /// The name of a ConfigMap.
    #[schemars(length(max = 253))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_map: Option<String>,

    /// The name of a Secret.
    #[schemars(length(max = 253))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,

    /// A fresh directory for each vertex, as in a pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty_dir: Option<EmptyDirVolumeSource>,

    /// A directory of the node, as in a pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_path: Option<HostPathVolumeSource>,

    /// An NFS export, as in a pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nfs: Option<NFSVolumeSource>,
}
