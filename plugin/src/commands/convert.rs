//! `kubectl gene convert`.

use std::process::ExitCode;

use crate::cli::ConvertArgs;

/// Runs the command.
pub fn run(_args: &ConvertArgs) -> ExitCode {
    ExitCode::FAILURE
}
