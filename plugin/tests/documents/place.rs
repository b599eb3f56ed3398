//! Where commands run, and how.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kubectl-gene");

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of the files of a directory.
pub fn files(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"));
    let is_file = |entry: &fs::DirEntry| entry.file_type().expect("a type").is_file();
    entries.filter(is_file).map(|entry| entry.file_name().into_string().expect("UTF-8")).collect()
}

/// A directory with what the documents' commands name.
pub fn site() -> tempfile::TempDir {
    let site = tempfile::tempdir().expect("a directory");
    let folders = [
        "examples",
        "examples/rejected",
        "examples/kubegene/simple-sample",
        "examples/kubegene/tools",
        "plugin/tests/argo",
        "plugin/tests/recordings",
    ];
    for folder in folders {
        let to = site.path().join(folder);
        fs::create_dir_all(&to).expect("a directory");
        for file in files(&root().join(folder)) {
            fs::copy(root().join(folder).join(&file), to.join(&file)).expect("a copy");
        }
    }
    site
}

/// Runs a command, and returns its exit code and everything that it printed.
pub fn sh(place: &Path, command: &str, input: &str) -> (Option<i32>, String) {
    let folder = Path::new(PROGRAM).parent().expect("a file has a folder");
    let path = std::env::join_paths(
        [folder.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let (mut reader, writer) = io::pipe().expect("a pipe");
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(place).stdin(Stdio::piped());
    shell.env("PATH", path.expect("a search path")).env("NO_COLOR", "1");
    shell.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
    let mut child = shell.spawn().expect("sh starts");
    drop(shell); // With it the pipe's other end, without which reading would not end.
    // What does not read its input closes the pipe.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let mut said = String::new();
    reader.read_to_string(&mut said).expect("UTF-8");
    (child.wait().expect("sh ends").code(), said)
}

/// Whether processes can have volumes here. Where they cannot it is said, and is a failure in CI.
pub fn has_bubblewrap() -> bool {
    let (code, said) = sh(&root(), "bwrap --unshare-pid --ro-bind / / true", "");
    let works = code == Some(0);
    assert!(works || std::env::var_os("CI").is_none(), "bubblewrap is needed in CI: {said}");
    if !works {
        eprintln!("not run: what needs volumes: {said}");
    }
    works
}
