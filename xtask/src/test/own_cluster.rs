//! A cluster for one run of the tests.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};

/// A cluster that is taken down when it is dropped.
pub(super) struct OwnCluster {
    /// This program.
    xtask: PathBuf,
    state: PathBuf,
}

impl OwnCluster {
    /// Starts it with ten fake nodes, and where it runs containers with the product's images.
    pub fn start(xtask: PathBuf, runs_containers: bool) -> Result<Self> {
        let cluster = Self { xtask, state: target().join("cluster/test-state") };
        // Of a run that was broken off.
        cluster.run(&["down"])?;
        let kind = if runs_containers { &["--fake-nodes", "10"][..] } else { &["--control-plane-only"] };
        cluster.run(&[&["up"], kind].concat())?;
        if runs_containers {
            cluster.run(&["load-image"])?;
        }
        Ok(cluster)
    }

    /// What tests find it by; kubectl is the one that was built with it where there is no other.
    pub fn environment(&self) -> Result<Vec<(&'static str, OsString)>> {
        let path = env::var_os("PATH").unwrap_or_default();
        let built = target().join("cluster/bin");
        let path = env::join_paths(env::split_paths(&path).chain([built]))?;
        Ok(vec![("KUBECONFIG", self.state.join("admin.kubeconfig").into()), ("PATH", path)])
    }

    fn run(&self, words: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.xtask);
        let status = command.args(["cluster", "--state"]).arg(&self.state).args(words).status()?;
        ensure!(status.success(), "\"cargo xtask cluster {}\" did not succeed", words.join(" "));
        Ok(())
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        if let Err(error) = self.run(&["down"]) {
            eprintln!("{error:#}");
        }
    }
}

/// Below the checkout; a state directory is named without "..".
fn target() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).join("target")
}
