//! What `kubectl gene lint` says of a text, as a process.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::process::program;

/// What it said.
#[derive(Debug)]
pub struct Linted {
    pub is_refused: bool,
    /// Path, and message with remedy, as the webhook would put them together.
    pub errors: Vec<(String, String)>,
    pub warnings: Vec<(String, String)>,
}

/// Runs it.
pub fn lint(text: &str) -> Linted {
    let mut command = Command::new(program("kubectl-gene"));
    command.args(["lint", "-"]).env("NO_COLOR", "1");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code();
    assert!(code == Some(0) || code == Some(1), "{code:?}: {said}");
    Linted {
        is_refused: code == Some(1),
        errors: found(&said, "error: "),
        warnings: found(&said, "warning: "),
    }
}

/// Each is a line with the message, one with the place and, further below, one with the remedy; an empty line ends it.
fn found(said: &str, severity: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for block in said.split("\n\n") {
        let block = block.trim_start_matches('\n');
        let Some(message) = block.lines().next().and_then(|line| line.strip_prefix(severity)) else {
            continue;
        };
        let place = block.lines().find_map(|line| line.trim_start().strip_prefix("--> ")).unwrap_or_default();
        let path = place.split_once(' ').map_or("", |(_, path)| path);
        let help =
            block.lines().find_map(|line| line.trim_start().strip_prefix("= help: ")).unwrap_or_default();
        found.push((path.to_owned(), format!("{message}; {}", without_line(help))));
    }
    found
}

/// Without the line of a file, which a cluster does not know.
fn without_line(help: &str) -> &str {
    match help.rsplit_once(" (line ") {
        Some((before, line)) if line.strip_suffix(')').is_some_and(|line| line.parse::<u32>().is_ok()) => {
            before
        }
        _ => help,
    }
}
