//! What the programs that run in a cluster have in common as processes: the log ([`telemetry`]), health and metrics over
//! HTTP ([`admin`]), the way to the API server ([`connect`]), and a clean end ([`process`]).
//!
//! It knows nothing of Executions and decides nothing.

pub mod admin;
pub mod connect;
pub mod process;
pub mod telemetry;
