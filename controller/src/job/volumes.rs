//! The volumes of a task, as a pod has them.

use gene_types::v1alpha1::{Task, Volume, VolumeSource};
use serde_json::{Value, json};

/// The pod's `volumes` and the container's `volumeMounts`, in the order of their names.
pub(super) fn volumes(task: &Task) -> (Vec<Value>, Vec<Value>) {
    let given = || task.volumes.iter().flatten();
    let sources = given().map(|(name, volume)| source(name, &volume.mount_from)).collect();
    let mounts = given().map(|(name, volume)| mount(name, volume)).collect();
    (sources, mounts)
}

fn source(name: &str, source: &VolumeSource) -> Value {
    // Exactly one is given: validated.
    let mut volume = json!({"name": name});
    if let Some(claim) = &source.pvc {
        volume["persistentVolumeClaim"] = json!({"claimName": claim});
    }
    if let Some(map) = &source.config_map {
        volume["configMap"] = json!({"name": map});
    }
    if let Some(secret) = &source.secret {
        volume["secret"] = json!({"secretName": secret});
    }
    if let Some(directory) = &source.empty_dir {
        volume["emptyDir"] = json!(directory);
    }
    if let Some(path) = &source.host_path {
        volume["hostPath"] = json!(path);
    }
    if let Some(export) = &source.nfs {
        volume["nfs"] = json!(export);
    }
    volume
}

fn mount(name: &str, volume: &Volume) -> Value {
    let mut mount = json!({"name": name, "mountPath": volume.mount_path});
    if volume.read_only == Some(true) {
        mount["readOnly"] = json!(true);
    }
    if let Some(path) = volume.sub_path.as_ref().filter(|path| !path.is_empty()) {
        mount["subPath"] = json!(path);
    }
    mount
}
