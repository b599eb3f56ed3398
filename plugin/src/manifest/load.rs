//! What commands do with files: read them one after the other, and take or refuse each as a whole.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use gene_types::{Limits, ValidExecution, field::FieldError};

use super::{
    Accepted, Diagnostic, Examined, Held, Loaded, Source, count_errors, examine, show, source, visible,
};
use crate::{grammar::Materials, print};

/// What is legal in an Execution and yet worth a word.
pub type Doubts<'a> = &'a dyn Fn(&ValidExecution) -> Vec<FieldError>;

/// What a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Executions and workflows.
    Any,
    /// Workflows alone, as they were asked for by that word.
    Workflows,
}

/// What a workflow that names no Execution is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// After its file, so that the same run is found again.
    File,
    /// As the server chooses, anew each time.
    Server,
}

/// How files are judged, and what is kept of them.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// How large they may be.
    pub limits: &'a Limits,
    /// What is worth a word.
    pub doubts: Doubts<'a>,
    /// What workflows need beside themselves.
    pub materials: &'a Materials,
    /// What they are called.
    pub naming: Naming,
    /// What they may hold.
    pub wanted: Wanted,
    /// Whether the documents are kept.
    pub keeps_documents: bool,
}

/// Reads every Execution and workflow of every file, to be run here. Errors and warnings go to standard error.
///
/// # Errors
/// Something was refused, and all of it has been printed.
pub fn load(
    files: &[PathBuf],
    limits: &Limits,
    doubts: Doubts<'_>,
    materials: &Materials,
) -> Result<Vec<Loaded>, Refused> {
    let (naming, wanted) = (Naming::File, Wanted::Any);
    load_all(files, Reading { limits, doubts, materials, naming, wanted, keeps_documents: false })
}

/// The same with their documents, for who passes them on.
///
/// # Errors
/// As for [`load`].
pub fn load_documents(
    files: &[PathBuf],
    limits: &Limits,
    doubts: Doubts<'_>,
    materials: &Materials,
    wanted: Wanted,
) -> Result<Vec<Loaded>, Refused> {
    let naming = Naming::Server;
    load_all(files, Reading { limits, doubts, materials, naming, wanted, keeps_documents: true })
}

/// The same of a workflow that is at hand; the name stands where that of a file would.
///
/// # Errors
/// As for [`load`].
pub fn load_text(
    name: &str,
    text: String,
    limits: &Limits,
    doubts: Doubts<'_>,
    materials: &Materials,
) -> Result<Vec<Loaded>, Refused> {
    let (naming, wanted) = (Naming::Server, Wanted::Workflows);
    let reading = Reading { limits, doubts, materials, naming, wanted, keeps_documents: true };
    accept(&Arc::new(Source::new(name, text)), reading).map(|accepted| accepted.loaded)
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
    materials: &Materials,
    take: impl FnMut(Result<Accepted, Refused>),
) {
    let (naming, wanted) = (Naming::Server, Wanted::Any);
    read_each(files, Reading { limits, doubts, materials, naming, wanted, keeps_documents: false }, take);
}

fn read_each(files: &[PathBuf], reading: Reading<'_>, mut take: impl FnMut(Result<Accepted, Refused>)) {
    let mut stdin_was_read = reading.materials.took_stdin();
    let mut are_all_read = true;
    for path in files {
        let again = source::is_stdin(path) && std::mem::replace(&mut stdin_was_read, true);
        let opened = if again { Err(stdin_twice(path)) } else { Source::read(path, &source::EXECUTIONS) };
        let accepted = match opened {
            Ok(source) => accept(&Arc::new(source), reading),
            Err(refused) => {
                let (source, diagnostic) = *refused;
                show(&source, vec![diagnostic], Held::default());
                Err(Refused)
            }
        };
        are_all_read &= accepted.is_ok();
        take(accepted);
    }
    // Where a file was refused, it may be the one that they were meant for.
    if are_all_read && reading.materials.are_idle() {
        print::talk(
            "error: --input, --set and --tool-repo are for workflows, and these files hold none\nhelp: leave them out, or name the file of a workflow\n",
        );
        take(Err(Refused));
    }
}

/// At least one file was refused; the reasons have been printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

fn accept(source: &Arc<Source>, reading: Reading<'_>) -> Result<Accepted, Refused> {
    let Examined { valid, diagnostics, held } = examine(source, reading);
    let errors = count_errors(&diagnostics);
    let warnings = diagnostics.len() - errors;
    show(source, diagnostics, held);
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

fn stdin_twice(path: &Path) -> Box<(Source, Diagnostic)> {
    let error = Diagnostic::error("standard input can be read only once").help("name - once");
    Box::new((Source::new(source::name(path), ""), error))
}
