//! The commands of a cluster where there is none: what is said, how soon, and with which exit code.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

const EXECUTION: &str = "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {name: wgs, namespace: lab}\n\
                         spec: {tasks: [{name: a, image: 'i:1', commands: [x]}]}\n";

/// A folder with an Execution, and a home without a kubeconfig.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    fs::write(place.path().join("e.yaml"), EXECUTION).expect("a file");
    place
}

fn kubeconfig(place: &Path, server: &str) -> PathBuf {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: lab\nclusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n\
         contexts: [{{name: lab, context: {{cluster: c, user: u, namespace: lab}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    );
    let path = place.join("kubeconfig");
    fs::write(&path, text).expect("a file");
    path
}

fn gene(place: &Path, words: &[&str]) -> (Output, Duration) {
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"))
        .args(words)
        .current_dir(place)
        .env_clear()
        .env("HOME", place)
        .env("KUBECONFIG", place.join("kubeconfig"))
        .output()
        .expect("it starts");
    (output, begin.elapsed())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[test]
fn a_server_that_is_away_is_said_within_five_seconds() {
    // What is bound and not listened to any more refuses; what listens and never accepts is silent.
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent_at = silent.local_addr().expect("an address");
    let cases = [
        (format!("http://{closed}"), "connection refused"),
        (format!("http://{silent_at}"), "it was silent for 5s"),
        (format!("https://{silent_at}"), "it was silent for 5s"),
    ];
    for (server, why) in cases {
        let place = place();
        kubeconfig(place.path(), &server);
        for words in [&["get"][..], &["submit", "e.yaml", "--wait"], &["version"]] {
            let (output, took) = gene(place.path(), words);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
            // The command gives the server five seconds; a machine that is busy takes its own to start it.
            assert!(took < Duration::from_secs(10), "{words:?} took {took:?}");
            assert!(said.contains(&format!("no answer from the server at {server}: ")), "{words:?}: {said}");
            assert!(said.contains(why), "{words:?}: {said}");
            assert!(said.contains("context: \"lab\""), "{said}");
        }
    }
}

#[test]
fn what_cannot_be_asked_is_said_with_a_remedy() {
    let place = place();
    let (output, _) = gene(place.path(), &["get"]);
    assert!(
        said(&output).contains("kubeconfig: no such file or directory\nhelp: name another"),
        "{}",
        said(&output)
    );
    kubeconfig(place.path(), "http://127.0.0.1:1");
    for (words, expected) in [
        (
            &["get", "--context", "x"][..],
            "has no context \"x\"\nhelp: choose another with --context: it has \"lab\"",
        ),
        (
            &["get", "--cluster", "x"],
            "has no cluster \"x\"\nhelp: choose another with --cluster: it has \"c\"",
        ),
        (&["get", "--user", "x"], "has no user \"x\"\nhelp: choose another with --user: it has \"u\""),
        (
            &["submit", "e.yaml", "-n", "other"],
            "the file says namespace \"lab\", and the command line says \"other\"",
        ),
    ] {
        let (output, _) = gene(place.path(), words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(said(&output).contains(expected), "{words:?}: {}", said(&output));
    }
    for words in [
        &["delete"][..],
        &["delete", "x", "--all"],
        &["wait", "wgs"],
        &["wait", "wgs", "--for=phase=Done"],
        &["get", "-n", "../x"],
        &["get", "-o", "jsonpath={.a[?(@.b)]}"],
        &["get", "a", "b", "-w"],
        &["suspend", "pod/x"],
    ] {
        let (output, _) = gene(place.path(), words);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", said(&output));
    }
}

#[test]
fn a_dry_run_here_asks_nobody() {
    let place = place();
    let (output, _) = gene(place.path(), &["submit", "e.yaml", "--dry-run=client"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let line = "execution.execution.kubegene.io/wgs created (dry run): 1 task, 1 vertex\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), line);
    let (output, _) = gene(place.path(), &["submit", "e.yaml", "--dry-run", "-o", "name", "--name", "other"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "execution.execution.kubegene.io/other\n");
}
