//! The controller as a process on the real API server of `KUBECONFIG`, killed at any instant. Pods run on fake nodes, or
//! end as a test says: nothing runs containers.
//!
//! The cluster must have fake nodes ("cargo xtask cluster up --fake-nodes 10"), and no controller at work.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and says with which seed"
)]

mod admission;
mod cluster;
mod crashes;
mod dynamic;
mod leadership;
mod manifests;
mod pods;
mod policies;
mod process;
mod record;
mod shape;
mod strangers;
