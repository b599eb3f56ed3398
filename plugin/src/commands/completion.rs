//! `kubectl gene completion`.

use std::process::ExitCode;

use crate::cli::CompletionArgs;

/// Runs the command.
pub fn run(_args: &CompletionArgs) -> ExitCode {
    ExitCode::FAILURE
}
