//! Images for the node, from archives: no registry is asked.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::{binaries::Binaries, digest, network, node, process, process::Process, progress, state::State};

/// Gives archives to the running node.
pub(super) fn load(state: &State, archives: &[PathBuf]) -> Result<()> {
    for archive in archives {
        let archive = archive.canonicalize().with_context(|| format!("cannot read {}", archive.display()))?;
        progress::step(&format!("loaded {}", archive.display()), || import(state, &archive))?;
    }
    Ok(())
}

/// Builds the product's image and the busybox root and gives them to the running node.
pub(super) fn load_own(state: &State) -> Result<()> {
    // Before minutes of building.
    node_of(state)?;
    load(state, &own_archives()?)
}

fn own_archives() -> Result<Vec<PathBuf>> {
    Ok(vec![crate::image::product_archive()?, crate::image::busybox_archive()?])
}

/// Gives the node the image of every pod's first process.
pub(super) fn load_pause(state: &State, binaries: &Binaries) -> Result<()> {
    let archive = state.path("pause.tar");
    if !archive.exists() {
        write_pause(state, binaries)?;
    }
    import(state, &archive)
}

/// `ctr` reads an archive that "docker save" wrote as well as an OCI one. It is given as standard input:
/// the node has directories of its own where the archive may lie.
fn import(state: &State, archive: &Path) -> Result<()> {
    let holder = node_of(state)?;
    let import = ["ctr", "--namespace", "k8s.io", "images", "import", "-"].map(str::to_owned);
    let command = network::inside(&holder, &import);
    let (program, arguments) = command.split_first().context("a command has a program")?;
    let file = fs::File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let output = process::marked(state, program).args(arguments).stdin(file).output()?;
    ensure!(
        output.status.success(),
        "{} was not imported: {}",
        archive.display(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

fn node_of(state: &State) -> Result<Process> {
    state.ensure_ours()?;
    network::holder(state)?.with_context(|| {
        let directory = state.directory().display();
        format!("the cluster at {directory} has no running node; start one with \"cargo xtask cluster up\"")
    })
}

/// An archive of one layer with one file.
fn write_pause(state: &State, binaries: &Binaries) -> Result<()> {
    let directory = tempfile::tempdir_in(state.directory())?;
    let root = directory.path();
    fs::create_dir(root.join("layer"))?;
    fs::copy(binaries.pause(), root.join("layer/pause"))?;
    tar(&root.join("layer"), &root.join("layer.tar"), &["pause"])?;
    let digest = digest::of(fs::read(root.join("layer.tar"))?);
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": ["/pause"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]},
    });
    let manifest =
        json!([{"Config": "config.json", "RepoTags": [node::PAUSE_IMAGE], "Layers": ["layer.tar"]}]);
    fs::write(root.join("config.json"), config.to_string())?;
    fs::write(root.join("manifest.json"), manifest.to_string())?;
    let unfinished = root.join("pause.tar");
    tar(root, &unfinished, &["manifest.json", "config.json", "layer.tar"])?;
    Ok(fs::rename(unfinished, state.path("pause.tar"))?)
}

fn tar(directory: &Path, archive: &Path, names: &[&str]) -> Result<()> {
    let mut command = Command::new("tar");
    command.args(["--create", "--owner=0", "--group=0", "--mtime=@0", "--file"]).arg(archive);
    let status = command.arg("--directory").arg(directory).args(names).status().context("cannot run tar")?;
    ensure!(status.success(), "tar ended with {status}");
    Ok(())
}
