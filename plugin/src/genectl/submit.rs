//! `genectl sub`.

use std::process::ExitCode;

use super::cli::{SubArgs, What};
use crate::{cluster::ConnectionArgs, manifest::Refused, print, script};

/// Runs the command.
pub fn run(args: &SubArgs, _connection: &dyn Fn(&str) -> ConnectionArgs) -> ExitCode {
    let made = match &args.what {
        What::Workflow(_) => Err(Refused),
        What::Job(job) => script::job(job),
        What::Repjob(repjob) => script::repjob(repjob),
    };
    match made {
        Ok(made) => print::finish(&made.text(), ExitCode::SUCCESS),
        Err(Refused) => ExitCode::FAILURE,
    }
}
