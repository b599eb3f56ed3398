//! One type wanted, another given: what to say, and what would be right.

use serde_json::Value;

use crate::field::{FieldError, FieldErrorKind, FieldPath, shorten};

pub(super) const STRING: &str = "a string";
pub(super) const INTEGER: &str = "a whole number";
pub(super) const NUMBER: &str = "a number";
pub(super) const BOOLEAN: &str = "true or false";
pub(super) const LIST: &str = "a list";
pub(super) const OBJECT: &str = "an object";

/// The refusal of a value where another type is wanted.
pub(super) fn error(wanted: &str, value: &Value, at: FieldPath) -> FieldError {
    let message = format!("{wanted} is wanted, not {}", described(value));
    FieldError::new(at, FieldErrorKind::TypeInvalid, message).value(value).help(remedy(wanted, value))
}

/// What a value is, in words.
pub(super) fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {:?}", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn remedy(wanted: &str, value: &Value) -> String {
    match (wanted, value) {
        (STRING, Value::Bool(_) | Value::Number(_)) => format!("write it in quotes: \"{value}\""),
        (STRING, Value::Null) => "write a text in quotes, or remove it".to_owned(),
        (INTEGER, Value::Number(number)) => match number.as_f64() {
            Some(float) if float.abs() >= i64::MAX as f64 => {
                format!("write a whole number up to {}", i64::MAX)
            }
            Some(float) if float.fract() == 0.0 => format!("write it without a fraction: {float}"),
            Some(float) => format!("write a whole number, like {}", float.ceil()),
            None => "write a whole number".to_owned(),
        },
        (INTEGER | NUMBER, Value::String(text)) if text.parse::<i64>().is_ok() => {
            format!("write it without quotes: {text}")
        }
        (BOOLEAN, Value::String(_)) => "write true or false, without quotes".to_owned(),
        (LIST, Value::String(text)) => format!("put it in brackets: [{:?}]", shorten(text)),
        (LIST, Value::Bool(_) | Value::Number(_)) => format!("put it in brackets: [{value}]"),
        _ => format!("write {wanted}"),
    }
}
