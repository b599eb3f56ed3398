//! The file of `--input`: an object of values in JSON or YAML, or a sheet of samples.

use std::{path::Path, sync::Arc};

use gene_types::field::{FieldError, FieldErrorKind, FieldPath};

use super::{Part, extension, sheet};
use crate::manifest::{Bound, Held, MAX_FILE_BYTES, Refused, Severity, Source, locate, read, show};

/// The bound of a file of inputs.
const BOUND: Bound = Bound {
    bytes: MAX_FILE_BYTES,
    help: "put the data into files of the volume, and only their names into the inputs",
};

/// Reads the file. Absent: there is nothing in it.
///
/// # Errors
/// It cannot be read, and that has been printed.
pub(super) fn read_inputs(path: &Path) -> Result<Option<Part>, Refused> {
    let source = Source::read(path, &BOUND).map_err(|refused| {
        let (source, diagnostic) = *refused;
        show(&source, vec![diagnostic], Held::default());
        Refused
    })?;
    let source = Arc::new(source);
    let (documents, mut faults) = match extension(path).as_str() {
        "csv" => sheet::read(&source, b','),
        "tsv" => sheet::read(&source, b'\t'),
        _ => read(&source),
    };
    let mut documents = documents.into_iter().filter(|document| !document.value.is_null());
    let first = documents.next();
    if let Some(second) = documents.next() {
        let message = "inputs are one document, and here begins another";
        let fault = FieldError::new(FieldPath::root(), FieldErrorKind::TooMany, message);
        let fault = fault.help("put all values into one object");
        faults.push(locate(&source, &second.node, Severity::Error, &fault));
    }
    if !faults.is_empty() {
        show(&source, faults, Held::default());
        return Err(Refused);
    }
    Ok(first.map(|document| Part { source, document }))
}
