//! The engine in a world of its own: Jobs that do what a test says, told in any order, twice or late.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that finds nothing where something must be has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "a test hands its document over where it is written")]

mod dynamic;
mod ending;
mod examples;
mod generate;
#[path = "../../../tests/src/graphs.rs"]
mod graphs;
mod kubegene;
mod nonsense;
mod oracle;
mod order;
mod original;
mod properties;
mod reopened;
mod restart;
mod retries;
mod skipping;
mod status;
mod world;
