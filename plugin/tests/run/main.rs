//! `kubectl gene run`, driven as a process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests, a failed expectation is the point")]

mod killed;
mod outcomes;
mod refused;
mod results;
mod resumed;
mod signals;
mod world;
