//! The HTTP server for the cluster's administration: `/livez`, `/readyz`, `/metrics`.

mod readiness;

pub use readiness::{Gate, Readiness};
