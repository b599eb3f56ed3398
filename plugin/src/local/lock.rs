//! One run at a time: the lock of a run's directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::MetadataExt,
    path::Path,
    thread,
    time::Duration,
};

use super::runner::process::reason;

/// A child of the holder has the lock's file open between `fork` and `exec`, for less than a
/// millisecond; a holder that was killed in that moment may seem to live on for so long.
const ATTEMPTS: u32 = 20;
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// The lock, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another run holds it{}", .0.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Held(Option<u32>),
    /// The file cannot be opened or locked.
    #[error("its lock cannot be taken: {}", reason(.0))]
    Io(#[from] io::Error),
}

impl Lock {
    /// Takes the lock of this path, creating the file where there is none, and writes this
    /// process's number into it for whoever finds it held.
    ///
    /// # Errors
    /// It is held, or its file cannot be opened or locked.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let mut holder = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(PAUSE);
            }
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
            match file.try_lock() {
                // A run that starts anew moves the directory away, and the lock that one waited for
                // with it: what counts is the file that the path names now.
                Ok(()) if is_at(&file, path) => {
                    file.rewind()?;
                    file.set_len(0)?;
                    writeln!(file, "{}", std::process::id())?;
                    return Ok(Self { _file: file });
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => holder = pid_in(&mut file),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Err(LockError::Held(holder))
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata().map(identity), path.metadata().map(identity)) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        _ => false,
    }
}

fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_by_whom() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = Lock::take(&path).unwrap();
        let refused = Lock::take(&path).unwrap_err().to_string();
        assert_eq!(refused, format!("another run holds it (process {})", std::process::id()));
        drop(held);
        Lock::take(&path).unwrap();
    }

    #[test]
    fn a_lock_that_was_moved_away_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let (path, moved) = (dir.path().join("lock"), dir.path().join("moved"));
        let _old = Lock::take(&path).unwrap();
        std::fs::rename(&path, &moved).unwrap();
        let _new = Lock::take(&path).unwrap();
        assert!(matches!(Lock::take(&path), Err(LockError::Held(_))));
    }
}
