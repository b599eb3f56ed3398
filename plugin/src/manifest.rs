//! Files with Executions: read, located, checked, and shown where they are wrong.
//!
//! The way of a file: bytes within a bound ([`source`]), documents with the place of every value
//! ([`yaml`], [`json`], [`compose`]), objects of our kind ([`check`]), and what is wrong with them, shown
//! in the order of the file ([`report`]).

mod check;
mod compose;
mod document;
mod foreign;
mod json;
mod report;
mod scalar;
mod source;
mod yaml;

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use gene_types::{
    Limits, ValidExecution,
    field::{FieldError, counted, grouped},
};
use serde_json::Value;

use self::{
    document::Document,
    report::{Diagnostic, Severity, render, visible},
    source::Source,
};
use crate::print;

/// The most faults of one file that are printed: as many as are looked for, and the word that there may be
/// more. A file can hold a million, which helps nobody.
const SHOWN: usize = compose::FAULTS + 1;

pub use self::{
    foreign::{Documents, Foreign},
    source::{Bound, MAX_BYTES as MAX_FILE_BYTES},
};

/// One Execution of a file, checked.
#[derive(Debug)]
pub struct Loaded {
    /// The Execution as it stands in the file, defaults filled in.
    pub valid: ValidExecution,
    /// The document itself, without defaults, where it was asked for.
    pub document: Option<Value>,
    /// The file's name as a person would write it; `<stdin>` for `-`.
    pub file: String,
    source: Arc<Source>,
    origin: check::Origin,
}

impl Loaded {
    /// Refuses the Execution for what the command at hand asks of it: shows each fault at its place in the
    /// file, on standard error.
    pub fn refuse(&self, errors: &[FieldError]) {
        let located = |error| self.origin.locate(&self.source, Severity::Error, error);
        show(&self.source, errors.iter().map(located).collect(), 1);
    }

    /// The text that shows what a server refuses the Execution for.
    pub fn refused_by_server(&self, errors: &[FieldError]) -> String {
        let shown = self.told_by_server(Severity::Error, errors);
        let count = counted(errors.len() as u64, "error", "errors");
        format!("{shown}the server refused 1 Execution of {}: {count}\n", self.file)
    }

    /// The text that shows what a server takes and yet has a word about.
    pub fn warned_by_server(&self, warnings: &[FieldError]) -> String {
        self.told_by_server(Severity::Warning, warnings)
    }

    /// A server judges what it has made of the file: what is not there is shown without a place.
    fn told_by_server(&self, severity: Severity, faults: &[FieldError]) -> String {
        let located = |fault: &FieldError| {
            let mut diagnostic = self.origin.locate(&self.source, severity, fault);
            if !self.origin.holds(&fault.path) {
                diagnostic.at = None;
            }
            diagnostic
        };
        let mut diagnostics: Vec<Diagnostic> = faults.iter().map(located).collect();
        diagnostics.sort_by_key(|diagnostic| (diagnostic.at.is_none(), diagnostic.at));
        diagnostics.iter().take(SHOWN).map(|diagnostic| render(&self.source, diagnostic)).collect()
    }
}

/// What is legal in an Execution and yet worth a word.
pub type Doubts<'a> = &'a dyn Fn(&ValidExecution) -> Vec<FieldError>;

/// How Executions are judged, and what is kept of them.
#[derive(Clone, Copy)]
struct Reading<'a> {
    limits: &'a Limits,
    doubts: Doubts<'a>,
    keeps_documents: bool,
}

/// Reads every Execution of every file. Errors and warnings go to standard error.
///
/// # Errors
/// Something was refused, and all of it has been printed.
pub fn load(files: &[PathBuf], limits: &Limits, doubts: Doubts<'_>) -> Result<Vec<Loaded>, Refused> {
    load_all(files, Reading { limits, doubts, keeps_documents: false })
}

