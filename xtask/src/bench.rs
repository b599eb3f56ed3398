//! `cargo xtask bench …`: what is claimed of speed and size, measured. Never a test: figures of a
//! noisy machine are for reading and for docs/performance.md.

pub mod engine;
mod program;
mod report;
mod workloads;

use clap::Subcommand;

/// What to measure.
#[derive(Subcommand, Debug)]
pub enum Bench {
    /// The engine, validation, and the `kubectl-gene` program
    Engine(engine::EngineArgs),
}

/// Measures and prints a table.
pub fn run(bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Engine(args) => engine::run(args),
    }
}
