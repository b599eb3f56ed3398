//! Texts that are handed to a program: as arguments and as variables.

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, grouped},
    limits::MAX_ARGUMENT_BYTES,
};

/// Refuses a text that no program can be given. `what` begins the message: `the command`.
pub(super) fn check_argument(text: &str, what: &str, at: impl FnOnce() -> FieldPath, errors: &mut Faults) {
    if text.contains('\0') {
        errors.push(nul(text, what, at()));
    } else if text.len() > MAX_ARGUMENT_BYTES {
        errors.push(too_long(text.len(), what, at()).value(text));
    }
}

/// Refuses a text with a NUL in it.
pub(super) fn check_nul(text: &str, what: &str, at: impl FnOnce() -> FieldPath, errors: &mut Faults) {
    if text.contains('\0') {
        errors.push(nul(text, what, at()));
    }
}

/// The refusal of so many bytes.
pub(super) fn too_long(bytes: usize, what: &str, at: FieldPath) -> FieldError {
    let message = format!(
        "{what} has {} bytes; a program can be given at most {}",
        grouped(bytes as u64),
        grouped(MAX_ARGUMENT_BYTES as u64)
    );
    FieldError::new(at, FieldErrorKind::TooLong, message)
        .help("put the text into a file or a ConfigMap and read it from there")
}

fn nul(text: &str, what: &str, at: FieldPath) -> FieldError {
    FieldError::new(at, FieldErrorKind::Invalid, format!("{what} must not contain a NUL character"))
        .value(text)
        .help("remove the NUL: no program can be given one")
}
