//! The words of an Execution, for a fuzzer that would not guess them: from the schema, so that none is forgotten.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// What the schema does not name.
const OTHERS: [&str; 14] = [
    "check_result",
    "get_result",
    "execution.kubegene.io/submitted-by",
    "deletionTimestamp",
    "oldObject",
    "subResource",
    "UPDATE",
    "DELETE",
    "${1}",
    "${item}",
    "null",
    "true",
    "1e308",
    "-9223372036854775808",
];

/// A dictionary as libFuzzer reads it.
pub(super) fn dictionary() -> Result<String> {
    let crd = serde_json::to_value(gene_types::crd())?;
    let schema = crd.pointer("/spec/versions/0/schema/openAPIV3Schema").context("the CRD has no schema")?;
    let mut words: BTreeSet<String> = OTHERS.map(String::from).into();
    collect(schema, &mut words);
    let both = |word: &String| [format!("{word:?}"), format!("\"\\\"{word}\\\":\"")];
    Ok(words.iter().flat_map(both).collect::<Vec<_>>().join("\n") + "\n")
}

fn collect(schema: &Value, words: &mut BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        words.extend(properties.keys().cloned());
    }
    words.extend(schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from));
    match schema {
        Value::Object(fields) => fields.values().for_each(|field| collect(field, words)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_has_fields_and_values() {
        let dictionary = super::dictionary().unwrap();
        for line in ["\"commandsIter\"", "\"\\\"retryGeneration\\\":\"", "\"PodSucceeded\""] {
            assert!(dictionary.lines().any(|there| there == line), "{line} in {dictionary}");
        }
    }
}
