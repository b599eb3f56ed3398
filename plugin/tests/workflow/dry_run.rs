//! What a dry run shows, and that it gives the same Execution when it is submitted.

use std::fs;

use serde_json::{Value, json};

use crate::place::{Place, called, examples};

/// Tasks in no alphabetical order, values that look like variables, numbers and booleans, several lines.
const WORKFLOW: &str = "\
inputs:
  executionName: {default: wgs}
  raw: {default: literal}
  samples: {type: array, default: [s1, 's: 2', '3', true]}
  count: {type: number, default: 3}
workflow:
  second:
    tool: bwa:0.7
    commands: ['echo ${raw}', \"one\\n\\n  two ${count}\\n\"]
  first:
    tool: bwa:0.7
    commands_iter:
      command: echo ${1} ${2} ${item} ${raw}
      vars: [['yes', '010']]
      vars_zip: ['${samples}', [a, b, c, d]]
      vars_iter: ['${samples}', 'range(0, ${count})']
    depends: [{target: second}]
  last:
    tool: bwa:0.7
    commands_iter: {command: 'x ${1}', vars_iter: ['get_result(second2, \"\\n\")']}
    condition: check_result(second2, \"a b\")
    depends: [{target: second2}]
  second2: {tool: 'bwa:0.7', commands: [x], depends: [{target: first, on_skipped: Ignore}]}
volumes:
  v: {mount_path: /data, mount_from: {pvc: claim}}
outputs:
  o: {paths_iter: {path: '${1}-${item}', vars_iter: ['${samples}']}}
";

#[test]
fn an_instantiated_workflow_gives_the_same_execution() {
    let place = Place::with(WORKFLOW);
    let flags = ["--tool-repo", "tools", "--set", "raw=${1} ${samples} $(x) \"${\""];
    let shown = |file: &str, more: &[&str]| {
        let called = called(place.command(&[&["submit", file, "--tool-repo", "tools"], more].concat()));
        assert_eq!(called.code, Some(0), "{}", called.err);
        called.out
    };
    let given = [&flags[2..], &["--dry-run=client", "-o", "json"]].concat();
    let execution: Value = serde_json::from_str(&shown("w.yaml", &given)).unwrap();
    let names: Vec<_> =
        execution["spec"]["tasks"].as_array().unwrap().iter().map(|task| task["name"].clone()).collect();
    assert_eq!(names, ["second", "first", "last", "second2"]);
    assert_eq!(execution["metadata"]["name"], "wgs");
    for (file, more) in [
        ("i.yaml", &["--dry-run"][..]),
        ("j.json", &["--dry-run", "-o", "json"]),
        ("k.yaml", &["--dry-run=workflow", "-o", "yaml"]),
    ] {
        place.write(file, shown("w.yaml", &[&flags[2..], more].concat()));
        assert_eq!(
            place.execution(&format!("{file} --tool-repo tools")),
            execution,
            "{file}:\n{}",
            place.read(file)
        );
        // What is filled in stays as it is.
        assert_eq!(shown(file, more), place.read(file), "{file}");
    }
    assert_eq!(place.read("i.yaml"), place.read("k.yaml"));
    place.write("e.yaml", shown("w.yaml", &[&flags[2..], &["--dry-run=client", "-o", "yaml"]].concat()));
    assert_eq!(place.execution("e.yaml"), execution);
}

#[test]
fn the_examples_come_through_a_dry_run_unchanged() {
    let place = Place::new();
    let tools = examples().join("tools");
    let tools = tools.to_str().unwrap();
    let mut count = 0;
    for folder in fs::read_dir(examples()).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.ends_with("tools") || !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_workflow = fs::read_to_string(&file).is_ok_and(|text| text.contains("\nworkflow:"));
            if !is_workflow {
                continue;
            }
            let file = file.to_str().unwrap();
            let executed = place.execution(&format!("workflow {file} --tool-repo {tools}"));
            assert_eq!(executed["metadata"]["generateName"], "execution-", "{file}");
            let shown = place.expect(&format!("sub workflow {file} --tool-repo {tools} --dry-run"), 0);
            place.write("shown.yaml", shown.out);
            assert_eq!(place.execution(&format!("shown.yaml --tool-repo {tools}")), executed, "{file}");
            count += 1;
        }
    }
    assert_eq!(count, 7, "workflows among the examples");
}

