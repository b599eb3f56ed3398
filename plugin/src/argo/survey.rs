//! Which fields of an object are carried over, and what is said of the others.

use gene_types::field::{FieldErrorKind, shorten};

use super::{
    notes::Notes,
    reading::{Object, is_nothing},
};

/// What an object of a Workflow may hold.
#[derive(Debug)]
pub struct Known {
    /// What the object is, in words: `template`.
    pub what: &'static str,
    /// Fields that are carried over, or that say nothing about what runs.
    pub carried: &'static [&'static str],
    /// Fields without which the same runs, and what to do instead.
    pub convenient: &'static [(&'static str, &'static str)],
    /// Fields without which something else would run, and what to do instead.
    pub decisive: &'static [(&'static str, &'static str)],
}

/// Says what of an object is not carried over.
pub fn check(object: &Object<'_>, known: &Known, notes: &mut Notes) {
    for (key, value) in object.map {
        let key = key.as_str();
        if known.carried.contains(&key) || is_nothing(value) {
            continue;
        }
        let path = object.at(key);
        let help_of =
            |list: &[(&str, &'static str)]| list.iter().find(|(name, _)| *name == key).map(|(_, help)| *help);
        let shown = shorten(key);
        if let Some(help) = help_of(known.decisive) {
            let message = format!("\"{shown}\" cannot be carried over, and decides what runs");
            notes.error(&path, FieldErrorKind::NotSupported, message, help);
        } else if let Some(help) = help_of(known.convenient) {
            notes.warn(&path, format!("\"{shown}\" is not carried over"), help);
        } else {
            let message = format!("\"{shown}\" is not known in a {}, and not carried over", known.what);
            notes.warn(&path, message, "check its spelling, or take it out");
        }
    }
}
