//! One module a command.

pub mod completion;
pub mod convert;
pub mod describe;
pub mod lint;
pub mod logs;
pub mod run;
pub mod tree;
pub mod version;
pub mod watch;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// Runs what was typed.
pub fn dispatch(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Tree(args) => tree::run(&args),
        Command::Watch(args) => watch::run(&args),
        Command::Describe(args) => describe::run(&args),
        Command::Logs(args) => logs::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Version(args) => version::run(&args),
        Command::Completion(args) => completion::run(&args),
    }
}
