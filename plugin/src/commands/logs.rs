//! `kubectl gene logs`.

use std::process::ExitCode;

use crate::cli::LogsArgs;

/// Runs the command.
pub fn run(_args: &LogsArgs) -> ExitCode {
    ExitCode::FAILURE
}
