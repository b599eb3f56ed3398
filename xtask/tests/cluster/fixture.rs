//! A cluster of a test's own, which is ended whatever becomes of the test.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub struct Cluster {
    directory: TempDir,
}

impl Cluster {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// The state directory, which is not there before the first `up` and after `down`.
    pub fn state(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join("state")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("cluster").arg("--state").arg(self.state()).args(arguments);
        command.env_remove("RUST_BACKTRACE");
        command
    }

    /// The command's output, whether or not it succeeds.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What the command prints; it must succeed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the command complains of; it must fail.
    pub fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    /// What kubectl prints; it must succeed.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/cluster/bin/kubectl");
        let kubeconfig = self.succeed(&["kubeconfig"]);
        let kubeconfig = kubeconfig.trim_end();
        let mut command = Command::new(program);
        command.args(["--kubeconfig", kubeconfig, "--cache-dir"]).arg(self.state().join("kubectl"));
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The processes that `status` names.
    pub fn processes(&self) -> BTreeMap<String, i32> {
        let status = self.run(&["status"]).stdout;
        let status = String::from_utf8(status).unwrap();
        let process = |line: &str| {
            let (name, pid) = line.split_once(" process ")?;
            Some((name.trim().to_owned(), pid.parse().unwrap()))
        };
        status.lines().filter_map(process).collect()
    }

    /// Ends a process at once, as a crash does, and waits until it is gone.
    pub fn crash(&self, name: &str) {
        let pid = self.processes()[name];
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        let process = format!("/proc/{pid}/environ");
        until("a killed process is gone", || {
            fs::read(&process).is_ok_and(|mark| mark.is_empty()) || !fs::exists(&process).unwrap()
        });
    }

    /// The number of processes that belong to it, whatever they are.
    pub fn count(&self) -> usize {
        let mark = format!("KUBEGENE_CLUSTER_OF={}", self.state().display());
        let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let environments = processes.filter_map(|process| fs::read(process.path().join("environ")).ok());
        environments.filter(|all| all.split(|byte| *byte == 0).any(|one| one == mark.as_bytes())).count()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.state().exists() || self.count() > 0 {
            let _ = self.command(&["down"]).status();
        }
    }
}

/// Waits for a condition.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_mins(1), "not within a minute: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
