//! `kubectl gene run`.

use std::process::ExitCode;

use gene_types::{Limits, ValidExecution, local_warnings};

use crate::{
    cli::{RunArgs, RunnerKind},
    grammar::Materials,
    local,
    manifest::{self, Refused},
};

/// Runs the command.
pub fn run(args: &RunArgs) -> ExitCode {
    let uses_images = args.runner != RunnerKind::Process;
    let doubts = |valid: &ValidExecution| local_warnings(valid, uses_images);
    let loaded = Materials::read(&args.workflow)
        .and_then(|materials| manifest::load(&args.files, &Limits::LOCAL, &doubts, &materials));
    match loaded {
        Ok(loaded) => local::run(args, &loaded),
        Err(Refused) => ExitCode::FAILURE,
    }
}
