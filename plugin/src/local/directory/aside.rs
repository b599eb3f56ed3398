//! Putting a former run aside as `<dir>.previous`, in place of the one that was put aside before.

use std::{fs, io, path::Path};

use super::{DirectoryError, LOCK, Place, foreign, suffixed};
use crate::local::lock::Lock;

/// Stands in a directory that was put aside: this one, and no other, may be removed.
pub(super) const MARK: &str = "put-aside";

/// Ends the name of a directory that was put aside.
const PREVIOUS: &str = ".previous";

/// Where a run is put aside.
pub(super) fn aside(place: &Place) -> Place {
    let path = suffixed(&place.path, PREVIOUS);
    // What stands aside stands beside the directory, and not beside a symbolic link to it.
    let shown = if place.shown.is_symlink() { path.clone() } else { suffixed(&place.shown, PREVIOUS) };
    Place { shown, path }
}

/// Moves a directory aside. Killed at any instant, the next call finishes what this one began.
pub(super) fn put_aside(place: &Place) -> Result<(), DirectoryError> {
    let io = |path: &Path, doing| {
        let path = path.to_owned();
        move |source| DirectoryError::Io { path, doing, source }
    };
    let aside = aside(place);
    if aside.path.symlink_metadata().is_ok() {
        make_way(&aside)?;
    }
    let mark = place.path.join(MARK);
    fs::write(&mark, "").map_err(io(&place.shown, "written"))?;
    fs::rename(&place.path, &aside.path).map_err(|error| {
        // It stays in use, and so must not look as if it could go.
        let _ = fs::remove_file(&mark);
        io(&place.shown, "put aside")(error)
    })
}

/// Takes the mark from a directory in which a run goes on, also one that had been put aside.
pub(super) fn take_back(place: &Place) -> io::Result<()> {
    match fs::remove_file(place.path.join(MARK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the run that was put aside before, unless somebody may want something in there.
fn make_way(aside: &Place) -> Result<(), DirectoryError> {
    let Place { shown, path } = aside;
    let io = |source| DirectoryError::Io { path: shown.clone(), doing: "removed", source };
    if !path.join(MARK).exists() {
        return Err(DirectoryError::Taken(shown.clone()));
    }
    let _lock = Lock::take(&path.join(LOCK))
        .map_err(|source| DirectoryError::Lock { path: shown.clone(), source })?;
    if let Some(found) = foreign(path).map_err(io)? {
        return Err(DirectoryError::Kept { path: shown.clone(), found });
    }
    remove(path).map_err(io)
}

/// The mark goes last, so that a removal that was cut short can be taken up again.
fn remove(aside: &Path) -> io::Result<()> {
    for entry in fs::read_dir(aside)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != MARK {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(aside.join(MARK))?;
    fs::remove_dir(aside)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{EXECUTION, RunDir, read_json};
    use super::*;

    /// A directory in which a run has been.
    fn begun(path: &Path, execution: impl Into<Value>) -> RunDir {
        let dir = RunDir::open(path).unwrap();
        dir.write_execution(&execution.into()).unwrap();
        fs::write(dir.journal(), "").unwrap();
        dir
    }

    fn refused(dir: RunDir) -> String {
        dir.start_anew().unwrap_err().to_string()
    }

    #[test]
    fn a_former_run_is_kept_once() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("x");
        for round in 0..3 {
            let dir = begun(&path, round).start_anew().unwrap();
            assert!(dir.execution().is_err());
            assert_eq!(read_json(&base.path().join("x.previous").join(EXECUTION)).unwrap(), round);
            let error = RunDir::open(&path).unwrap_err().to_string();
            assert!(error.contains("another run holds it"), "{error}");
            dir.abandon();
        }
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_leads_to_the_new_run() {
        let base = tempfile::tempdir().unwrap();
        let (link, real) = (base.path().join("link"), base.path().join("real"));
        std::os::unix::fs::symlink("real", &link).unwrap();
        for round in 0..3 {
            let dir = begun(&link, round).start_anew().unwrap();
            assert_eq!(read_json(&base.path().join("real.previous").join(EXECUTION)).unwrap(), round);
            // Killed before the new directory was made: the link leads nowhere.
            drop(dir);
            fs::remove_dir_all(&real).unwrap();
        }
        assert!(link.is_symlink());
    }

    #[test]
    fn what_no_run_put_aside_is_not_removed() {
        let base = tempfile::tempdir().unwrap();
        let (path, previous) = (base.path().join("x"), base.path().join("x.previous"));
        fs::create_dir(&previous).unwrap();
        fs::write(previous.join("data"), "x").unwrap();
        let error = refused(begun(&path, 0));
        assert!(error.contains("was not put aside by a run"), "{error}");
        assert!(previous.join("data").exists() && path.join(EXECUTION).exists());
    }

    #[test]
    fn what_no_run_made_is_not_removed() {
        let base = tempfile::tempdir().unwrap();
        let (path, previous) = (base.path().join("x"), base.path().join("x.previous"));
        fs::create_dir(&path).unwrap();
        let dir = begun(&path, 0);
        fs::write(path.join("thesis.tex"), "x").unwrap();
        drop(dir.start_anew().unwrap());
        let error = refused(begun(&path, 1));
        assert!(error.contains("x.previous\" cannot be removed: it holds \"thesis.tex\""), "{error}");
        assert!(previous.join("thesis.tex").exists() && path.join(EXECUTION).exists());
    }

    #[test]
    fn a_run_that_goes_on_aside_is_not_removed() {
        let base = tempfile::tempdir().unwrap();
        let (path, previous) = (base.path().join("x"), base.path().join("x.previous"));
        drop(begun(&path, 0).start_anew().unwrap());
        let former = RunDir::open(&previous).unwrap();
        let error = refused(begun(&path, 1));
        assert!(error.contains("another run holds it"), "{error}");
        former.go_on().unwrap();
        drop(former);
        let error = refused(begun(&path, 1));
        assert!(error.contains("was not put aside by a run"), "{error}");
        assert_eq!(read_json(&previous.join(EXECUTION)).unwrap(), 0);
    }
}
