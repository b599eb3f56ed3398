//! What a cluster needs of the machine, and how Debian gets it.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};

use super::{binaries::Binaries, node, process};

/// A program and the Debian package that has it.
const WITH_NODE: [(&str, &str); 6] = [
    ("containerd", "containerd"),
    ("runc", "runc"),
    ("iptables", "iptables"),
    ("conntrack", "conntrack"),
    ("ip", "iproute2"),
    ("mount", "mount"),
];
const ALWAYS: [(&str, &str); 3] =
    [("setsid", "util-linux"), ("nsenter", "util-linux"), ("unshare", "util-linux")];

/// Where kubectl goes when it is installed.
const KUBECTL: &str = "/usr/local/bin/kubectl";

/// Names what is missing, or installs it.
pub(super) fn provide(with_node: bool, install: bool) -> Result<()> {
    ensure!(
        !with_node || rustix::process::geteuid().is_root(),
        "a node that runs containers takes root; without it: cargo xtask cluster up --control-plane-only"
    );
    ensure!(
        is_in_path("go"),
        "go is missing; the cluster is built with Go 1.25 or newer, see docs/cluster.md"
    );
    let missing = missing(with_node);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    let command = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !install {
        let programs: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
        bail!(
            "missing on this machine: {}; install with \"{command}\" or \"cargo xtask cluster up --install\"",
            programs.join(", ")
        );
    }
    ensure!(is_in_path("apt-get"), "this is not Debian: install {} yourself", packages.join(", "));
    ensure!(rustix::process::geteuid().is_root(), "--install takes root; or as root: {command}");
    install_packages(&packages)?;
    let missing = self::missing(with_node);
    ensure!(missing.is_empty(), "{command}: done, but these are still missing: {missing:?}");
    Ok(())
}

/// Puts kubectl where the shell finds it, unless it finds one.
pub(super) fn install_kubectl(binaries: &Binaries) -> Result<()> {
    if is_in_path("kubectl") {
        return Ok(());
    }
    ensure!(
        rustix::process::geteuid().is_root(),
        "kubectl is missing, and to install it takes root; there is one at {}",
        binaries.kubectl().display()
    );
    // Beside it and then renamed: a kubectl that is half there would be found as well.
    let unfinished = format!("{KUBECTL}.new");
    fs::copy(binaries.kubectl(), &unfinished)
        .and_then(|_| fs::rename(&unfinished, KUBECTL))
        .with_context(|| format!("cannot install {KUBECTL}"))?;
    eprintln!("installed {KUBECTL}");
    Ok(())
}

fn missing(with_node: bool) -> Vec<(&'static str, &'static str)> {
    let with_node_only = if with_node { WITH_NODE.as_slice() } else { &[] };
    let programs = ALWAYS.iter().chain(with_node_only).copied();
    let mut missing: Vec<_> = programs.filter(|(program, _)| !is_in_path(program)).collect();
    if with_node && node::cni_plugins().is_none() {
        missing.push(("network plugins", "containernetworking-plugins"));
    }
    missing.sort_by_key(|(_, package)| *package);
    missing.dedup_by_key(|(_, package)| *package);
    missing
}

fn install_packages(packages: &[&str]) -> Result<()> {
    let apt = |arguments: &[&str]| -> Result<()> {
        let mut command = process::command("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        // What it prints is for the eye; the commands' own output stays clean.
        let status = command.stdout(std::io::stderr()).status().context("cannot run apt-get")?;
        ensure!(status.success(), "apt-get {} ended with {status}", arguments.join(" "));
        Ok(())
    };
    // The package would start a containerd of the machine's own, which is nobody's wish here.
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let is_ours = !policy.exists();
    if is_ours {
        fs::write(policy, "#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(policy, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    }
    let installed = apt(&["update", "-q"])
        .and_then(|()| apt(&[&["install", "-qy", "--no-install-recommends"], packages].concat()));
    if is_ours {
        fs::remove_file(policy)?;
    }
    installed
}

fn is_in_path(program: &str) -> bool {
    process::search_path().iter().any(|directory| directory.join(program).is_file())
}
