//! The cluster's processes. Each carries a mark in its environment, the state directory, and is found
//! by it: a record of process ids would be wrong after a crash, and a number may be another's by then.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::state::State;

const MARK: &str = "KUBEGENE_CLUSTER_OF";

/// How long killed processes may take to be gone.
const END_LIMIT: Duration = Duration::from_secs(30);

/// A process of the cluster that was running when it was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    /// The program, or which of its processes the cluster's own binary is.
    pub(super) name: String,
    pub(super) pid: i32,
}

/// A process that this command has started and that must not end while it runs.
#[derive(Debug)]
pub(super) struct Started {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Started {
    /// An error with the end of its log where the process has ended.
    pub(super) fn ensure_running(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        bail!("{} has ended ({status}); {} ends with:\n{}", self.name, self.log.display(), tail(&self.log));
    }
}

/// Starts a program in a session of its own, so that it outlives this command and its terminal.
pub(super) fn start(state: &State, name: &str, program: &[String]) -> Result<Started> {
    let log = state.log(name);
    let open = || -> Result<File> {
        if let Some(parent) = log.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(File::options().append(true).create(true).open(&log)?)
    };
    let file = open().with_context(|| format!("cannot write {}", log.display()))?;
    let child = marked(state, "setsid")
        .args(program)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    Ok(Started { name: name.to_owned(), child, log })
}

/// A command of which the process has the cluster's mark, so that it ends with the cluster at the latest.
pub(super) fn marked(state: &State, program: impl AsRef<OsStr>) -> Command {
    let mut command = command(program);
    command.env(MARK, state.directory());
    command
}

/// A command that finds administrators' programs too, which may be out of root's own search path.
pub(super) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    if let Ok(path) = env::join_paths(search_path()) {
        command.env("PATH", path);
    }
    command
}

/// The directories in which programs are sought.
pub(super) fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from)).collect()
}

/// All processes of the cluster, also those that its processes have started.
pub(super) fn all(state: &State) -> Result<Vec<Process>> {
    let mut processes = Vec::new();
    for entry in fs::read_dir("/proc").context("cannot list processes")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if is_marked(state, pid) {
            processes.push(Process { name: name_of(pid), pid });
        }
    }
    Ok(processes)
}

/// The process of this name, where it runs.
pub(super) fn find(state: &State, name: &str) -> Result<Option<Process>> {
    Ok(all(state)?.into_iter().find(|process| process.name == name))
}

/// Kills all processes of the cluster and waits until there are none. Nothing is worth an orderly
/// end: what they have written is removed next.
pub(super) fn end_all(state: &State) -> Result<usize> {
    let since = Instant::now();
    let mut count = 0;
    loop {
        let processes = all(state)?;
        if processes.is_empty() {
            return Ok(count);
        }
        count = count.max(processes.len());
        for process in &processes {
            kill(process.pid, || is_marked(state, process.pid))?;
        }
        if since.elapsed() > END_LIMIT {
            bail!("killed, but not gone after {} s: {processes:?}", END_LIMIT.as_secs());
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Kills a process if it is still what it was taken for: it is held by a descriptor before it is
/// looked at, so that its number cannot become another's in between.
pub(super) fn kill(pid: i32, is_it: impl FnOnce() -> bool) -> Result<()> {
    let Some(number) = Pid::from_raw(pid) else { return Ok(()) };
    let Ok(held) = pidfd_open(number, PidfdFlags::empty()) else { return Ok(()) };
    if is_it() {
        match pidfd_send_signal(&held, Signal::KILL) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(error).with_context(|| format!("cannot kill process {pid}")),
        }
    }
    Ok(())
}

/// The end of a file, for an error.
pub(super) fn tail(path: &Path) -> String {
    const BYTES: u64 = 3000;
    let mut text = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(BYTES)))?;
        file.read_to_end(&mut text)
    });
    match read {
        Ok(_) => String::from_utf8_lossy(&text).trim().to_owned(),
        Err(error) => format!("({error})"),
    }
}

/// Whether the process has the mark. A process that has ended, or is another user's, has not.
fn is_marked(state: &State, pid: i32) -> bool {
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
    environment.split(|byte| *byte == 0).any(|entry| {
        entry
            .strip_prefix(MARK.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"="))
            .is_some_and(|value| value == state.directory().as_os_str().as_bytes())
    })
}

fn name_of(pid: i32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut arguments = line.split(|byte| *byte == 0).map(OsStr::from_bytes);
    let program = arguments.next().and_then(|path| Path::new(path).file_name()).unwrap_or_default();
    let name = if program == "cluster" { arguments.next().unwrap_or_default() } else { program };
    name.to_string_lossy().into_owned()
}
