//! `kubectl gene version`.

use std::process::ExitCode;

use crate::cli::VersionArgs;

/// Runs the command.
pub fn run(_args: &VersionArgs) -> ExitCode {
    ExitCode::FAILURE
}
