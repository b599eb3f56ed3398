//! `kubectl gene convert`.

use std::process::ExitCode;

use crate::{
    cli::ConvertArgs,
    manifest::{self, Bound, Foreign, Refused},
    print,
    render::{object, text::printable},
    wfformat::{self, MAX_FILE_BYTES, Refusal},
};

const RECORDING: Bound =
    Bound { bytes: MAX_FILE_BYTES, help: "convert a recording of a smaller run, or leave out its files" };

/// Runs the command: the Execution to standard output, everything else to standard error.
pub fn run(args: &ConvertArgs) -> ExitCode {
    match converted(args) {
        Ok(text) => print::finish(&text, ExitCode::SUCCESS),
        Err(Refused) => ExitCode::FAILURE,
    }
}

fn converted(args: &ConvertArgs) -> Result<String, Refused> {
    let file = Foreign::read(&args.file, &RECORDING)?;
    let converted = wfformat::convert(file.text(), args.commands, &args.image).map_err(|refusal| {
        match refusal {
            Refusal::Unreadable { message, help, at } => file.refuse_text(&message, &help, at),
            Refusal::Faults(faults) => file.refuse(&faults.into_list()),
        }
        Refused
    })?;
    for warning in &converted.warnings {
        print::talk(&format!("warning: {}: {}\n", file.name(), printable(warning)));
    }
    let text = object::yaml(&converted.execution);
    // What lint and run would refuse to read is not written.
    if text.len() as u64 > manifest::MAX_FILE_BYTES {
        let most = manifest::MAX_FILE_BYTES >> 20;
        let message =
            format!("the Execution would have {} MiB; it may have {most} MiB at most", text.len() >> 20);
        file.refuse_text(&message, "with --commands sleep it does without the recorded commands", None);
        return Err(Refused);
    }
    Ok(text)
}
