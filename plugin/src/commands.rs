//! One module a command.

pub mod change;
pub mod completion;
pub mod convert;
pub mod delete;
pub mod describe;
pub mod get;
pub mod lint;
pub mod logs;
pub mod retry;
pub mod run;
pub mod submit;
pub mod tree;
pub mod version;
pub mod wait;
pub mod watch;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use change::Change;

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
        Command::Submit(args) => submit::run(&args),
        Command::Get(args) => get::run(&args),
        Command::Delete(args) => delete::run(&args),
        Command::Wait(args) => wait::run(&args),
        Command::Suspend(args) => change::run(&args, Change::Suspend),
        Command::Resume(args) => change::run(&args, Change::Resume),
        Command::Cancel(args) => change::run(&args, Change::Cancel),
        Command::Retry(args) => retry::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Version(args) => version::run(&args),
        Command::Completion(args) => completion::run(&args),
    }
}
