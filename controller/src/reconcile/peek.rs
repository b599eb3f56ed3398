//! The few facts of an Execution that decide who has to look at it, without decoding the rest: one that
//! cannot be decoded still has them.

use gene_types::v1alpha1::status::phase;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// Of the spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SpecPeek {
    /// `retryGeneration`, 0 where absent.
    pub retry_generation: i64,
    /// Whether children start when a pod has succeeded.
    pub wants_pods: bool,
}

/// Of the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StatusPeek {
    /// Whether the phase is final.
    pub is_terminal: bool,
    /// `retryGeneration`, 0 where absent.
    pub retry_generation: i64,
}

impl SpecPeek {
    pub fn of(spec: Option<&RawValue>) -> Self {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        struct Fields {
            retry_generation: Value,
            start_on: Value,
        }
        let fields: Fields = read(spec);
        Self {
            retry_generation: fields.retry_generation.as_i64().unwrap_or(0),
            wants_pods: fields.start_on == "PodSucceeded",
        }
    }
}

impl StatusPeek {
    pub fn of(status: Option<&RawValue>) -> Self {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        struct Fields {
            phase: Value,
            retry_generation: Value,
        }
        let fields: Fields = read(status);
        let is_terminal =
            [phase::SUCCEEDED, phase::FAILED, phase::ERROR].iter().any(|end| fields.phase == *end);
        Self { is_terminal, retry_generation: fields.retry_generation.as_i64().unwrap_or(0) }
    }
}

/// What is no object has none of the fields.
fn read<'a, T: Deserialize<'a> + Default>(text: Option<&'a RawValue>) -> T {
    text.and_then(|text| serde_json::from_str(text.get()).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.into()).unwrap()
    }

    #[test]
    fn facts_are_found_whatever_stands_beside_them() {
        let spec =
            raw(r#"{"tasks": 7, "retryGeneration": 2, "startOn": "PodSucceeded", "parallelism": "x"}"#);
        assert_eq!(SpecPeek::of(Some(&spec)), SpecPeek { retry_generation: 2, wants_pods: true });
        let status = raw(r#"{"phase": "Error", "retryGeneration": 1, "tasks": "x"}"#);
        assert_eq!(StatusPeek::of(Some(&status)), StatusPeek { is_terminal: true, retry_generation: 1 });
    }

    #[test]
    fn nonsense_has_none() {
        for text in ["null", "[]", "3", r#"{"retryGeneration": "x", "phase": 3, "startOn": {}}"#] {
            assert_eq!(SpecPeek::of(Some(&raw(text))), SpecPeek::default(), "{text}");
            assert_eq!(StatusPeek::of(Some(&raw(text))), StatusPeek::default(), "{text}");
        }
        assert_eq!(SpecPeek::of(None), SpecPeek::default());
    }
}
