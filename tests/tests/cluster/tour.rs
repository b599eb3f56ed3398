//! The commands of docs/tour.md, as they stand there, and what must hold of the objects when they are done.

use std::{collections::BTreeMap, fs, process::Command};

use serde_json::{Value, json};

use crate::fixture::{Said, command, condition, install, root, text};

/// What was done before this test could start: the cluster is there and has the images, and cargo has built the plugin.
const DONE: [&str; 4] = [
    "cargo xtask cluster up",
    "export KUBECONFIG=",
    "cargo install --path plugin",
    "cargo xtask cluster load-image",
];

/// What the last commands of the tour take away; before them there is something to see.
const TAKES_AWAY: [&str; 2] = ["kubectl gene delete ", "cargo xtask cluster down"];

const PARENTS: [(&str, &[&str]); 4] = [("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b"])];

/// A command of the page and the lines that it prints; `…` stands for any text in a line, and alone for any lines.
struct Step {
    line: usize,
    command: String,
    /// "# exit 1" stands behind it.
    is_refused: bool,
    expected: Vec<String>,
}

#[test]
fn the_tour_is_as_the_page_tells_it() {
    let page = fs::read_to_string(root().join("docs/tour.md")).unwrap();
    let steps = steps(&page);
    let setup: Vec<_> =
        DONE.iter().filter(|done| !steps.iter().any(|step| step.command.starts_with(**done))).collect();
    assert!(setup.is_empty(), "the page lacks {setup:?}");

    install();
    // Of a run that was broken off.
    run("kubectl gene delete test-exec --wait --ignore-not-found");
    let mut has_seen = false;
    for step in &steps {
        if DONE.iter().any(|done| step.command.starts_with(done)) {
            continue;
        }
        if TAKES_AWAY.iter().any(|begin| step.command.starts_with(begin)) && !has_seen {
            look_at_everything();
            has_seen = true;
        }
        if step.command == "cargo xtask cluster down" {
            continue;
        }
        // In the order in which a terminal shows it.
        let said = run(&format!("exec 2>&1; {}", step.command));
        let printed = &said.out;
        let code = if step.is_refused { Some(1) } else { Some(0) };
        let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
        let expected: Vec<&str> = step.expected.iter().map(String::as_str).collect();
        assert_eq!(said.code, code, "docs/tour.md:{}: $ {}\n{printed}", step.line, step.command);
        assert!(
            expected.is_empty() || are_lines(&expected, &lines),
            "docs/tour.md:{}: $ {}\nexpected:\n{}\ngot:\n{printed}",
            step.line,
            step.command,
            expected.join("\n")
        );
    }
    assert!(has_seen, "the page ends without taking its Execution away");
    for kind in ["executions.execution.kubegene.io", "jobs", "pods", "configmaps"] {
        let names: Vec<String> = items(kind).iter().map(|item| text(&item["metadata"]["name"])).collect();
        assert!(!names.iter().any(|name| name.starts_with("test-exec")), "{kind}: {names:?}");
    }
}

fn look_at_everything() {
    let jobs: BTreeMap<String, Value> =
        items("jobs").into_iter().map(|job| (text(&job["metadata"]["name"]), job)).collect();
    let names: Vec<&str> = jobs.keys().map(String::as_str).collect();
    assert_eq!(names, ["test-exec.a.0", "test-exec.b.0", "test-exec.c.0", "test-exec.d.0"]);
    let job = |task: &str| &jobs[&format!("test-exec.{task}.0")];
    for (task, parents) in PARENTS {
        // RFC 3339 in whole seconds of UTC: the order of the texts is that of the times.
        let start = text(&job(task)["status"]["startTime"]);
        for parent in parents {
            let end = text(&job(parent)["status"]["completionTime"]);
            assert!(start >= end, "{task} started at {start}, {parent} was complete at {end}");
        }
    }
    let pods = items("pods");
    for name in jobs.keys() {
        let of_job = pods.iter().filter(|pod| pod["metadata"]["labels"]["job-name"] == **name);
        assert_eq!(of_job.count(), 1, "{name} has one pod");
    }
    let said = run("kubectl get execution test-exec -o json");
    let execution: Value = serde_json::from_str(&said.out).unwrap();
    look_at_status(&execution);
}

