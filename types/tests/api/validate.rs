//! An example for every rule of validation.

mod commands;
mod conditions;
mod dependents;
mod names;
mod pods;
mod together;

use gene_types::{Limits, validate_document};

use crate::document;

fn check(yaml: &str, expected: &[&str]) {
    let errors = validate_document(document(yaml), &Limits::LOCAL).err().unwrap_or_default();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors, expected, "{yaml}");
}
