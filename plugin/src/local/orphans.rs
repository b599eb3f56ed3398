//! Processes of an earlier run that outlived it: found, and ended before their vertices run again.

use std::io;

use super::attempt::ProcessId;
use crate::cli::RunnerKind;

/// What is known of a run that was killed.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// Its [`super::prepare::Site::run_id`].
    pub run_id: &'a str,
    /// What it was run with.
    pub runner: RunnerKind,
    /// [`boot_id`] as of that run.
    pub boot_id: Option<&'a str>,
    /// The processes that it recorded and of which it recorded no end.
    pub processes: &'a [ProcessId],
}

/// Ends what is left of an earlier run, at once, and waits until it is gone. Returns how many
/// processes and containers there were.
///
/// # Errors
/// Something is still there after 10 s, or cannot be looked for.
pub fn end(_earlier: &Earlier) -> io::Result<usize> {
    Ok(0)
}

/// What tells one boot of the machine from another; absent where the system does not say.
pub fn boot_id() -> Option<String> {
    None
}
