//! Admission: completes an Execution, and refuses what could not run.
//!
//! What is right is decided in `gene-types`; here are the server around it and the API server's envelope. It keeps
//! nothing, changes nothing and asks nobody, so that a dry run is as good as any, and whoever calls it learns nothing
//! that he did not say himself.

pub mod answers;
pub mod args;
pub mod bodies;
pub mod change;
pub mod connections;
pub mod content;
pub mod judge;
pub mod life;
pub mod metrics;
pub mod mutate;
pub mod object;
pub mod review;
pub mod server;
pub mod submitter;
pub mod validate;
