//! `kubectl gene run`.

use std::process::ExitCode;

use crate::cli::RunArgs;

/// Runs the command.
pub fn run(_args: RunArgs) -> ExitCode {
    ExitCode::FAILURE
}
