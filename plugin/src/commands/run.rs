//! `kubectl gene run`.

use std::process::ExitCode;

use gene_types::{Limits, local_warnings};

use crate::{
    cli::{RunArgs, RunnerKind},
    local,
    manifest::{self, Refused},
};

/// Runs the command.
pub fn run(args: &RunArgs) -> ExitCode {
    let uses_images = args.runner != RunnerKind::Process;
    match manifest::load(&args.files, &Limits::LOCAL, &|valid| local_warnings(valid, uses_images)) {
        Ok(loaded) => local::run(args, &loaded),
        Err(Refused) => ExitCode::FAILURE,
    }
}
