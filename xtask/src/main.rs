//! The one command surface for people who work on KubeGene.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to whoever typed the command")]

mod bench;
mod cargo;
mod cluster;
mod fuzz;
mod generate;
mod image;
mod test;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the files that are derived from the code
    Generate(generate::Args),
    /// Build the product's image without Docker
    Image(image::Args),
    /// Run every layer of tests that this machine can run
    Test,
    /// Feed the parsers what breaks them, for a while
    Fuzz(fuzz::Args),
    /// A real Kubernetes on this machine, for tests and benchmarks
    Cluster(cluster::Args),
    /// Measure what is claimed of speed and size
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Generate(args) => generate::run(&args),
        Command::Image(args) => image::run(&args),
        Command::Test => test::run(),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Cluster(args) => cluster::run(&args),
        Command::Bench(bench) => bench::run(&bench),
    }
}
