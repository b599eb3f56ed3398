//! The documents do what they say: commands are run, links lead somewhere, Executions are accepted. And so do the
//! examples.
//!
//! In a `console` block a line that begins with `$ ` is a command; `# exit N` at its end is its exit code, else 0. The
//! lines up to the next command are what it prints on standard output and error; `…` stands for any text in a line, and
//! alone for any lines. Without such lines the output is not compared. The commands of one document run in order in one
//! directory of their own, with `examples/` and the recordings in it.

#![allow(
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expected, and what it did not run"
)]

mod examples;
#[path = "../../../tests/src/graphs.rs"]
mod graphs;
mod kubegene;
mod page;
mod place;

use std::path::Path;

use page::{Step, anchors, are_lines, blocks, documents, links, steps};
use place::{has_bubblewrap, root, sh, site};

/// A page all of whose commands need a cluster: tests/tests/cluster/tour.rs runs it.
const ON_A_CLUSTER: &str = "docs/tour.md";

/// What is not run, and why.
const NOT_RUN: [(&str, &str); 14] = [
    ("cargo install ", "installs into the caller's home directory"),
    ("cargo xtask test", "runs this test"),
    ("cargo xtask bench ", "needs an optimised build and takes minutes"),
    ("cargo xtask image", "needs an optimised build and takes minutes"),
    ("apt-get ", "changes the machine"),
    ("docker ", "needs Docker and a registry"),
    ("gene-certs ", "needs a cluster"),
    ("kubectl --namespace kubegene ", "needs a cluster"),
    ("kubectl --namespace kubegene-system ", "needs a cluster"),
    ("kubectl apply ", "needs a cluster"),
    ("kubectl auth ", "needs a cluster"),
    ("kubectl create namespace ", "needs a cluster"),
    ("kubectl kustomize ", "pipes into a cluster"),
    ("kubectl delete -k ", "needs a cluster"),
];

/// What needs bubblewrap, or what that has left.
const NEEDS_VOLUMES: [&str; 2] = ["run examples/volume.yaml", "here/complement"];

/// What commands may use beside the program.
const KNOWN: [&str; 15] = [
    "kubectl-gene",
    "cat",
    "cd",
    "cp",
    "echo",
    "find",
    "grep",
    "head",
    "ls",
    "mkdir",
    "printf",
    "rm",
    "sort",
    "touch",
    "wc",
];

#[test]
fn commands_print_what_the_documents_say() {
    let mut failures = Vec::new();
    let with_volumes = has_bubblewrap();
    for document in documents().into_iter().filter(|document| document.name != ON_A_CLUSTER) {
        let place = site();
        for step in steps(&document) {
            if !with_volumes && NEEDS_VOLUMES.iter().any(|part| step.command.contains(part)) {
                continue;
            }
            let at = format!("{}:{}: $ {}", document.name, step.line, step.command);
            match run(place.path(), &step) {
                Ok(()) => {}
                Err(why) => failures.push(format!("{at}\n{why}")),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for document in documents() {
        let folder = root().join(&document.name).parent().expect("a file has a folder").to_owned();
        for (line, target) in links(&document.text) {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = if file.is_empty() { root().join(&document.name) } else { folder.join(file) };
            if !path.exists() || !(anchor.is_empty() || anchors(&path).contains(anchor)) {
                dead.push(format!("{}:{line}: {target}", document.name));
            }
        }
    }
    assert!(dead.is_empty(), "these lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn executions_in_documents_are_accepted() {
    let mut checked = 0;
    for document in documents() {
        for block in blocks(&document.text, "yaml") {
            let text = block.lines.join("\n");
            if text.starts_with("apiVersion") {
                let (code, said) = sh(&root(), "kubectl-gene lint -", &text);
                assert_eq!(code, Some(0), "{}:{}:\n{said}", document.name, block.line);
                checked += 1;
            }
        }
    }
    assert!(checked > 3, "only {checked} Executions were found");
}

fn run(place: &Path, step: &Step) -> Result<(), String> {
    if NOT_RUN.iter().any(|(begin, _)| step.command.starts_with(begin)) {
        return Ok(());
    }
    let command = step.command.replace("cargo run --release -p kubectl-gene --", "kubectl-gene");
    let command = command.replace("kubectl gene", "kubectl-gene");
    let simple = command.split(['|', ';', '&']).filter_map(|simple| simple.split_whitespace().next());
    if let Some(unknown) = simple.into_iter().find(|program| !KNOWN.contains(program)) {
        return Err(format!("{unknown:?} is neither among what may be used nor among what is not run"));
    }
    let (code, said) = sh(place, &command, "");
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    if code != Some(step.code) {
        return Err(format!("expected exit {}, got {code:?}:\n{said}", step.code));
    }
    if !step.expected.is_empty() && !are_lines(&step.expected, &lines) {
        return Err(format!("expected:\n{}\ngot:\n{said}", step.expected.join("\n")));
    }
    Ok(())
}
