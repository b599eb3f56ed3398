//! Objects as kubectl prints them: keys in alphabetical order, block style.
//!
//! A text stands plain in YAML only where no reader, whether of YAML 1.1 (kubectl) or 1.2, can take it for
//! anything else; else it is quoted, or a literal block where it has several lines.

mod yaml_text;

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Number, Value, ser::PrettyFormatter};
use yaml_text::Form;

/// As JSON, indented by four, with a line break at the end.
pub fn json(object: &impl Serialize) -> String {
    let value = to_value(object);
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    value.serialize(&mut serializer).expect("writing JSON into memory cannot fail");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// As YAML, without a document marker. In an item of a list `name` stands first, as people write it.
pub fn yaml(object: &impl Serialize) -> String {
    let mut text = String::new();
    match to_value(object) {
        Value::Object(map) if !map.is_empty() => write_map(&map, 0, Keys::Sorted, &mut text),
        Value::Array(list) if !list.is_empty() => write_list(&list, 0, &mut text),
        scalar => {
            write_scalar(&scalar, 0, &mut text);
            text.push('\n');
        }
    }
    text
}

fn to_value(object: &impl Serialize) -> Value {
    serde_json::to_value(object).expect("API objects have texts as keys and nothing else that JSON lacks")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Sorted,
    NameFirst,
}

/// Writes a map whose first key stands where `text` ends; the others are indented.
fn write_map(map: &Map<String, Value>, indent: usize, keys: Keys, text: &mut String) {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| (keys == Keys::Sorted || *key != "name", *key));
    for (position, (key, value)) in entries.into_iter().enumerate() {
        if position > 0 {
            push_indent(indent, text);
        }
        match yaml_text::form(key) {
            Form::Plain => text.push_str(key),
            Form::Quoted | Form::Literal => yaml_text::push_quoted(key, text),
        }
        text.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                text.push('\n');
                push_indent(indent + 2, text);
                write_map(map, indent + 2, Keys::Sorted, text);
            }
            Value::Array(list) if !list.is_empty() => {
                text.push('\n');
                push_indent(indent, text);
                write_list(list, indent, text);
            }
            scalar => {
                text.push(' ');
                write_scalar(scalar, indent + 2, text);
                text.push('\n');
            }
        }
    }
}

/// Writes a list whose first dash stands where `text` ends; the others are indented.
fn write_list(list: &[Value], indent: usize, text: &mut String) {
    for (position, item) in list.iter().enumerate() {
        if position > 0 {
            push_indent(indent, text);
        }
        text.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => write_map(map, indent + 2, Keys::NameFirst, text),
            Value::Array(list) if !list.is_empty() => write_list(list, indent + 2, text),
            scalar => {
                write_scalar(scalar, indent + 2, text);
                text.push('\n');
            }
        }
    }
}

/// Writes what has nothing inside; the lines of a literal block are indented by `indent`.
fn write_scalar(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => write_number(number, text),
        Value::String(value) => match yaml_text::form(value) {
            Form::Plain => text.push_str(value),
            Form::Quoted => yaml_text::push_quoted(value, text),
            Form::Literal => {
                text.push_str(if value.ends_with('\n') { "|" } else { "|-" });
                for line in value.lines() {
                    text.push('\n');
                    if !line.is_empty() {
                        push_indent(indent, text);
                        text.push_str(line);
                    }
                }
            }
        },
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

/// Never with an exponent: `1e3` is a text to some readers.
fn write_number(number: &Number, text: &mut String) {
    // Writing into a String cannot fail.
    let _ = match number.as_f64() {
        Some(value) if number.is_f64() => write!(text, "{value}"),
        _ => write!(text, "{number}"),
    };
}

fn push_indent(indent: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use granit_parser::{Event, Parser, ScalarStyle};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_looks_as_kubectl_prints_it() {
        let object = json!({
            "kind": "Execution",
            "apiVersion": "execution.kubegene.io/v1alpha1",
            "metadata": {"name": "test-exec", "labels": {"on": "yes", "a.b/c": "1"}},
            "spec": {"tasks": [
                {"image": "busybox:1.37", "name": "a", "commands": ["echo A", "two\nlines", "ends\nin a break\n"], "dependents": null},
                {"name": "b", "commandsIter": {"varsIter": [["s1", "s2"], [1, 2.5, 1e21], []]}, "volumes": {}},
            ]},
        });
        assert_eq!(
            yaml(&object),
            r#"apiVersion: execution.kubegene.io/v1alpha1
kind: Execution
metadata:
  labels:
    a.b/c: "1"
    "on": "yes"
  name: test-exec
spec:
  tasks:
  - name: a
    commands:
    - echo A
    - |-
      two
      lines
    - |
      ends
      in a break
    dependents: null
    image: busybox:1.37
  - name: b
    commandsIter:
      varsIter:
      - - s1
        - s2
      - - 1
        - 2.5
        - 1000000000000000000000
      - []
    volumes: {}
"#
        );
        assert_eq!(
            json(&json!({"b": [1], "a": "x"})),
            "{\n    \"a\": \"x\",\n    \"b\": [\n        1\n    ]\n}\n"
        );
        assert_eq!(yaml(&json!([])), "[]\n");
        assert_eq!(yaml(&json!({})), "{}\n");
        assert_eq!(yaml(&json!(["a", {"b": true}])), "- a\n- b: true\n");
    }

    /// The scalars of a document, with their styles, in order.
    fn scalars(document: &str) -> Vec<(String, ScalarStyle)> {
        Parser::new_from_str(document)
            .filter_map(|event| match event.expect(document) {
                (Event::Scalar(value, style, ..), _) => Some((value.into_owned(), style)),
                _ => None,
            })
            .collect()
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            // Mostly of the characters that mean something in YAML.
            "[-a-z0-9 :#'\"\\\\,\\[\\]{}&*!|>%@`?~=<._\n\t\r+éT\u{85}\u{2028}\u{feff}]{0,12}",
        ]
    }

    proptest! {
        #[test]
        fn a_reader_gets_every_text_back(first in any_text(), second in any_text(), third in any_text()) {
            let document = yaml(&json!({
                "outer": [{&first: [[&second], {"text": &third}]}, &third],
                "text": &second,
            }));
            let read: Vec<String> = scalars(&document).into_iter().map(|(text, _)| text).collect();
            let written = ["outer", &first, &second, "text", &third, &third, "text", &second];
            prop_assert_eq!(read, written, "{}", document);
        }
    }
}
