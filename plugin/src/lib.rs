//! `kubectl gene`: check, run, submit and follow Executions.
//!
//! A library for its own program and for tests: what people call is the program.

mod argo;
mod cli;
mod cluster;
mod commands;
mod genectl;
mod grammar;
mod local;
mod manifest;
mod observe;
mod print;
mod render;
mod script;
mod view;
mod wfformat;

use std::process::ExitCode;

pub use manifest::check_bytes;
pub use render::object::yaml;

/// The program: does what its command line says.
pub fn main() -> ExitCode {
    if genectl::is_called(std::env::args_os().next().as_deref()) {
        return genectl::main();
    }
    match cli::parse() {
        Ok(cli) => {
            print::colour(cli.color);
            commands::dispatch(cli)
        }
        Err(code) => code,
    }
}
