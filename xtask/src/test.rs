//! `cargo xtask test`: every layer of tests that this machine can run. What cannot be run is said,
//! and is a failure where `CI` is set.

mod needs;
mod own_cluster;

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result, bail, ensure};
use own_cluster::OwnCluster;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Runs the tests.
pub(crate) fn run() -> Result<()> {
    // Before anything is built: a program that was replaced has no path any more.
    let this = env::current_exe().context("this program has no path")?;
    let given = env::var_os("KUBECONFIG").filter(|path| !path.is_empty());
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
    // With all programs: tests further on start them. What is built with the tests' own dependencies is built once.
    cargo(&["build", "--workspace", "--locked", "--all-targets"], &[])?;
    cargo(&["test", "--workspace", "--locked"], &[])?;
    let ran = match given {
        Some(kubeconfig) => on_given_cluster(&kubeconfig),
        None => with_own_cluster(this, &is_interrupted),
    };
    ensure!(!is_interrupted.load(Ordering::Relaxed), "interrupted");
    ran
}

/// Containers are run where there are nodes that are not fake.
fn on_given_cluster(kubeconfig: &OsString) -> Result<()> {
    eprintln!("the cluster of KUBECONFIG is used; it must have fake nodes and the images of \"load-image\"");
    let query = ["get", "nodes", "--selector=type!=kwok", "--output=name"];
    let nodes = Command::new("kubectl").args(query).output().context("cannot run kubectl")?;
    ensure!(
        nodes.status.success(),
        "the cluster of KUBECONFIG does not tell its nodes: {}",
        String::from_utf8_lossy(&nodes.stderr).trim()
    );
    let runs_containers = !nodes.stdout.is_empty();
    if !runs_containers {
        eprintln!("not run here: real containers: the cluster of KUBECONFIG has no node that runs them");
        ensure!(env::var_os("CI").is_none(), "in CI everything is run");
    }
    on_cluster(runs_containers, &[("KUBECONFIG", kubeconfig.clone())])
}

fn with_own_cluster(this: PathBuf, is_interrupted: &AtomicBool) -> Result<()> {
    let runs_containers = needs::of_a_node().is_ok();
    if !runs_containers && needs::of_a_control_plane().is_err() {
        return Ok(());
    }
    if runs_containers {
        // The image is built beside the tests of the harness, which wait for programs to start and to end.
        thread::scope(|threads| {
            let image = threads.spawn(crate::image::product_archive);
            let tested = harness();
            let Ok(built) = image.join() else { bail!("building the image broke down") };
            tested.and(built.map(drop))
        })?;
    }
    let cluster = OwnCluster::start(this, runs_containers)?;
    let environment = cluster.environment()?;
    ensure!(!is_interrupted.load(Ordering::Relaxed), "interrupted");
    on_cluster(runs_containers, &environment)
}

/// The tests of the clusters themselves, on clusters of their own.
fn harness() -> Result<()> {
    let tests = ["test", "--locked", "-p", "xtask", "--features", "cluster", "--test", "cluster"];
    cargo(&[&tests[..], &["--", "--test-threads=1"]].concat(), &[])
}

/// The tests that take a cluster. First those that start controllers of their own, and say so where another works: the
/// last ones install the product, which looks after all Executions from then on, and of these first the one that also
/// removes it. The whole workspace is named, so that what
/// it was built from before is used again.
fn on_cluster(runs_containers: bool, environment: &[(&str, OsString)]) -> Result<()> {
    let feature = if runs_containers { "gene-tests/cluster" } else { "gene-tests/apiserver" };
    let tests = ["test", "--workspace", "--locked", "--features", feature, "--test"];
    let names = if runs_containers {
        &["apiserver", "conformance", "install", "containers"][..]
    } else {
        &["apiserver", "conformance"]
    };
    for name in names {
        cargo(&[&tests[..], &[name]].concat(), environment)?;
    }
    Ok(())
}

/// Without the caller's cluster, unless it is among the variables.
fn cargo(words: &[&str], environment: &[(&str, OsString)]) -> Result<()> {
    let status = crate::cargo::cargo()
        .args(words)
        .env_remove("KUBECONFIG")
        .envs(environment.iter().cloned())
        .status()?;
    ensure!(status.success(), "\"cargo {}\" did not succeed", words.join(" "));
    Ok(())
}
