//! `kubectl gene`: check, run, submit and follow Executions.

mod cli;
mod commands;
mod local;
mod manifest;
mod render;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::parse().map_or_else(|code| code, commands::dispatch)
}
