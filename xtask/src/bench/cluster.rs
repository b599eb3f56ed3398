//! The controller and the plugin on a control plane with fake nodes. What measures is the program
//! `gene-bench` of the crate `tests`: a client of Kubernetes in `xtask` would make every command of it
//! wait for that client to be built.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

/// The cases that report a latency: where a write's way to the disk belongs to the figure.
const LATENCY: [&str; 1] = ["chain"];

/// The cases whose figure is compared with a floor on the same cluster, or is no time at all.
const THROUGHPUT: [&str; 5] = ["independent", "gatk", "load", "large", "fairness"];

/// How to measure.
#[derive(Args, Debug)]
pub struct ClusterArgs {
    /// Runs of each case that is run more than once; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=99))]
    runs: u16,
    /// What to measure, one or several by commas; without it, all
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = case_names())]
    case: Vec<String>,
    /// The audit log of the API server of $KUBECONFIG, where calls are to be counted in it
    #[arg(long, value_name = "FILE", env = "KUBEGENE_AUDIT_LOG")]
    audit_log: Option<PathBuf>,
}

/// Measures on the cluster of $KUBECONFIG, or on clusters of its own, and prints tables.
pub fn run(args: &ClusterArgs) -> Result<()> {
    let wanted = |cases: &[&'static str]| -> Vec<&'static str> {
        let is_wanted = |case: &&&str| args.case.is_empty() || args.case.iter().any(|one| one == **case);
        cases.iter().filter(is_wanted).copied().collect()
    };
    let programs = Programs(build(&["gene-controller", "kubectl-gene", "gene-tests"])?);
    if env::var_os("KUBECONFIG").is_some_and(|files| !files.is_empty()) {
        let cases = [wanted(&THROUGHPUT), wanted(&LATENCY)].concat();
        return programs.measure(args, &cases, None, args.audit_log.as_deref());
    }
    for (cases, fsync) in [(wanted(&THROUGHPUT), false), (wanted(&LATENCY), true)] {
        if cases.is_empty() {
            continue;
        }
        let cluster = OwnCluster::up(fsync)?;
        println!("etcd {} fsync:\n", if fsync { "with" } else { "without" });
        programs.measure(args, &cases, Some(&cluster.kubeconfig()), Some(&cluster.audit_log()))?;
    }
    Ok(())
}

fn case_names() -> Vec<&'static str> {
    [THROUGHPUT.as_slice(), LATENCY.as_slice()].concat()
}

/// The directory of what was built.
struct Programs(PathBuf);

/// Builds programs with optimisation and tells where they are.
pub fn build(packages: &[&str]) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Together, so that what they share is built once.
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--bins"])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .status()?;
    ensure!(status.success(), "what is measured does not build");
    let this = env::current_exe()?;
    let profile = this.parent().context("a program lies in a directory")?;
    Ok(profile.with_file_name("release"))
}

impl Programs {
    fn measure(
        &self,
        args: &ClusterArgs,
        cases: &[&str],
        kubeconfig: Option<&Path>,
        audit_log: Option<&Path>,
    ) -> Result<()> {
        let option = |name: &str, value: &Path| -> OsString {
            let mut option = OsString::from(format!("--{name}="));
            option.push(value);
            option
        };
        let mut command = Command::new(self.0.join("gene-bench"));
        command
            .arg("cluster")
            .arg(option("controller", &self.0.join("gene-controller")))
            .arg(option("plugin", &self.0.join("kubectl-gene")))
            .arg(format!("--runs={}", args.runs))
            .arg(format!("--case={}", cases.join(",")));
        command.args(audit_log.map(|log| option("audit-log", log)));
        if let Some(kubeconfig) = kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        let status = command.status()?;
        ensure!(status.success(), "measuring ended with {status}");
        Ok(())
    }
}

/// A control plane with fake nodes for one table. Dropped, it is ended.
pub struct OwnCluster {
    state: PathBuf,
}

impl OwnCluster {
    /// Starts one.
    pub fn up(fsync: bool) -> Result<Self> {
        let target = env::current_exe()?;
        let target = target.ancestors().nth(2).context("a program lies in target/PROFILE")?;
        let cluster = Self { state: target.join("cluster/bench") };
        let fsync: &[&str] = if fsync { &["--fsync"] } else { &[] };
        // What a run has left that was broken off may have another layout.
        cluster.command(&["down"])?;
        cluster.command(&[&["up", "--control-plane-only"], fsync].concat())?;
        Ok(cluster)
    }

    /// By which an administrator comes in.
    pub fn kubeconfig(&self) -> PathBuf {
        self.state.join("admin.kubeconfig")
    }

    fn audit_log(&self) -> PathBuf {
        self.state.join("audit.log")
    }

    /// Runs one of xtask's own commands on it.
    fn command(&self, words: &[&str]) -> Result<()> {
        let status = Command::new(env::current_exe()?)
            .args(["cluster", "--state"])
            .arg(&self.state)
            .args(words)
            .status()?;
        ensure!(status.success(), "cluster {} ended with {status}", words.join(" "));
        Ok(())
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        if let Err(error) = self.command(&["down"]) {
            eprintln!("the cluster at {} is left: {error:#}", self.state.display());
        }
    }
}
