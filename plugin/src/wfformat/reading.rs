//! From bytes to the part of the JSON that is used, in bounded memory.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, error::Category};

use super::Refusal;

/// The most bytes of a recording: some 30 times the largest of the `WfInstances` collection.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// The keys that mean something to a conversion. What stands under another key is skipped unread.
const KEPT: [&str; 14] = [
    "name",
    "schemaVersion",
    "workflow",
    "specification",
    "execution",
    "tasks",
    "id",
    "parents",
    "children",
    "runtimeInSeconds",
    "memoryInBytes",
    "command",
    "program",
    "arguments",
];

/// How much is kept at most: a value costs 1, an object 10 more, so that this is about 250 MB.
const MAX_COST: u32 = 4_000_000;
const OBJECT_COST: u32 = 10;

/// Reads a document; of objects only the keys that are used are kept.
pub(super) fn read(text: &str) -> Result<Value, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Unreadable {
            message: "the file is empty".to_owned(),
            help: "give a WfFormat 1.5 recording, which is JSON, or a Workflow of Argo".to_owned(),
            at: None,
        });
    }
    let cost = Cell::new(0);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value =
        Kept(&cost).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        // The place is shown by itself.
        let whole = error.to_string();
        let reason = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(message, _)| message);
        let (message, help) = match error.classify() {
            Category::Data if cost.get() > MAX_COST => (reason.to_owned(), "record fewer tasks at once"),
            Category::Data => (reason.to_owned(), "keep one of the two"),
            Category::Eof => ("the JSON ends too early".to_owned(), "the file may have been cut off"),
            _ if reason.contains("recursion limit") => (
                "lists or objects are nested over 127 deep".to_owned(),
                "look for a bracket that is not closed",
            ),
            _ => (
                format!("this is not JSON: {reason}"),
                "give a WfFormat 1.5 recording, which is JSON, or a Workflow of Argo",
            ),
        };
        Refusal::Unreadable { message, help: help.to_owned(), at: Some((error.line(), error.column())) }
    })
}

/// A value, counted against what may be kept.
#[derive(Clone, Copy)]
struct Kept<'a>(&'a Cell<u32>);

impl Kept<'_> {
    fn pay<E: serde::de::Error>(self, cost: u32) -> Result<(), E> {
        self.0.set(self.0.get() + cost);
        if self.0.get() > MAX_COST { Err(E::custom("the recording holds too many values")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Kept<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.pay(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.pay(OBJECT_COST)?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if !KEPT.contains(&key.as_str()) {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = entries.next_value_seed(self)?;
            // Which of the two was meant cannot be known.
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key \"{key}\" stands twice in one object")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
