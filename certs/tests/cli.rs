//! The program as a process.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let program = env!("CARGO_BIN_EXE_gene-certs");
    let Output { status, stdout, stderr } = Command::new(program).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn it_says_what_it_is_for() {
    let (code, stdout, stderr) = run(&["--help"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    for command in ["issue", "rotate", "check"] {
        assert!(stdout.contains(&format!("  {command} ")), "{stdout}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for arguments in [
        &["issue", "--renew"][..],
        &["check", "--secret", "a", "--tls-secret", "b"],
        &["rotate", "--wait", "--finish"],
        &["issue", "--days", "0"],
        &[],
    ] {
        assert_eq!(run(arguments).0, Some(2), "{arguments:?}");
    }
    let (code, stdout, stderr) = run(&["check", "-n", "no such/namespace"]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert_eq!(
        stderr,
        "error: \"no such/namespace\" is no name; names have lower-case letters, digits, dashes and dots\n"
    );
    let (code, _, stderr) = run(&["check", "--kubeconfig", "/no such folder/config"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("kubeconfig \"/no such folder/config\""), "{stderr}");
}
