//! Real workflows, as they were recorded: converted, run to the end, and the order in which their
//! processes really ran held against the recordings' own lists of parents.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{RECORDINGS, path_of};

fn gene(directory: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"))
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    output
}

/// Runs a recording; every process writes a line as it begins and one as it ends.
fn trace(directory: &Path, recording: &Path) -> (Value, Vec<String>) {
    let options = ["convert", recording.to_str().unwrap(), "--commands", "sleep=0.001"];
    let yaml = String::from_utf8(gene(directory, &options).stdout).unwrap();
    let told = |line: &str| match line.split_once("- sleep ") {
        Some((indent, seconds)) => {
            format!(
                "{indent}- echo begin $GENE_TASK >> trace; sleep {seconds}; echo end $GENE_TASK >> trace\n"
            )
        }
        None => format!("{line}\n"),
    };
    fs::write(directory.join("execution.yaml"), yaml.lines().map(told).collect::<String>()).unwrap();
    let output = gene(directory, &["run", "execution.yaml", "--parallelism", "8", "-o", "json"]);
    let execution = serde_json::from_slice(&output.stdout).unwrap();
    let trace = fs::read_to_string(directory.join("trace")).unwrap();
    (execution, trace.lines().map(str::to_owned).collect())
}

fn check(recording: &str, tasks: usize, edges: usize) {
    let path = path_of(recording);
    let directory = tempfile::tempdir().unwrap();
    let (execution, trace) = trace(directory.path(), &path);

    let vertices = execution["status"]["vertices"].as_object().unwrap();
    assert_eq!(
        vertices.values().filter(|vertex| vertex["phase"] == "Succeeded").count(),
        tasks,
        "{recording}"
    );
    assert_eq!(trace.len(), 2 * tasks, "{recording}");

    let moment: BTreeMap<&str, usize> = trace.iter().map(String::as_str).zip(0..).collect();
    let name_of: BTreeMap<&str, &str> = execution["spec"]["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| (task["description"].as_str().unwrap(), task["name"].as_str().unwrap()))
        .collect();
    let recorded: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut seen = 0;
    for task in recorded["workflow"]["specification"]["tasks"].as_array().unwrap() {
        let child = name_of[task["id"].as_str().unwrap()];
        for parent in task["parents"].as_array().unwrap() {
            let parent = name_of[parent.as_str().unwrap()];
            let (ended, began) = (moment[&*format!("end {parent}")], moment[&*format!("begin {child}")]);
            assert!(ended < began, "{recording}: {child} began before {parent} ended");
            seen += 1;
        }
    }
    assert_eq!(seen, edges, "{recording}");
}

#[test]
fn every_recording_runs_in_its_own_order() {
    for (recording, tasks, edges) in RECORDINGS {
        check(recording, tasks, edges);
    }
}
