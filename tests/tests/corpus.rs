//! What fuzzing has found worth keeping, tried once more without a fuzzer; so `cargo test` holds what was mended.

#![allow(clippy::panic, reason = "a test says what it expected")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use gene_tests::fuzz;

/// What no input may take, on a busy machine and without optimisation. `cargo xtask fuzz` is stricter.
const MOST: Duration = Duration::from_mins(1);

#[test]
fn reviews() {
    replay("review", &["fuzz/corpus/review"], fuzz::review);
}

#[test]
fn executions() {
    replay("execution", &["fuzz/corpus/execution"], fuzz::execution);
}

#[test]
fn workflows() {
    replay("workflow", &["fuzz/corpus/workflow"], fuzz::workflow);
}

#[test]
fn files() {
    replay("yaml", &["fuzz/corpus/yaml", "examples", "examples/rejected"], fuzz::yaml);
}

/// A corpus is read by everybody who clones: it stays small.
#[test]
fn corpora_are_small() {
    for target in ["review", "execution", "yaml", "workflow"] {
        let files = files_of(&format!("fuzz/corpus/{target}"));
        let bytes: u64 = files.iter().map(|file| fs::metadata(file).expect("a file").len()).sum();
        assert!(files.len() <= 200 && bytes <= 400_000, "{target}: {} files, {bytes} bytes", files.len());
    }
}

fn replay(target: &str, directories: &[&str], judge: fn(&[u8])) {
    let files: Vec<PathBuf> = directories.iter().flat_map(|directory| files_of(directory)).collect();
    assert!(files.len() > 10, "{target} has a corpus");
    let (sender, receiver) = mpsc::channel();
    // As deep a stack as the least of those that judge have: a thread's.
    let judging = thread::spawn(move || {
        for file in files {
            let bytes = fs::read(&file).expect("a file of the corpus");
            sender.send(file).expect("somebody waits");
            judge(&bytes);
        }
    });
    let mut last = None;
    loop {
        match receiver.recv_timeout(MOST) {
            Ok(file) => last = Some(file),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{last:?} takes more than {MOST:?}"),
        }
    }
    assert!(judging.join().is_ok(), "{last:?} breaks a promise");
}

fn files_of(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(directory);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
