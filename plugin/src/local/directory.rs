//! A run's directory: what stands where in it, and how a former run is put aside.
//!
//! Nothing is removed or overwritten here unless this program made it.

mod aside;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gene_engine::Vertex;
use gene_types::plan::Plan;
use serde_json::Value;

use super::{
    history::task_name,
    lock::{Lock, LockError},
    runner::{log, process::reason},
};

const LOCK: &str = "lock";
const EXECUTION: &str = "execution.json";
const JOURNAL: &str = "journal.jsonl";
const FINISHED: &str = "finished.json";
const LOGS: &str = "logs";
const VOLUMES: &str = "volumes";
const SCRATCH: &str = "scratch";
const RESULTS: &str = "results";

const OURS: [&str; 9] = [LOCK, EXECUTION, JOURNAL, FINISHED, LOGS, VOLUMES, SCRATCH, RESULTS, aside::MARK];

/// Where a run's directory is.
#[derive(Clone, Debug)]
pub struct Place {
    /// As the user knows it.
    pub shown: PathBuf,
    /// Its absolute path.
    pub path: PathBuf,
}

impl Place {
    /// What an attempt of this vertex printed.
    pub fn log(&self, plan: &Plan, vertex: Vertex, attempt: u32) -> PathBuf {
        log::path(&self.path, task_name(plan, vertex), vertex, attempt)
    }

    /// The same, as the user knows the directory.
    pub fn shown_log(&self, plan: &Plan, vertex: Vertex, attempt: u32) -> PathBuf {
        log::path(&self.shown, task_name(plan, vertex), vertex, attempt)
    }
}

/// The directory of one run, locked for as long as this lives.
#[derive(Debug)]
pub struct RunDir {
    place: Place,
    is_new: bool,
    _lock: Lock,
}

/// Why a directory cannot be a run's.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It cannot be made, read or written.
    #[error("directory \"{}\" cannot be {doing}: {}", .path.display(), reason(.source))]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried: `created` …
        doing: &'static str,
        /// The system's word on it.
        source: io::Error,
    },
    /// Another run has it, or it cannot be locked.
    #[error("directory \"{}\" cannot be used: {source}", .path.display())]
    Lock {
        /// Which.
        path: PathBuf,
        /// Why.
        source: LockError,
    },
    /// It has other contents.
    #[error("directory \"{}\" is not a run's: it holds \"{found}\"; give --dir a new or empty directory", .path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
        /// The first of them by name.
        found: String,
    },
    /// The place of the run before it is taken.
    #[error("directory \"{}\" was not put aside by a run; move it away, or give --dir another directory", .0.display())]
    Taken(PathBuf),
    /// The run before it is about to be removed, and something else with it.
    #[error("directory \"{}\" cannot be removed: it holds \"{found}\", which no run made; move it away", .path.display())]
    Kept {
        /// Which.
        path: PathBuf,
        /// The first of them by name.
        found: String,
    },
    /// Processes run where `run` was called, which is about to be put aside.
    #[error("the current directory is inside \"{}\", which makes way for a new run; go elsewhere first", .0.display())]
    Inside(PathBuf),
}

impl RunDir {
    /// Makes the directory where there is none, and locks it.
    ///
    /// # Errors
    /// It cannot be made or locked, or holds something else.
    pub fn open(shown: &Path) -> Result<Self, DirectoryError> {
        let io = |doing| move |source| DirectoryError::Io { path: shown.to_owned(), doing, source };
        // Without a slash at its end, which `.previous` is to follow.
        let shown: &Path = &shown.components().collect::<PathBuf>();
        let is_new = !shown.exists();
        fs::create_dir_all(beyond_link(shown)).map_err(io("created"))?;
        let path = shown.canonicalize().map_err(io("found"))?;
        if !is_run(&path)
            && let Some(found) = foreign(&path).map_err(io("read"))?
        {
            return Err(DirectoryError::Foreign { path: shown.to_owned(), found });
        }
        let lock = Lock::take(&path.join(LOCK))
            .map_err(|source| DirectoryError::Lock { path: shown.to_owned(), source })?;
        Ok(Self { place: Place { shown: shown.to_owned(), path }, is_new, _lock: lock })
    }

