//! `/validate`: judges the object as it will be stored, after all that changed it and after its schema.

use gene_types::field::FieldError;
use gene_types::validate::Stored;
use gene_types::{cause, warnings};
use serde_json::Value;

use crate::change;
use crate::content::Content;
use crate::object::{Misread, Object};
use crate::review::Verdict;
use crate::submitter;

/// A new Execution of this user: refused with all that is wrong with it, or allowed with what is doubtful in it.
///
/// # Errors
/// When the object cannot be read.
pub fn create(object: &Object<'_>, user: &str) -> Result<Verdict, Misread> {
    let forged = submitter::fault(&object.metadata, Some(&Value::from(user)));
    let (faults, warnings) = match Content::of(object)?.validate() {
        Ok(Stored { valid, unknown }) => {
            (Vec::new(), warnings::texts(&unknown, &gene_types::warnings(&valid)))
        }
        Err(faults) => (faults, Vec::new()),
    };
    let faults: Vec<_> = forged.into_iter().chain(faults).collect();
    Ok(verdict(object, &faults, warnings))
}

/// A change of an Execution: refused where something changed that must not. What is wrong with what did not change is no
/// reason, or an Execution that was stored before a rule was made could not even be cancelled.
///
/// # Errors
/// When an object cannot be read.
pub fn update(old: &Object<'_>, new: &Object<'_>) -> Result<Verdict, Misread> {
    if new.is_being_deleted() || old.is_being_deleted() {
        return Ok(Verdict::Allowed(Vec::new()));
    }
    let mut faults: Vec<_> =
        submitter::fault(&new.metadata, submitter::told(&old.metadata)).into_iter().collect();
    if !new.has_spec_of(old) {
        faults.extend(change::judge(old, new)?.faults);
    }
    Ok(verdict(new, &faults, Vec::new()))
}

fn verdict(object: &Object<'_>, faults: &[FieldError], warnings: Vec<String>) -> Verdict {
    if faults.is_empty() {
        return Verdict::Allowed(warnings);
    }
    Verdict::Refused(Box::new(cause::status(object.name(), faults)))
}
