//! Requests to the cluster's API server, by its own kubectl.

use std::{io::Write as _, path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, bail};

use super::{binaries::Binaries, process, state::State};

/// kubectl with the administrator's rights.
#[derive(Clone, Debug)]
pub(super) struct Kubectl {
    state: State,
    program: PathBuf,
}

impl Kubectl {
    pub(super) fn new(state: &State, binaries: &Binaries) -> Self {
        Self { state: state.clone(), program: binaries.kubectl() }
    }

    /// What it prints, or the error that it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String> {
        self.run_with(arguments, "")
    }

    /// The same with something to read, for `-f -`.
    pub(super) fn run_with(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut child = process::marked(&self.state, &self.program)
            .arg("--kubeconfig")
            .arg(self.state.path("admin.kubeconfig"))
            // Not in the caller's home directory, where it would stay.
            .arg("--cache-dir")
            .arg(self.state.path("kubectl"))
            .arg("--request-timeout=10s")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // It may end without reading; its exit code and message then say why.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            // Its last line is the error; those before are the log of its attempts.
            let messages = String::from_utf8_lossy(&output.stderr);
            bail!(
                "kubectl {}: {}",
                arguments.join(" "),
                messages.trim().lines().last().unwrap_or("no reason")
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
