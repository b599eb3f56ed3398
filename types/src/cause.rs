//! A fault as the API server's clients know it: `metav1.StatusCause`.

use crate::field::{FieldError, FieldErrorKind};

/// The reason of a cause, in apimachinery's words.
pub fn reason(kind: FieldErrorKind) -> &'static str {
    match kind {
        FieldErrorKind::Required => "FieldValueRequired",
        FieldErrorKind::Invalid | FieldErrorKind::Unknown => "FieldValueInvalid",
        FieldErrorKind::NotSupported => "FieldValueNotSupported",
        FieldErrorKind::NotFound => "FieldValueNotFound",
        FieldErrorKind::Duplicate => "FieldValueDuplicate",
        FieldErrorKind::Forbidden => "FieldValueForbidden",
        FieldErrorKind::TooLong => "FieldValueTooLong",
        FieldErrorKind::TooMany => "FieldValueTooMany",
        FieldErrorKind::TypeInvalid => "FieldValueTypeInvalid",
    }
}

/// What is wrong without its path, as apimachinery begins it and with the remedy:
/// `Not found: "trimm": no task is called "trimm"; there is a task "trim"`.
pub fn message(error: &FieldError) -> String {
    let kind = match error.kind {
        FieldErrorKind::Required => "Required value",
        FieldErrorKind::Invalid | FieldErrorKind::TypeInvalid => "Invalid value",
        FieldErrorKind::NotSupported => "Unsupported value",
        FieldErrorKind::NotFound => "Not found",
        FieldErrorKind::Duplicate => "Duplicate value",
        FieldErrorKind::Forbidden => "Forbidden",
        FieldErrorKind::TooLong => "Too long",
        FieldErrorKind::TooMany => "Too many",
        FieldErrorKind::Unknown => "Unknown field",
    };
    let value = error.value.as_ref().map_or_else(String::new, |value| format!(": {value:?}"));
    let help = error.help.as_ref().map_or_else(String::new, |help| format!("; {}", help.text));
    format!("{kind}{value}: {}{help}", error.message)
}
