//! One command at a time on a directory: two that start, end or build at once would undo each other.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::MetadataExt as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// How long another command may take: the longest is a build from nothing on a slow machine.
const LIMIT: Duration = Duration::from_mins(30);

/// Holds a directory until it is dropped, or until its process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock {
    _directory: File,
}

/// Makes the directory and waits until nobody else holds it. The lock is on the directory itself, so
/// that removing it leaves nothing behind.
pub(super) fn acquire(directory: &Path) -> Result<Lock> {
    let shown = directory.display();
    let since = Instant::now();
    let mut has_told = false;
    loop {
        fs::create_dir_all(directory).with_context(|| format!("cannot create {shown}"))?;
        let file = File::open(directory).with_context(|| format!("cannot open {shown}"))?;
        match file.try_lock() {
            Ok(()) if is_still(directory, &file) => return Ok(Lock { _directory: file }),
            // Whoever held it has removed it meanwhile.
            Ok(()) => continue,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {shown}"));
            }
        }
        if !has_told {
            eprintln!("waiting for another command that works on {shown}");
            has_told = true;
        }
        if since.elapsed() > LIMIT {
            bail!("another command has been working on {shown} for {} minutes", LIMIT.as_secs() / 60);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn is_still(directory: &Path, file: &File) -> bool {
    match (fs::metadata(directory), file.metadata()) {
        (Ok(now), Ok(held)) => now.ino() == held.ino() && now.dev() == held.dev(),
        _ => false,
    }
}
