//! A root directory of busybox and its links, which serves as `ubuntu`, `busybox` and `nginx` where nothing
//! can be pulled.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};

use super::{
    archive::Image,
    layer::{self, Layer},
    needs,
};

/// The images that examples and tests use. Without a tag an image is `latest`.
pub(super) const NAMES: [&str; 5] = [
    "docker.io/library/busybox:1.37",
    "docker.io/library/busybox:latest",
    "docker.io/library/nginx:latest",
    "docker.io/library/ubuntu:24.04",
    "docker.io/library/ubuntu:latest",
];

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n";
const GROUPS: &str = "root:x:0:\nnogroup:x:65534:\n";

/// The image, from the busybox of this machine.
pub(super) fn image() -> Result<Image> {
    needs::ensure_busybox()?;
    Ok(Image {
        names: NAMES.map(str::to_owned).to_vec(),
        user: "",
        entrypoint: Vec::new(),
        command: vec!["sh".to_owned()],
        environment: vec!["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()],
        labels: [("org.opencontainers.image.title", "busybox under other names")].into(),
        layer: root(&layer::read(Path::new(needs::BUSYBOX))?, &links()?)?,
    })
}

/// Where busybox wants its links, without the leading `/`.
fn links() -> Result<Vec<String>> {
    let busybox = needs::BUSYBOX;
    let listed = Command::new(busybox).arg("--list-full").output();
    let listed = listed.with_context(|| format!("cannot run {busybox}"))?;
    ensure!(listed.status.success(), "\"{busybox} --list-full\" ended with {}", listed.status);
    Ok(String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect())
}

/// The tree of this program and its links.
pub(super) fn root(busybox: &[u8], links: &[String]) -> Result<Layer> {
    let mut root = Layer::default();
    root.file("bin/busybox", busybox, 0o755)?;
    for link in links.iter().filter(|link| *link != "bin/busybox") {
        root.link(link, needs::BUSYBOX)?;
    }
    root.file("etc/passwd", USERS, 0o644)?;
    root.file("etc/group", GROUPS, 0o644)?;
    root.directory("root", 0o700)?;
    for open in ["tmp", "var/tmp"] {
        root.directory(open, 0o1777)?;
    }
    // What the runtime mounts there needs a place.
    for mounted in ["dev", "proc", "sys"] {
        root.directory(mounted, 0o755)?;
    }
    Ok(root)
}
