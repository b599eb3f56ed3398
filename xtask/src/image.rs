//! `cargo xtask image`: the product's image without Docker, and a busybox root for the images that the
//! examples name. docs/install.md tells how they are used.

mod archive;
mod busybox;
mod layer;
mod needs;
mod programs;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use archive::Image;
use layer::Layer;

/// The programs of the product's image, each of the package of its name. The first is the entry point; Deployments name
/// the one that they mean.
const PROGRAMS: [&str; 3] = ["gene-controller", "gene-webhook", "gene-certs"];

/// Of the product's image, with this version as its tag.
const NAME: &str = "docker.io/kubegene/kubegene";

/// User and group that the programs run as; the number that images without users have agreed on.
const USER: &str = "65532:65532";

/// Those of the Open Container Initiative; the version beside them is the workspace's.
const LABELS: [(&str, &str); 4] = [
    ("org.opencontainers.image.title", "kubegene"),
    ("org.opencontainers.image.description", "Runs many jobs that depend on each other on Kubernetes"),
    ("org.opencontainers.image.licenses", env!("CARGO_PKG_LICENSE")),
    ("org.opencontainers.image.source", env!("CARGO_PKG_REPOSITORY")),
];

/// What was typed after `image`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to write the archive, as "docker save" would [default: below target/image]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Make the root of busybox that serves as ubuntu, busybox and nginx where nothing can be pulled
    #[arg(long)]
    busybox: bool,
    /// Install what is missing to build it (Debian, as root)
    #[arg(long)]
    install: bool,
}

/// Writes the archive and prints its path.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.install {
        install()?;
    }
    let path = match (&args.output, args.busybox) {
        (None, false) => product_archive()?,
        (None, true) => busybox_archive()?,
        (Some(path), false) => write(&product()?, path)?,
        (Some(path), true) => write(&busybox::image()?, path)?,
    };
    println!("{}", path.display());
    Ok(())
}

/// Installs what making the images needs and this machine has not: a target of the compiler and two
/// packages of Debian.
pub(crate) fn install() -> Result<()> {
    needs::install()
}

/// An error that names what making the images needs and this machine has not.
pub(crate) fn check_machine() -> Result<()> {
    needs::ensure_compiler()?;
    needs::ensure_busybox()
}

/// The archive of the product's image, made of the sources as they are.
pub(crate) fn product_archive() -> Result<PathBuf> {
    write(&product()?, &directory()?.join("kubegene.tar"))
}

/// The archive of a busybox root under the names of the images that examples and tests use, so that a
/// node without a registry has them.
pub(crate) fn busybox_archive() -> Result<PathBuf> {
    write(&busybox::image()?, &directory()?.join("busybox.tar"))
}

fn write(image: &Image, path: &Path) -> Result<PathBuf> {
    archive::write(image, path)?;
    std::path::absolute(path).context("there is no current directory")
}

fn product() -> Result<Image> {
    let mut layer = Layer::default();
    for (name, file) in programs::build(&PROGRAMS)? {
        layer.file(&name, layer::read(&file)?, 0o755)?;
    }
    Ok(image(layer))
}

fn image(layer: Layer) -> Image {
    let version = ("org.opencontainers.image.version", env!("CARGO_PKG_VERSION"));
    Image {
        names: vec![format!("{NAME}:{}", env!("CARGO_PKG_VERSION"))],
        user: USER,
        entrypoint: PROGRAMS.first().map(|program| format!("/{program}")).into_iter().collect(),
        command: Vec::new(),
        environment: Vec::new(),
        labels: LABELS.into_iter().chain([version]).collect(),
        layer,
    }
}

/// Where archives are made, beside what cargo builds.
fn directory() -> Result<PathBuf> {
    let root = root();
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set));
    std::path::absolute(target.join("image")).context("there is no current directory")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests;
