//! The digest of a plan: the same for the same tasks, however their file was written.

use sha2::{Digest as _, Sha256};

use crate::v1alpha1::Task;

/// `sha256:` and the digest of the tasks as JSON, defaults filled in, keys sorted, without blanks.
pub(super) fn digest(tasks: &[Task]) -> String {
    let mut hash = Sha256::new();
    let mut json = String::new();
    for task in tasks {
        let mut task = task.clone();
        task.type_.get_or_insert_default();
        for dependent in task.dependents.iter_mut().flatten() {
            dependent.type_.get_or_insert_default();
        }
        json.clear();
        // Our own types always serialize.
        let value = serde_json::to_value(&task).unwrap_or_default();
        write_sorted(&value, &mut json);
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

/// JSON with sorted keys, whatever order the map keeps. Cells are nested [`crate::cell::MAX_CELL_DEPTH`]
/// deep at most, as this is asked of valid Executions only.
fn write_sorted(value: &serde_json::Value, json: &mut String) {
    use serde_json::Value;
    match value {
        Value::Array(items) => {
            json.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    json.push(',');
                }
                write_sorted(item, json);
            }
            json.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            json.push('{');
            for (position, (name, value)) in fields.into_iter().enumerate() {
                if position > 0 {
                    json.push(',');
                }
                json.push_str(&Value::from(name.as_str()).to_string());
                json.push(':');
                write_sorted(value, json);
            }
            json.push('}');
        }
        scalar => json.push_str(&scalar.to_string()),
    }
}
