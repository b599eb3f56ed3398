//! Exit codes, deletion, and a server that is not there.

use std::time::{Duration, Instant};

use crate::fixture::{Lab, command, document, until};

/// How long a server that does not answer may take until that is said.
const SOON: Duration = Duration::from_secs(6);

#[test]
fn submitting_ends_with_the_execution_and_says_how() {
    let lab = Lab::new("codes");
    let one = |command: &str| {
        format!("  tasks:\n  - {{name: a, image: busybox, backoffLimit: 0, commands: ['{command}']}}\n")
    };
    let cycle = "  tasks:\n  - {name: a, image: busybox, commands: [x], dependents: [{target: a}]}\n";
    for (name, spec, words, code) in [
        ("good", one("echo good"), &["--wait"][..], 0),
        ("watched", one("echo good"), &["--watch"], 0),
        ("bad", one("exit 1"), &["--wait"], 3),
        ("bad-watched", one("exit 1"), &["--watch"], 3),
        ("cycle", cycle.to_owned(), &["--wait"], 1),
        ("good", one("echo again"), &["--wait"], 1),
        ("usage", one("echo good"), &["--wait", "--no-such-flag"], 2),
    ] {
        let said = lab.submit(&document(name, &spec), words);
        assert_eq!(said.code, Some(code), "{name}: {said:?}");
    }
    let phases = lab.succeed(&["get", "executions", "--no-headers"]).out;
    let phases: Vec<Vec<&str>> =
        phases.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
    assert_eq!(
        phases,
        [
            ["bad", "Failed", "0/1"],
            ["bad-watched", "Failed", "0/1"],
            ["good", "Succeeded", "1/1"],
            ["watched", "Succeeded", "1/1"]
        ]
    );
}

#[test]
fn a_deletion_that_is_waited_for_leaves_nothing() {
    let lab = Lab::new("delete");
    let spec = "  tasks:\n  - {name: long, image: busybox, commands: ['echo 1', 'trap \"exit 0\" TERM; sleep 600 & wait']}\n";
    assert_eq!(lab.submit(&document("wgs", spec), &[]).code, Some(0));
    until("a pod to run", || {
        let pods = lab.of("pods", "wgs");
        pods.iter().any(|pod| pod["status"]["phase"] == "Running").then_some(())
    });
    lab.succeed(&["delete", "execution", "wgs", "--wait"]);
    for kind in ["jobs", "pods"] {
        assert!(lab.of(kind, "wgs").is_empty(), "{kind} are gone when the command returns");
    }
    let said = lab.kubectl(&["get", "executions.execution.kubegene.io", "-o", "name"]);
    assert_eq!(said.out, "", "{said:?}");
    let again = lab.submit(
        &document("wgs", "  tasks:\n  - {name: a, image: busybox, commands: [echo a]}\n"),
        &["--wait"],
    );
    assert_eq!(again.code, Some(0), "the name is free: {again:?}");
    assert_eq!(lab.jobs("wgs"), ["wgs.a.0"]);
    // All means all: also one that is called as a kind that may be typed before a name.
    assert_eq!(
        lab.submit(&document("exec", "  tasks:\n  - {name: a, image: busybox, commands: [echo a]}\n"), &[])
            .code,
        Some(0)
    );
    lab.succeed(&["delete", "--all", "--wait"]);
    let said = lab.kubectl(&["get", "executions.execution.kubegene.io", "-o", "name"]);
    assert_eq!(said.out, "", "{said:?}");
}

#[test]
fn a_server_that_swallows_what_it_is_sent_is_given_up_soon() {
    // In a network of its own, where packets to the server are dropped: nothing refuses, nothing answers.
    let there =
        "ip link set lo up && iptables -A OUTPUT -p tcp --dport 6443 -j DROP && exec kubectl-gene \"$@\"";
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    let text = "apiVersion: v1
kind: Config
current-context: away
contexts: [{name: away, context: {cluster: away, user: away}}]
users: [{name: away, user: {}}]
clusters: [{name: away, cluster: {server: 'https://127.0.0.1:6443'}}]
";
    std::fs::write(kubeconfig.path(), text).unwrap();
    let path = kubeconfig.path().display().to_string();
    for words in [
        &["get", "executions"][..],
        &["tree", "wgs"],
        &["logs", "wgs"],
        &["submit", "examples/test-exec.yaml"],
    ] {
        let begun = Instant::now();
        let in_it = ["--net", "sh", "-c", there, "sh"];
        let output =
            command("unshare", &[&in_it[..], words, &["--kubeconfig", &path]].concat()).output().unwrap();
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert!(took < SOON, "{words:?} took {took:?}: {said}");
        assert!(said.contains("127.0.0.1:6443"), "{words:?}: {said}");
    }
}
