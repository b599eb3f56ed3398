//! Suspending, going on, cancelling, following: while containers run.

use std::{process::Stdio, time::Instant};

use serde_json::json;

use crate::fixture::{BOUND, Lab, condition, document, until};

#[test]
fn nothing_new_starts_while_an_execution_is_suspended() {
    let lab = Lab::new("suspend");
    let spec = "  tasks:\n  - {name: first, image: busybox, commands: [sleep 4]}\n  \
                - {name: second, image: busybox, commands: [echo second], dependents: [{target: first}]}\n";
    assert_eq!(lab.submit(&document("wgs", spec), &[]).code, Some(0));
    until("the first Job", || (lab.jobs("wgs") == ["wgs.first.0"]).then_some(()));
    lab.succeed(&["suspend", "wgs"]);
    lab.wait("wgs", "condition=Suspended");
    let job = "job/wgs.first.0";
    let said = lab.kubectl(&[
        "wait",
        "--for=condition=Complete",
        job,
        "--timeout",
        &format!("{}s", BOUND.as_secs()),
    ]);
    assert_eq!(said.code, Some(0), "{said:?}");
    until("the first success", || (lab.execution("wgs")["status"]["progress"] == "1/2").then_some(()));
    assert_eq!(lab.jobs("wgs"), ["wgs.first.0"]);
    let said = lab.succeed(&["tree", "wgs"]);
    assert!(said.out.contains("suspended"), "{said:?}");

    lab.succeed(&["resume", "wgs"]);
    lab.wait("wgs", "phase=Succeeded");
    assert_eq!(lab.jobs("wgs"), ["wgs.first.0", "wgs.second.0"]);
}

#[test]
fn a_cancelled_execution_ends_what_runs() {
    let lab = Lab::new("cancel");
    let spec = "  tasks:\n  - {name: long, image: busybox, commands: [sleep 600, sleep 601]}\n  \
                - {name: never, image: busybox, commands: [echo never], dependents: [{target: long}]}\n";
    assert_eq!(lab.submit(&document("wgs", spec), &[]).code, Some(0));
    until("both to run", || {
        let pods = lab.of("pods", "wgs");
        (pods.iter().filter(|pod| pod["status"]["phase"] == "Running").count() == 2).then_some(())
    });
    lab.succeed(&["cancel", "wgs"]);
    lab.wait("wgs", "phase=Failed");
    let execution = lab.execution("wgs");
    assert_eq!(execution["status"]["message"], "execution was cancelled");
    assert_eq!(condition(&execution, "Failed").unwrap()["reason"], "Cancelled");
    let phases: Vec<_> =
        execution["status"]["tasks"].as_array().unwrap().iter().map(|task| &task["phase"]).collect();
    assert_eq!(phases, [&json!("Cancelled"), &json!("Cancelled")]);
    until("the pods to be gone", || lab.of("pods", "wgs").is_empty().then_some(()));
    assert!(lab.jobs("wgs").is_empty());
}

#[test]
fn a_log_is_followed_to_the_end_of_the_execution() {
    let lab = Lab::new("follow");
    let spec = "  tasks:\n  - {name: talk, image: busybox, commands: ['echo first; sleep 3; echo last']}\n  \
                - {name: later, image: busybox, commands: [echo later], dependents: [{target: talk}]}\n";
    assert_eq!(lab.submit(&document("wgs", spec), &[]).code, Some(0));
    let begun = Instant::now();
    let child = lab
        .gene_command(&["logs", "-f", "wgs"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut lines: Vec<&str> = out.lines().filter_map(|line| Some(line.split_once('|')?.1.trim())).collect();
    assert_eq!(lines.iter().position(|line| *line == "first"), Some(0), "{out}");
    lines.sort_unstable();
    assert_eq!(lines, ["first", "last", "later"], "{out}");
    assert!(begun.elapsed() < BOUND);
    assert_eq!(lab.execution("wgs")["status"]["phase"], "Succeeded");
}
