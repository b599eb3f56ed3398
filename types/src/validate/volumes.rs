//! `volumes`: what is mounted where.

use std::collections::{BTreeMap, HashMap};

use super::metadata;
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath},
    names, quantity,
    v1alpha1::{Volume, VolumeSource},
};

const SOURCES: &str = "write one of pvc, configMap, secret, emptyDir, hostPath and nfs";

pub(super) fn check(volumes: &BTreeMap<String, Volume>, at: &FieldPath, errors: &mut Faults) {
    let mut mounted: HashMap<&str, &str> = HashMap::new();
    for (name, volume) in volumes {
        let at = at.key(name);
        metadata::check_label(name, "the volume's name", &at, errors);
        check_mount_path(&volume.mount_path, &at.key("mountPath"), errors);
        let place = volume.mount_path.trim_end_matches('/');
        if let Some(other) = mounted.insert(place, name).filter(|_| !place.is_empty()) {
            let message = format!("volume {other:?} is mounted there already");
            errors.push(
                FieldError::new(at.key("mountPath"), FieldErrorKind::Duplicate, message)
                    .value(&volume.mount_path)
                    .help("give each volume a path of its own"),
            );
        }
        if let Some(path) = &volume.sub_path
            && (path.starts_with('/') || has_parent(path) || path.contains('\0'))
        {
            errors.push(
                FieldError::new(
                    at.key("subPath"),
                    FieldErrorKind::Invalid,
                    "subPath must be relative and without \"..\"",
                )
                .value(path)
                .help("write a path inside the volume, like data/ref"),
            );
        }
        check_source(&volume.mount_from, &at.key("mountFrom"), errors);
    }
}

fn check_mount_path(path: &str, at: &FieldPath, errors: &mut Faults) {
    let reason = if path.is_empty() {
        "mountPath must not be empty"
    } else if !path.starts_with('/') {
        "mountPath must be an absolute path"
    } else if path.contains(':') {
        "mountPath must not contain \":\""
    } else if path.contains('\0') || has_parent(path) {
        "mountPath must not contain \"..\""
    } else if path.trim_matches('/').is_empty() {
        "mountPath must not be the root of the container"
    } else {
        return;
    };
    let kind = if path.is_empty() { FieldErrorKind::Required } else { FieldErrorKind::Invalid };
    errors.push(
        FieldError::new(at.clone(), kind, reason)
            .value(path)
            .help("write where the container sees the volume, like /data"),
    );
}

fn check_source(source: &VolumeSource, at: &FieldPath, errors: &mut Faults) {
    let given: Vec<&str> = [
        ("pvc", source.pvc.is_some()),
        ("configMap", source.config_map.is_some()),
        ("secret", source.secret.is_some()),
        ("emptyDir", source.empty_dir.is_some()),
        ("hostPath", source.host_path.is_some()),
        ("nfs", source.nfs.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is_given)| is_given.then_some(name))
    .collect();
    match given.as_slice() {
        [_] => {}
        [] => errors.push(
            FieldError::new(at.clone(), FieldErrorKind::Required, "the volume must come from somewhere")
                .help(SOURCES),
        ),
        _ => {
            let message =
                format!("the volume can come from one place only, not from {}", given.join(" and "));
            errors.push(FieldError::new(at.clone(), FieldErrorKind::Forbidden, message).help(SOURCES));
        }
    }
    for (field, object, name) in [
        ("pvc", "PersistentVolumeClaim", &source.pvc),
        ("configMap", "ConfigMap", &source.config_map),
        ("secret", "Secret", &source.secret),
    ] {
        let Some(name) = name.as_deref().filter(|name| !names::is_dns_subdomain(name)) else { continue };
        let kind = if name.is_empty() { FieldErrorKind::Required } else { FieldErrorKind::Invalid };
        let message = format!("{:?} cannot be the name of a {object}", crate::field::shorten(name));
        errors.push(
            FieldError::new(at.key(field), kind, message)
                .value(name)
                .help("write the object's name: a-z, 0-9, \"-\" and \".\""),
        );
    }
    check_host_path(source, at, errors);
    check_nfs(source, at, errors);
    if let Some(limit) = source.empty_dir.as_ref().and_then(|directory| directory.size_limit.as_ref())
        && let Err(reason) = quantity::parse(&limit.0.clone().into())
    {
        errors.push(
            FieldError::new(at.key("emptyDir").key("sizeLimit"), FieldErrorKind::Invalid, reason)
                .value(&limit.0)
                .help(quantity::EXAMPLES),
        );
    }
}

fn check_host_path(source: &VolumeSource, at: &FieldPath, errors: &mut Faults) {
    let Some(host) = &source.host_path else { return };
    if !host.path.starts_with('/') || has_parent(&host.path) || host.path.contains('\0') {
        errors.push(
            FieldError::new(
                at.key("hostPath").key("path"),
                FieldErrorKind::Invalid,
                "the path on the node must be absolute and without \"..\"",
            )
            .value(&host.path)
            .help("write a path like /mnt/data"),
        );
    }
}

fn check_nfs(source: &VolumeSource, at: &FieldPath, errors: &mut Faults) {
    let Some(nfs) = &source.nfs else { return };
    if nfs.server.is_empty() {
        errors.push(
            FieldError::new(
                at.key("nfs").key("server"),
                FieldErrorKind::Required,
                "the NFS server must be named",
            )
            .help("write its host name or address"),
        );
    }
    if !nfs.path.starts_with('/') || nfs.path.contains('\0') {
        errors.push(
            FieldError::new(
                at.key("nfs").key("path"),
                FieldErrorKind::Invalid,
                "the exported path must be absolute",
            )
            .value(&nfs.path)
            .help("write the path that the server exports, like /export/data"),
        );
    }
}

fn has_parent(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}
