//! Reconciles Executions: watches -> engine -> writes.

pub mod admin;
pub mod args;
pub mod connect;
pub mod events;
pub mod leader;
pub mod metrics;
pub mod owner;
pub mod reconcile;
pub mod telemetry;
