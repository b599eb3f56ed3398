//! Labels, annotations and node selectors: keys and values that the API server would refuse on every Job.

use std::collections::BTreeMap;

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, shorten},
    names::{self, MAX_NAME_BYTES},
};

const PIECE_RULE: &str =
    "at most 63 of a-z, A-Z, 0-9, \"-\", \"_\" and \".\", the first and the last a letter or digit";

/// Refuses keys and values that no label can have.
pub(super) fn check(labels: &BTreeMap<String, String>, at: &FieldPath, errors: &mut Faults) {
    for (key, value) in labels {
        check_key(key, at, errors);
        check_value(key, value, at, errors);
    }
}

/// Refuses the key of an annotation that the API server would refuse; it looks at its lower case.
pub(super) fn check_annotation(key: &str, at: &FieldPath, errors: &mut Faults) {
    if !is_key(key) && !is_key(&key.to_lowercase()) {
        errors.push(no_key(key, at));
    }
}

/// Refuses a key that no label can have.
pub(super) fn check_key(key: &str, at: &FieldPath, errors: &mut Faults) {
    if !is_key(key) {
        errors.push(no_key(key, at));
    }
}

/// Refuses a value that no label can have.
pub(super) fn check_value(key: &str, value: &str, at: &FieldPath, errors: &mut Faults) {
    if !is_piece(value) {
        let message = format!("{:?} cannot be the value of a label", shorten(value));
        let help = format!("a value is empty, or {PIECE_RULE}");
        errors.push(FieldError::new(at.key(key), FieldErrorKind::Invalid, message).value(value).help(help));
    }
}

fn no_key(key: &str, at: &FieldPath) -> FieldError {
    let message = format!("{:?} cannot be a key here", shorten(key));
    let help = format!("a key is {PIECE_RULE}; a domain and a slash may stand before it");
    FieldError::new(at.key(key), FieldErrorKind::Invalid, message).value(key).help(help)
}

fn is_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(names::is_dns_subdomain) && !name.is_empty() && is_piece(name)
}

/// Whether this is empty or what Kubernetes calls a label value.
fn is_piece(text: &str) -> bool {
    let ends = [text.chars().next(), text.chars().next_back()];
    text.len() <= MAX_NAME_BYTES
        && ends.iter().flatten().all(char::is_ascii_alphanumeric)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}