/// The same with their documents, for who passes them on.
///
/// # Errors
/// As for [`load`].
pub fn load_documents(
    files: &[PathBuf],
    limits: &Limits,
    doubts: Doubts<'_>,
) -> Result<Vec<Loaded>, Refused> {
    load_all(files, Reading { limits, doubts, keeps_documents: true })
}

fn load_all(files: &[PathBuf], reading: Reading<'_>) -> Result<Vec<Loaded>, Refused> {
    let mut loaded = Vec::new();
    let mut refused = false;
    read_each(files, reading, |file| match file {
        Ok(file) => loaded.extend(file.loaded),
        Err(Refused) => refused = true,
    });
    if refused { Err(Refused) } else { Ok(loaded) }
}

/// Reads one file after the other, and hands over each before the next is read. Errors and warnings go to
/// standard error.
pub fn load_each(
    files: &[PathBuf],
    limits: &Limits,
    doubts: Doubts<'_>,
    take: impl FnMut(Result<Accepted, Refused>),
) {
    read_each(files, Reading { limits, doubts, keeps_documents: false }, take);
}

fn read_each(files: &[PathBuf], reading: Reading<'_>, mut take: impl FnMut(Result<Accepted, Refused>)) {
    let mut stdin_was_read = false;
    for path in files {
        let again = source::is_stdin(path) && std::mem::replace(&mut stdin_was_read, true);
        let opened = if again { Err(stdin_twice(path)) } else { Source::read(path, &source::EXECUTIONS) };
        take(match opened {
            Ok(source) => accept(&Arc::new(source), reading),
            Err(refused) => {
                let (source, diagnostic) = *refused;
                show(&source, vec![diagnostic], 0);
                Err(Refused)
            }
        });
    }
}

/// A file without errors.
#[derive(Debug)]
pub struct Accepted {
    /// Its name as a person would write it, safe to print.
    pub file: String,
    /// Its Executions.
    pub loaded: Vec<Loaded>,
    /// How many warnings were printed.
    pub warnings: usize,
}

/// At least one file was refused; the reasons have been printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// The documents of a text, and what is wrong with it as YAML or JSON.
fn read(source: &Source) -> (Vec<Document>, Vec<Diagnostic>) {
    let mut composer = compose::Composer::new(source);
    if source.text().trim_start().starts_with(['{', '[']) {
        match json::read(source, &mut composer) {
            Ok(()) => return (composer.documents, composer.faults),
            Err(json::Failure::Stop(compose::Stop(fault))) => return (Vec::new(), vec![*fault]),
            Err(json::Failure::Syntax(fault)) => {
                // As kubectl: what begins as JSON and is none may be YAML in brackets.
                let (documents, faults) = read_yaml(source);
                let further = faults.iter().map(|fault| fault.at).max().flatten();
                return if faults.is_empty() || further > fault.at {
                    (documents, faults)
                } else {
                    (Vec::new(), vec![*fault])
                };
            }
        }
    }
    read_yaml(source)
}

fn read_yaml(source: &Source) -> (Vec<Document>, Vec<Diagnostic>) {
    let mut composer = compose::Composer::new(source);
    if let Err(compose::Stop(fault)) = yaml::read(source, &mut composer) {
        composer.faults.push(*fault);
    }
    (composer.documents, composer.faults)
}

fn accept(source: &Arc<Source>, reading: Reading<'_>) -> Result<Accepted, Refused> {
    let Examined { valid, diagnostics, executions } = examine(source, reading);
    let errors = count_errors(&diagnostics);
    let warnings = diagnostics.len() - errors;
    show(source, diagnostics, executions);
    if errors > 0 {
        return Err(Refused);
    }
    let file = visible(source.name()).into_owned();
    let loaded = |(valid, document, origin)| {
        let source = Arc::clone(source);
        Loaded { valid, document, file: file.clone(), source, origin }
    };
    Ok(Accepted { loaded: valid.into_iter().map(loaded).collect(), file, warnings })
}

