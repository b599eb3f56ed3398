//! `kubectl gene describe`.

use std::process::ExitCode;

use crate::cli::DescribeArgs;

/// Runs the command.
pub fn run(_args: &DescribeArgs) -> ExitCode {
    ExitCode::FAILURE
}
