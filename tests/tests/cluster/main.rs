//! The product as people have it: its image and manifests on the cluster of `KUBECONFIG`, `kubectl gene` as a process,
//! real containers.
//!
//! The cluster must have what "cargo xtask cluster load-image" loads. Each test works in a namespace of its own, but for
//! the tour, whose Execution names one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod dynamic;
mod ending;
mod failures;
mod fixture;
mod kubegene;
mod pipeline;
mod steering;
mod texts;
mod tour;
