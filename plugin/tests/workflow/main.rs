//! Workflow files as a person meets them: the built program on files in a directory of their own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests, a failed expectation is the point")]

mod dry_run;
mod faults;
mod place;
mod repositories;
mod runs;
mod server;
mod sheets;
