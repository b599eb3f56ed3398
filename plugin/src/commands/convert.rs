//! `kubectl gene convert`.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
    process::ExitCode,
};

use gene_types::field::FieldError;

use crate::{
    cli::ConvertArgs,
    render::{object, text::printable},
    wfformat::{self, MAX_FILE_BYTES, Refusal},
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
                complain(&format!("warning: {file}: {warning}\n"));
            }
            print(&object::yaml(&converted.execution))
        }
        Err(message) => {
            complain(&message);
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

fn print(text: &str) -> ExitCode {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: cannot write the Execution: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Nobody is left to be told where even standard error cannot be written.
fn complain(message: &str) {
    let _ = io::stderr().lock().write_all(message.as_bytes());
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

fn told_faults(faults: &[FieldError], file: &str) -> String {
    const SHOWN: usize = 100;
    let text: String = faults.iter().take(SHOWN).map(|fault| told_fault(fault, file) + "\n").collect();
    let hidden = faults.len().saturating_sub(SHOWN);
    let more = if hidden > 0 { format!(", of which {hidden} are not shown") } else { String::new() };
    let plural = if faults.len() == 1 { "" } else { "s" };
    let sum = format!("{file}: {} error{plural}{more}\n", faults.len());
    text + &sum
}

fn told_fault(fault: &FieldError, file: &str) -> String {
    let help =
        fault.help.as_ref().map(|help| format!("   = help: {}\n", printable(&help.text))).unwrap_or_default();
    let (message, path) = (printable(&fault.message), printable(&fault.path.to_string()));
    format!("error: {message}\n  --> {file} {path}\n{help}")
}
