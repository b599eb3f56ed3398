//! `cargo xtask test`: every layer of tests that this machine can run. What cannot be run is said,
//! and is a failure where `CI` is set.

use std::{
    env,
    process::{Command, Stdio},
};

use anyhow::{Result, bail, ensure};

/// What a layer of tests needs, the command that shows it is there, and how to get it on Debian.
const NEEDS: [(&str, &[&str], &str); 2] = [
    (
        "volumes of processes (bubblewrap)",
        &["bwrap", "--ro-bind", "/", "/", "true"],
        "apt-get install bubblewrap",
    ),
    ("containers (podman)", &["podman", "--version"], "apt-get install podman runc busybox-static"),
];

/// Runs the tests.
pub(crate) fn run() -> Result<()> {
    let missing: Vec<String> = NEEDS
        .iter()
        .filter(|(_, probe, _)| !works(probe))
        .map(|(what, _, remedy)| format!("{what}: install with \"{remedy}\""))
        .collect();
    for line in &missing {
        eprintln!("not run here: {line}");
    }
    if !missing.is_empty() && env::var_os("CI").is_some() {
        bail!("in CI everything is run");
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(["test", "--workspace", "--locked"]).status()?;
    ensure!(status.success(), "tests failed");
    Ok(())
}

fn works(probe: &[&str]) -> bool {
    let Some((program, arguments)) = probe.split_first() else { return false };
    let command = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    command.is_ok_and(|status| status.success())
}
