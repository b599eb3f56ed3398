//! An object of a review, decoded no further than it must be.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::review::brief;

/// What one object may take in memory once it is unfolded. The largest Execution that the API server stores has some
/// 30,000 small objects, about 20 MiB; a body of nothing but small objects would take a hundred times its size.
pub const MOST: usize = 42 << 20;

/// What a small map takes: one node of a B-tree, whose room is for eleven entries.
const MAP_BYTES: usize = 650;
/// What any other value takes: itself, its share of a list that grows by doubling, and what the allocator adds to a text.
const VALUE_BYTES: usize = 96;

/// Why an object cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// It is no JSON object, nests too deep, or has a number that nothing can hold.
    #[error("the object cannot be read: {}", brief(.0))]
    Malformed(#[from] serde_json::Error),
    /// It would take more than [`MOST`].
    #[error("the object would take {0} MiB in memory; at most {limit} MiB are allowed", limit = MOST >> 20)]
    TooLarge(usize),
}

/// An object whose metadata was read, and of whose spec it is known where it stands.
#[derive(Debug)]
pub struct Object<'a> {
    api_version: Option<&'a RawValue>,
    kind: Option<&'a RawValue>,
    /// Without `managedFields`, which may be longer than all else and says nothing that matters here. Null where there
    /// is none.
    pub metadata: Value,
    spec: Option<&'a RawValue>,
}

/// What is not here is not judged: the status is the controller's, and other fields are none that the schema knows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow, default)]
    api_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    spec: Option<&'a RawValue>,
}

impl<'a> Object<'a> {
    /// Reads the metadata.
    ///
    /// # Errors
    /// When the object is none, or too large to be unfolded.
    pub fn read(raw: &'a RawValue) -> Result<Self, Misread> {
        let fields: Fields<'a> = serde_json::from_str(raw.get())?;
        let parts = [fields.api_version, fields.kind, fields.metadata, fields.spec];
        let weight: usize = parts.iter().flatten().map(|part| weight(part.get())).sum();
        if weight > MOST {
            return Err(Misread::TooLarge(weight >> 20));
        }
        let mut metadata = value(fields.metadata)?;
        if let Some(fields) = metadata.as_object_mut() {
            fields.remove("managedFields");
        }
        Ok(Self { api_version: fields.api_version, kind: fields.kind, metadata, spec: fields.spec })
    }

    /// Whether both have the same spec to the byte. The API server writes equal ones equally, so that what differs here
    /// is worth a closer look, and what does not is not.
    pub fn has_spec_of(&self, other: &Self) -> bool {
        self.spec.map(RawValue::get) == other.spec.map(RawValue::get)
    }

    /// Whether it is only waiting for its finalizers.
    pub fn is_being_deleted(&self) -> bool {
        !self.metadata["deletionTimestamp"].is_null()
    }

    /// Its name; where that is still to be made, what it is to begin with.
    pub fn name(&self) -> &str {
        let text = |field: &str| self.metadata[field].as_str().filter(|text| !text.is_empty());
        text("name").or_else(|| text("generateName")).unwrap_or_default()
    }

    /// The whole of what is judged.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn document(&self) -> Result<Value, Misread> {
        let mut document = Map::new();
        for (field, raw) in [("apiVersion", self.api_version), ("kind", self.kind), ("spec", self.spec)] {
            if raw.is_some() {
                document.insert(field.to_owned(), value(raw)?);
            }
        }
        if !self.metadata.is_null() {
            document.insert("metadata".to_owned(), self.metadata.clone());
        }
        Ok(Value::Object(document))
    }
}

fn value(raw: Option<&RawValue>) -> serde_json::Result<Value> {
    raw.map_or(Ok(Value::Null), |raw| serde_json::from_str(raw.get()))
}

/// What a JSON text takes in memory as a [`Value`], about, and rather too much than too little.
fn weight(text: &str) -> usize {
    // No text is heavier than one of empty objects in a list.
    if text.len() < MOST / 512 {
        return text.len();
    }
    let (mut maps, mut values, mut in_text, mut is_escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        if in_text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' => maps += 1,
            b'[' | b',' => values += 1,
            _ => {}
        }
    }
    text.len() + maps * MAP_BYTES + values * VALUE_BYTES
}
