//! `kubectl gene convert`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    process::ExitCode,
};

use gene_types::field::FieldError;

use crate::{
    cli::ConvertArgs,
    manifest, print,
    render::{object, text::printable},
    wfformat::{self, Faults, MAX_FILE_BYTES, Refusal},
};

/// Runs the command: the Execution to standard output, everything else to standard error.
pub fn run(args: &ConvertArgs) -> ExitCode {
    let file =
        if is_stdin(&args.file) { "<stdin>".to_owned() } else { printable(&args.file.to_string_lossy()) };
    let converted =
        read(&args.file).map_err(|error| format!("error: cannot read {file}: {error}\n")).and_then(|bytes| {
            wfformat::convert(&bytes, args.commands, &args.image).map_err(|refusal| told(&refusal, &file))
        });
    match converted {
        Ok(converted) => {
            for warning in &converted.warnings {
                print::talk(&format!("warning: {file}: {warning}\n"));
            }
            let text = object::yaml(&converted.execution);
            if text.len() as u64 > manifest::MAX_FILE_BYTES {
                print::talk(&too_long(text.len(), &file));
                return ExitCode::FAILURE;
            }
            print::finish(&text, ExitCode::SUCCESS)
        }
        Err(message) => {
            print::talk(&message);
            ExitCode::FAILURE
        }
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// One byte more than may be is read at most; that it is there is then an error of the recording.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_stdin(file) {
        io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What lint and run would refuse to read is not written.
fn too_long(bytes: usize, file: &str) -> String {
    let most = manifest::MAX_FILE_BYTES;
    format!(
        "error: the Execution would have {bytes} bytes; a file may have {most}\n  --> {file}\n   \
         = help: with --commands sleep it does without the recorded commands\n"
    )
}

fn told(refusal: &Refusal, file: &str) -> String {
    match refusal {
        Refusal::Unreadable { message, help, at } => {
            let place = at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
            let help = help.as_ref().map(|help| format!("   = help: {help}\n")).unwrap_or_default();
            format!("error: {}\n  --> {file}{place}\n{help}", printable(message))
        }
        Refusal::Faults(faults) => told_faults(faults, file),
    }
}

fn told_faults(faults: &Faults, file: &str) -> String {
    const SHOWN: usize = 100;
    let text: String = faults.list().iter().take(SHOWN).map(|fault| told_fault(fault, file) + "\n").collect();
    let hidden = faults.count().saturating_sub(SHOWN);
    let more = if hidden > 0 { format!(", of which {hidden} are not shown") } else { String::new() };
    let plural = if faults.count() == 1 { "" } else { "s" };
    let sum = format!("{file}: {} error{plural}{more}\n", faults.count());
    text + &sum
}

fn told_fault(fault: &FieldError, file: &str) -> String {
    let help =
        fault.help.as_ref().map(|help| format!("   = help: {}\n", printable(&help.text))).unwrap_or_default();
    let (message, path) = (printable(&fault.message), printable(&fault.path.to_string()));
    let place = format!("{file} {path}");
    format!("error: {message}\n  --> {}\n{help}", place.trim_end())
}
