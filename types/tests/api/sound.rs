//! The two ways from a text to an Execution: whatever the short one takes, the long one takes for the same.

use std::fmt::Write as _;

use gene_types::{Limits, default, shape, validate_stored};
use proptest::{prelude::*, sample::Index};
use serde_json::Value;

use crate::{
    document,
    properties::{any_json, build, mutated, sketches, with_unknown},
};

/// Numbers that are written in other ways than ours, or that nothing can hold, and what else only a text can say.
const ODD: [&str; 12] = [
    "-0",
    "1.0",
    "1e2",
    "1e400",
    "18446744073709551615",
    "9223372036854775808",
    "-9223372036854775809",
    r#""\ud800""#,
    r#""Jo\u0062""#,
    r#"{"$serde_json::private::RawValue": "[]"}"#,
    "[1,]",
    "nul",
];

/// A document as text, in which objects for which the numbers say so give their first field twice, the first time with
/// another value.
fn written(value: &Value, twice: &mut impl Iterator<Item = Option<String>>, text: &mut String) {
    match value {
        Value::Object(fields) => {
            text.push('{');
            if let (Some(Some(other)), Some(name)) = (twice.next(), fields.keys().next()) {
                write!(text, "{}: {other}, ", Value::from(name.as_str())).unwrap();
            }
            for (position, (name, field)) in fields.iter().enumerate() {
                *text += if position == 0 { "" } else { ", " };
                write!(text, "{}: ", Value::from(name.as_str())).unwrap();
                written(field, twice, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                *text += if position == 0 { "" } else { ", " };
                written(item, twice, text);
            }
            text.push(']');
        }
        leaf => *text += &leaf.to_string(),
    }
}

/// Asserts that both ways agree on an Execution with this metadata and the text of this spec; whether the short one took it.
fn compare(whole: &Value, metadata: &Value, spec: &str) -> Result<bool, TestCaseError> {
    let Some(execution) = shape::decode_sound(metadata, spec) else { return Ok(false) };
    let parsed = serde_json::from_str::<Value>(spec);
    prop_assert!(parsed.is_ok(), "{:?} {}", parsed, spec);
    let mut document = whole.clone();
    document["metadata"] = metadata.clone();
    document["spec"] = parsed.unwrap();
    document["apiVersion"] = gene_types::v1alpha1::API_VERSION.into();
    document["kind"] = gene_types::v1alpha1::KIND.into();
    prop_assert_eq!(default::default_spec(&execution.spec), default::default(&document));
    if let Ok(stored) = validate_stored(document.clone(), &Limits::CLUSTER) {
        prop_assert_eq!(stored.unknown, []);
    }
    prop_assert_eq!(shape::decode(document), Ok(execution), "{}", spec);
    Ok(true)
}

/// The same, of a document of ours.
fn compare_plain(document: &Value) -> Result<(), TestCaseError> {
    if !document.is_object() {
        return Ok(());
    }
    let mut known = document.clone();
    known["apiVersion"] = gene_types::v1alpha1::API_VERSION.into();
    known["kind"] = gene_types::v1alpha1::KIND.into();
    let took = compare(&known, &known["metadata"], &known["spec"].to_string())?;
    // Nothing that is right goes the long way.
    let reserved = known.to_string().contains("$serde_json::");
    prop_assert!(took || reserved || !shape::check(&known).is_empty(), "{}", known);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_was_changed_anywhere(document in mutated(), other in any_json()) {
        compare_plain(&document)?;
        compare_plain(&crate::execution(other))?;
    }

    #[test]
    fn what_is_right(sketches in sketches()) {
        compare_plain(&build(&sketches))?;
    }

    #[test]
    fn what_is_of_a_newer_version(sketches in sketches(), chosen in prop::collection::vec(any::<bool>(), 64)) {
        let mut document = build(&sketches);
        with_unknown(&mut document, &mut chosen.into_iter());
        compare_plain(&document)?;
    }

    #[test]
    fn what_only_a_text_can_say(
        document in mutated(),
        others in prop::collection::vec(prop::option::weighted(0.1, any_json()), 0..64),
        odd in prop::option::of((any::<Index>(), prop::sample::select(&ODD[..]))),
    ) {
        let mut text = String::new();
        let mut twice = others.into_iter().map(|other| other.map(|other| other.to_string()));
        written(&document["spec"], &mut twice, &mut text);
        if let Some((at, odd)) = odd {
            // Instead of any value that is one token.
            let leaves: Vec<_> = text.match_indices(": ").map(|(at, _)| at + 2)
                .filter(|at| !text[*at..].starts_with(['{', '['])).collect();
            if !leaves.is_empty() {
                let begin = *at.get(&leaves);
                let mut values = serde_json::Deserializer::from_str(&text[begin..]).into_iter::<serde::de::IgnoredAny>();
                let end = values.next().filter(Result::is_ok).map_or(begin, |_| begin + values.byte_offset());
                text.replace_range(begin..end, odd);
            }
        }
        compare(&document, &document["metadata"], &text)?;
    }
}

#[test]
fn every_way_to_be_wrong_is_left_to_the_long_way() {
    let right = r#"{"tasks": [{"name": "a", "image": "u:1", "commands": ["x"]}]}"#;
    let metadata = serde_json::json!({"name": "x"});
    assert!(shape::decode_sound(&metadata, right).is_some());
    let task = |fields: &str| format!(r#"{{"tasks": [{{"name": "a", "image": "u:1", {fields}}}]}}"#);
    let long = "x".repeat(131_072);
    let deep = format!("{}{}", "[".repeat(66), "]".repeat(66));
    for wrong in [
        r#"{"tasks": []}"#.to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        String::new(),
        right.to_owned() + " x",
        r#"{"tasks": [{"name": "a"}]}"#.to_owned(),
        r#"{"tasks": [null]}"#.to_owned(),
        r#"{"tasks": [["a"]]}"#.to_owned(),
        task(r#""new": 1"#),
        task(r#""name": "b""#),
        task(r#""parallelism": 1.0"#),
        task(r#""parallelism": -1"#),
        task(r#""backoffLimit": 2147483648"#),
        task(r#""type": "job""#),
        task(r#""commands": "x""#),
        task(r#""commands": [null]"#),
        task(&format!(r#""commands": ["{long}"]"#)),
        task(r#""env": [{"value": "a"}]"#),
        task(r#""env": [{"value": "a", "value": "b"}]"#),
        task(&format!(r#""template": {{"x": {deep}}}"#)),
        task(&format!(r#""condition": {{"condition": [{deep}]}}"#)),
        task(r#""nodeSelector": {"a": 1}"#),
        task(r#""volumes": {"v": {"mountPath": "/v"}}"#),
        task(r#""volumes": {"v": {"mountPath": "/v", "mountFrom": {"pvc": 1}}}"#),
        task(r#""estimate": {"seconds": -1}"#),
        task(r#""template": {"$serde_json::private::RawValue": "{}"}"#),
    ] {
        assert!(shape::decode_sound(&metadata, &wrong).is_none(), "{wrong}");
    }
    for wrong in [
        serde_json::json!(null),
        serde_json::json!({"name": 1}),
        serde_json::json!({"creationTimestamp": "now"}),
        serde_json::json!({"labels": {"a": 1}}),
        serde_json::json!({"nam": "x"}),
    ] {
        assert!(shape::decode_sound(&wrong, right).is_none(), "{wrong}");
    }
}

#[test]
fn the_examples_go_the_short_way() {
    let yaml =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/test-exec.yaml")).unwrap();
    let document = document(&yaml);
    let execution = shape::decode_sound(&document["metadata"], &document["spec"].to_string());
    assert_eq!(execution, shape::decode(document).ok());
}
