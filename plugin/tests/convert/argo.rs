//! Workflows of Argo: what they become, what is said of them, and in which order they run.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use crate::{convert, convert_text, gene, read_yaml, refused};

/// The documents beside their Executions, with the options that they are converted with.
const DOCUMENTS: [(&str, &[&str]); 7] = [
    ("batches.yaml", &[]),
    ("branch.yaml", &[]),
    ("cron.json", &["--parameter", "day=monday"]),
    ("diamond.yaml", &[]),
    ("greet.yaml", &[]),
    ("nested.yaml", &[]),
    ("pod.yaml", &[]),
];

fn path_of(document: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/argo").join(document)
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn each_document_becomes_its_execution() {
    for (document, options) in DOCUMENTS {
        let path = path_of(document);
        let expected = path.with_extension("execution.yaml");
        let output = convert(&path, options);
        assert_eq!(output.status.code(), Some(0), "{document}: {}", said(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed, fs::read_to_string(&expected).unwrap(), "{document}");

        let checked = gene().arg("lint").arg(&expected).output().unwrap();
        assert_eq!(checked.status.code(), Some(0), "{document}: {}", said(&checked));

        // JSON is YAML, and nothing depends on how the document is written.
        let text = fs::read_to_string(&path).unwrap();
        let json = if text.starts_with('{') { text } else { read_yaml(&text).to_string() };
        let again = convert_text(&json, options);
        assert_eq!(String::from_utf8_lossy(&again.stdout), printed, "{document}: {}", said(&again));
    }
}

#[test]
fn what_is_left_out_is_said_at_its_place() {
    let path = path_of("branch.yaml");
    let text = said(&convert(&path, &[])).replace(path.to_str().unwrap(), "branch.yaml");
    let places: Vec<&str> = text.lines().filter(|line| line.contains("--> ")).collect();
    assert_eq!(
        places,
        [
            "  --> branch.yaml:13:60 spec.templates[0].dag.tasks[1].when",
            "  --> branch.yaml:14:60 spec.templates[0].dag.tasks[2].when",
            "  --> branch.yaml:17:58 spec.templates[0].dag.tasks[5].when",
            "  --> branch.yaml:19:58 spec.templates[0].dag.tasks[7].depends",
        ]
    );
    let last = "warning: task \"only-after-slow\" never runs, and is left out: it waits for the success of what never runs
  --> branch.yaml:19:58 spec.templates[0].dag.tasks[7].depends
   |
19 |       - {name: only-after-slow, template: tell, depends: slow.Succeeded}
   |                                                          ^^^^^^^^^^^^^^
   = help: check it where the task should run

";
    assert!(text.ends_with(last), "{text}");
}

#[test]
fn all_that_stands_in_the_way_is_said_at_once() {
    let text = "apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
  onExit: main
  podGC: {strategy: OnPodSuccess}
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: tell}
      - {name: b, template: tell, depends: a.Failed}
  - name: tell
    container: {image: busybox, command: [echo, \"{{inputs.parameters.x}}\"]}
";
    let expected = "error: \"onExit\" cannot be carried over, and decides what runs
 --> <stdin>:6:11 spec.onExit
  |
6 |   onExit: main
  |           ^^^^
  = help: make it a task that waits for the others; after a failure nothing more runs

warning: \"podGC\" is not carried over
 --> <stdin>:7:11 spec.podGC
  |
7 |   podGC: {strategy: OnPodSuccess}
  |           ^^^^^^^^^^^^^^^^^^^^^^
  = help: delete the Execution when it is no longer wanted: its Jobs and pods go with it

error: a task can wait for \"a\" to succeed, not for Failed
  --> <stdin>:13:44 spec.templates[0].dag.tasks[1].depends
   |
13 |       - {name: b, template: tell, depends: a.Failed}
   |                                            ^^^^^^^^
   = help: an Execution's task waits until all that it names have succeeded: write A && B

error: the template has no input parameter \"x\"
  --> <stdin>:15:49 spec.templates[1].container.command[1]
   |
15 |     container: {image: busybox, command: [echo, \"{{inputs.parameters.x}}\"]}
   |                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^
   = help: add it to inputs.parameters of the template

<stdin>: 3 errors and 1 warning
";
    assert_eq!(refused(&convert_text(text, &[]), 1), expected);
}

#[test]
fn what_is_no_single_workflow_is_refused() {
    let head = "apiVersion: argoproj.io/v1alpha1\nkind: ";
    for (text, expected) in [
        (
            format!("{head}Sensor\nspec: {{}}\n"),
            "error: kind \"Sensor\" is not converted\n --> <stdin>:2:7 kind",
        ),
        (format!("{head}Workflow\n"), "error: this Workflow has no specification\n"),
        (
            format!("{head}Workflow\nspec: {{}}\n---\n{head}Workflow\n"),
            "error: the file holds 1 document beside this one\n",
        ),
        (format!("{head}Workflow\nspec: [\n"), "error: a bracket is never closed\n"),
        (
            format!("{head}Workflow\nspec: {{entrypoint: a, templates: 3}}\n"),
            "error: no template is called \"a\"\n --> <stdin>:3:20 spec.entrypoint",
        ),
        (format!("{head}Workflow\nspec: {{}}\nspec: {{}}\n"), "error: the key \"spec\" stands twice"),
    ] {
        let said = refused(&convert_text(&text, &[]), 1);
        assert!(said.starts_with(expected), "{said}");
    }
    let said = refused(&convert(&path_of("cron.json"), &["--parameter", "day"]), 2);
    assert!(said.contains("want NAME=VALUE"), "{said}");
}

/// Converts and runs a document; the lines that its processes wrote, by their moment.
fn ran(document: &str) -> BTreeMap<String, usize> {
    let directory = tempfile::tempdir().unwrap();
    let output = convert(&path_of(document), &[]);
    fs::write(directory.path().join("execution.yaml"), output.stdout).unwrap();
    let options = ["run", "execution.yaml", "--parallelism", "4"];
    let output = gene().current_dir(directory.path()).args(options).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{document}: {}", said(&output));
    let trace = fs::read_to_string(directory.path().join("trace")).unwrap();
    trace.lines().map(str::to_owned).zip(0..).collect()
}

#[test]
fn converted_workflows_run_in_the_order_that_they_had() {
    for (document, lines, edges) in [
        (
            "diamond.yaml",
            4,
            &[("top", "left"), ("top", "right"), ("left", "bottom"), ("right", "bottom")][..],
        ),
        (
            "nested.yaml",
            5,
            &[("map s1", "sort s1"), ("map s2", "sort s2"), ("sort s1", "merge"), ("sort s2", "merge")][..],
        ),
    ] {
        let moments = ran(document);
        assert_eq!(moments.len(), lines, "{document}");
        for (before, after) in edges {
            assert!(moments[*before] < moments[*after], "{document}: {after} ran before {before}");
        }
    }
}

#[test]
fn options_for_recordings_are_refused() {
    for options in [["--image", "alpine:3"], ["--commands", "sleep"]] {
        let output = convert(&path_of("diamond.yaml"), &options);
        assert_eq!(output.status.code(), Some(1), "{options:?}");
        assert!(output.stdout.is_empty(), "{options:?}");
        let said = said(&output);
        assert!(said.contains("a Workflow of Argo has its own commands and images"), "{options:?}: {said}");
    }
}
