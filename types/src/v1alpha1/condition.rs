//! Conditions: whether a task runs or is skipped.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `[true]`, `[false]`, or `[check_result, TASK, EXPECTED]`: what the task printed is this text.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ConditionSpec {
    /// The list itself; its items are judged by validation.
    #[schemars(schema_with = "crate::schema::any_list")]
    pub condition: Vec<Value>,
}

/// What a task printed, read as `key:value` pairs between commas, matches one of the rules.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct GenericCondition {
    /// The task whose output is read.
    #[schemars(length(max = 63))]
    pub depend_job_name: String,

    /// The rules; one that holds is enough, and none never holds.
    #[schemars(length(max = 1000))]
    #[serde(default, deserialize_with = "null_is_empty")]
    pub match_rules: Vec<MatchRule>,
}

/// The original took null for a list without items.
fn null_is_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<MatchRule>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// One rule over a key of the output.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct MatchRule {
    /// The key.
    #[schemars(length(max = 4096))]
    pub key: String,

    /// How key and values are compared.
    pub operator: Operator,

    /// At least one for `In`, `NotIn`, `=`, `==`, `!=`; exactly one for `Gt`, `Lt`; none for `Exists`, `DoesNotExist`.
    #[schemars(length(max = 1000), inner(length(max = 4096)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

/// How a rule compares.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The key is there and its value is one of `values`.
    In,
    /// The key is absent or its value is none of `values`.
    NotIn,
    /// The key is there.
    Exists,
    /// The key is absent.
    DoesNotExist,
    /// Both are whole numbers, and the key's is greater.
    Gt,
    /// Both are whole numbers, and the key's is less.
    Lt,
    /// The same as `In`.
    #[serde(rename = "=")]
    Equals,
    /// The same as `In`.
    #[serde(rename = "==")]
    DoubleEquals,
    /// The same as `NotIn`.
    #[serde(rename = "!=")]
    NotEquals,
}
