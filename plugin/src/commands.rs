//! One module a command.

pub mod completion;
pub mod convert;
pub mod lint;
pub mod run;
pub mod version;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// Runs what was typed.
pub fn dispatch(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Version(args) => version::run(&args),
        Command::Completion(args) => completion::run(&args),
    }
}
