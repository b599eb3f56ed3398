//! The digest of a plan: the same for the same tasks, however their file was written.

use sha2::{Digest as _, Sha256};

use crate::{cell, shape, v1alpha1::Task};

/// What a task nests: its untyped values, and far fewer levels around them.
const DEEPEST: usize = 2 * shape::MAX_DEPTH;

/// `sha256:` and the digest of the tasks as JSON, defaults filled in, keys sorted, without blanks.
pub(super) fn digest(tasks: &[Task]) -> String {
    let mut hash = Sha256::new();
    let mut json = String::new();
    for task in tasks {
        let mut task = task.clone();
        task.type_.get_or_insert_default();
        task.dependents = task.dependents.filter(|dependents| !dependents.is_empty());
        for dependent in task.dependents.iter_mut().flatten() {
            dependent.type_.get_or_insert_default();
        }
        json.clear();
        // Our own types always serialize.
        let value = serde_json::to_value(&task).unwrap_or_default();
        cell::write_json(&value, DEEPEST, &mut json);
        json.push('\n');
        hash.update(json.as_bytes());
    }
    let mut text = String::from("sha256:");
    for byte in hash.finalize() {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
    }
    text
}
