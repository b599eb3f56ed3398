//! What is said of a Workflow: each thing once, however often the template that it stands in is used.

use std::collections::HashSet;

use gene_types::{
    field::{FieldError, FieldErrorKind, FieldPath, grouped, shorten},
    nearest::Nearest,
};

/// Errors and warnings in the order in which they were found.
#[derive(Debug, Default)]
pub struct Notes {
    errors: Vec<FieldError>,
    warnings: Vec<FieldError>,
    said: HashSet<(FieldPath, String)>,
    /// One for all, as its work is bounded for all.
    nearest: Nearest,
}

/// More of either than anybody reads at once.
const KEPT: usize = 1000;

impl Notes {
    /// It keeps the Workflow from being converted.
    pub fn error(
        &mut self,
        path: &FieldPath,
        kind: FieldErrorKind,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push_error(FieldError::new(path.clone(), kind, message).help(help));
    }

    /// The same, as a fault that is at hand.
    pub fn push_error(&mut self, error: FieldError) {
        if self.is_new(&error) && self.errors.len() < KEPT {
            self.errors.push(error);
        }
    }

    /// It is not carried over, and what runs does not depend on it.
    pub fn warn(&mut self, path: &FieldPath, message: impl Into<String>, help: impl Into<String>) {
        let warning = FieldError::new(path.clone(), FieldErrorKind::NotSupported, message).help(help);
        if self.is_new(&warning) && self.warnings.len() < KEPT {
            self.warnings.push(warning);
        }
    }

    /// Nothing that `what` calls has this name.
    pub fn not_found<'a>(
        &mut self,
        path: &FieldPath,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let help = self.nearest.find(name, known).map_or_else(
            || format!("name a {what} that is there"),
            |near| format!("there is a {what} \"{}\"", shorten(near)),
        );
        let message = format!("no {what} is called \"{}\"", shorten(name));
        self.error(path, FieldErrorKind::NotFound, message, help);
    }

    /// Whether anything keeps the Workflow from being converted.
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Errors and warnings; where there may be more, the last one says so.
    pub fn into_parts(self) -> (Vec<FieldError>, Vec<FieldError>) {
        let cut = |mut list: Vec<FieldError>| {
            if list.len() >= KEPT {
                let message = format!("these are the first {}; there may be more", grouped(KEPT as u64));
                let last = FieldError::new(FieldPath::root(), FieldErrorKind::TooMany, message);
                list.push(last.help("correct these and look again"));
            }
            list
        };
        (cut(self.errors), cut(self.warnings))
    }

    /// What is remembered is bounded too: a file can hold a million faults.
    fn is_new(&mut self, fault: &FieldError) -> bool {
        self.said.len() < 4 * KEPT && self.said.insert((fault.path.clone(), fault.message.clone()))
    }
}
