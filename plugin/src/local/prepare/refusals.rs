//! What this machine cannot honour, and what to do about it.

use std::path::Path;

use gene_types::{
    field::{FieldError, FieldErrorKind, FieldPath},
    v1alpha1::{ExecutionSpec, VolumeSource},
};

use super::unavailable;

/// What would wait for ever, as nobody can change a spec while it runs here.
pub(super) fn never_starting(spec: &ExecutionSpec) -> Vec<FieldError> {
    let at = FieldPath::root().key("spec");
    let mut errors = Vec::new();
    if spec.suspend == Some(true) {
        errors.push(
            forbidden(at.key("suspend"), "the Execution is suspended: nothing would ever start")
                .value(true)
                .help("remove suspend, or write suspend: false"),
        );
    }
    if spec.cancel == Some(true) {
        errors.push(
            forbidden(at.key("cancel"), "the Execution is cancelled: nothing would ever start")
                .value(true)
                .help("remove cancel, or write cancel: false"),
        );
    }
    if spec.parallelism == Some(0) {
        errors.push(
            forbidden(at.key("parallelism"), "parallelism is 0: nothing would ever start")
                .value(0)
                .help("write a number from 1, or remove it"),
        );
    }
    for (position, task) in spec.tasks.iter().enumerate().filter(|(_, task)| task.parallelism == Some(0)) {
        let message = format!("the parallelism of task {:?} is 0: nothing of it would ever start", task.name);
        errors.push(
            forbidden(at.key("tasks").index(position).key("parallelism"), message)
                .value(0)
                .help("write a number from 1, or remove it"),
        );
    }
    errors
}

pub(super) fn no_engine(why: &str) -> FieldError {
    unavailable(FieldPath::root(), why).help("install it and see that it runs, or leave --runner out")
}

pub(super) fn no_bubblewrap(why: &str, at: FieldPath) -> FieldError {
    unavailable(at, format!("a process gets volumes by bubblewrap, and {why}"))
        .help("install bubblewrap (the package is called so) and allow user namespaces, or use --runner podman or docker")
}

pub(super) fn mount_path(path: &Path, why: &str, at: FieldPath) -> FieldError {
    unavailable(at, format!("the volume cannot be mounted: {why}"))
        .value(path.display().to_string())
        .help("choose another mountPath, like /data, or use --runner podman or docker")
}

pub(super) fn foreign_volume(name: &str, from: &VolumeSource, at: &FieldPath) -> FieldError {
    let (kind, field) = if from.config_map.is_some() {
        ("a ConfigMap", "configMap")
    } else if from.secret.is_some() {
        ("a Secret", "secret")
    } else if from.host_path.is_some() {
        ("a directory of a node", "hostPath")
    } else {
        ("an NFS export", "nfs")
    };
    unavailable(at.key(field), format!("volume {name:?} is {kind}, which run does not read"))
        .help(format!("name a directory for it: --volume {name}=DIR"))
}

pub(super) fn value_from(name: &str, at: FieldPath) -> FieldError {
    unavailable(at, format!("the value of {name:?} comes from the cluster, which run does not ask"))
        .help(format!("give it: --env {name}=VALUE"))
}

fn forbidden(at: FieldPath, message: impl Into<String>) -> FieldError {
    FieldError::new(at, FieldErrorKind::Forbidden, message)
}
