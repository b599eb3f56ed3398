//! `kubectl gene lint`.

use std::process::ExitCode;

use crate::cli::LintArgs;

/// Runs the command.
pub fn run(_args: &LintArgs) -> ExitCode {
    ExitCode::FAILURE
}
