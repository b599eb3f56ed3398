//! Files with Executions and workflows: read, located, checked, and shown where they are wrong.
//!
//! The way of a file: bytes within a bound ([`source`]), documents with the place of every value
//! ([`yaml`], [`json`], [`compose`]), objects of our kind ([`check`]) or workflows ([`crate::grammar`]), and what is wrong
//! with them, shown in the order of the file ([`report`]).

mod check;
mod compose;
mod document;
mod foreign;
mod json;
mod load;
mod loaded;
mod report;
mod scalar;
mod source;
mod yaml;

#[cfg(test)]
mod tests;

use gene_types::{
    Limits, ValidExecution,
    field::{counted, grouped},
};
use serde_json::Value;

use self::{loaded::Origin, report::render};
use crate::{
    grammar::{self, Materials},
    print,
};

/// The most faults of one file that are printed: as many as are looked for, and the word that there may be
/// more. A file can hold a million, which helps nobody.
const SHOWN: usize = compose::FAULTS + 1;

pub use self::{
    check::locate,
    compose::{Composer, Stop},
    document::{Children, Document, Node},
    foreign::{Documents, Foreign},
    load::{Naming, Reading, Refused, Wanted, load, load_documents, load_each, load_text},
    loaded::{Accepted, Held, Loaded},
    report::{Diagnostic, Severity, visible},
    scalar::plain as plain_scalar,
    source::{Bound, MAX_BYTES as MAX_FILE_BYTES, Source, Span, is_stdin},
};

/// The documents of a text, and what is wrong with it as YAML or JSON.
pub fn read(source: &Source) -> (Vec<Document>, Vec<Diagnostic>) {
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

/// What a text holds, and all that is to be said of it.
struct Examined {
    valid: Vec<(ValidExecution, Option<Value>, Origin)>,
    diagnostics: Vec<Diagnostic>,
    held: Held,
}

fn examine(source: &Source, reading: Reading<'_>) -> Examined {
    let (documents, mut diagnostics) = read(source);
    let readable = diagnostics.is_empty();
    let mut valid = Vec::new();
    let mut held = Held::default();
    let (mut counted, mut errors) = (0, 0);
    for document in documents {
        if grammar::is_meant(&document.value, reading.wanted) {
            held.workflows += 1;
            valid.extend(workflow(source, document, reading, &mut diagnostics));
        } else if reading.wanted == Wanted::Workflows {
            diagnostics.extend(check::no_workflow(source, &document));
        } else {
            for object in check::objects(source, document, &mut diagnostics) {
                held.executions += 1;
                let execution = check::execution(source, object, reading, &mut diagnostics);
                valid.extend(
                    execution.map(|(valid, document, origin)| (valid, document, Origin::Execution(origin))),
                );
            }
        }
        errors += count_errors(diagnostics.get(counted..).unwrap_or_default());
        counted = diagnostics.len();
        // A file has room for a million documents, each of another kind.
        if errors >= compose::FAULTS {
            let last = diagnostics
                .iter()
                .filter(|found| found.elsewhere.is_none())
                .filter_map(|found| found.at)
                .max();
            diagnostics.push(compose::too_many(last.unwrap_or_default()));
            break;
        }
    }
    if held.is_empty() && readable && diagnostics.is_empty() {
        diagnostics.push(nothing_there(source, reading.wanted));
    }
    Examined { valid, diagnostics, held }
}

fn workflow(
    source: &Source,
    document: Document,
    reading: Reading<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(ValidExecution, Option<Value>, Origin)> {
    let compiled = grammar::compile(source, document, reading, diagnostics)?;
    let document = reading.keeps_documents.then(|| compiled.origin.document());
    Some((compiled.valid, document, Origin::Workflow(Box::new(compiled.origin))))
}

/// Reads bytes as `lint` reads a file, without any tool of a workflow. The Executions' documents, as they stand there;
/// or, where the file would be refused, what is printed of it.
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
            report_all(&source, vec![diagnostic], Held::default(), &mut say);
            return Err(said);
        }
    };
    let reading = Reading {
        limits: &Limits::LOCAL,
        doubts: &gene_types::warnings,
        materials: &Materials::default(),
        naming: Naming::Server,
        wanted: Wanted::Any,
        keeps_documents: true,
    };
    let Examined { valid, diagnostics, held } = examine(&source, reading);
    let errors = count_errors(&diagnostics);
    report_all(&source, diagnostics, held, &mut say);
    if errors > 0 {
        Err(said)
    } else {
        Ok(valid.into_iter().filter_map(|(_, document, _)| document).collect())
    }
}

/// What is printed of a text, without colours.
#[cfg(test)]
pub fn shown_of(name: &str, text: &str, diagnostics: Vec<Diagnostic>) -> String {
    let mut said = String::new();
    report_all(&Source::new(name, text), diagnostics, Held::default(), &mut |part| said.push_str(part));
    anstream::adapter::strip_str(&said).to_string()
}

/// Prints what is wrong in the order of the file, and how much it is where the file is refused.
pub fn show(source: &Source, diagnostics: Vec<Diagnostic>, held: Held) {
    report_all(source, diagnostics, held, &mut print::talk);
}

fn report_all(source: &Source, mut diagnostics: Vec<Diagnostic>, held: Held, say: &mut dyn FnMut(&str)) {
    diagnostics.sort_by_key(Diagnostic::order);
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
    if !held.is_empty() {
        summary = format!("{summary} in {held}");
    }
    if diagnostics.len() > SHOWN {
        summary = format!("{summary}; the first {} are shown", grouped(SHOWN as u64));
    }
    say(&format!("{summary}\n"));
}

fn count_errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

fn nothing_there(source: &Source, wanted: Wanted) -> Diagnostic {
    let what = match (source.text().trim().is_empty(), wanted) {
        (true, _) => "the file is empty",
        (false, Wanted::Any) => "the file holds no Execution",
        (false, Wanted::Workflows) => "the file holds no workflow",
    };
    Diagnostic::error(what).help(check::WANTED)
}
