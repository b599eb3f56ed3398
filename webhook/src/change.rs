//! A change of an Execution, unfolded no further than it must be to be judged.
//!
//! Mostly little changes: somebody suspends it, or raises how much may run at once. What is the same to the byte in both
//! objects, which the tasks mostly are, needs no tree of its values to be found the same.

use std::collections::BTreeMap;

use gene_types::default::{default, default_spec};
use gene_types::field::FieldError;
use gene_types::update::{self, MUTABLE};
use json_patch::Patch;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::object::{Misread, Object};

/// What there is to say of a change.
#[derive(Debug, PartialEq)]
pub struct Change {
    /// What must not change, and did.
    pub faults: Vec<FieldError>,
    /// What is absent in the new object and has a default.
    pub defaults: Patch,
}

/// Judges a change.
///
/// # Errors
/// When an object cannot be read.
pub fn judge(old: &Object<'_>, new: &Object<'_>) -> Result<Change, Misread> {
    match judge_difference(old, new) {
        Some(change) => Ok(change),
        None => judge_whole(old, new),
    }
}

/// The same by way of all that is in both objects.
///
/// # Errors
/// As for [`judge`].
pub fn judge_whole(old: &Object<'_>, new: &Object<'_>) -> Result<Change, Misread> {
    let (old, new) = (old.document()?, new.document()?);
    Ok(Change { faults: update::check(&old, &new), defaults: default(&new) })
}

/// The same by way of what differs. None where anything is not as it should be.
pub fn judge_difference(old: &Object<'_>, new: &Object<'_>) -> Option<Change> {
    // Once it is known that the new one is sound, so is what the old one has in common with it.
    let execution = new.execution()?;
    let (from, to) = (fields(old)?, fields(new)?);
    let differing = |spec: &BTreeMap<String, &RawValue>, other: &BTreeMap<String, &RawValue>| {
        let is_same = |name: &String, raw: &&RawValue| {
            other.get(name).is_some_and(|other| other.get() == raw.get()) && !MUTABLE.contains(&name.as_str())
        };
        let differing = spec.iter().filter(|(name, raw)| !is_same(name, raw));
        let values = differing.map(|(name, raw)| Some((name.clone(), serde_json::from_str(raw.get()).ok()?)));
        values.collect::<Option<Map<String, Value>>>()
    };
    let old = old.document_of(differing(&from, &to)?.into()).ok()?;
    let new = new.document_of(differing(&to, &from)?.into()).ok()?;
    Some(Change { faults: update::check(&old, &new), defaults: default_spec(&execution.spec) })
}

/// The fields of a spec, as they were sent.
fn fields<'a>(object: &Object<'a>) -> Option<BTreeMap<String, &'a RawValue>> {
    serde_json::from_str(object.spec()?).ok()
}
