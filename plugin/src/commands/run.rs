//! `kubectl gene run`.

use std::process::ExitCode;

use gene_types::Limits;

use crate::{
    cli::RunArgs,
    local,
    manifest::{self, Refused},
};

/// Runs the command.
pub fn run(args: &RunArgs) -> ExitCode {
    match manifest::load(&args.files, &Limits::LOCAL) {
        Ok(loaded) => local::run(args, &loaded),
        Err(Refused) => ExitCode::FAILURE,
    }
}
