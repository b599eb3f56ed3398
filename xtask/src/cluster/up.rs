//! `up`: starts a cluster, or what is missing of it.

use std::{net::IpAddr, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};

use super::{
    binaries::{self, Binaries},
    certificates, control_plane,
    control_plane::Addresses,
    down, fake, image,
    kubectl::Kubectl,
    lock::{self, Lock},
    network::{self, Network},
    node, packages, process,
    process::{Process, Started},
    progress,
    state::{HIDDEN_FROM_NODE, Layout, Place, State},
};

/// How long a part of the cluster may take to be ready. Seconds are usual; a machine that compiles at
/// the same time takes longer.
const LIMIT: Duration = Duration::from_mins(2);

/// A directory of every machine. Whoever chooses addresses holds it, lest another cluster chooses the same.
const CLAIM: &str = "/run";

/// Fake nodes where there is no other and no number was given.
const FAKE_NODES: u32 = 10;

/// What was typed after `up`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// Without root and containers: API server, etcd, controller manager, scheduler, fake nodes
    #[arg(long)]
    control_plane_only: bool,
    /// Have so many fake nodes, of which kwok says that their pods run and end
    /// [default: those that it has; at first 10 with --control-plane-only, else none]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=5000))]
    fake_nodes: Option<u32>,
    /// Install what is missing on this machine: Debian packages, and kubectl where there is none
    #[arg(long)]
    install: bool,
    /// Let etcd's writes reach the disk before they are answered, for figures of latency
    #[arg(long)]
    fsync: bool,
}

impl Args {
    fn fake_nodes(&self, state: &State) -> u32 {
        let is_first = !fake::has_run(state);
        self.fake_nodes.unwrap_or(if self.control_plane_only && is_first { FAKE_NODES } else { 0 })
    }
}

/// Starts what is missing and waits until it can be used.
pub(super) fn run(state: &State, args: &Args) -> Result<()> {
    state.ensure_ours()?;
    ensure_usable(state, args)?;
    packages::provide(!args.control_plane_only, args.install)?;
    if args.install && !args.control_plane_only {
        // What "load-image" builds with.
        crate::image::install()?;
    }
    let binaries = binaries::build(args.fake_nodes(state) > 0 || fake::has_run(state))?;
    if args.install {
        packages::install_kubectl(&binaries)?;
    }
    let _lock = lock::acquire(state.directory())?;
    let claim = lock::acquire(Path::new(CLAIM))?;
    let layout = progress::step("laid out", || lay_out(state, args))?;
    let mut up = Up { state, binaries: &binaries, layout, holder: None, started: Vec::new() };
    up.start(args.fake_nodes(state), claim)?;
    eprintln!("ready: export KUBECONFIG={}", state.kubeconfig()?.display());
    Ok(())
}

/// Refuses a state directory in which nothing can be kept.
fn ensure_usable(state: &State, args: &Args) -> Result<()> {
    let hidden = HIDDEN_FROM_NODE.iter().find(|directory| {
        let directory = Path::new(directory);
        let real = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        state.directory().starts_with(real)
    });
    if let (false, Some(directory)) = (args.control_plane_only, hidden) {
        bail!(
            "state directory {}: the node has a {directory} of its own and would not see it; choose another with --state",
            state.directory().display()
        );
    }
    Ok(())
}

/// The layout of the cluster that is there, or of a new one.
fn lay_out(state: &State, args: &Args) -> Result<Layout> {
    let with_node = !args.control_plane_only;
    if let Some(layout) = state.layout()? {
        let kind = |with_node| if with_node { "with a node" } else { "without a node" };
        ensure!(
            layout.has_node() == with_node,
            "the cluster at {} is one {}, not {}; end it with \"cargo xtask cluster down\" or choose another with --state",
            state.directory().display(),
            kind(layout.has_node()),
            kind(with_node)
        );
        ensure!(
            layout.fsync || !args.fsync,
            "the cluster at {} was started without --fsync; end it with \"cargo xtask cluster down\" first",
            state.directory().display()
        );
        return Ok(layout);
    }
    // What an `up` has left that was broken off before it had a layout.
    down::clear(state)?;
    let layout = state.choose(with_node, args.fsync)?;
    Ok(layout)
}

