//! Whether a document has the shape of an Execution: every fault at once, before anything is decoded.
//!
//! The schema is the one that the API server holds ([`crate::crd()`]), in a file: what derives it from the types would be
//! half a megabyte of each program. So what passes here is
//! not refused there for its shape, and what passes here always decodes. A decoder by itself would
//! stop at the first fault and know no remedy.

mod mismatch;
mod sound;
mod table;
mod walk;

use std::sync::LazyLock;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath},
    v1alpha1::{API_VERSION, Execution, KIND},
};
use table::{Kind, Node};
use walk::{At, Walk};

/// How the fault begins of a value that is no string where one is wanted.
pub const WANTS_STRING: &str = "a string is wanted";

/// The deepest nesting of untyped values.
pub const MAX_DEPTH: usize = 64;

/// All that is wrong with the shape of a document. Its `status` is not looked at: it is the system's.
pub fn check(document: &Value) -> Vec<FieldError> {
    check_with(document, Walk::new()).errors.into_vec()
}

/// The same for an object that an API server holds: what is wrong, and apart from that the first fields that are not
/// known here.
pub(crate) fn check_stored(document: &Value) -> (Vec<FieldError>, Vec<FieldError>) {
    let walk = check_with(document, Walk::of_stored());
    (walk.errors.into_vec(), walk.unknown.unwrap_or_default())
}

/// All that is wrong with the shape of one field of the spec.
pub(crate) fn check_field(name: &str, value: &Value) -> Vec<FieldError> {
    let mut walk = Walk::new();
    if let Kind::Object(spec) = &SHAPES.spec.kind
        && let Some(field) = spec.field(name)
    {
        walk.check(value, &field.node, &At::Key(&At::Key(&At::Root, "spec"), name));
    }
    walk.errors.into_vec()
}

fn check_with(document: &Value, mut walk: Walk) -> Walk {
    let Value::Object(fields) = document else {
        let message = format!("an object is wanted, not {}", mismatch::described(document));
        walk.errors.push(
            FieldError::new(FieldPath::root(), FieldErrorKind::TypeInvalid, message)
                .help(format!("begin with apiVersion: {API_VERSION} and kind: {KIND}")),
        );
        return walk;
    };
    check_constant("apiVersion", API_VERSION, fields.get("apiVersion"), &mut walk.errors);
    check_constant("kind", KIND, fields.get("kind"), &mut walk.errors);
    for (name, value) in fields {
        if walk.errors.is_full() {
            break;
        }
        let at = At::Key(&At::Root, name);
        match name.as_str() {
            "metadata" => walk.check(value, &SHAPES.metadata, &at),
            "spec" => walk.check(value, &SHAPES.spec, &at),
            "apiVersion" | "kind" | "status" => {}
            _ => walk.unknown(value, ["apiVersion", "kind", "metadata", "spec", "status"].into_iter(), &at),
        }
    }
    let required = [("metadata", "with the Execution's name"), ("spec", "with its tasks")];
    for (name, what) in required {
        if !fields.contains_key(name) {
            walk.errors.push(
                FieldError::new(
                    FieldPath::root().key(name),
                    FieldErrorKind::Required,
                    format!("{name} is missing"),
                )
                .help(format!("add the field {name}, {what}")),
            );
        }
    }
    walk
}

/// Decodes a document, `status` apart.
///
/// # Errors
/// All that is wrong with its shape.
pub fn decode(document: Value) -> Result<Execution, Vec<FieldError>> {
    let errors = check(&document);
    if errors.is_empty() { decode_checked(document) } else { Err(errors) }
}

/// Decodes a document in whose shape nothing is wrong, `status` and what is not known here apart.
pub(crate) fn decode_checked(mut document: Value) -> Result<Execution, Vec<FieldError>> {
    if let Some(fields) = document.as_object_mut() {
        fields.remove("status");
    }
    serde_json::from_value(document).map_err(|error| vec![undecodable(&error)])
}

/// The same of a document that somebody else goes on with.
pub(crate) fn decode_borrowed(document: &Value) -> Result<Execution, Vec<FieldError>> {
    Execution::deserialize(document).map_err(|error| vec![undecodable(&error)])
}

/// What is left to refuse after `check`, which is meant to leave nothing; should it, that is said rather than hidden.
fn undecodable(error: &serde_json::Error) -> FieldError {
    let message = format!("the document cannot be read as an Execution: {error}");
    FieldError::new(FieldPath::root(), FieldErrorKind::Invalid, message).help("compare it with the examples")
}

/// Decodes an object straight from the text of its spec: four times as fast as from a [`Value`], which takes more to
/// make than all that is asked of it. `metadata` is without `managedFields`, which nobody here asks for.
///
/// None where anything at all is not as it should be, or not known to this version: whoever asks then makes the
/// document and has it judged by [`check`] and those around it, which say what that is.
pub fn decode_sound(metadata: &Value, spec: &str) -> Option<Execution> {
    let mut walk = Walk::new();
    walk.check(metadata, &SHAPES.metadata, &At::Key(&At::Root, "metadata"));
    if !walk.errors.is_empty() || !sound::is_sound(spec, &SHAPES.spec) {
        return None;
    }
    let metadata = ObjectMeta::deserialize(metadata).ok()?;
    let spec = serde_json::from_str(spec).ok()?;
    Some(Execution { metadata, spec, status: None })
}

struct Shapes {
    metadata: Node,
    spec: Node,
}

/// Made once, from [`crate::crd::shapes`] as "cargo xtask generate" has written them.
static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    let schemas: Value = serde_json::from_str(include_str!("shape/schemas.json")).unwrap_or_default();
    Shapes { metadata: Node::new(&schemas["metadata"]), spec: Node::new(&schemas["spec"]) }
});

fn check_constant(name: &str, wanted: &str, value: Option<&Value>, errors: &mut Faults) {
    let at = FieldPath::root().key(name);
    let help = format!("write {name}: {wanted}");
    let error = match value {
        Some(Value::String(given)) if given == wanted => return,
        None | Some(Value::Null) => {
            FieldError::new(at, FieldErrorKind::Required, format!("{name} is missing"))
        }
        Some(Value::String(given)) => {
            let message = format!("{name} {:?} is not that of an Execution", crate::field::shorten(given));
            FieldError::new(at, FieldErrorKind::NotSupported, message).value(given)
        }
        Some(value) => {
            let message = format!("{WANTS_STRING}, not {}", mismatch::described(value));
            FieldError::new(at, FieldErrorKind::TypeInvalid, message)
        }
    };
    errors.push(error.help(help));
}
