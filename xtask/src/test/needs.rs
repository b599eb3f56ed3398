//! What a layer of tests needs of the machine, and how to get it on Debian.

use std::{
    env,
    process::{Command, Stdio},
};

use anyhow::Result;

use crate::{cluster, image};

/// What it is for, the command that shows it is there, and how to get it.
const PROGRAMS: [(&str, &[&str], &str); 2] = [
    (
        "volumes of processes (bubblewrap)",
        &["bwrap", "--ro-bind", "/", "/", "true"],
        "apt-get install bubblewrap",
    ),
    ("containers (podman)", &["podman", "--version"], "apt-get install podman runc busybox-static"),
];

/// The layers that cannot be run here, each with what would help.
pub(super) fn missing() -> Vec<String> {
    let missing = PROGRAMS.iter().filter(|(_, probe, _)| !works(probe));
    let mut lines: Vec<String> =
        missing.map(|(what, _, remedy)| format!("{what}: install with \"{remedy}\"")).collect();
    if env::var_os("KUBECONFIG").is_some_and(|path| !path.is_empty()) {
        return lines;
    }
    if let Err(error) = of_a_control_plane() {
        lines.push(format!("a real API server, and real containers: {error:#}"));
    } else if let Err(error) = of_a_node() {
        lines.push(format!("real containers on a cluster: {error:#}"));
    }
    lines
}

/// Whether a cluster that runs containers can be started, and its images built.
pub(super) fn of_a_node() -> Result<()> {
    cluster::check_machine(true)?;
    image::check_machine()
}

/// Whether a control plane with fake nodes can be started.
pub(super) fn of_a_control_plane() -> Result<()> {
    cluster::check_machine(false)
}

fn works(probe: &[&str]) -> bool {
    let Some((program, arguments)) = probe.split_first() else { return false };
    let command = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    command.is_ok_and(|status| status.success())
}
