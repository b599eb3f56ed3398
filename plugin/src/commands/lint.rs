//! `kubectl gene lint`.

use std::process::ExitCode;

use gene_types::{Limits, field::counted};

use crate::{
    cli::LintArgs,
    grammar::Materials,
    manifest::{self, Accepted},
    print,
    render::extent,
};

/// Checks every file, and says of each that is accepted what it holds.
pub fn run(args: &LintArgs) -> ExitCode {
    let Ok(materials) = Materials::read(&args.workflow) else { return ExitCode::FAILURE };
    let mut code = ExitCode::SUCCESS;
    manifest::load_each(&args.files, &Limits::LOCAL, &gene_types::warnings, &materials, |file| {
        code = match file {
            Ok(file) => print::finish(&summary(&file), code),
            Err(manifest::Refused) => ExitCode::FAILURE,
        };
    });
    code
}

/// `wgs.yaml: 1 Execution, 7 tasks, 98 vertices: ok`
fn summary(file: &Accepted) -> String {
    let plans = file.loaded.iter().map(|loaded| loaded.valid.plan());
    let line = format!("{}: {}, {}", file.file, file.held(), extent(&plans));
    let verdict = if file.warnings == 0 {
        "ok".to_owned()
    } else {
        counted(file.warnings as u64, "warning", "warnings")
    };
    format!("{line}: {verdict}\n")
}
