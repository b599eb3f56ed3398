//! A new object, unfolded no further than it must be to be judged.

use gene_types::default::{default, default_spec};
use gene_types::field::FieldError;
use gene_types::validate::Stored;
use gene_types::{Execution, Limits, validate, validate_stored};
use json_patch::Patch;
use serde_json::Value;

use crate::object::{Misread, Object};

/// What is judged. Both ways come to the same verdict in the same words.
#[derive(Debug)]
pub enum Content {
    /// Its shape is right, and nothing in it unknown: all that is left to judge is what it means.
    Sound(Box<Execution>),
    /// Any other; to say what is wrong with it takes all of it.
    Doubtful(Value),
}

impl Content {
    /// What is judged of an object.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(object: &Object<'_>) -> Result<Self, Misread> {
        match object.execution() {
            Some(execution) => Ok(Self::Sound(Box::new(execution))),
            None => object.document().map(Self::Doubtful),
        }
    }

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
