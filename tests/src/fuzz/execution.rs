//! JSON documents, one after the other: each judged as an Execution, laid out and run, and each compared with the
//! one before as a change of it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use gene_types::{
    Limits, ValidExecution, cause, default, shape, update, validate_document, validate_stored, warnings,
};
use serde_json::Value;

use super::drive::drive;

/// Judges what these bytes hold.
pub fn execution(bytes: &[u8]) {
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let documents: Vec<Value> = documents.map_while(Result::ok).take(2).collect();
    for document in &documents {
        judge(document, seed(bytes));
    }
    if let [old, new] = documents.as_slice() {
        cause::status("fuzzed", &update::check(old, new));
    }
}

fn judge(document: &Value, seed: u64) {
    let completed = complete(document);
    assert_eq!(update::check(document, &completed), [], "completing is no change");

    let misshapen = shape::check(document);
    assert_eq!(
        misshapen.is_empty(),
        shape::decode(document.clone()).is_ok(),
        "what has its shape is decoded"
    );
    let strict = validate_document(document.clone(), &Limits::CLUSTER);
    let stored = validate_stored(document.clone(), &Limits::CLUSTER);
    assert_eq!(
        strict.is_ok(),
        validate_document(completed, &Limits::CLUSTER).is_ok(),
        "completing changes no verdict"
    );
    match (strict, stored) {
        (Ok(valid), Ok(stored)) => {
            assert_eq!(stored.unknown, [], "a file has no unknown fields");
            lay_out(&valid);
            drive(&Arc::new(valid), seed);
        }
        (Ok(_), Err(faults)) => unreachable!("good as a file and refused as an object: {faults:?}"),
        (Err(_), Ok(stored)) => {
            assert_ne!(stored.unknown, [], "refused as a file for nothing but unknown fields");
            warnings::texts(&stored.unknown, &gene_types::warnings(&stored.valid));
        }
        (Err(faults), Err(_)) => {
            assert!(!faults.is_empty(), "refused without a reason");
            cause::status("fuzzed", &faults);
        }
    }
}

/// The document with its defaults, made in both ways.
fn complete(document: &Value) -> Value {
    let mut completed = document.clone();
    default::apply(&mut completed);
    let mut patched = document.clone();
    json_patch::patch(&mut patched, &default::default(document))
        .expect("the patch fits what it was made for");
    assert_eq!(completed, patched, "both ways of completing are one");
    assert!(default::default(&completed).0.is_empty(), "what is complete stays as it is");
    completed
}

/// The commands at both ends of each task.
fn lay_out(valid: &ValidExecution) {
    gene_types::warnings(valid);
    gene_types::local_warnings(valid, true);
    for task in &valid.plan().tasks {
        let pieces = task.commands.cut("a b,c\nd");
        let width = task.commands.width(&pieces);
        assert!(
            task.commands.static_width().is_none_or(|known| known == width),
            "a known width is the width"
        );
        for index in [0, width / 2, width.saturating_sub(1)].into_iter().filter(|index| *index < width) {
            task.commands.command(index, &pieces);
        }
    }
}

fn seed(bytes: &[u8]) -> u64 {
    // The same for the same bytes, everywhere.
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
