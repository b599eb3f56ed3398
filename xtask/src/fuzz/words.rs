//! The words of what is fuzzed, for a fuzzer that would not guess them: of an Execution from the schema, so that none is
//! forgotten, and of a workflow.

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

/// The keys of a workflow, its inputs and tools, and what stands in its texts.
const WORKFLOW: [&str; 45] = [
    "workflow",
    "inputs",
    "volumes",
    "outputs",
    "tools",
    "type",
    "string",
    "number",
    "bool",
    "array",
    "value",
    "default",
    "executionName",
    "namespace",
    "tool",
    "u:1",
    "v:1",
    "resources",
    "cpu",
    "memory",
    "commands",
    "commands_iter",
    "command",
    "vars",
    "vars_zip",
    "vars_iter",
    "depends",
    "target",
    "whole",
    "iterate",
    "on_skipped",
    "Ignore",
    "condition",
    "generic_condition",
    "depend_job_name",
    "match_rules",
    "operator",
    "mount_path",
    "mount_from",
    "paths",
    "paths_iter",
    "${1}",
    "range(0,${n},2)",
    "get_result(a, ' ')",
    "check_result(a, ${s})",
];

/// A dictionary for this target, as libFuzzer reads it.
pub(super) fn dictionary(target: &str) -> Result<String> {
    let words = if target == "workflow" { WORKFLOW.map(String::from).into() } else { of_execution()? };
    let both = |word: &String| [format!("{word:?}"), format!("\"\\\"{word}\\\":\"")];
    Ok(words.iter().flat_map(both).collect::<Vec<_>>().join("\n") + "\n")
}

fn of_execution() -> Result<BTreeSet<String>> {
    let crd = serde_json::to_value(gene_types::crd())?;
    let schema = crd.pointer("/spec/versions/0/schema/openAPIV3Schema").context("the CRD has no schema")?;
    let mut words: BTreeSet<String> = OTHERS.map(String::from).into();
    collect(schema, &mut words);
    Ok(words)
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
        for (target, line) in [
            ("execution", "\"commandsIter\""),
            ("review", "\"\\\"retryGeneration\\\":\""),
            ("yaml", "\"PodSucceeded\""),
            ("workflow", "\"commands_iter\""),
        ] {
            let dictionary = super::dictionary(target).unwrap();
            assert!(dictionary.lines().any(|there| there == line), "{line} in {dictionary}");
        }
    }
}
