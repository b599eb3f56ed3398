//! The one command surface for people who work on KubeGene.

mod bench;
mod generate;

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
    /// Measure what is claimed of speed and size
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Generate(args) => generate::run(&args),
        Command::Bench(bench) => bench::run(&bench),
    }
}
