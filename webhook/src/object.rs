//! An object of a review, decoded no further than it must be.

mod weight;

use gene_types::v1alpha1::{API_VERSION, KIND};
use gene_types::{Execution, shape};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::review::brief;
use weight::weigh;

pub use weight::MOST;

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

/// An object as a review has it.
#[derive(Clone, Copy, Debug)]
pub enum Sent<'a> {
    /// Its parts, found on the way.
    Parts(Parts<'a>),
    /// All of it, which may have any shape.
    Whole(&'a RawValue),
}

/// What of an object is looked at. What is not here is not judged: the status is the controller's, and other fields are
/// none that the schema knows.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parts<'a> {
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
    pub fn read(sent: Sent<'a>) -> Result<Self, Misread> {
        let parts = match sent {
            Sent::Parts(parts) => parts,
            Sent::Whole(raw) => serde_json::from_str(raw.get())?,
        };
        let Parts { api_version, kind, metadata, spec } = parts;
        let weight = weigh([api_version, kind, metadata, spec].iter().flatten().map(|part| part.get()));
        if weight > MOST {
            return Err(Misread::TooLarge(weight >> 20));
        }
        let mut metadata = value(metadata)?;
        if let Some(fields) = metadata.as_object_mut() {
            fields.remove("managedFields");
        }
        Ok(Self { api_version, kind, metadata, spec })
    }

    /// Whether both have the same spec to the byte. The API server writes equal ones equally, so that what differs here
    /// is worth a closer look, and what does not is not.
    pub fn has_spec_of(&self, other: &Self) -> bool {
        self.spec() == other.spec()
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

    /// The text of its spec.
    pub fn spec(&self) -> Option<&'a str> {
        self.spec.map(RawValue::get)
    }

    /// The Execution that it is, where nothing is wrong with its shape, and nothing in it unknown.
    pub fn execution(&self) -> Option<Execution> {
        let says = |raw: Option<&RawValue>, wanted: &str| {
            raw.is_some_and(|raw| serde_json::from_str::<&str>(raw.get()).is_ok_and(|text| text == wanted))
        };
        if says(self.api_version, API_VERSION) && says(self.kind, KIND) {
            shape::decode_sound(&self.metadata, self.spec()?)
        } else {
            None
        }
    }

    /// The whole of what is judged.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn document(&self) -> Result<Value, Misread> {
        self.document_of(value(self.spec)?)
    }

    /// The same with another spec; null: with none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn document_of(&self, spec: Value) -> Result<Value, Misread> {
        let parts = [
            ("apiVersion", value(self.api_version)?),
            ("kind", value(self.kind)?),
            ("metadata", self.metadata.clone()),
            ("spec", spec),
        ];
        let given = parts.into_iter().filter(|(_, value)| !value.is_null());
        Ok(given.map(|(field, value)| (field.to_owned(), value)).collect::<Map<_, _>>().into())
    }
}

fn value(raw: Option<&RawValue>) -> serde_json::Result<Value> {
    raw.map_or(Ok(Value::Null), |raw| serde_json::from_str(raw.get()))
}
