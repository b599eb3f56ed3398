//! `kubectl gene`: check, run, submit and follow Executions.

mod cli;
mod cluster;
mod commands;
mod local;
mod manifest;
mod observe;
mod print;
mod render;
mod view;
mod wfformat;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse() {
        Ok(cli) => {
            print::colour(cli.color);
            commands::dispatch(cli)
        }
        Err(code) => code,
    }
}
