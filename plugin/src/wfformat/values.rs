//! Values of a recording that must be of a certain type; what is not is a fault with its place.

use gene_types::field::{FieldError, FieldErrorKind, FieldPath};
use serde_json::{Map, Value};

use super::{faults::Faults, recording::SCHEMA_VERSION};

/// Reads values and gathers what is wrong with them.
#[derive(Default)]
pub(super) struct Reader {
    pub faults: Faults,
}

impl Reader {
    /// A number that is not negative.
    pub fn amount_at(&mut self, object: &Map<String, Value>, key: &str, path: &FieldPath) -> Option<f64> {
        let value = given(object, key)?;
        let amount = value.as_f64().filter(|amount| *amount >= 0.0);
        if amount.is_none() {
            let message = format!(
                "{key} is {}",
                if value.is_number() { value.to_string() } else { kind(value).to_owned() }
            );
            self.fault(
                &path.key(key),
                FieldErrorKind::Invalid,
                &message,
                "give a number from 0, or leave it out",
            );
        }
        // A negative zero would be written with its sign.
        amount.map(f64::abs)
    }

    pub fn text_at(&mut self, object: &Map<String, Value>, key: &str, path: &FieldPath) -> Option<String> {
        match given(object, key)? {
            Value::String(text) => Some(text.clone()),
            other => {
                self.wrong_type(&path.key(key), other, "a text");
                None
            }
        }
    }

    pub fn texts_at(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: &FieldPath,
    ) -> Option<Vec<String>> {
        let path = path.key(key);
        let list = self.list(given(object, key)?, &path)?;
        let mut texts = Vec::with_capacity(list.len());
        for (at, item) in list.iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text.clone()),
                other => self.wrong_type(&path.index(at), other, "a text"),
            }
        }
        Some(texts)
    }

    pub fn required_object<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        key: &str,
        path: &FieldPath,
    ) -> Option<&'a Map<String, Value>> {
        let path = path.key(key);
        let Some(value) = given(object, key) else {
            self.fault(
                &path,
                FieldErrorKind::Required,
                &format!("the recording has no {key}"),
                "what ran stands in workflow.specification.tasks",
            );
            return None;
        };
        self.object(value, &path)
    }

    pub fn object<'a>(&mut self, value: &'a Value, path: &FieldPath) -> Option<&'a Map<String, Value>> {
        if !value.is_object() {
            self.wrong_type(path, value, "an object");
        }
        value.as_object()
    }

    pub fn list<'a>(&mut self, value: &'a Value, path: &FieldPath) -> Option<&'a [Value]> {
        if !value.is_array() {
            self.wrong_type(path, value, "a list");
        }
        value.as_array().map(Vec::as_slice)
    }

    fn wrong_type(&mut self, path: &FieldPath, value: &Value, wanted: &str) {
        let message = format!("{} stands here where {wanted} is wanted", kind(value));
        self.fault(
            path,
            FieldErrorKind::TypeInvalid,
            &message,
            &format!("WfFormat {SCHEMA_VERSION} has {wanted} here"),
        );
    }

    pub fn fault(&mut self, path: &FieldPath, kind: FieldErrorKind, message: &str, help: &str) {
        self.faults.push(FieldError::new(path.clone(), kind, message).help(help));
    }
}

/// The value of a key; `null` is as good as absent.
pub(super) fn given<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).filter(|value| !value.is_null())
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
