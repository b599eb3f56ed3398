//! An image in the form in which `docker save` writes one: a tar of a manifest, a configuration and a
//! layer. `docker load`, `podman load` and `ctr images import` read it.

use std::{collections::BTreeMap, env, fs, io::Write as _, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType};

use super::layer::{Layer, header};

/// An image of one layer for the architecture of this machine.
#[derive(Debug)]
pub(super) struct Image {
    /// Full names with tags: `docker.io/library/busybox:1.37`. A node knows no other.
    pub(super) names: Vec<String>,
    /// User and group, in numbers, so that a kubelet can tell that it is not root; empty for root.
    pub(super) user: &'static str,
    pub(super) entrypoint: Vec<String>,
    /// Arguments where the pod has none.
    pub(super) command: Vec<String>,
    /// `NAME=value`.
    pub(super) environment: Vec<String>,
    pub(super) labels: BTreeMap<&'static str, &'static str>,
    pub(super) layer: Layer,
}

/// Writes the image, the same bytes for the same image. Whoever reads the file at that moment sees the
/// former one or this one whole.
pub(super) fn write(image: &Image, path: &Path) -> Result<()> {
    let shown = path.display();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let content = bytes(image)?;
    let store = || -> Result<()> {
        let readable = fs::Permissions::from_mode(0o644);
        let mut file =
            tempfile::Builder::new().prefix(".image").permissions(readable).tempfile_in(directory)?;
        file.write_all(&content)?;
        file.persist(path)?;
        Ok(())
    };
    store().with_context(|| format!("cannot write {shown}"))
}

/// The archive.
pub(super) fn bytes(image: &Image) -> Result<Vec<u8>> {
    let layer = image.layer.tar()?;
    let layer_digest = digest(&layer);
    let configuration = serde_json::to_vec(&configuration(image, &layer_digest)?)?;
    let configuration_name = format!("{}.json", digest(&configuration));
    let layer_name = format!("{layer_digest}/layer.tar");
    let manifest = json!([{"Config": configuration_name, "RepoTags": image.names, "Layers": [layer_name]}]);
    let mut tar = Builder::new(Vec::new());
    for (name, content) in [
        ("manifest.json".to_owned(), serde_json::to_vec(&manifest)?),
        (configuration_name, configuration),
        (layer_name, layer),
    ] {
        let mut header = header(EntryType::Regular, 0o644, content.len());
        tar.append_data(&mut header, name, content.as_slice())?;
    }
    Ok(tar.into_inner()?)
}

fn configuration(image: &Image, layer_digest: &str) -> Result<Value> {
    let architecture = match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("images are made on x86_64 and aarch64, and this machine is {other}"),
    };
    Ok(json!({
        "architecture": architecture,
        "os": "linux",
        // A true time would make every build another image.
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "User": image.user,
            "Entrypoint": image.entrypoint,
            "Cmd": image.command,
            "Env": image.environment,
            "Labels": image.labels,
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{layer_digest}")]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "cargo xtask image"}],
    }))
}

/// SHA-256 in hexadecimal digits.
pub(super) fn digest(content: &[u8]) -> String {
    let bytes = Sha256::digest(content);
    bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}
