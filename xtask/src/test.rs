//! `cargo xtask test`: every layer of tests that this machine can run. What cannot be run is said,
//! and is a failure where `CI` is set.

mod needs;
mod own_cluster;

use std::{
    env,
    ffi::OsString,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, Result, bail, ensure};
use own_cluster::OwnCluster;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Runs the tests.
pub(crate) fn run() -> Result<()> {
    let missing = needs::missing();
    for line in &missing {
        eprintln!("not run here: {line}");
    }
    if !missing.is_empty() && env::var_os("CI").is_some() {
        bail!("in CI everything is run");
    }
    // A signal ends what runs now, as it reaches that too; what was started is then still taken down.
    let is_interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&is_interrupted))
            .context("cannot watch for signals")?;
    }
    // All programs are built here: tests further on start them.
    cargo(&["build", "--workspace", "--locked"], &[])?;
    cargo(&["test", "--workspace", "--locked"], &[])?;
    let ran = if env::var_os("KUBECONFIG").is_some() {
        eprintln!(
            "the cluster of KUBECONFIG is used; it must have fake nodes and the images of \"load-image\""
        );
        on_cluster(true, &[])
    } else {
        with_own_cluster(&is_interrupted)
    };
    ensure!(!is_interrupted.load(Ordering::Relaxed), "interrupted");
    ran
}

fn with_own_cluster(is_interrupted: &AtomicBool) -> Result<()> {
    let runs_containers = needs::of_a_node().is_ok();
    if !runs_containers && needs::of_a_control_plane().is_err() {
        return Ok(());
    }
    // The harness itself, on clusters of its own.
    if runs_containers {
        cargo(
            &[
                "test",
                "--locked",
                "-p",
                "xtask",
                "--features",
                "cluster",
                "--test",
                "cluster",
                "--",
                "--test-threads=1",
            ],
            &[],
        )?;
    }
    let cluster = OwnCluster::start(runs_containers)?;
    let environment = cluster.environment()?;
    ensure!(!is_interrupted.load(Ordering::Relaxed), "interrupted");
    on_cluster(runs_containers, &environment)
}

/// The tests that take a cluster. First those that start controllers of their own: the last ones install
/// the product, which looks after all Executions from then on.
fn on_cluster(runs_containers: bool, environment: &[(&str, OsString)]) -> Result<()> {
    let gene_tests = ["test", "--locked", "-p", "gene-tests", "--features"];
    let feature = if runs_containers { "cluster" } else { "apiserver" };
    let mut tests = vec!["conformance", "apiserver"];
    if runs_containers {
        tests.push("cluster");
    }
    for test in tests {
        cargo(&[&gene_tests[..], &[feature, "--test", test]].concat(), environment)?;
    }
    Ok(())
}

fn cargo(words: &[&str], environment: &[(&str, OsString)]) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(words).envs(environment.iter().cloned()).status()?;
    ensure!(status.success(), "\"cargo {}\" did not succeed", words.join(" "));
    Ok(())
}
