//! What is left when it is removed.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use crate::{
    fixture::{BOUND, Lab, document, until},
    product::{apply, rolled_out, succeed},
};

/// Every object of the cluster, but for Events: "kind namespace/name".
pub fn inventory() -> BTreeSet<String> {
    let kinds = succeed(&["api-resources", "--verbs=list", "-o", "name"]);
    // Events are forgotten by themselves. Component statuses are not stored.
    let kinds = kinds
        .lines()
        .filter(|kind| *kind != "events" && !kind.starts_with("events.") && *kind != "componentstatuses");
    let kinds: Vec<&str> = kinds.collect();
    assert!(kinds.len() > 30, "{kinds:?}");
    let line = "{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{\"\\n\"}{end}";
    let listed = succeed(&["get", &kinds.join(","), "-A", "-o", &format!("jsonpath={line}")]);
    listed.lines().map(str::to_owned).collect()
}

/// As docs/install.md says it, with one that runs.
pub fn executions_can_be_kept() {
    let lab = Lab::new("kept");
    let spec = "  tasks:\n  - {name: first, image: busybox, commands: [sleep 8]}\n  \
                - {name: second, image: busybox, commands: [echo second], dependents: [{target: first}]}\n";
    assert_eq!(lab.submit(&document("wgs", spec), &[]).code, Some(0));
    until("the first Job", || (!lab.jobs("wgs").is_empty()).then_some(()));
    for part in ["configurations", "policies", "webhook", "controller"] {
        succeed(&["delete", "-k", &format!("manifests/base/{part}")]);
    }
    let done = ["wait", "--for=condition=Complete", "job/wgs.first.0", "--timeout=60s"];
    assert_eq!(lab.kubectl(&done).code, Some(0));
    assert_eq!(lab.jobs("wgs"), ["wgs.first.0"], "nothing new is started");

    // Back again, this time so that nobody asks who may create Jobs.
    apply("manifests/overlays/without-job-check");
    rolled_out();
    let executions = "--resource=executions.execution.kubegene.io";
    for words in [
        &["create", "role", "eve", "--verb=create", executions][..],
        &["create", "rolebinding", "eve", "--role=eve", "--user=eve"],
    ] {
        assert_eq!(lab.kubectl(words).code, Some(0), "{words:?}");
    }
    until("eve's Execution", || {
        let said = lab.kubectl(&["create", "--as=eve", "-f", "examples/iterate.yaml"]);
        said.code.filter(|code| *code == 0)
    });
    lab.wait("wgs", "phase=Succeeded");
    assert_eq!(lab.jobs("wgs"), ["wgs.first.0", "wgs.second.0"]);
    // All of it again, so that there is all to remove.
    apply("manifests");
}

/// Removes what is installed, with Executions that run.
pub fn nothing_is_left(before: &BTreeSet<String>) {
    let lab = Lab::new("last");
    // It ends when it is told to.
    let spec =
        "  tasks:\n  - {name: long, image: busybox, commands: [\"trap 'exit 0' TERM; sleep 600 & wait\"]}\n";
    assert_eq!(lab.submit(&document("wgs", spec), &[]).code, Some(0));
    until("its Job", || (!lab.jobs("wgs").is_empty()).then_some(()));
    succeed(&["delete", "-k", "manifests", "--timeout=120s"]);
    let left: Vec<String> = inventory().difference(before).cloned().collect();
    let ours: Vec<&String> =
        left.iter().filter(|object| object.contains("gene") || object.contains("wgs.")).collect();
    let kept: Vec<&&String> =
        ours.iter().filter(|object| !object.starts_with("Job ") && !object.starts_with("Pod ")).collect();
    assert_eq!(kept, Vec::<&&String>::new(), "left when kubectl delete has returned");
    drop(lab);
    nothing_more_than(before);
}

/// Returns when there is nothing that was not there before: Jobs, pods and namespaces go in the background.
pub fn nothing_more_than(before: &BTreeSet<String>) {
    let begun = Instant::now();
    loop {
        let left: Vec<String> = inventory().difference(before).cloned().collect();
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < BOUND, "still there: {left:?}");
        thread::sleep(Duration::from_secs(1));
    }
}
