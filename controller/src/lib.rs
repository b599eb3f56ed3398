//! Reconciles Executions: watches -> engine -> writes.

pub mod permissions;
