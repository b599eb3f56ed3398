//! What the value of a cell is as text in a command: as the original wrote it, digit for digit.

use serde_json::{Number, Value};

/// The deepest nesting of lists and objects in a cell.
pub const MAX_CELL_DEPTH: usize = 32;

/// The text of a cell: a string as it is, a number in its shortest form without exponent, `true`,
/// `false`, `null`, and lists and objects as compact JSON. `None`: nested deeper than [`MAX_CELL_DEPTH`].
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(plain_number(number)),
        _ => {
            let mut json = String::new();
            write_json(value, MAX_CELL_DEPTH, &mut json).then_some(json)
        }
    }
}

fn plain_number(number: &Number) -> String {
    // Integers keep all their digits; a float prints as the shortest decimal that reads back the same.
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

/// Inside JSON the original's encoder writes very large and very small floats with an exponent.
fn json_number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float != 0.0 && !(1e-6..1e21).contains(&float.abs()) => {
            let text = format!("{float:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
        _ => plain_number(number),
    }
}

/// Writes compact JSON with sorted keys, whatever order the maps keep. Whether it is nested no
/// deeper than `depth`.
pub(crate) fn write_json(value: &Value, depth: usize, json: &mut String) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => return false,
        Value::Null => json.push_str("null"),
        Value::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => json.push_str(&json_number(number)),
        Value::String(text) => write_string(text, json),
        Value::Array(items) => {
            json.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    json.push(',');
                }
                if !write_json(item, depth - 1, json) {
                    return false;
                }
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
                write_string(name, json);
                json.push(':');
                if !write_json(value, depth - 1, json) {
                    return false;
                }
            }
            json.push('}');
        }
    }
    true
}

fn write_string(text: &str, json: &mut String) {
    use std::fmt::Write as _;
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            // What HTML would take for its own, and what JavaScript takes for a line's end.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(c)); // Writing to a String cannot fail.
            }
            _ => json.push(c),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_the_original_wrote_them() {
        let cases = [
            (json!("as it is "), "as it is "),
            (json!(3), "3"),
            (json!(3.0), "3"),
            (json!(1.50), "1.5"),
            (json!(2.5), "2.5"),
            (json!(1e21), "1000000000000000000000"),
            (json!(1e-7), "0.0000001"),
            (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
            (json!(-9_007_199_254_740_993_i64), "-9007199254740993"),
            (json!(true), "true"),
            (json!(null), "null"),
            (json!([1, 2]), "[1,2]"),
            (json!({"k": 1}), r#"{"k":1}"#),
            (json!({"b": [1.0, "<&>"], "a": "\n\u{8}\"\\\u{2028}é"}), {
                r#"{"a":"\n\u0008\"\\\u2028é","b":[1,"\u003c\u0026\u003e"]}"#
            }),
            (json!([1e21, 1.5e-9, 0.0]), "[1e+21,1.5e-9,0]"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(&value).as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn endless_nesting_has_no_text() {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert!(text(&nested(MAX_CELL_DEPTH)).is_some());
        assert_eq!(text(&nested(MAX_CELL_DEPTH + 1)), None);
    }
}
