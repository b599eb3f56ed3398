//! What the tests of this part share: an Execution, run in a directory of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc::Receiver},
    thread,
    time::{Duration, Instant},
};

use gene_engine::{Failure, Vertex};
use gene_types::{Limits, ValidExecution, field::FieldError, plan::Pieces, validate};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    attempt::{Launch, Message, Outcome},
    pool::Pool,
    prepare::{Bindings, Prepared, Site, prepare},
};
use crate::cli::RunnerKind;

/// Long enough for anything that is going to happen.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// An Execution called `test` with these tasks; absent fields that must be there are filled in.
pub fn execution(tasks: Value) -> ValidExecution {
    let mut tasks = tasks;
    for task in tasks.as_array_mut().unwrap() {
        let task = task.as_object_mut().unwrap();
        task.entry("name").or_insert(json!("a"));
        task.entry("image").or_insert(json!("busybox"));
    }
    let whole = json!({
        "apiVersion": gene_types::v1alpha1::API_VERSION, "kind": "Execution",
        "metadata": {"name": "test"}, "spec": {"tasks": tasks}
    });
    validate(serde_json::from_value(whole).unwrap(), &Limits::LOCAL).unwrap()
}

/// A directory in which an Execution runs.
pub struct Fixture {
    pub dir: TempDir,
    pub run_id: String,
}

impl Fixture {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let name =
            dir.path().file_name().unwrap().to_string_lossy().replace(|c: char| !c.is_alphanumeric(), "");
        Self { run_id: format!("test-{}-{name}", std::process::id()), dir }
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(inside)
    }

    pub fn site(&self) -> Site {
        let current_dir = self.path("called");
        fs::create_dir_all(&current_dir).unwrap();
        Site { run_id: self.run_id.clone(), run_dir: self.path("run"), current_dir }
    }

    pub fn try_prepare(
        &self,
        valid: &ValidExecution,
        runner: RunnerKind,
        volumes: &[String],
        env: &[String],
    ) -> Result<Prepared, Vec<FieldError>> {
        let bindings = Bindings::parse(volumes, env)?;
        prepare(valid, runner, &bindings, self.site())
    }

    pub fn prepare(&self, valid: &ValidExecution) -> Arc<Prepared> {
        Arc::new(self.try_prepare(valid, RunnerKind::Process, &[], &[]).unwrap())
    }

    /// What the command of the first task's first vertex comes to.
    pub fn run_first(&self, tasks: Value) -> Outcome {
        let valid = execution(tasks);
        let prepared = self.prepare(&valid);
        run_one(&valid, prepared, 0)
    }

    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.path("run/logs").join(name)).unwrap()
    }
}

/// Runs the vertex of this index of the first task.
pub fn run_one(valid: &ValidExecution, prepared: Arc<Prepared>, index: u32) -> Outcome {
    let (sender, receiver) = std::sync::mpsc::channel::<Message>();
    let pool = Pool::new(prepared, sender);
    pool.start(launch(valid, 0, index));
    exited(&receiver).1
}

/// The first attempt of a vertex.
pub fn launch(valid: &ValidExecution, task: u32, index: u32) -> Launch {
    let commands = &valid.plan().tasks[task as usize].commands;
    let command = commands.command(u64::from(index), &Pieces::default());
    Launch { vertex: Vertex { task, index }, attempt: 0, command }
}

/// The next end of an attempt.
pub fn exited(receiver: &Receiver<Message>) -> (Vertex, Outcome) {
    loop {
        if let Message::Exited { vertex, outcome, .. } = receiver.recv_timeout(PATIENCE).unwrap() {
            return (vertex, outcome);
        }
    }
}

pub fn failed(reason: &str, message: &str, exit_code: Option<i32>) -> Outcome {
    Outcome::Failed(Failure { reason: reason.into(), message: message.into(), exit_code })
}

/// Waits until something holds.
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a file has its first line, and returns that.
pub fn wait_for_line(path: &Path) -> String {
    wait_until(&format!("{} is not written", path.display()), || {
        fs::read_to_string(path).is_ok_and(|text| text.contains('\n'))
    });
    fs::read_to_string(path).unwrap().lines().next().unwrap().to_owned()
}

/// Whether a program that a test needs is there. Where it is missing the test says so, and fails in CI.
pub fn has(program: &str, works: Result<(), String>) -> bool {
    match works {
        Ok(()) => true,
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "{program} is needed in CI: {why}");
            eprintln!("not run: {why}");
            false
        }
    }
}
