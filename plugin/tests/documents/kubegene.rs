//! The examples of `examples/kubegene` as a person runs them: with their tools, and a directory for each claim.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use crate::{
    graphs::{self, Graph},
    place::{has_bubblewrap, root, sh},
};

/// What stands for programs that are not here: each makes the files that it is told to write.
const PROGRAM: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in -o | -O | --OUTPUT) mkdir -p "$(dirname "$2")" && : > "$2" ;; esac
  shift
done
"#;

/// A directory in which the commands of README.md can be typed.
fn site() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a directory");
    symlink(root().join("examples").canonicalize().expect("the examples"), place.path().join("examples"))
        .expect("a link");
    for program in ["zsplit", "bwa", "samtools", "sambamba", "gatk"] {
        let file = place.path().join(program);
        fs::write(&file, PROGRAM).expect("a program");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    place
}

/// Runs it, and returns what was said.
fn run(place: &Path, file: &str, words: &str) -> String {
    let tools = if file.starts_with("execution/") { "" } else { " --tool-repo examples/kubegene/tools" };
    let command = format!("PATH=$PWD:$PATH kubectl-gene run examples/kubegene/{file}{tools}{words}");
    let (code, said) = sh(place, &command, "");
    assert_eq!(code, Some(0), "{command}: {said}");
    said
}

/// The jobs in the order in which they ended; each began after those that it waits for.
fn order(graph: &Graph, said: &str) -> Vec<String> {
    let mut ended: Vec<String> = Vec::new();
    for line in said.lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            [_, job, "Running", ..] => {
                let early = graph.edges.iter().find(|(from, to)| to == job && !ended.contains(from));
                assert_eq!(early, None, "{}: {job} began too early: {said}", graph.file);
            }
            [_, job, "Succeeded", ..] if job.ends_with(']') => ended.push(job.to_owned()),
            _ => {}
        }
    }
    ended
}

#[test]
fn each_example_runs_in_a_legal_order() {
    if !has_bubblewrap() {
        return;
    }
    let place = site();
    for graph in graphs::all().iter().filter(|graph| graph.submit.is_none()) {
        let volume = place.path().join("volume");
        let _ = fs::remove_dir_all(&volume);
        fs::create_dir(&volume).expect("a directory");
        let claim = graph.output.as_ref().map(|(claim, _)| format!(" --volume {claim}=volume"));
        let said = run(place.path(), &graph.file, &format!("{} --parallelism 4", claim.unwrap_or_default()));
        assert_eq!(graph.fault(&order(graph, &said)), None, "{said}");
        let Some((_, file)) = &graph.output else { continue };
        let written =
            fs::read_to_string(volume.join(file)).unwrap_or_else(|error| panic!("{file}: {error}: {said}"));
        assert_eq!(graph.fault_of_lines(&written), None);
    }
}
