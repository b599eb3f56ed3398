//! Tool repositories: files, directories and addresses full of tools, of which a workflow uses a few.
//!
//! Only what is used must be sound. What cannot be read of a repository is kept, and told where a tool is missing.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gene_types::field::{counted, grouped};

use super::{Part, extension, fetch};
use crate::manifest::{Bound, Diagnostic, Document, MAX_FILE_BYTES, Source, read};

/// Where the original looked for tools, below the home directory.
const USUAL: &str = "kubegene/tools";

/// The most that a directory is looked through: someone names the root of a disk by mistake.
const MOST_ENTRIES: usize = 20_000;
const DEEPEST: usize = 32;
/// The most bytes of all tool files together.
const MOST_BYTES: usize = 64 << 20;

/// The bound of one file of tools.
pub(super) const BOUND: Bound = Bound { bytes: MAX_FILE_BYTES, help: "split it into several files" };

/// The tools of all repositories.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// Every document, in order: of two with one name and version the last one holds.
    pub(super) parts: Vec<Part>,
    /// What keeps single files and documents from being read.
    pub(super) unread: Vec<Diagnostic>,
    /// What keeps whole repositories from being read.
    pub(super) refused: Vec<Diagnostic>,
    /// Where tools were looked for, as a person would write it.
    places: Vec<String>,
    bytes: usize,
}

impl Tools {
    /// Reads the repositories that were named, or the usual one where none was and it is there. What is wrong with them
    /// is told from this rank on.
    pub(super) fn read(named: &[String], rank: usize) -> Self {
        let mut tools = Self::default();
        for place in named {
            tools.repository(place);
        }
        let usual = env::home_dir().map(|home| home.join(USUAL)).filter(|usual| usual.is_dir());
        if let Some(usual) = usual.filter(|_| named.is_empty()) {
            tools.places.push(usual.display().to_string());
            tools.directory(&usual);
        }
        let parts = tools.parts.len();
        for (position, diagnostic) in tools.refused.iter_mut().chain(&mut tools.unread).enumerate() {
            if let Some(elsewhere) = &mut diagnostic.elsewhere {
                elsewhere.rank = rank + parts + position;
            }
        }
        tools
    }

    /// What to do about a tool that is missing, where more is known than the grammar knows.
    pub(super) fn remedy(&self) -> Option<String> {
        if !self.unread.is_empty() {
            let count = counted(self.unread.len() as u64, "fault", "faults");
            return Some(format!(
                "it may stand in what could not be read of the tools: see the {count} below"
            ));
        }
        if !self.parts.is_empty() || self.places.is_empty() {
            return None;
        }
        Some(format!("no tool is in {}: name another place with --tool-repo", self.places.join(", ")))
    }

