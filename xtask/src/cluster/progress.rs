//! Steps that take a while: what is being done, how long it took, and an end to every wait.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use super::process::Started;

/// How often a condition is looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// Does a step and says how long it took.
pub(super) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let since = Instant::now();
    let done = work()?;
    eprintln!("{what:<46} {:>7.1} s", since.elapsed().as_secs_f64());
    Ok(done)
}

/// Looks until there is an answer, but ends as soon as a process that was started has ended, or when
/// the limit is reached, with what was seen last.
pub(super) fn wait<T>(
    what: &str,
    limit: Duration,
    started: &mut [Started],
    mut look: impl FnMut() -> Result<T>,
) -> Result<T> {
    let since = Instant::now();
    loop {
        for process in &mut *started {
            process.ensure_running()?;
        }
        match look() {
            Ok(found) => return Ok(found),
            Err(error) if since.elapsed() > limit => {
                bail!("{what}: not within {} s: {error:#}", limit.as_secs());
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}
