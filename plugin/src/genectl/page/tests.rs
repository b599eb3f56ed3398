use serde_json::json;

use super::*;
use crate::view::samples;

fn of_original() -> Value {
    let vertex = |phase: &str, message: &str| json!({"phase": phase, "message": message, "children": null});
    let mut vertices = serde_json::Map::new();
    for index in [10, 2, 0, 1] {
        let name = format!("ok-1.b.{index}");
        let mut vertex = vertex("Succeeded", "success");
        (vertex["id"], vertex["name"], vertex["type"]) = (json!(name), json!(name), json!("Job"));
        vertices.insert(name, vertex);
    }
    json!({
        "metadata": {"name": "ok-1", "namespace": "default"},
        "spec": {"tasks": [
            {"name": "b", "type": "Job", "image": "i:1", "commandSet": vec!["true"; 11], "dependents": null},
            {"name": "a", "type": "Job", "image": "i:1", "commandsIter": {"command": "x ${1}", "varsIter": [["get_result", "b", " "]]},
             "dependents": [{"target": "b", "type": "whole"}]}]},
        "status": {"phase": "Running", "message": "execution is running", "vertices": vertices},
    })
}

#[test]
fn a_page_is_that_clients() {
    let expected = "\
Name:         ok-1
Namespace:    default
Labels:       <none>
Annotations:  <none>
Phase:        Running
Message:      execution is running
workflow:
  b(total: 11; success: 4; failed: 0; running: 0; error: 0):
    Subtask    Phase      Message
    -------    -----      -------
    ok-1.b.0   Succeeded  success
    ok-1.b.1   Succeeded  success
    ok-1.b.2   Succeeded  success
    ok-1.b.10  Succeeded  success
  a(total: 0; success: 0; failed: 0; running: 0; error: 0):
    wait for execute
    Subtask  Phase  Message
    -------  -----  -------

";
    assert_eq!(page(&of_original()), expected);
    let mut failed = of_original();
    failed["status"]["phase"] = json!("Failed");
    assert!(
        page(&failed).contains("\n    the status of workflow is error or failed, this job will not run\n")
    );
}

#[test]
fn what_nobody_has_seen_yet_runs() {
    let new = json!({"metadata": {"name": "new", "namespace": "lab", "labels": {"b": "2", "a": "1"}, "annotations": {
                        "short": "s", "lines": "one\ntwo\n", "long": "é".repeat(200)}},
                     "spec": {"tasks": []}});
    let long = "é".repeat(138);
    let expected = format!(
        "Name:         new\nNamespace:    lab\nLabels:       a=1\n              b=2\n\
         Annotations:  lines:\n                one\n                two\n              long:\n                {long}...\n              short: s\n\
         Phase:        Running\nworkflow:\n\n"
    );
    assert_eq!(page(&new), expected);
}

#[test]
fn counts_are_those_of_the_tasks_where_the_status_has_them() {
    let text = page(&samples::wgs_document());
    for expected in [
        "\n  mkdupbqsr(total: 40; success: 6; failed: 1; running: 4; error: 0):\n",
        "\n    wgs.mkdupbqsr.3-1  Failed   OOMKilled\n    wgs.mkdupbqsr.4    Running  vertex is running\n",
        "\n  mergevcf(total: 1; success: 0; failed: 0; running: 0; error: 0):\n    wait for execute\n",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    let mut large = samples::wgs_document();
    large["status"]["conditions"] = json!([{"type": "VerticesOmitted", "status": "True", "lastTransitionTime": "2026-11-22T12:00:00Z", "reason": "r", "message": "m"}]);
    assert!(page(&large).contains("\n    6 more are not listed\n  mergevcf("), "{}", page(&large));
}

#[test]
fn why_a_task_has_no_job_is_said() {
    let document = |phase: &str, task: Value| {
        let mut task = task;
        task["name"] = json!("a");
        json!({"metadata": {"name": "x"}, "spec": {"tasks": [{"name": "a", "image": "i", "commandSet": ["c"]}]},
               "status": {"phase": phase, "tasks": [task]}})
    };
    for (phase, task, expected) in [
        (
            "Running",
            json!({"phase": "Skipped", "message": "its condition is false"}),
            "skipped: its condition is false",
        ),
        ("Running", json!({"phase": "Skipped"}), "skipped"),
        ("Failed", json!({"phase": "Failed", "message": "no result"}), "failed: no result"),
        ("Running", json!({"phase": "Succeeded", "total": 0}), "done: there was nothing to execute"),
        (
            "Succeeded",
            json!({"phase": "Succeeded", "total": 3, "succeeded": 3}),
            "its subtasks are not listed",
        ),
        (
            "Failed",
            json!({"phase": "Pending"}),
            "the status of workflow is error or failed, this job will not run",
        ),
        ("Running", json!({"phase": "Pending"}), "wait for execute"),
    ] {
        let text = page(&document(phase, task));
        assert!(text.contains(&format!("\n    {expected}\n    Subtask")), "{expected:?} is not in\n{text}");
    }
}

#[test]
fn a_job_of_no_task_breaks_nothing() {
    let mut odd = of_original();
    for name in ["ok-1.gone.0", "nothing", "other.x.y", "ok-1.b."] {
        odd["status"]["vertices"][name] =
            json!({"id": name, "name": name, "type": "Job", "phase": "Running\u{1b}[31m"});
    }
    let text = page(&odd);
    for name in ["gone", "?", "x"] {
        let section = format!("\n  {name}(total: 0; success: 0; failed: 0; running: 0; error: 0):\n");
        assert!(text.contains(&section), "{section:?} is not in\n{text}");
    }
    assert!(!text.contains('\u{1b}'));
    for odd in [json!(null), json!([]), json!({"spec": {"tasks": [1, {}]}, "status": {"vertices": [1]}})] {
        assert!(page(&odd).starts_with("Name:         \n"), "{odd}");
    }
}
