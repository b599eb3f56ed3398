//! `/mutate`: fills in what is absent and records who asked. It sees an object before its schema does, so that it may
//! have any shape, and refuses an Execution that could not run with all that is wrong with it, be it of shape or meaning.

use gene_types::cause;
use json_patch::Patch;
use serde_json::Value;

use crate::change::{self, Change};
use crate::content::Content;
use crate::object::{Misread, Object};
use crate::review::Verdict;
use crate::submitter;

/// A new Execution of this user.
///
/// # Errors
/// When the object cannot be read.
pub fn create(object: &Object<'_>, user: &str) -> Result<Verdict, Misread> {
    let content = Content::of(object)?;
    let Patch(mut operations) = content.defaults();
    operations.extend(submitter::correct(&object.metadata, Some(&Value::from(user))));
    // What is doubtful is told by /validate, once.
    match content.validate() {
        Ok(_) => Ok(changed(operations)),
        Err(faults) => Ok(Verdict::Refused(Box::new(cause::status(object.name(), &faults)))),
    }
}

/// A change of an Execution.
///
/// # Errors
/// When an object cannot be read.
pub fn update(old: &Object<'_>, new: &Object<'_>) -> Result<Verdict, Misread> {
    let submitter = submitter::correct(&new.metadata, submitter::told(&old.metadata));
    if new.has_spec_of(old) || new.is_being_deleted() || old.is_being_deleted() {
        return Ok(changed(submitter.into_iter().collect()));
    }
    let Change { faults, defaults: Patch(mut operations) } = change::judge(old, new)?;
    if !faults.is_empty() {
        return Ok(Verdict::Refused(Box::new(cause::status(new.name(), &faults))));
    }
    operations.extend(submitter);
    Ok(changed(operations))
}

fn changed(operations: Vec<json_patch::PatchOperation>) -> Verdict {
    if operations.is_empty() { Verdict::Allowed(Vec::new()) } else { Verdict::Patched(Patch(operations)) }
}
