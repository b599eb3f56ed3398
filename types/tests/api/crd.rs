//! The definition of the custom resource: what a structural schema must be, walked node by node.

use gene_types::crd;
use serde_json::{Value, json};

fn schema() -> Value {
    let crd = serde_json::to_value(crd()).unwrap();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// Every node of the schema with its path.
fn nodes(schema: &Value) -> Vec<(String, &Value)> {
    let mut nodes = Vec::new();
    let mut left = vec![(String::new(), schema)];
    while let Some((path, node)) = left.pop() {
        nodes.push((path.clone(), node));
        for (name, field) in node["properties"].as_object().into_iter().flatten() {
            left.push((format!("{path}.{name}"), field));
        }
        for part in ["items", "additionalProperties"] {
            if node[part].is_object() {
                left.push((format!("{path}[{part}]"), &node[part]));
            }
        }
    }
    nodes
}

fn at<'a>(schema: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(
        schema,
        |node, name| {
            if *name == "[]" { &node["items"] } else { &node["properties"][*name] }
        },
    )
}

#[test]
fn the_schema_is_structural() {
    const KNOWN: [&str; 22] = [
        "additionalProperties",
        "default",
        "description",
        "enum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "nullable",
        "pattern",
        "properties",
        "required",
        "type",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-preserve-unknown-fields",
    ];
    const FORMATS: [&str; 4] = ["int32", "int64", "double", "date-time"];
    let schema = schema();
    for (path, node) in nodes(&schema) {
        let fields = node.as_object().unwrap();
        for name in fields.keys() {
            // No $ref, no anyOf, no oneOf: nothing that a structural schema may not have.
            assert!(KNOWN.contains(&name.as_str()), "{path}: {name}");
        }
        let is_untyped = node["x-kubernetes-preserve-unknown-fields"] == json!(true)
            || node["x-kubernetes-int-or-string"] == json!(true);
        assert!(node["type"].is_string() || is_untyped, "{path} has no type");
        assert!(
            node["properties"].is_null() || node["additionalProperties"].is_null(),
            "{path} has properties and additionalProperties"
        );
        assert!(node["type"] != "array" || node["items"].is_object(), "{path} has no items");
        assert!(
            node["enum"].is_null() || node["nullable"].is_null(),
            "{path} is a nullable enum without null"
        );
        if let Some(format) = node["format"].as_str() {
            assert!(FORMATS.contains(&format), "{path}: format {format}");
        }
        for name in node["required"].as_array().into_iter().flatten() {
            let field = &node["properties"][name.as_str().unwrap()];
            assert!(field.is_object(), "{path}: {name} is required and unknown");
            assert_ne!(field["nullable"], json!(true), "{path}: {name} is required and nullable");
        }
    }
}

#[test]
fn everything_is_bounded() {
    let schema = schema();
    for (path, node) in nodes(&schema) {
        match node["type"].as_str() {
            Some("array") => assert!(node["maxItems"].is_u64(), "{path}"),
            Some("string") => {
                let is_bounded =
                    node["maxLength"].is_u64() || node["enum"].is_array() || node["format"] == "date-time";
                assert!(is_bounded, "{path}");
            }
            Some("object") if node["additionalProperties"].is_object() => {
                assert!(node["maxProperties"].is_u64(), "{path}");
            }
            _ => {}
        }
    }
}

#[test]
fn tasks_are_atomic_and_types_have_defaults() {
    let schema = schema();
    assert_eq!(at(&schema, &["spec", "tasks"])["x-kubernetes-list-type"], "atomic");
    assert_eq!(at(&schema, &["spec", "tasks"])["minItems"], 1);
    assert_eq!(at(&schema, &["spec", "tasks", "[]", "type"])["default"], "Job");
    assert_eq!(at(&schema, &["spec", "tasks", "[]", "dependents", "[]", "type"])["default"], "whole");
    assert_eq!(at(&schema, &["spec", "tasks", "[]"])["required"], json!(["image", "name"]));
    let leaf = json!({"x-kubernetes-preserve-unknown-fields": true});
    for path in [
        &["spec", "tasks", "[]", "commandsIter", "varsIter", "[]"][..],
        &["spec", "tasks", "[]", "condition", "condition", "[]"],
    ] {
        assert_eq!(at(&schema, path), &leaf, "{path:?}");
    }
    assert_eq!(at(&schema, &["spec", "tasks", "[]", "dependents"])["nullable"], true);
}

#[test]
fn embedded_types_carry_no_descriptions() {
    let schema = schema();
    for (path, node) in nodes(&schema) {
        if path.contains(".affinity.") || path.contains(".tolerations[") || path.contains(".env[") {
            assert!(node["description"].is_null(), "{path}");
        }
    }
    assert!(at(&schema, &["spec", "affinity"])["description"].is_string());
}

#[test]
fn columns_are_phase_progress_message_and_age() {
    let crd = serde_json::to_value(crd()).unwrap();
    let columns = crd["spec"]["versions"][0]["additionalPrinterColumns"].as_array().unwrap();
    let names: Vec<_> =
        columns.iter().map(|column| (column["name"].as_str(), column["priority"].as_i64())).collect();
    let expected = [("Phase", None), ("Progress", None), ("Message", Some(1)), ("Age", None)];
    assert_eq!(names, expected.map(|(name, priority)| (Some(name), priority)));
    assert_eq!(crd["metadata"]["name"], "executions.execution.kubegene.io");
    assert_eq!(crd["spec"]["versions"][0]["subresources"], json!({"status": {}}));
}

#[test]
fn the_committed_manifest_is_this_definition_and_small() {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../manifests/base/crd/crd.yaml");
    let yaml = std::fs::read_to_string(path).unwrap();
    assert!(yaml.len() < 200_000, "{} bytes", yaml.len());
    let committed: k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition =
        serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(committed, crd(), "run \"cargo xtask generate\"");
}

/// What a file is checked by is what the API server checks by.
#[test]
fn the_committed_schemas_are_those_of_this_definition() {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/shape/schemas.json");
    let committed: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(committed["spec"]["properties"]["tasks"].is_object());
    assert!(committed == gene_types::crd::shapes(), "run \"cargo xtask generate\"");
}
