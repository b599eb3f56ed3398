//! What is wrong and what is doubtful, collected, each at its place in a document.

use std::collections::HashSet;

use gene_types::{
    field::{FieldError, FieldErrorKind, FieldPath, Segment, grouped},
    nearest::Nearest,
};

use crate::{Fault, Origin};

/// A place on the stack, made into a [`FieldPath`] only where there is something to say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'a> {
    Root(Origin),
    Key(&'a At<'a>, &'a str),
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    pub(crate) fn key<'b>(&'b self, key: &'b str) -> At<'b> {
        At::Key(self, key)
    }

    pub(crate) fn index(&self, index: usize) -> At<'_> {
        At::Index(self, index)
    }

    pub(crate) fn origin(&self) -> Origin {
        match self {
            Self::Root(origin) => *origin,
            Self::Key(parent, _) | Self::Index(parent, _) => parent.origin(),
        }
    }

    pub(crate) fn path(&self) -> FieldPath {
        match self {
            Self::Root(_) => FieldPath::root(),
            Self::Key(parent, key) => parent.path().key(*key),
            Self::Index(parent, index) => parent.path().index(*index),
        }
    }

    pub(crate) fn fault(&self, kind: FieldErrorKind, message: impl Into<String>) -> FieldError {
        FieldError::new(self.path(), kind, message)
    }
}

/// The path through these steps.
pub(crate) fn path_of(segments: &[Segment]) -> FieldPath {
    segments.iter().fold(FieldPath::root(), |path, segment| match segment {
        Segment::Key(key) => path.key(key.as_str()),
        Segment::Index(index) => path.index(*index),
    })
}

/// Everything found so far. All errors are counted, the first [`Report::KEPT`] are kept, and as many warnings.
#[derive(Debug, Default)]
pub(crate) struct Report {
    errors: Vec<Fault>,
    count: usize,
    warnings: Vec<Fault>,
    nearest: Nearest,
}

impl Report {
    /// More than anybody reads at once.
    const KEPT: usize = 1_000;

    pub(crate) fn error(&mut self, origin: Origin, error: FieldError) {
        self.count += 1;
        if self.errors.len() < Self::KEPT {
            self.errors.push(Fault { origin, error });
        }
    }

    pub(crate) fn warn(&mut self, origin: Origin, error: FieldError) {
        if self.warnings.len() < Self::KEPT {
            self.warnings.push(Fault { origin, error });
        }
    }

    /// How many errors there were.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Whether no further error would be kept.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= Self::KEPT
    }

    pub(crate) fn nearest<'c>(
        &mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<&'c str> {
        self.nearest.find(name, candidates)
    }

    /// The warnings, where there was no error.
    ///
    /// # Errors
    /// The errors, each once; where there may be more, the last one says so.
    pub(crate) fn finish(self) -> Result<Vec<Fault>, Vec<Fault>> {
        let is_full = self.is_full();
        if self.count == 0 {
            return Ok(once(self.warnings));
        }
        let mut errors = once(self.errors);
        if is_full {
            let message =
                format!("these are the first {} errors; there may be more", grouped(Self::KEPT as u64));
            let error = FieldError::new(FieldPath::root(), FieldErrorKind::TooMany, message);
            errors
                .push(Fault { origin: Origin::Workflow, error: error.help("correct these and look again") });
        }
        Err(errors)
    }
}

/// What stands in one place of a file and in many of the Execution, as volumes do, is complained of once.
fn once(faults: Vec<Fault>) -> Vec<Fault> {
    let mut seen = HashSet::new();
    faults.into_iter().filter(|fault| seen.insert((fault.origin, fault.error.clone()))).collect()
}
