//! `cargo xtask bench …`: what is claimed of speed and size, measured. Never a test: figures of a
//! noisy machine are for reading and for docs/performance.md.

mod cluster;
pub mod engine;
mod program;
mod report;
mod webhook;
mod workloads;

use clap::Subcommand;

/// What to measure.
#[derive(Subcommand, Debug)]
pub enum Bench {
    /// The engine, validation, and the `kubectl-gene` program
    Engine(engine::EngineArgs),
    /// The controller and the plugin on a control plane with fake nodes
    Cluster(cluster::ClusterArgs),
    /// The webhook: latency, what a review costs, memory
    Webhook(webhook::WebhookArgs),
}

/// Measures and prints a table.
pub fn run(bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Engine(args) => engine::run(args),
        Bench::Cluster(args) => cluster::run(args),
        Bench::Webhook(args) => webhook::run(args),
    }
}
