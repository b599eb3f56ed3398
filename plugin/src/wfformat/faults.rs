//! What is wrong with a recording.

use gene_types::field::{FieldError, FieldErrorKind, FieldPath, grouped};

/// The faults of a recording in the order in which they were found. A file can hold millions: beyond the
/// first thousand they are only counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    list: Vec<FieldError>,
    omitted: usize,
}

impl Faults {
    const KEPT: usize = 1000;

    /// Adds one.
    pub fn push(&mut self, fault: FieldError) {
        if self.list.len() < Self::KEPT {
            self.list.push(fault);
        } else {
            self.omitted += 1;
        }
    }

    /// Those that were kept; where there are more, the last one says so.
    pub fn into_list(mut self) -> Vec<FieldError> {
        if self.omitted > 0 {
            let (kept, all) = (grouped(Self::KEPT as u64), grouped(self.count() as u64));
            let message = format!("these are the first {kept} of {all} faults");
            let fault = FieldError::new(FieldPath::root(), FieldErrorKind::TooMany, message);
            self.list.push(fault.help("correct these and look again"));
        }
        self.list
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len() + self.omitted
    }
}

impl FromIterator<FieldError> for Faults {
    fn from_iter<I: IntoIterator<Item = FieldError>>(faults: I) -> Self {
        let mut all = Self::default();
        faults.into_iter().for_each(|fault| all.push(fault));
        all
    }
}
