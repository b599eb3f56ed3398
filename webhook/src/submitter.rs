//! Who asked for an Execution: recorded in an annotation, and nobody's to set or change.

use gene_types::field::{FieldError, FieldErrorKind, FieldPath};
use gene_types::names::ANNOTATION_SUBMITTED_BY as ANNOTATION;
use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, RemoveOperation};
use serde_json::{Value, json};

/// What an object says.
pub fn told(metadata: &Value) -> Option<&Value> {
    metadata.get("annotations")?.get(ANNOTATION)
}

/// What makes an object say `right`; nothing where it does.
pub fn correct(metadata: &Value, right: Option<&Value>) -> Option<PatchOperation> {
    if told(metadata) == right {
        return None;
    }
    let path = |tokens: &[&str]| PointerBuf::from_tokens(tokens.iter().copied());
    let annotation = path(&["metadata", "annotations", ANNOTATION]);
    let Some(right) = right else {
        return Some(PatchOperation::Remove(RemoveOperation { path: annotation }));
    };
    let (path, value) = match (metadata, &metadata["annotations"]) {
        (_, Value::Object(_)) => (annotation, right.clone()),
        (Value::Object(_), Value::Null) => (path(&["metadata", "annotations"]), json!({ANNOTATION: right})),
        (Value::Null, _) => (path(&["metadata"]), json!({"annotations": {ANNOTATION: right}})),
        // Refused for its shape.
        _ => return None,
    };
    Some(PatchOperation::Add(AddOperation { path, value }))
}

/// The fault of an object that does not say `right`.
pub fn fault(metadata: &Value, right: Option<&Value>) -> Option<FieldError> {
    if told(metadata) == right {
        return None;
    }
    let at = FieldPath::root().key("metadata").key("annotations").key(ANNOTATION);
    let message = "it is written by admission alone: it says who submitted the Execution";
    Some(FieldError::new(at, FieldErrorKind::Forbidden, message).help("leave the annotation out"))
}
