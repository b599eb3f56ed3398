//! Values of a Workflow, as the types that are wanted; another one is noted at its place.

use gene_types::field::{FieldErrorKind, FieldPath, shorten};
use serde_json::{Map, Value};

use super::notes::Notes;

/// An object of a document and where it stands.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// Its fields.
    pub map: &'a Map<String, Value>,
    /// Where it stands.
    pub path: FieldPath,
}

impl<'a> Object<'a> {
    /// Takes a value for an object.
    pub fn of(value: &'a Value, path: FieldPath, notes: &mut Notes) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self { map, path }),
            other => {
                wrong(other, &path, "an object", notes);
                None
            }
        }
    }

    /// A field that is there and not null.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// The path of a field.
    pub fn at(&self, key: &str) -> FieldPath {
        self.path.key(key)
    }

    /// A field that is an object.
    pub fn object(&self, key: &str, notes: &mut Notes) -> Option<Self> {
        Self::of(self.get(key)?, self.at(key), notes)
    }

    /// A field that is a text.
    pub fn text(&self, key: &str, notes: &mut Notes) -> Option<&'a str> {
        match self.get(key)? {
            Value::String(text) => Some(text),
            other => {
                wrong(other, &self.at(key), "a text", notes);
                None
            }
        }
    }

    /// The items of a field that is a list; none where it is absent.
    pub fn list(&self, key: &str, notes: &mut Notes) -> Vec<(&'a Value, FieldPath)> {
        let path = self.at(key);
        match self.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(index, item)| (item, path.index(index))).collect()
            }
            Some(other) => {
                wrong(other, &path, "a list", notes);
                Vec::new()
            }
        }
    }

    /// The items of a field that is a list of objects.
    pub fn objects(&self, key: &str, notes: &mut Notes) -> Vec<Self> {
        let items = self.list(key, notes);
        items.into_iter().filter_map(|(item, path)| Self::of(item, path, notes)).collect()
    }
}

/// Notes that something else is wanted.
pub fn wrong(value: &Value, path: &FieldPath, wanted: &str, notes: &mut Notes) {
    let shown = shorten(&value.to_string());
    let message = format!("{wanted} is wanted here, not {shown}");
    notes.error(path, FieldErrorKind::TypeInvalid, message, format!("write {wanted}"));
}

/// A scalar as the text that Argo takes it for.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => gene_types::cell::text(value),
        _ => None,
    }
}

/// Whether a value is as good as not given: what a false or empty one asks for happens anyway. An empty object may mean
/// something by being there.
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => !fields.is_empty() && fields.values().all(is_nothing),
        Value::Number(_) => false,
    }
}
