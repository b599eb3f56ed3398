//! `metadata`: what an Execution may be called, and its labels.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::labels;
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted},
    names::{self, GENERATED_SUFFIX_BYTES, LABEL_RULE, MAX_NAME_BYTES},
};

pub(super) fn check(metadata: &ObjectMeta, errors: &mut Faults) {
    let at = FieldPath::root().key("metadata");
    match (metadata.name.as_deref(), metadata.generate_name.as_deref()) {
        (Some(name), _) if !name.is_empty() => check_label(name, "the name", &at.key("name"), errors),
        (_, Some(prefix)) if !prefix.is_empty() => check_prefix(prefix, &at.key("generateName"), errors),
        _ => errors.push(
            FieldError::new(at.key("name"), FieldErrorKind::Required, "the Execution must have a name")
                .help("write a name under metadata, like name: my-run"),
        ),
    }
    if let Some(namespace) = metadata.namespace.as_deref().filter(|namespace| !namespace.is_empty()) {
        check_label(namespace, "the namespace", &at.key("namespace"), errors);
    }
    if let Some(given) = &metadata.labels {
        labels::check(given, &at.key("labels"), errors);
    }
    for (key, _) in metadata.annotations.iter().flatten() {
        labels::check_annotation(key, &at.key("annotations"), errors);
    }
}

/// Refuses what is no DNS label.
pub(super) fn check_label(name: &str, what: &str, at: &FieldPath, errors: &mut Faults) {
    if !names::is_dns_label(name) {
        errors.push(not_a_label(name, what, at.clone()));
    }
}

fn check_prefix(prefix: &str, at: &FieldPath, errors: &mut Faults) {
    if !names::is_name_prefix(prefix) {
        errors.push(not_a_label(prefix, "the generateName", at.clone()));
    } else if prefix.len() + GENERATED_SUFFIX_BYTES > MAX_NAME_BYTES {
        let message = format!(
            "the generateName has {} bytes, and {GENERATED_SUFFIX_BYTES} are appended to it; together at most {MAX_NAME_BYTES} are allowed",
            prefix.len()
        );
        let over = counted((prefix.len() + GENERATED_SUFFIX_BYTES - MAX_NAME_BYTES) as u64, "byte", "bytes");
        errors.push(
            FieldError::new(at.clone(), FieldErrorKind::TooLong, message)
                .value(prefix)
                .help(format!("shorten it by {over} at least")),
        );
    }
}

fn not_a_label(name: &str, what: &str, at: FieldPath) -> FieldError {
    let shown = crate::field::shorten(name);
    let message = format!("{what} {shown:?} is no DNS label");
    let help = match names::nearest_dns_label(name) {
        Some(label) => format!("{LABEL_RULE}; {label:?} would do"),
        None => LABEL_RULE.to_owned(),
    };
    FieldError::new(at, FieldErrorKind::Invalid, message).value(name).help(help)
}
