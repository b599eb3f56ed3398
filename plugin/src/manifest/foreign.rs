//! Files of other formats: read within a bound and as text, and refused as any file is.

use std::{borrow::Cow, path::Path};

use gene_types::field::FieldError;
use serde_json::Value;

use super::{
    Held, Refused, check,
    compose::Composer,
    count_errors,
    document::Document,
    json,
    report::{Diagnostic, Severity, visible},
    show,
    source::{Bound, MAX_BYTES, Source, Span},
};

/// A file of another format.
#[derive(Debug)]
pub struct Foreign {
    source: Source,
}

impl Foreign {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is no text, and that has been printed.
    pub fn read(path: &Path, bound: &Bound) -> Result<Self, Refused> {
        Source::read(path, bound).map(|source| Self { source }).map_err(|refused| {
            let (source, diagnostic) = *refused;
            show(&source, vec![diagnostic], Held::default());
            Refused
        })
    }

    /// What is no file of this machine and yet has a name, for what is to be said of it.
    pub fn named(name: &str) -> Self {
        Self { source: Source::new(name, "") }
    }

    /// Shows what is wrong or doubtful, each at its place in the text.
    ///
    /// # Errors
    /// Something is wrong.
    pub fn tell(&self, notes: Vec<Diagnostic>) -> Result<(), Refused> {
        let errors = count_errors(&notes);
        show(&self.source, notes, Held::default());
        if errors > 0 { Err(Refused) } else { Ok(()) }
    }

    /// Its name as a person would write it, safe to print.
    pub fn name(&self) -> Cow<'_, str> {
        visible(self.source.name())
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// Shows what is wrong with the text; `at` is a line and a byte of it, both from 1.
    pub fn refuse_text(&self, message: &str, help: &str, at: Option<(usize, usize)>) {
        let mut fault = Diagnostic::error(message).help(help);
        fault.at = at.map(|(line, byte)| {
            let (start, text) = self.source.line_text(line);
            let mut at = byte.saturating_sub(1).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            Span::new(start as usize + at, start as usize + at)
        });
        show(&self.source, vec![fault], Held::default());
    }

    /// Its documents as YAML or JSON.
    ///
    /// # Errors
    /// It is neither, or too much of it, and that has been printed.
    pub fn documents(&self) -> Result<Documents, Refused> {
        let (documents, faults) = super::read(&self.source);
        if faults.is_empty() {
            return Ok(Documents(documents));
        }
        show(&self.source, faults, Held::default());
        Err(Refused)
    }

    /// Shows what is wrong with a document and what else is to be said of it, each at its place.
    pub fn tell_of(
        &self,
        documents: &Documents,
        position: usize,
        errors: &[FieldError],
        warnings: &[FieldError],
    ) {
        let place = |severity| {
            move |fault| match documents.0.get(position) {
                Some(document) => check::locate(&self.source, &document.node, severity, fault),
                None => unplaced(fault),
            }
        };
        let errors = errors.iter().map(place(Severity::Error));
        show(
            &self.source,
            errors.chain(warnings.iter().map(place(Severity::Warning))).collect(),
            Held::default(),
        );
    }

    /// Shows what is wrong with the values, each at its place.
    pub fn refuse(&self, faults: &[FieldError]) {
        let mut composer = Composer::new(&self.source);
        // Places are worth reading the file once more, but not one that takes much memory.
        if self.text().len() as u64 <= MAX_BYTES {
            // What was read of it once is only shown here: a text that this reader refuses has no places.
            let _ = json::read(&self.source, &mut composer);
        }
        let place = |fault| match composer.documents.first() {
            Some(document) => check::locate(&self.source, &document.node, Severity::Error, fault),
            None => unplaced(fault),
        };
        show(&self.source, faults.iter().map(place).collect(), Held::default());
    }
}

/// The documents of a file.
#[derive(Debug)]
pub struct Documents(Vec<Document>);

impl Documents {
    /// The positions and values of those that are not empty.
    pub fn values(&self) -> impl Iterator<Item = (usize, &Value)> {
        let values = self.0.iter().map(|document| &document.value).enumerate();
        values.filter(|(_, value)| !value.is_null())
    }
}

fn unplaced(fault: &FieldError) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(&fault.message);
    diagnostic.path = fault.path.to_string();
    match &fault.help {
        Some(help) => diagnostic.help(&help.text),
        None => diagnostic,
    }
}