    fn repository(&mut self, place: &str) {
        self.places.push(place.to_owned());
        if fetch::is_address(place) {
            match fetch::fetch(place, BOUND.bytes) {
                Ok(bytes) => self.bytes(place.to_owned(), bytes),
                Err(why) => self.refuse(place, &why.message, &why.help),
            }
            return;
        }
        let path = Path::new(place);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.directory(path),
            Ok(_) => self.file(path),
            Err(error) => {
                let message = format!("there is no tool repository here: {}", reason(&error));
                self.refuse(place, &message, "name a file, a directory or an http(s) address of tools");
            }
        }
    }

    fn refuse(&mut self, place: &str, message: &str, help: &str) {
        let named = Arc::new(Source::new(format!("--tool-repo {place}"), ""));
        self.refused.push(Diagnostic::error(message).help(help).elsewhere(&named, 0));
    }

    /// Every file of tools below a directory, in the order of their paths.
    fn directory(&mut self, root: &Path) {
        let mut files = Vec::new();
        match list(root, &mut files, &mut self.unread) {
            Ok(()) => {
                files.sort();
                for file in &files {
                    self.file(file);
                }
            }
            Err(message) => {
                let help = "name the directory that has the tools and nothing else";
                self.refuse(&root.display().to_string(), &message, help);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        match Source::read(path, &BOUND) {
            Ok(source) => self.documents(source),
            Err(refused) => self.leave_unread(*refused),
        }
    }

    fn bytes(&mut self, name: String, bytes: Vec<u8>) {
        match Source::decode(name, bytes) {
            Ok(source) => self.documents(source),
            Err(refused) => self.leave_unread(*refused),
        }
    }

    fn leave_unread(&mut self, (source, diagnostic): (Source, Diagnostic)) {
        self.unread.push(diagnostic.into_warning().elsewhere(&Arc::new(source), 0));
    }

    fn documents(&mut self, source: Source) {
        self.bytes = self.bytes.saturating_add(source.text().len());
        if self.bytes > MOST_BYTES {
            let message =
                format!("the tool files have over {} MiB together; this one is not read", MOST_BYTES >> 20);
            let fault = Diagnostic::error(message).help("name the files that are needed with --tool-repo");
            self.leave_unread((source, fault));
            return;
        }
        let source = Arc::new(source);
        let (documents, faults) = read(&source);
        for document in documents {
            // Half of a tool is none.
            let is_sound = !faults.iter().any(|fault| is_within(&source, &document, fault));
            if is_sound && !document.value.is_null() {
                self.parts.push(Part { source: Arc::clone(&source), document });
            }
        }
        let told = |fault: Diagnostic| fault.into_warning().elsewhere(&source, 0);
        self.unread.extend(faults.into_iter().map(told));
    }
}

/// Whether a fault stands within a document, and not in one before or after it.
fn is_within(source: &Source, document: &Document, fault: &Diagnostic) -> bool {
    let (Some(at), span) = (fault.at, document.node.span) else { return true };
    let after = source.text().get(span.end as usize..at.start as usize).unwrap_or_default();
    at.start >= span.start && !after.contains("\n---")
}

/// Adds the files of tools below a directory. Those whose names begin with a point are passed over, as is what links
/// lead to, save files: a mounted `ConfigMap` consists of links to files below a directory of such a name.
fn list(root: &Path, files: &mut Vec<PathBuf>, unread: &mut Vec<Diagnostic>) -> Result<(), String> {
    let mut left = vec![(root.to_owned(), 0)];
    let mut entries = 0;
    while let Some((directory, depth)) = left.pop() {
        let listed = match fs::read_dir(&directory) {
            Ok(listed) => listed,
            Err(error) => {
                unread.push(unreadable(&directory, &error));
                continue;
            }
        };
        for entry in listed {
            entries += 1;
            if entries > MOST_ENTRIES {
                return Err(format!("this directory holds over {} files", grouped(MOST_ENTRIES as u64)));
            }
            let (entry, kind) = match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok(entry) => entry,
                Err(error) => {
                    unread.push(unreadable(&directory, &error));
                    break;
                }
            };
            let is_hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if is_hidden {
                continue;
            }
            if kind.is_dir() {
                if depth >= DEEPEST {
                    return Err(format!("its directories are nested more than {DEEPEST} levels deep"));
                }
                left.push((entry, depth + 1));
            } else if is_of_tools(&entry) && fs::metadata(&entry).is_ok_and(|metadata| metadata.is_file()) {
                files.push(entry);
            }
        }
    }
    Ok(())
}

fn is_of_tools(path: &Path) -> bool {
    ["yaml", "yml", "json"].contains(&extension(path).as_str())
}

fn unreadable(directory: &Path, error: &io::Error) -> Diagnostic {
    let source = Arc::new(Source::new(directory.display().to_string(), ""));
    let message = format!("cannot read the directory: {}", reason(error));
    Diagnostic::error(message).help("check who may read it").into_warning().elsewhere(&source, 0)
}

fn reason(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}
