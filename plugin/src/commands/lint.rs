//! `kubectl gene lint`.

use std::process::ExitCode;

use gene_types::{Limits, field::counted};

use crate::{
    cli::LintArgs,
    manifest::{self, Accepted},
    print,
};

/// Checks every file, and says of each that is accepted what it holds.
pub fn run(args: &LintArgs) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    manifest::load_each(&args.files, &Limits::LOCAL, &gene_types::warnings, |file| {
        code = match file {
            Ok(file) => print::finish(&summary(&file), code),
            Err(manifest::Refused) => ExitCode::FAILURE,
        };
    });
    code
}

/// `wgs.yaml: 1 Execution, 7 tasks, 98 vertices: ok`
fn summary(file: &Accepted) -> String {
    let plans = || file.loaded.iter().map(|loaded| loaded.valid.plan());
    let tasks: usize = plans().map(|plan| plan.tasks.len()).sum();
    let widths = || plans().flat_map(|plan| &plan.tasks).map(|task| task.commands.static_width());
    let vertices: usize = widths().flatten().map(|width| width as usize).sum();
    // A dynamic task's width is known when its source is done, not before.
    let dynamic = widths().filter(Option::is_none).count();
    let mut line = format!(
        "{}: {}, {}, {}",
        file.file,
        counted(file.loaded.len() as u64, "Execution", "Executions"),
        counted(tasks as u64, "task", "tasks"),
        counted(vertices as u64, "vertex", "vertices")
    );
    if dynamic > 0 {
        line = format!("{line} and those of {}", counted(dynamic as u64, "dynamic task", "dynamic tasks"));
    }
    let verdict = if file.warnings == 0 {
        "ok".to_owned()
    } else {
        counted(file.warnings as u64, "warning", "warnings")
    };
    format!("{line}: {verdict}\n")
}
