//! Processes of an earlier run that outlived it: found, and ended before their vertices run again.
//!
//! A process is of the run if it carries the run's `GENE_RUN_ID`, or is in the process group of a
//! leader that was recorded, by number and start time, in this boot of the machine. The variable
//! finds what had no time to be recorded and what left its group; only a process that did away with
//! the variable and left its group as well is not found. Nothing else is ever signalled, and neither
//! is this process nor one that it descends from.

pub mod table;

use std::{
    collections::HashSet,
    io, thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal};

use self::table::Entry;
use super::{attempt::ProcessId, environment, runner::container::Engine};
use crate::cli::RunnerKind;

/// How long what was killed may take to be gone: a process in the kernel's hands goes when it is let go.
const PATIENCE: Duration = Duration::from_secs(10);

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
pub fn end(earlier: &Earlier) -> io::Result<usize> {
    let engine = match earlier.runner {
        RunnerKind::Process => None,
        RunnerKind::Podman => Some("podman"),
        RunnerKind::Docker => Some("docker"),
    };
    let mut count = 0;
    if let Some(name) = engine {
        // A run that could start containers left an engine that works; without one none can be left.
        let engine = Engine::find(name).map_err(io::Error::other)?;
        count += engine.remove_all(earlier.run_id).map_err(io::Error::other)?;
    }
    Ok(count + end_processes(earlier)?)
}

/// What tells one boot of the machine from another; absent where the system does not say.
pub fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

fn end_processes(earlier: &Earlier) -> io::Result<usize> {
    let is_same_boot = earlier.boot_id.is_some() && earlier.boot_id == boot_id().as_deref();
    let recorded: HashSet<ProcessId> =
        if is_same_boot { earlier.processes.iter().copied().collect() } else { HashSet::new() };
    let variable = format!("{}={}", environment::RUN_ID, earlier.run_id);
    let until = Instant::now() + PATIENCE;
    let mut groups = HashSet::new();
    let mut found = HashSet::new();
    let mut pause = Duration::from_millis(1);
    loop {
        let table = table::all();
        let spared = ancestry(&table);
        // A leader's number names its group for as long as the group has members, even without it.
        groups.extend(table.iter().filter(|entry| is_recorded(entry, &recorded)).map(|entry| entry.group));
        let is_ours = |entry: &Entry| {
            !entry.is_zombie
                && !spared.contains(&entry.pid)
                && (groups.contains(&entry.group) || table::has_variable(entry.pid, &variable))
        };
        let left: Vec<Entry> = table.into_iter().filter(is_ours).collect();
        if left.is_empty() {
            return Ok(found.len());
        }
        if Instant::now() > until {
            let numbers: Vec<_> = left.iter().map(|entry| entry.pid.as_raw_nonzero().to_string()).collect();
            return Err(io::Error::other(format!(
                "processes of the earlier run do not end: {}",
                numbers.join(", ")
            )));
        }
        for entry in left {
            let is_same = || table::entry(entry.pid).is_some_and(|now| now.start_ticks == entry.start_ticks);
            table::signal_if(entry.pid, Signal::KILL, is_same);
            found.insert((entry.pid, entry.start_ticks));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

fn is_recorded(entry: &Entry, recorded: &HashSet<ProcessId>) -> bool {
    let pid = entry.pid.as_raw_nonzero().get();
    // Of a leader that is its group's no longer, only what carries the variable is ours.
    entry.group == pid
        && recorded.contains(&ProcessId { pid: pid.unsigned_abs(), start_ticks: entry.start_ticks })
}

/// This process and those that it descends from: `run` may be called by what an earlier run left.
fn ancestry(table: &[Entry]) -> HashSet<Pid> {
    let mut spared = HashSet::new();
    let mut next = Some(rustix::process::getpid());
    while let Some(pid) = next {
        if !spared.insert(pid) {
            break;
        }
        next = table.iter().find(|entry| entry.pid == pid).and_then(|entry| Pid::from_raw(entry.parent));
    }
    spared
}
