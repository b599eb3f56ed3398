//! An object of a review, decoded no further than it must be.

use gene_types::default::{default, default_spec};
use gene_types::field::FieldError;
use gene_types::v1alpha1::{API_VERSION, KIND};
use gene_types::validate::Stored;
use gene_types::{Execution, Limits, shape, validate, validate_stored};
use json_patch::Patch;
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

/// A new object, as far as it must be unfolded to be judged: both ways come to the same verdict in the same words.
#[derive(Debug)]
pub enum Content {
    /// Its shape is right, and nothing in it unknown: all that is left to judge is what it means.
    Sound(Box<Execution>),
    /// Any other; to say what is wrong with it takes all of it.
    Doubtful(Value),
}

impl Content {
    /// What is absent in it and has a default.
    pub fn defaults(&self) -> Patch {
        match self {
            Self::Sound(execution) => default_spec(&execution.spec),
            Self::Doubtful(document) => default(document),
        }
    }

    /// Whether it could run on a cluster.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn validate(self) -> Result<Stored, Vec<FieldError>> {
        match self {
            Self::Sound(execution) => {
                let valid = validate(*execution, &Limits::CLUSTER)?;
                Ok(Stored { valid, unknown: Vec::new() })
            }
            Self::Doubtful(document) => validate_stored(document, &Limits::CLUSTER),
        }
    }
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
        let sum = |weigh: fn(&str) -> usize| -> usize {
            parts.iter().flatten().map(|part| weigh(part.get())).sum()
        };
        // Counting what stands in strings too is ten times as fast, and enough for all that are meant well.
        if sum(weight_at_most) > MOST {
            let weight = sum(weight);
            if weight > MOST {
                return Err(Misread::TooLarge(weight >> 20));
            }
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

    /// What is judged of a new object, unfolded no further than it must be.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn content(&self) -> Result<Content, Misread> {
        match self.execution() {
            Some(execution) => Ok(Content::Sound(Box::new(execution))),
            None => self.document().map(Content::Doubtful),
        }
    }

    /// The Execution that it is, where nothing is wrong with its shape.
    fn execution(&self) -> Option<Execution> {
        let says = |raw: Option<&RawValue>, wanted: &str| {
            raw.is_some_and(|raw| serde_json::from_str::<&str>(raw.get()).is_ok_and(|text| text == wanted))
        };
        if says(self.api_version, API_VERSION) && says(self.kind, KIND) {
            shape::decode_sound(&self.metadata, self.spec?.get())
        } else {
            None
        }
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

/// What [`weight`] is at most: the same, were there no strings.
fn weight_at_most(text: &str) -> usize {
    if text.len() < MOST / 512 {
        return text.len();
    }
    let maps = count(text, |byte| byte == b'{');
    text.len() + maps * MAP_BYTES + count(text, |byte| byte == b'[' || byte == b',') * VALUE_BYTES
}

/// How many bytes are such.
fn count(text: &str, is_such: impl Fn(u8) -> bool) -> usize {
    // In pieces whose count fits a byte, of which the compiler takes many at once.
    let pieces = text.as_bytes().chunks(255);
    pieces.map(|piece| usize::from(piece.iter().fold(0_u8, |sum, byte| sum + u8::from(is_such(*byte))))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_never_more_than_it_is_at_most() {
        let long = "x".repeat(MOST / 512);
        for (text, maps, values) in [
            (format!(r#"["{long}",{{}},[[]],0]"#), 1, 6),
            (format!(r#"{{"{long}":"{{[,\"{{[,\\"}}"#), 1, 0),
            (format!("[{}0]", "{},".repeat(MOST / 512)), MOST / 512, MOST / 512 + 1),
        ] {
            let expected = text.len() + maps * MAP_BYTES + values * VALUE_BYTES;
            assert_eq!(weight(&text), expected);
            assert!(weight_at_most(&text) >= expected);
        }
        assert_eq!((weight("[{}]"), weight_at_most("[{}]")), (4, 4));
    }
}
