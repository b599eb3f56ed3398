//! `kubectl gene version`.

use std::process::ExitCode;

use crate::{cli::VersionArgs, print};

/// Prints the version, as `kubectl version` prints its own. No cluster has a part in this program yet, so
/// `--client` leaves nothing out.
pub fn run(_args: &VersionArgs) -> ExitCode {
    print::finish(concat!("Client Version: v", env!("CARGO_PKG_VERSION"), "\n"), ExitCode::SUCCESS)
}