#[test]
fn each_kind_of_dry_run_shows_what_it_says() {
    let place = Place::with("workflow: {a: {tool: 'bwa:0.7', commands: [x]}}\n");
    let shown = |arguments: &str| place.expect(&format!("submit {arguments}"), 0).out;
    let instantiated = "workflow:\n  a:\n    commands:\n    - x\n    tool: bwa:0.7\n";
    assert_eq!(shown("w.yaml --tool-repo tools --dry-run"), instantiated);
    let line = "execution.execution.kubegene.io/execution created (dry run): 1 task, 1 vertex, at most 5000 at a time\n";
    assert_eq!(shown("w.yaml --tool-repo tools --dry-run=client"), line);
    assert_eq!(
        shown("w.yaml --tool-repo tools --dry-run -o name"),
        "execution.execution.kubegene.io/execution\n"
    );
    let named = shown("w.yaml --tool-repo tools --dry-run --name wgs");
    assert_eq!(named, format!("inputs:\n  executionName:\n    type: string\n    value: wgs\n{instantiated}"));
    let execution = "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata:\n  name: e\nspec:\n  tasks:\n  - name: a\n    commands:\n    - x\n    image: i:1\n";
    place.write("e.yaml", execution);
    assert_eq!(
        shown("e.yaml --dry-run"),
        "execution.execution.kubegene.io/e created (dry run): 1 task, 1 vertex\n"
    );
    assert_eq!(shown("e.yaml --dry-run -o yaml"), execution);
    // Of several, all are documents of one stream, which can be submitted again.
    let all = shown("w.yaml e.yaml --tool-repo tools --dry-run");
    assert_eq!(all, format!("{instantiated}---\n{execution}"));
    place.write("all.yaml", all);
    place.expect("lint all.yaml --tool-repo tools", 0);
    place.expect("submit w.yaml --dry-run=none-such", 2);
}

/// What the server would store is asked of the server.
#[test]
fn a_dry_run_by_the_server_needs_one() {
    let place = Place::with("workflow: {a: {tool: 'bwa:0.7', commands: [x]}}\n");
    let called = place.expect("submit w.yaml --tool-repo tools --dry-run=server", 1);
    assert!(called.err.contains("no cluster is known"), "{}", called.err);
}

#[test]
fn an_execution_is_named_by_the_workflow_or_by_the_server() {
    let place = Place::with(
        "inputs: {executionName: {default: wgs}, namespace: {default: lab}}\nworkflow: {a: {tool: 'bwa:0.7', commands: [x]}}\n",
    );
    let metadata =
        |arguments: &str| place.execution(&format!("{arguments} --tool-repo tools"))["metadata"].clone();
    assert_eq!(metadata("w.yaml"), json!({"name": "wgs", "namespace": "lab"}));
    assert_eq!(metadata("w.yaml --set executionName=x"), json!({"name": "x", "namespace": "lab"}));
    place.write("plain.yaml", "workflow: {a: {tool: 'bwa:0.7', commands: [x]}}\n");
    assert_eq!(metadata("plain.yaml"), json!({"generateName": "execution-"}));
    assert_eq!(metadata("plain.yaml --set executionName=x"), json!({"name": "x"}));
    assert_eq!(metadata("plain.yaml --name y"), json!({"name": "y"}));
    let called = place.expect("lint plain.yaml --tool-repo tools --set executionName=X_y", 1);
    assert!(called.err.contains("\n --> --set executionName=X_y\n"), "{}", called.err);
}
