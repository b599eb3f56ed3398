//! A directory of its own in which the program is called.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// No call takes so long, even of an unoptimised build on a busy machine.
const BOUND: Duration = Duration::from_mins(1);

/// A directory with files, in which the program is called. Its home directory is this one, and no cluster is known.
pub struct Place(TempDir);

/// What a call came to.
#[derive(Debug)]
pub struct Called {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Place {
    /// A directory with a file of tools.
    pub fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("tools/bwa.yaml", "name: bwa\nversion: '0.7'\nimage: bwa:0.7\n");
        place
    }

    /// The same with a workflow in `w.yaml`.
    pub fn with(workflow: &str) -> Self {
        let place = Self::new();
        place.write("w.yaml", workflow);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// The program with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null()).env("HOME", self.0.path());
        for name in
            ["KUBECONFIG", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]
        {
            command.env_remove(name);
        }
        command
    }

    /// Calls the program with arguments that blanks separate, and waits for its end.
    pub fn call(&self, arguments: &str) -> Called {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        called(self.command(&arguments))
    }

    /// Calls the program, which must exit with this code.
    #[track_caller]
    pub fn expect(&self, arguments: &str, code: i32) -> Called {
        let called = self.call(arguments);
        assert_eq!(called.code, Some(code), "{arguments}: {}\n{}", called.out, called.err);
        called
    }

    /// The Execution that a workflow becomes.
    #[track_caller]
    pub fn execution(&self, arguments: &str) -> serde_json::Value {
        let called = self.expect(&format!("submit {arguments} --dry-run=client -o json"), 0);
        serde_json::from_str(&called.out).unwrap()
    }
}

pub fn called(mut command: Command) -> Called {
    let began = Instant::now();
    let output = command.output().unwrap();
    assert!(began.elapsed() < BOUND, "{command:?} took {:?}", began.elapsed());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The repository's examples of workflows.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kubegene")
}
