//! The processes of this machine, as `/proc` tells them. Elsewhere than on Linux there are none.

use std::{collections::HashMap, fs};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::local::attempt::ProcessId;

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub pid: Pid,
    /// Its parent's; 0 where that is not of this machine's view.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// When it started, in clock ticks since boot.
    pub start_ticks: u64,
    /// Whether it has ended and only waits to be reaped.
    pub is_zombie: bool,
}

/// What cannot be mistaken for a later process of the same number.
pub fn identify(pid: Pid) -> Option<ProcessId> {
    let pid_number = pid.as_raw_nonzero().get().unsigned_abs();
    Some(ProcessId { pid: pid_number, start_ticks: entry(pid)?.start_ticks })
}

/// One process, where it exists.
pub fn entry(pid: Pid) -> Option<Entry> {
    parse(pid, &fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?)
}

/// All processes.
pub fn all() -> Vec<Entry> {
    let Ok(directory) = fs::read_dir("/proc") else { return Vec::new() };
    directory
        .filter_map(|item| item.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|number: i32| entry(Pid::from_raw(number)?))
        .collect()
}

/// The members of every process group.
pub fn groups() -> HashMap<Pid, Vec<Pid>> {
    let mut groups: HashMap<Pid, Vec<Pid>> = HashMap::new();
    for entry in all() {
        if let Some(group) = Pid::from_raw(entry.group) {
            groups.entry(group).or_default().push(entry.pid);
        }
    }
    groups
}

/// Whether the process was started with this variable (`NAME=VALUE`). One of another user's cannot be asked.
pub fn has_variable(pid: Pid, variable: &str) -> bool {
    let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
    environment.split(|&byte| byte == 0).any(|entry| entry == variable.as_bytes())
}

/// Signals a process as long as `is_meant` says so of it. The process is held on to before it is
/// looked at: what is signalled is what was looked at, or nothing.
pub fn signal_if(pid: Pid, signal: Signal, is_meant: impl FnOnce() -> bool) {
    if let Ok(held) = pidfd_open(pid, PidfdFlags::empty())
        && is_meant()
    {
        // It may have ended meanwhile.
        let _ = pidfd_send_signal(&held, signal);
    }
}

/// Signals a process if it is of the group of this leader.
pub fn signal_member(pid: Pid, leader: Pid, signal: Signal) {
    signal_if(pid, signal, || rustix::process::getpgid(Some(pid)) == Ok(leader));
}

/// `/proc/PID/stat`: the second field is the program's name in parentheses, which may hold anything,
/// parentheses and blanks among it.
fn parse(pid: Pid, stat: &[u8]) -> Option<Entry> {
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let mut fields = std::str::from_utf8(&stat[end + 1..]).ok()?.split_ascii_whitespace();
    let is_zombie = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    // Field 22; the last one taken was field 5.
    let start_ticks = fields.nth(16)?.parse().ok()?;
    Some(Entry { pid, parent, group, start_ticks, is_zombie })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_be_called_anything() {
        let pid = Pid::from_raw(7).unwrap();
        let stat = b"7 (a) Z (b\xff) S 1 5 5 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 12345 1000 1 0\n";
        let expected = Entry { pid, parent: 1, group: 5, start_ticks: 12345, is_zombie: false };
        assert_eq!(parse(pid, stat), Some(expected));
        for bad in [&b""[..], b"7 (a", b"7 (a) S 1", b"7 (a) S x 5 5 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 1 1 1 0"]
        {
            assert_eq!(parse(pid, bad), None);
        }
    }

    #[test]
    fn this_process_is_found() {
        let own = rustix::process::getpid();
        let entry = entry(own).unwrap();
        assert_eq!(entry.group, rustix::process::getpgrp().as_raw_nonzero().get());
        assert!(all().iter().any(|other| other.pid == own && other.start_ticks == entry.start_ticks));
        assert_eq!(identify(own).unwrap().start_ticks, entry.start_ticks);
    }
}