/// One run of `up`.
struct Up<'a> {
    state: &'a State,
    binaries: &'a Binaries,
    layout: Layout,
    /// Who holds the namespaces in which the processes are started.
    holder: Option<Process>,
    started: Vec<Started>,
}

impl Up<'_> {
    /// `claim` is on the addresses of all clusters, until this one's can be seen to be taken.
    fn start(&mut self, fake_nodes: u32, claim: Lock) -> Result<()> {
        let (state, binaries, layout) = (self.state, self.binaries, self.layout);
        self.write_files()?;
        if let Place::Node { network } = layout.place {
            let network = Network::new(network);
            let holder = progress::step("namespaces", || network::open(state, binaries, network))?;
            self.holder = Some(holder);
            self.process("containerd", &node::containerd(state))?;
        }
        self.process("etcd", &control_plane::etcd(state, binaries, layout))?;
        self.process("kube-apiserver", &control_plane::api_server(state, binaries, layout))?;
        let kubectl = Kubectl::new(state, binaries);
        self.wait("API server", || kubectl.run(&["get", "--raw", "/readyz"]))?;
        drop(claim);
        self.process("kube-controller-manager", &control_plane::controller_manager(state, binaries))?;
        self.process("kube-scheduler", &control_plane::scheduler(state, binaries))?;
        if fake_nodes > 0 || fake::has_run(state) {
            self.process("kwok", &fake::kwok(state, binaries))?;
        }
        if let Place::Node { network } = layout.place {
            self.process("kube-proxy", &node::kube_proxy(state, binaries))?;
            self.wait("image of every pod", || image::load_pause(state, binaries))?;
            self.process("kubelet", &node::kubelet(state, binaries, Network::new(network)))?;
        }
        if fake_nodes > 0 {
            progress::step("fake nodes", || fake::create(&kubectl, fake_nodes))?;
        }
        // Without it no pod is accepted.
        self.wait("service account", || kubectl.run(&["get", "serviceaccount", "default"]))?;
        self.wait("nodes", || all_ready(&kubectl))?;
        Ok(())
    }

    /// Certificates and configuration, all of them or none.
    fn write_files(&self) -> Result<()> {
        let (state, layout) = (self.state, self.layout);
        if state.path("files-complete").exists() {
            return Ok(());
        }
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let url = Addresses::of(layout).url();
        control_plane::write_files(state)?;
        match layout.place {
            Place::Node { network } => {
                let network = Network::new(network);
                let address = IpAddr::from(network.node());
                let addresses = [loopback, IpAddr::from(network.api_service()), address];
                certificates::make(state, &url, &addresses, Some((node::NAME, address)))?;
                node::write_files(state, network)?;
            }
            Place::Loopback { .. } => certificates::make(state, &url, &[loopback], None)?,
        }
        state.write("files-complete", "")
    }

    /// Starts a process unless it runs.
    fn process(&mut self, name: &str, command: &[String]) -> Result<()> {
        if process::find(self.state, name)?.is_some() {
            return Ok(());
        }
        let command =
            self.holder.as_ref().map_or_else(|| command.to_vec(), |holder| network::inside(holder, command));
        self.started.push(process::start(self.state, name, &command)?);
        Ok(())
    }

    fn wait<T>(&mut self, what: &str, look: impl FnMut() -> Result<T>) -> Result<T> {
        progress::step(what, || progress::wait(what, LIMIT, &mut self.started, look))
    }
}

/// An error that names the nodes of which Ready is not true.
fn all_ready(kubectl: &Kubectl) -> Result<()> {
    let ready = nodes(kubectl)?;
    ensure!(!ready.is_empty(), "there is no node yet");
    let waiting: Vec<&str> =
        ready.iter().filter(|(_, is_ready)| !is_ready).map(|(name, _)| name.as_str()).collect();
    ensure!(waiting.is_empty(), "not Ready: {}", waiting.join(", "));
    Ok(())
}

/// The nodes and whether they are Ready.
pub(super) fn nodes(kubectl: &Kubectl) -> Result<Vec<(String, bool)>> {
    let path =
        "{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=='Ready')].status}{'\\n'}{end}";
    let nodes = kubectl.run(&["get", "nodes", &format!("--output=jsonpath={path}")])?;
    nodes
        .lines()
        .map(|line| {
            let (name, status) = line.split_once(' ').context("a node without a name")?;
            Ok((name.to_owned(), status == "True"))
        })
        .collect()
}
