//! Reconciles Executions: watches -> engine -> writes.

pub mod failure;
pub mod job;
pub mod kept;
pub mod observe;
pub mod slim;
