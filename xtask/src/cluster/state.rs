//! The state directory: where everything of one cluster lies, and the addresses that it chose.

use std::{
    env, fs, io,
    net::TcpListener,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::{digest, network};

/// Directories that the node has of its own, inside its mount namespace. A state directory in one of
/// them would be hidden from the node's processes.
pub(super) const HIDDEN_FROM_NODE: [&str; 3] = ["/run", "/var/lib", "/var/log"];

/// The ports of a control plane without a node are four neighbours from here on, below those that
/// Linux gives to outgoing connections.
const FIRST_PORT: u16 = 20_000;
const PORT_BLOCKS: u16 = 2_000;
const PORTS: u16 = 4;

/// One cluster's directory. That it exists does not mean that the cluster runs.
#[derive(Clone, Debug)]
pub(super) struct State {
    directory: PathBuf,
}

/// What kind of cluster it is and which addresses are its own: chosen once, by the first `up`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Layout {
    pub(super) place: Place,
    /// Whether etcd's writes reach the disk before they are answered.
    pub(super) fsync: bool,
}

/// Where the control plane's servers listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Place {
    /// In a network namespace of its own that has a node; the number of its networks, see
    /// [`network`].
    Node { network: u8 },
    /// On this machine's loopback address, without a node; the first of its ports.
    Loopback { port: u16 },
}

impl State {
    /// The directory that was asked for, or the checkout's own.
    pub(super) fn at(directory: Option<&Path>) -> Result<Self> {
        let directory = directory.map_or_else(|| workspace().join("target/cluster/state"), Path::to_owned);
        let directory = resolved(&directory)
            .with_context(|| format!("state directory {}: not a usable path", directory.display()))?;
        ensure!(
            directory.to_str().is_some_and(|path| !path.contains([':', '\n', '"', '\'', '\\'])),
            "state directory {}: it must be UTF-8 without colons, quotes, backslashes and line breaks",
            directory.display()
        );
        Ok(Self { directory })
    }

    /// The directory itself.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Eight hexadecimal digits that tell this cluster's links and control groups from another's.
    pub(super) fn id(&self) -> String {
        let mut id = digest::of(self.directory.as_os_str().as_bytes());
        id.truncate(8);
        id
    }

    /// A file or directory in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The same, as a command line wants it.
    pub(super) fn argument(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// What a process writes to its standard output and error.
    pub(super) fn log(&self, process: &str) -> PathBuf {
        self.directory.join("logs").join(format!("{process}.log"))
    }

    /// The API server's audit log: one JSON object a line.
    pub(super) fn audit_log(&self) -> PathBuf {
        self.path("audit.log")
    }

    /// The administrator's kubeconfig, which must be there.
    pub(super) fn kubeconfig(&self) -> Result<PathBuf> {
        let path = self.path("admin.kubeconfig");
        ensure!(
            path.exists(),
            "there is no cluster at {}; start one with \"cargo xtask cluster up\"",
            self.directory.display()
        );
        Ok(path)
    }

    /// The layout that an earlier `up` chose.
    pub(super) fn layout(&self) -> Result<Option<Layout>> {
        let path = self.path("layout.json");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        serde_json::from_str(&text).map(Some).with_context(|| {
            format!(
                "{} does not say how the cluster is laid out; run \"cargo xtask cluster down\"",
                path.display()
            )
        })
    }

    /// Chooses addresses that are free now and records them.
    pub(super) fn choose(&self, with_node: bool, fsync: bool) -> Result<Layout> {
        let place = if with_node {
            Place::Node { network: network::free()? }
        } else {
            Place::Loopback { port: self.free_ports()? }
        };
        let layout = Layout { place, fsync };
        self.write("layout.json", &serde_json::to_string(&layout)?)?;
        Ok(layout)
    }

    /// Writes a file as a whole, so that nobody reads half of it after a crash. Readable by the owner
    /// alone, because keys are among them.
    pub(super) fn write(&self, name: &str, content: &str) -> Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = self.path(name);
        let unfinished = self.path(&format!("{name}.new"));
        let written = (|| {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
            io::Write::write_all(&mut file, content.as_bytes())?;
            fs::rename(&unfinished, &path)
        })();
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// That this user may read and end what is there: a cluster of root's is root's.
    pub(super) fn ensure_ours(&self) -> Result<()> {
        let Ok(metadata) = fs::metadata(&self.directory) else { return Ok(()) };
        let user = rustix::process::geteuid();
        ensure!(
            user.is_root() || metadata.uid() == user.as_raw(),
            "{} belongs to another user (number {}); run this as that user or as root",
            self.directory.display(),
            metadata.uid()
        );
        Ok(())
    }

    /// Four ports in a row on which nobody listens, sought from a place of the state directory's own.
    fn free_ports(&self) -> Result<u16> {
        let start = u16::from_str_radix(&self.id()[..4], 16)? % PORT_BLOCKS;
        for block in 0..PORT_BLOCKS {
            let first = FIRST_PORT + (start + block) % PORT_BLOCKS * PORTS;
            let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
            if (first..first + PORTS).all(is_free) {
                return Ok(first);
            }
        }
        bail!("no {PORTS} free ports in a row on 127.0.0.1 between {FIRST_PORT} and 28000");
    }
}

impl Layout {
    /// Whether it has a node that runs containers.
    pub(super) fn has_node(self) -> bool {
        matches!(self.place, Place::Node { .. })
    }
}

/// The root of the checkout.
pub(super) fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.parent().unwrap_or(root).to_owned()
}

/// An absolute path without links, of which the last parts need not exist yet: one cluster has one
/// name, wherever the command was typed.
fn resolved(path: &Path) -> Result<PathBuf> {
    let path = env::current_dir()?.join(path);
    ensure!(
        !path.components().any(|part| part == Component::ParentDir) || path.exists(),
        "\"..\" is for what exists"
    );
    let mut missing = Vec::new();
    let mut existing = path.as_path();
    loop {
        match existing.canonicalize() {
            Ok(found) => return Ok(missing.iter().rev().fold(found, |path, name| path.join(name))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
            bail!("it does not exist");
        };
        missing.push(name);
        existing = parent;
    }
}
