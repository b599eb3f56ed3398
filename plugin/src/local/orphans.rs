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

#[cfg(test)]
mod tests {
    use std::{
        os::unix::process::CommandExt,
        process::{Child, Command},
    };

    use super::*;
    use crate::local::fixture::{Fixture, wait_for_line};

    fn earlier<'a>(run_id: &'a str, boot_id: Option<&'a str>, processes: &'a [ProcessId]) -> Earlier<'a> {
        Earlier { run_id, runner: RunnerKind::Process, boot_id, processes }
    }

    /// A shell in a group of its own, with or without the variable of the run.
    fn start(fixture: &Fixture, run_id: Option<&str>, script: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(fixture.path("")).process_group(0);
        let none = std::process::Stdio::null;
        command.stdin(none()).stdout(none()).stderr(none());
        command.envs(run_id.map(|run_id| (environment::RUN_ID, run_id)));
        command.spawn().unwrap()
    }

    fn id(child: &Child) -> ProcessId {
        table::identify(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()).unwrap()
    }

    fn is_running(child: &mut Child) -> bool {
        child.try_wait().unwrap().is_none()
    }

    #[test]
    fn what_carries_the_runs_variable_is_ended_and_nothing_else() {
        let fixture = Fixture::new();
        let other_id = format!("{}x", fixture.run_id);
        let mut other = start(&fixture, Some(&other_id), "sleep 1000");
        let mut plain = start(&fixture, None, "sleep 1000");
        let script = "trap '' TERM; setsid sh -c 'echo up >up; sleep 1000' & sleep 1000";
        let mut ours = start(&fixture, Some(&fixture.run_id), script);
        wait_for_line(&fixture.path("up"));
        let count = end(&earlier(&fixture.run_id, None, &[])).unwrap();
        assert!(count >= 3, "{count}");
        assert!(!ours.wait().unwrap().success());
        assert!(is_running(&mut other) && is_running(&mut plain));
        assert_eq!(end(&earlier(&fixture.run_id, None, &[])).unwrap(), 0);
        for child in [&mut other, &mut plain] {
            let group = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
            rustix::process::kill_process_group(group, Signal::KILL).unwrap();
            child.wait().unwrap();
        }
    }

    #[test]
    fn what_was_recorded_is_ended_only_if_it_is_still_the_same() {
        let fixture = Fixture::new();
        let boot = boot_id().unwrap();
        let script = "env -u GENE_RUN_ID sh -c 'echo up >up; sleep 1000' & sleep 1000";
        let mut child = start(&fixture, None, script);
        wait_for_line(&fixture.path("up"));
        let recorded = id(&child);
        let later = ProcessId { start_ticks: recorded.start_ticks + 1, ..recorded };
        for (boot_id, process) in
            [(Some(boot.as_str()), later), (Some("another boot"), recorded), (None, recorded)]
        {
            assert_eq!(end(&earlier(&fixture.run_id, boot_id, &[process])).unwrap(), 0);
            assert!(is_running(&mut child));
        }
        // The shell, the sleep of its own, and at least one of the other shell and its sleep.
        let count = end(&earlier(&fixture.run_id, Some(&boot), &[recorded])).unwrap();
        assert!(count >= 3, "{count}");
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn this_process_is_never_ended() {
        let own = table::identify(rustix::process::getpid()).unwrap();
        let boot = boot_id();
        end(&earlier("no-such-run", boot.as_deref(), &[own])).unwrap();
    }
}
