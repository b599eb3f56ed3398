//! Whole numbers with a least value, or within a range.

use std::ops::RangeInclusive;

use crate::field::{Faults, FieldError, FieldErrorKind, FieldPath};

/// Refuses a number below the least.
pub(super) fn check_at_least(
    least: i64,
    value: Option<i64>,
    at: impl FnOnce() -> FieldPath,
    errors: &mut Faults,
) {
    let Some(value) = value.filter(|value| *value < least) else { return };
    errors.push(
        FieldError::new(at(), FieldErrorKind::Invalid, format!("must be at least {least}"))
            .value(value)
            .help(format!("write {least} or more, or leave it out")),
    );
}

/// Refuses a number outside of a range.
pub(super) fn check_within(
    range: RangeInclusive<i64>,
    value: Option<i64>,
    at: impl FnOnce() -> FieldPath,
    errors: &mut Faults,
) {
    let Some(value) = value.filter(|value| !range.contains(value)) else { return };
    let (least, most) = (range.start(), range.end());
    errors.push(
        FieldError::new(
            at(),
            FieldErrorKind::Invalid,
            format!("must be at least {least} and at most {most}"),
        )
        .value(value)
        .help(format!("write a number from {least} to {most}")),
    );
}
