//! The program called as `genectl`, against a server on this machine that answers what a test says.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails on the spot")]
#![cfg(unix)]

mod cluster;
mod server;
mod submit;

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Output},
};

use server::Server;

/// What was printed, and how it ended.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A home with a kubeconfig whose context has a namespace of its own.
fn home(server: Option<&Server>) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    if let Some(server) = server {
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: lab\nclusters: [{{name: c, cluster: {{server: '{}'}}}}]\n\
             contexts: [{{name: lab, context: {{cluster: c, user: u, namespace: lab}}}}]\nusers: [{{name: u, user: {{}}}}]\n",
            server.address()
        );
        fs::create_dir(home.path().join(".kube")).unwrap();
        fs::write(home.path().join(".kube/config"), text).unwrap();
    }
    home
}

fn run(mut command: Command, home: &Path, words: &[&str]) -> Ran {
    let Output { status, stdout, stderr } =
        command.args(words).current_dir(home).env_clear().env("HOME", home).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// The program under the name of `genectl`.
fn genectl(home: &Path, words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"));
    command.arg0("genectl");
    run(command, home, words)
}

/// The program under its own name.
fn gene(home: &Path, words: &[&str]) -> Ran {
    run(Command::new(env!("CARGO_BIN_EXE_kubectl-gene")), home, words)
}

#[test]
fn a_link_is_enough() {
    let home = home(None);
    let link = home.path().join("genectl");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-gene"), &link).unwrap();
    let ran = run(Command::new(&link), home.path(), &["version"]);
    let begin = format!("  Version: v{}\n  Platform: ", env!("CARGO_PKG_VERSION"));
    assert!(ran.code == Some(0) && ran.out.starts_with(&begin), "{}{}", ran.out, ran.err);
    let ran = gene(home.path(), &["version", "--client"]);
    assert!(ran.out.starts_with("Client Version: "), "{}", ran.out);
}

#[test]
fn help_is_no_mistake() {
    let home = home(None);
    for (words, expected) in [
        (&[][..], "Usage: genectl [OPTIONS] <COMMAND>"),
        (&["--help"], "Usage: genectl [OPTIONS] <COMMAND>"),
        (&["help", "get"], "Usage: genectl get"),
        (&["sub"], "Usage: genectl sub"),
        (&["submit", "repjob", "-h"], "Usage: genectl sub repjob"),
        (&["describe", "--help"], "Usage: genectl describe"),
    ] {
        let ran = genectl(home.path(), words);
        assert!(ran.code == Some(0) && ran.out.contains(expected), "{words:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.err, "", "{words:?}");
    }
}

#[test]
fn a_mistake_ends_in_1_and_is_said_once() {
    let home = home(None);
    for (words, expected) in [
        (&["got"][..], "Error: unrecognized subcommand 'got'"),
        (&["get"], "Error: the following required arguments were not provided"),
        (&["get", "pods"], "Error: want the word \"execution\" first, not \"pods\"\n"),
        (&["get", "execution", "A_b"], "Error: a name has only a-z, 0-9, \"-\" and \".\"\n"),
        (&["get", "execution", "-o", "table"], "Error: invalid value 'table' for '--output <FORMAT>'"),
        (&["get", "execution", "--phase", "Done"], "Error: invalid value 'Done' for '--phase <PHASE>'"),
        (
            &["get", "execution", "a", "--phase", "Failed"],
            "Error: --phase is for lists, and names are given\n",
        ),
        (&["get", "execution", "a", "--all-namespaces"], "Error: --all-namespaces is for lists"),
        (&["get", "execution", "-n", "A/b"], "Error: invalid value 'A/b' for '--namespace <NAME>'"),
        (&["describe", "execution"], "Error: want a name after the word \"execution\"\n"),
        (&["describe", "execution", "a", "b"], "Error: want one name, and there is \"b\" after it\n"),
        (&["delete", "a"], "Error: want the word \"execution\" first, not \"a\"\n"),
        (
            &["sub", "job", "/a.sh", "--pvc", "p"],
            "Error: the following required arguments were not provided:\n  --tool",
        ),
        (
            &["sub", "job", "a.sh", "--pvc", "p", "--tool", "t:1"],
            "Error: invalid value 'a.sh' for '<SCRIPT>': want its absolute path",
        ),
        (&["sub", "workflow", "a.yaml", "--dry-run=maybe"], "Error: invalid value 'maybe' for '--dry-run"),
        (&["get", "execution"], "Error: no cluster is known: there is no ~/.kube/config"),
        (
            &["get", "execution", "--kubeconfig", "x"],
            "Error: cannot use the kubeconfig x: no such file or directory\n",
        ),
    ] {
        let ran = genectl(home.path(), words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{words:?}: {}", ran.err);
        assert!(ran.err.starts_with(expected), "{words:?}: {}", ran.err);
    }
}
