//! The controller on the fake API server: what it promises of an Execution, whatever goes wrong.
//!
//! Time is tokio's and paused, so that hours pass at once. The property test draws other seeds each time and names
//! those that fail; `GENE_FAULT_SEED=n cargo test -p gene-tests --test reconcile schedules` plays that one alone, and
//! `GENE_FAULT_SCHEDULES=n` so many. Whom of several that wait tokio wakes first is not drawn from the seed: one that
//! fails seldom is played some times.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::similar_names,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and says what was going on"
)]

mod answers;
mod case;
mod controllers;
mod dynamic;
mod ending;
mod examples;
mod hands;
mod kubegene;
mod laws;
mod original;
mod plan;
mod reasons;
mod refusals;
mod results;
mod schedules;
mod sizes;
mod world;
