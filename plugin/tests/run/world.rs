//! A directory of its own in which the program is called.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// No condition takes so long on any machine; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A directory with files, in which the program is called.
pub struct World(TempDir);

/// What a call came to.
#[derive(Debug)]
pub struct Called {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl World {
    /// A directory with one file, `x.yaml`.
    pub fn new(text: &str) -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        world.write("x.yaml", text);
        world
    }

    /// A directory with one Execution called `x` in `x.yaml`. Tasks are given as YAML, one an item
    /// of a list, without `type` and `image`.
    pub fn of_tasks(tasks: &[&str]) -> Self {
        Self::new(&execution("x", "", tasks))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The program with these arguments, separated by blanks.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"));
        command.args(arguments.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// Calls the program and waits for its end.
    pub fn call(&self, arguments: &str) -> Called {
        called(self.command(arguments).output().unwrap())
    }

    /// Calls the program, which must exit with this code.
    #[track_caller]
    pub fn expect(&self, arguments: &str, code: i32) -> Called {
        let called = self.call(arguments);
        assert_eq!(called.code, Some(code), "{arguments}: {called:#?}");
        called
    }

    /// Calls the program and leaves it running.
    pub fn spawn(&self, arguments: &str) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits until a file of this directory has so many lines, and gives them.
    #[track_caller]
    pub fn wait_for_lines(&self, name: &str, count: usize) -> Vec<String> {
        wait_until(name, || self.read(name).matches('\n').count() >= count);
        self.read(name).lines().map(str::to_owned).collect()
    }
}

/// An Execution as a document. `spec` has lines of the spec beside the tasks, indented by two.
pub fn execution(name: &str, spec: &str, tasks: &[&str]) -> String {
    let tasks: Vec<String> =
        tasks.iter().map(|task| format!("  - {{type: Job, image: busybox, {task}}}\n")).collect();
    format!(
        "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {{name: {name}}}\nspec:\n{spec}  tasks:\n{}",
        tasks.concat()
    )
}

pub fn called(output: Output) -> Called {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

pub fn send(child: &Child, signal: Signal) {
    kill_process(pid(child), signal).unwrap();
}

pub fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed()).unwrap()
}

/// Whether a process of this number runs; one that has ended and was not waited for does not.
pub fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