/// What a text holds, and all that is to be said of it.
struct Examined {
    valid: Vec<(ValidExecution, Option<Value>, check::Origin)>,
    diagnostics: Vec<Diagnostic>,
    executions: u64,
}

fn examine(source: &Source, reading: Reading<'_>) -> Examined {
    let (documents, mut diagnostics) = read(source);
    let readable = diagnostics.is_empty();
    let mut valid = Vec::new();
    let mut executions = 0;
    let (mut counted, mut errors) = (0, 0);
    for document in documents {
        for object in check::objects(source, document, &mut diagnostics) {
            executions += 1;
            valid.extend(check::execution(source, object, reading, &mut diagnostics));
        }
        errors += count_errors(diagnostics.get(counted..).unwrap_or_default());
        counted = diagnostics.len();
        // A file has room for a million documents, each of another kind.
        if errors >= compose::FAULTS {
            let last = diagnostics.iter().filter_map(|diagnostic| diagnostic.at).max();
            diagnostics.push(compose::too_many(last.unwrap_or_default()));
            break;
        }
    }
    if executions == 0 && readable && diagnostics.is_empty() {
        diagnostics.push(nothing_there(source));
    }
    Examined { valid, diagnostics, executions }
}

/// Reads bytes as `lint` reads a file. The Executions' documents, as they stand there; or, where the file would be
/// refused, what is printed of it.
///
/// # Errors
/// Something is wrong with it.
pub fn check_bytes(bytes: Vec<u8>) -> Result<Vec<Value>, String> {
    let mut said = String::new();
    let mut say = |text: &str| said.push_str(text);
    let source = match Source::decode(source::STDIN.to_owned(), bytes) {
        Ok(source) => source,
        Err(refused) => {
            let (source, diagnostic) = *refused;
            report_all(&source, vec![diagnostic], 0, &mut say);
            return Err(said);
        }
    };
    let reading = Reading { limits: &Limits::LOCAL, doubts: &gene_types::warnings, keeps_documents: true };
    let Examined { valid, diagnostics, executions } = examine(&source, reading);
    let errors = count_errors(&diagnostics);
    report_all(&source, diagnostics, executions, &mut say);
    if errors > 0 {
        Err(said)
    } else {
        Ok(valid.into_iter().filter_map(|(_, document, _)| document).collect())
    }
}

/// Prints what is wrong in the order of the file, and how much it is where the file is refused.
fn show(source: &Source, diagnostics: Vec<Diagnostic>, executions: u64) {
    report_all(source, diagnostics, executions, &mut print::talk);
}

fn report_all(source: &Source, mut diagnostics: Vec<Diagnostic>, executions: u64, say: &mut dyn FnMut(&str)) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.at, diagnostic.severity));
    for diagnostic in diagnostics.iter().take(SHOWN) {
        say(&render(source, diagnostic));
    }
    let errors = count_errors(&diagnostics);
    if errors == 0 {
        return;
    }
    let mut summary = format!("{}: {}", visible(source.name()), counted(errors as u64, "error", "errors"));
    if errors < diagnostics.len() {
        summary =
            format!("{summary} and {}", counted((diagnostics.len() - errors) as u64, "warning", "warnings"));
    }
    if executions > 0 {
        summary = format!("{summary} in {}", counted(executions, "Execution", "Executions"));
    }
    if diagnostics.len() > SHOWN {
        summary = format!("{summary}; the first {} are shown", grouped(SHOWN as u64));
    }
    say(&format!("{summary}\n"));
}

fn count_errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

fn nothing_there(source: &Source) -> Diagnostic {
    let what =
        if source.text().trim().is_empty() { "the file is empty" } else { "the file holds no Execution" };
    Diagnostic::error(what).help(check::WANTED)
}

fn stdin_twice(path: &Path) -> Box<(Source, Diagnostic)> {
    let error = Diagnostic::error("standard input can be read only once").help("name - once");
    Box::new((Source::new(source::name(path), ""), error))
}
