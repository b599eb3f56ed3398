//! Workflow files as a person meets them: the built program on files in a directory of their own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in tests, a failed expectation is the point, and what was not run is said"
)]

mod dry_run;
mod faults;
mod place;
mod repositories;
mod runs;
mod secured;
mod server;
mod sheets;
