//! KubeGene's API: what an Execution is, and everything that its readers must agree on.
//!
//! Pure: no IO, no clock, no randomness, no environment. The webhook, the controller, `lint` and
//! `run` call the same functions, so that what one of them accepts no other refuses.

pub mod cause;
pub mod cell;
pub mod crd;
pub mod default;
pub mod field;
pub mod indexes;
pub mod limits;
pub mod names;
pub mod nearest;
pub mod plan;
pub mod quantity;
pub mod retry;
mod schema;
pub mod shape;
pub mod template;
pub mod update;
pub mod v1alpha1;
pub mod validate;
pub mod warnings;

pub use crd::crd;
pub use limits::Limits;
pub use shape::decode;
pub use v1alpha1::Execution;
pub use validate::{ValidExecution, validate, validate_borrowed, validate_document, validate_stored};
pub use warnings::{local_warnings, warnings};