    /// Puts a former run aside as `<dir>.previous`, in place of one that was there, and opens an
    /// empty directory.
    ///
    /// # Errors
    /// A directory cannot be moved or removed; then the former run is where it was.
    pub fn start_anew(self) -> Result<Self, DirectoryError> {
        if let Some(goes) = std::env::current_dir().ok().and_then(|current| self.goes_with(&current)) {
            return Err(DirectoryError::Inside(goes));
        }
        aside::put_aside(&self.place)?;
        Self::open(&self.place.shown)
    }

    /// The directory, this one or the one put aside before, that a path is in and would be moved or
    /// removed with by [`Self::start_anew`].
    pub fn goes_with(&self, path: &Path) -> Option<PathBuf> {
        [self.place.clone(), aside::aside(&self.place)]
            .into_iter()
            .find(|place| path.starts_with(&place.path))
            .map(|place| place.shown)
    }

    /// Makes sure that a run which goes on here is not removed as one that was put aside.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn go_on(&self) -> io::Result<()> {
        aside::take_back(&self.place)
    }

    /// Takes back what [`Self::open`] made, where nothing has been written since.
    pub fn abandon(self) {
        if self.is_new {
            // Only an empty directory goes; whatever is in it by now stays.
            let _ = fs::remove_file(self.place.path.join(LOCK));
            let _ = fs::remove_dir(&self.place.path);
        }
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What happened.
    pub fn journal(&self) -> PathBuf {
        self.place.path.join(JOURNAL)
    }

    /// Where results are kept.
    pub fn results(&self) -> PathBuf {
        self.place.path.join(RESULTS)
    }

    /// The Execution as its file had it.
    ///
    /// # Errors
    /// It cannot be read, or is no JSON.
    pub fn execution(&self) -> io::Result<Value> {
        read_json(&self.place.path.join(EXECUTION))
    }

    /// Records the Execution as its file has it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_execution(&self, execution: &Value) -> io::Result<()> {
        write_whole(&self.place.path.join(EXECUTION), &serde_json::to_vec(execution)?)
    }

    /// The Execution with its final status.
    ///
    /// # Errors
    /// It cannot be read, or is no JSON.
    pub fn finished(&self) -> io::Result<Value> {
        read_json(&self.place.path.join(FINISHED))
    }

    /// Records the Execution with its final status.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_finished(&self, execution: &Value) -> io::Result<()> {
        write_whole(&self.place.path.join(FINISHED), &serde_json::to_vec(execution)?)
    }
}

/// Whether a run was begun in this directory.
pub fn is_run(directory: &Path) -> bool {
    directory.join(JOURNAL).exists()
}

/// Writes a file that is there as a whole or not at all.
///
/// # Errors
/// It cannot be written; a file of that name is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = suffixed(path, ".part");
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// The first entry by name that is not of a run.
fn foreign(directory: &Path) -> io::Result<Option<String>> {
    let mut first: Option<String> = None;
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !OURS.contains(&name.trim_end_matches(".part")) && first.as_ref().is_none_or(|first| name < *first)
        {
            first = Some(name);
        }
    }
    Ok(first)
}

/// Where a directory has to be made: what a symbolic link leads to may have been put aside.
fn beyond_link(path: &Path) -> PathBuf {
    match fs::read_link(path) {
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_owned(),
    }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn read_json(path: &Path) -> io::Result<Value> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_error(path: &Path) -> String {
        RunDir::open(path).unwrap_err().to_string()
    }

    #[test]
    fn a_directory_of_something_else_is_left_alone() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("thesis.tex"), "x").unwrap();
        let error = open_error(base.path());
        assert!(error.contains("is not a run's: it holds \"thesis.tex\""), "{error}");
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_directory_that_is_not_used_goes_again() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("x");
        RunDir::open(&path).unwrap().abandon();
        assert!(!path.exists());
        fs::create_dir(&path).unwrap();
        RunDir::open(&path).unwrap().abandon();
        assert!(path.exists());
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("file"), "").unwrap();
        let error = open_error(&base.path().join("file/x"));
        assert!(error.contains("file/x\" cannot be created: "), "{error}");
    }
}
