//! The programs of the workspace; `gene-controller` as a process.

use std::{env, fs, path::PathBuf, process::Stdio};

use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

/// A program of the workspace: Cargo builds them beside the directory of its tests.
pub fn program(name: &str) -> PathBuf {
    let this = env::current_exe().unwrap();
    let program = this.ancestors().nth(2).unwrap().join(name);
    assert!(
        program.exists(),
        "there is no {}; build it with \"cargo build --workspace\", or use \"cargo xtask test\"",
        program.display()
    );
    program
}

/// A running controller; dropped, it is killed.
pub struct Controller {
    child: Child,
}

impl Controller {
    /// Starts one for the Executions of a namespace, with its lease there too.
    pub fn start(namespace: &str, identity: &str, log: &Log) -> Self {
        let mut command = Command::new(program("gene-controller"));
        command.args(["--namespace", namespace, "--lease-namespace", namespace, "--identity", identity]);
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--log",
            "debug,kube=info,hyper=info,tower=info,rustls=info",
        ]);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.append())
            .kill_on_drop(true)
            .spawn();
        Self { child: child.unwrap() }
    }

    /// Kills it as a lost node does, and returns when it is gone.
    pub async fn kill(mut self) {
        let ended = self.child.try_wait().unwrap();
        assert_eq!(ended, None, "it has ended by itself");
        self.child.kill().await.unwrap();
    }
}

/// What all processes of a run have logged; it is shown where the test fails.
pub struct Log {
    file: NamedTempFile,
    seed: Option<u64>,
}

impl Log {
    pub fn new(seed: Option<u64>) -> Self {
        Self { file: NamedTempFile::new().unwrap(), seed }
    }

    /// Where another process writes to it.
    pub fn append(&self) -> fs::File {
        fs::OpenOptions::new().append(true).open(self.file.path()).unwrap()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let text = fs::read_to_string(self.file.path()).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let last = &lines[lines.len().saturating_sub(200)..];
            eprintln!(
                "seed {:?}, the last of {} lines of its log:\n{}",
                self.seed,
                lines.len(),
                last.join("\n")
            );
        }
    }
}
