//! A refusal as the API server's clients know it: a `metav1.Status` of reason `Invalid`, with a cause for each fault.
//!
//! Its parts are worded as apimachinery's `field.Error` and `errors.NewInvalid` word theirs, so that kubectl prints a
//! refusal of ours as it prints the API server's own: `The Execution "wgs" is invalid:` and a line for each cause.

use std::collections::HashSet;

use kube::core::response::{Status, StatusCause, StatusDetails};

use crate::{
    field::{Faults, FieldError, FieldErrorKind, grouped, within},
    v1alpha1::{GROUP, KIND},
    validate::size::json_bytes,
};

/// The most causes that a refusal tells: more than anybody mends at once.
pub const MAX_CAUSES: usize = 100;
/// The most bytes of a refusal as JSON. It goes through the API server, which bounds none, to a terminal.
pub const MAX_STATUS_BYTES: u64 = 64 * 1024;
/// The most bytes of one cause's message.
const MAX_MESSAGE_BYTES: usize = 2 * 1024;
/// The most bytes of one path: a key of a map may be as long as its document.
const MAX_FIELD_BYTES: usize = 512;
/// The longest name that anything has.
const MAX_NAME_BYTES: usize = 253;
/// What there is of a refusal beside the causes and their second copy in its message, and for the last cause.
const FRAME_BYTES: u64 = 2 * 1024;

/// One fault.
pub fn cause(fault: &FieldError) -> StatusCause {
    StatusCause {
        reason: reason(fault.kind).to_owned(),
        message: within(message(fault), MAX_MESSAGE_BYTES),
        field: within(fault.path.to_string(), MAX_FIELD_BYTES),
    }
}

/// The refusal of an Execution with all its faults. Of more than [`MAX_CAUSES`], or of more than fit into
/// [`MAX_STATUS_BYTES`], the first are told, and last how many more there are.
pub fn status(name: &str, faults: &[FieldError]) -> Status {
    let name = within(name.to_owned(), MAX_NAME_BYTES);
    let causes = causes(faults);
    let about = format!("{KIND}.{GROUP} {name:?} is invalid");
    let lines: Vec<String> = causes.iter().map(line).collect();
    let message = match lines.as_slice() {
        [] => about,
        [only] => format!("{about}: {only}"),
        lines => format!("{about}: [{}]", lines.join(", ")),
    };
    let details = StatusDetails {
        name,
        group: GROUP.to_owned(),
        kind: KIND.to_owned(),
        uid: String::new(),
        causes,
        retry_after_seconds: 0,
    };
    Status::failure(&message, "Invalid").with_code(422).with_details(details)
}

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

/// What is wrong without its path, begun as apimachinery does, with the remedy:
/// `Not found: "trimm": no task is called "trimm"; there is a task "trim"`.
pub fn message(fault: &FieldError) -> String {
    let (kind, shows_value) = match fault.kind {
        FieldErrorKind::Required => ("Required value", false),
        FieldErrorKind::Invalid | FieldErrorKind::TypeInvalid => ("Invalid value", true),
        FieldErrorKind::NotSupported => ("Unsupported value", true),
        FieldErrorKind::NotFound => ("Not found", true),
        FieldErrorKind::Duplicate => ("Duplicate value", true),
        FieldErrorKind::Forbidden => ("Forbidden", false),
        FieldErrorKind::TooLong => ("Too long", false),
        FieldErrorKind::TooMany => ("Too many", true),
        // The API server has no word for it, as it tells of such fields elsewhere.
        FieldErrorKind::Unknown => ("Unknown field", false),
    };
    let value = fault.value.as_ref().filter(|_| shows_value);
    let value = value.map_or_else(String::new, |value| format!(": {value}"));
    let help = fault.help.as_ref().map_or_else(String::new, |help| format!("; {}", help.text));
    format!("{kind}{value}: {}{help}", fault.message)
}

fn causes(faults: &[FieldError]) -> Vec<StatusCause> {
    let mut causes: Vec<StatusCause> = Vec::new();
    let mut seen = HashSet::new();
    let mut left = MAX_STATUS_BYTES - FRAME_BYTES;
    for (position, fault) in faults.iter().enumerate() {
        let cause = cause(fault);
        let line = line(&cause);
        if seen.contains(&line) {
            continue; // Told once, as apimachinery does it.
        }
        // Each is told twice: as a cause and in the message.
        let bytes = json_bytes(&cause) + json_bytes(&line) + 4;
        let is_last = position + 1 == faults.len();
        if bytes > left || (causes.len() + 1 == MAX_CAUSES && !is_last) {
            causes.push(more(faults.len() - position, faults.len() > Faults::KEPT));
            break;
        }
        left -= bytes;
        seen.insert(line);
        causes.push(cause);
    }
    causes
}

fn more(count: usize, is_at_least: bool) -> StatusCause {
    let (over, count) = if is_at_least { ("at least ", count - 1) } else { ("", count) };
    let faults = if count == 1 { "fault is" } else { "faults are" };
    StatusCause {
        reason: reason(FieldErrorKind::TooMany).to_owned(),
        message: format!(
            "Too many: {over}{} more {faults} not shown; correct these and look again, or see all with \"kubectl gene lint\"",
            grouped(count as u64)
        ),
        field: "spec".to_owned(),
    }
}

fn line(cause: &StatusCause) -> String {
    format!("{}: {}", cause.field, cause.message)
}
