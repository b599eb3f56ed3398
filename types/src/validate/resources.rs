//! `resources` and `estimate`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath},
    quantity,
    v1alpha1::{Estimate, Resources},
};

pub(super) fn check(resources: &Resources, at: &FieldPath, errors: &mut Faults) {
    for (short, value) in [("cpu", &resources.cpu), ("memory", &resources.memory)] {
        let Some(value) = value else { continue };
        check_quantity(value, &at.key(short), errors);
        for (long, map) in [("requests", &resources.requests), ("limits", &resources.limits)] {
            if map.is_some() {
                let message = format!("{short} must not stand beside {long}");
                errors.push(
                    FieldError::new(at.key(short), FieldErrorKind::Forbidden, message)
                        .value(value)
                        .help_at(format!("move it into {long}"), at.key(long)),
                );
                break;
            }
        }
    }
    let requests = quantities(resources.requests.as_ref(), &at.key("requests"), errors);
    let limits = quantities(resources.limits.as_ref(), &at.key("limits"), errors);
    for (name, request) in requests {
        if let Some(limit) = limits.get(name).filter(|limit| request > **limit && **limit > 0.0) {
            let message = format!("the request of {name} is greater than its limit");
            errors.push(
                FieldError::new(at.key("requests").key(name), FieldErrorKind::Invalid, message)
                    .value(request)
                    .help_at(format!("request at most the limit, {limit}"), at.key("limits").key(name)),
            );
        }
    }
}

pub(super) fn check_estimate(estimate: &Estimate, at: &FieldPath, errors: &mut Faults) {
    if let Some(seconds) = estimate.seconds.filter(|seconds| !seconds.is_finite() || *seconds < 0.0) {
        errors.push(
            FieldError::new(at.key("seconds"), FieldErrorKind::Invalid, "seconds must be at least 0")
                .value(seconds)
                .help("write how many seconds one vertex takes, or leave it out"),
        );
    }
    if let Some(memory) = &estimate.memory {
        check_quantity(memory, &at.key("memory"), errors);
    }
}

fn quantities<'a>(
    map: Option<&'a BTreeMap<String, Value>>,
    at: &FieldPath,
    errors: &mut Faults,
) -> BTreeMap<&'a str, f64> {
    map.into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            if name.is_empty() {
                errors.push(
                    FieldError::new(at.clone(), FieldErrorKind::Invalid, "a resource must have a name")
                        .help("name it, like cpu or memory"),
                );
            }
            Some((name.as_str(), check_quantity(value, &at.key(name), errors)?))
        })
        .collect()
}

fn check_quantity(value: &Value, at: &FieldPath, errors: &mut Faults) -> Option<f64> {
    match quantity::parse(value) {
        Ok(worth) => Some(worth),
        Err(reason) => {
            errors.push(
                FieldError::new(at.clone(), FieldErrorKind::Invalid, reason)
                    .value(value)
                    .help(quantity::EXAMPLES),
            );
            None
        }
    }
}
