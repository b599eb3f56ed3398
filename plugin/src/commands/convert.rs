//! `kubectl gene convert`.

use std::process::ExitCode;

use gene_types::field::counted;
use serde_json::Value;

use crate::{
    argo,
    cli::ConvertArgs,
    manifest::{self, Bound, Documents, Foreign, Refused},
    print,
    render::{object, text::printable},
    wfformat::{self, Commands, MAX_FILE_BYTES, Refusal},
};

const RECORDING: Bound =
    Bound { bytes: MAX_FILE_BYTES, help: "convert a recording of a smaller run, or leave out its files" };

/// The image of what was recorded, which says nothing of images.
const IMAGE: &str = "busybox:1.37";

/// Runs the command: the Execution to standard output, everything else to standard error.
pub fn run(args: &ConvertArgs) -> ExitCode {
    match converted(args) {
        Ok(text) => print::finish(&text, ExitCode::SUCCESS),
        Err(Refused) => ExitCode::FAILURE,
    }
}

fn converted(args: &ConvertArgs) -> Result<String, Refused> {
    let file = Foreign::read(&args.file, &RECORDING)?;
    let is_small = file.text().len() as u64 <= manifest::MAX_FILE_BYTES;
    let text = if is_small && file.text().contains(argo::GROUP) {
        let documents = file.documents()?;
        match documents.values().find(|(_, value)| is_of_argo(value)) {
            Some((position, value)) => workflow(&file, &documents, position, value, args)?,
            None => recording(&file, args)?,
        }
    } else {
        recording(&file, args)?
    };
    // What lint and run would refuse to read is not written.
    if text.len() as u64 > manifest::MAX_FILE_BYTES {
        let most = manifest::MAX_FILE_BYTES >> 20;
        let message =
            format!("the Execution would have {} MiB; it may have {most} MiB at most", text.len() >> 20);
        file.refuse_text(
            &message,
            "convert less of it; --commands sleep does without recorded commands",
            None,
        );
        return Err(Refused);
    }
    Ok(text)
}

fn is_of_argo(document: &Value) -> bool {
    document.get("apiVersion").and_then(Value::as_str).is_some_and(|version| version.starts_with(argo::GROUP))
}

fn workflow(
    file: &Foreign,
    documents: &Documents,
    position: usize,
    value: &Value,
    args: &ConvertArgs,
) -> Result<String, Refused> {
    if args.commands.is_some() || args.image.is_some() {
        let help = "leave out --commands and --image, which are for recordings";
        file.refuse_text("a Workflow of Argo has its own commands and images", help, None);
        return Err(Refused);
    }
    let others = documents.values().count() - 1;
    if others > 0 {
        let message =
            format!("the file holds {} beside this one", counted(others as u64, "document", "documents"));
        file.refuse_text(
            &message,
            "one Workflow is converted at a time: put each into a file of its own",
            None,
        );
        return Err(Refused);
    }
    match argo::convert(value, &args.parameters) {
        Ok(converted) => {
            file.tell_of(documents, position, &[], &converted.warnings);
            Ok(object::yaml(&converted.execution))
        }
        Err(refusal) => {
            file.tell_of(documents, position, &refusal.errors, &refusal.warnings);
            Err(Refused)
        }
    }
}

fn recording(file: &Foreign, args: &ConvertArgs) -> Result<String, Refused> {
    if !args.parameters.is_empty() {
        let help = "leave out --parameter, or give the file of a Workflow";
        file.refuse_text("this is no Workflow of Argo, and has no parameters", help, None);
        return Err(Refused);
    }
    let commands = args.commands.unwrap_or(Commands::Recorded);
    let image = args.image.as_deref().unwrap_or(IMAGE);
    let converted = wfformat::convert(file.text(), commands, image).map_err(|refusal| {
        match refusal {
            Refusal::Unreadable { message, help, at } => file.refuse_text(&message, &help, at),
            Refusal::Faults(faults) => file.refuse(&faults.into_list()),
        }
        Refused
    })?;
    for warning in &converted.warnings {
        print::talk(&format!("warning: {}: {}\n", file.name(), printable(warning)));
    }
    Ok(object::yaml(&converted.execution))
}