fn look_at_status(execution: &Value) {
    let status = &execution["status"];
    assert_eq!(
        (&status["phase"], &status["progress"], &status["observedGeneration"]),
        (&json!("Succeeded"), &json!("4/4"), &execution["metadata"]["generation"]),
        "{status:#}"
    );
    assert!(text(&status["planDigest"]).starts_with("sha256:"));
    assert!(text(&status["startedAt"]) <= text(&status["finishedAt"]));
    assert!(!text(&status["message"]).is_empty());
    assert!(condition(execution, "Complete").is_some(), "{status:#}");
    assert_eq!(status["vertices"].as_object().unwrap().len(), 4);
    for (task, _) in PARENTS {
        let name = format!("test-exec.{task}.0");
        let vertex = &status["vertices"][&name];
        let children: Vec<String> = PARENTS
            .iter()
            .filter(|(_, parents)| parents.contains(&task))
            .map(|(child, _)| format!("test-exec.{child}.0"))
            .collect();
        let children_of = vertex.get("children").cloned().unwrap_or_else(|| json!([]));
        assert_eq!(
            json!([vertex["id"], vertex["name"], vertex["type"], vertex["phase"], children_of]),
            json!([name, name, "Job", "Succeeded", children]),
        );
        assert!(!text(&vertex["message"]).is_empty(), "{vertex}");
        assert!(text(&vertex["startedAt"]) <= text(&vertex["finishedAt"]), "{vertex}");
    }
    let tasks = status["tasks"].as_array().unwrap();
    let counts = |task: &Value| {
        json!([task["name"], task["phase"], task["total"], task["succeeded"], task["succeededIndexes"]])
    };
    let counted: Vec<Value> = tasks.iter().map(counts).collect();
    let expected: Vec<Value> =
        PARENTS.iter().map(|(task, _)| json!([task, "Succeeded", 1, 1, "0"])).collect();
    assert_eq!(counted, expected);
}

/// The objects of a kind in the tour's namespace.
fn items(kind: &str) -> Vec<Value> {
    let said = run(&format!("kubectl get {kind} -n default -o json"));
    let list: Value = serde_json::from_str(&said.out).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// Types a command.
fn run(typed: &str) -> Said {
    let mut shell: Command = command("sh", &["-c", typed]);
    shell.output().unwrap().into()
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_console = false;
    for (line, text) in (1..).zip(page.lines()) {
        if text.starts_with("```") {
            is_console = text == "```console";
        } else if let (true, Some(command)) = (is_console, text.strip_prefix("$ ")) {
            let (command, is_refused) = match command.split_once("    # exit 1") {
                Some((command, _)) => (command, true),
                None => (command, false),
            };
            steps.push(Step { line, command: command.to_owned(), is_refused, expected: Vec::new() });
        } else if is_console {
            steps.last_mut().unwrap().expected.push(text.to_owned());
        }
    }
    steps
}

fn are_lines(expected: &[&str], got: &[&str]) -> bool {
    match expected.split_first() {
        None => got.is_empty(),
        Some((&"…", rest)) => (0..=got.len()).any(|skipped| are_lines(rest, &got[skipped..])),
        Some((first, rest)) => {
            got.split_first().is_some_and(|(line, more)| is_line(first, line) && are_lines(rest, more))
        }
    }
}

fn is_line(expected: &str, got: &str) -> bool {
    let Some((begin, rest)) = expected.split_once('…') else { return words(expected) == words(got) };
    let Some(got) = got.strip_prefix(begin.trim_end()) else { return false };
    let rest = rest.trim_start();
    got.char_indices().map(|(at, _)| at).chain([got.len()]).any(|at| is_line(rest, got[at..].trim_start()))
}

/// How wide a column is depends on what stands in it.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}
