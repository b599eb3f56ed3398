//! What tests of more than one crate share: a fake API server that can fail in every way that a real one can,
//! and what waits for objects on either.
//!
//! [`fake`] is the API server; `tests/conformance` holds one list of cases that it and a real one must both pass.

pub mod definition;
pub mod fake;
pub mod fuzz;
pub mod graphs;
pub mod namespace;
pub mod resources;
pub mod wait;
