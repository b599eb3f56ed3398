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

const TOOLS: &str = " --tool-repo examples/kubegene/tools";

/// Runs it, and returns what was said.
fn run(place: &Path, file: &str, words: &str) -> String {
    let tools = if file.contains("/execution/") { "" } else { TOOLS };
    let command = format!("PATH=$PWD:$PATH kubectl-gene run {file}{tools}{words}");
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
        let said = run(
            place.path(),
            &format!("examples/kubegene/{}", graph.file),
            &format!("{} --parallelism 4", claim.unwrap_or_default()),
        );
        assert_eq!(graph.fault(&order(graph, &said)), None, "{said}");
        let Some((_, file)) = &graph.output else { continue };
        let written =
            fs::read_to_string(volume.join(file)).unwrap_or_else(|error| panic!("{file}: {error}: {said}"));
        assert_eq!(graph.fault_of_lines(&written), None);
    }
}

/// What a script is made into is a workflow that a dry run shows, and that runs like any other.
#[test]
fn each_script_runs_as_the_workflow_that_it_is_made_into() {
    if !has_bubblewrap() {
        return;
    }
    let place = site();
    let written = [
        ("single-job/print.sh", "single-job", "subjob-pvc", &["counter.data"][..]),
        ("group-job/repjob.sh", "group-job", "subrepjob-pvc", &["counter.data", "date.data"]),
    ];
    for graph in graphs::all() {
        let Some(words) = &graph.submit else { continue };
        let (_, folder, claim, files) = written.iter().find(|(file, ..)| *file == graph.file).unwrap();
        let command = format!("mkdir {claim} && cp examples/kubegene/{folder}/print*.sh {claim}");
        assert_eq!(sh(place.path(), &command, ""), (Some(0), String::new()));
        let command = format!("kubectl-gene submit {words}{TOOLS} --dry-run > script.yaml");
        assert_eq!(sh(place.path(), &command, ""), (Some(0), String::new()), "{command}");
        let said = run(place.path(), "script.yaml", &format!(" --volume {claim}={claim} --fresh"));
        assert_eq!(graph.fault(&order(&graph, &said)), None, "{said}");
        for file in *files {
            let text =
                fs::read_to_string(place.path().join(claim).join(file)).expect("what the script wrote");
            assert_eq!(text.lines().count(), 10, "{file}: {text}");
        }
    }
}
