//! `cargo xtask cluster …`: a real Kubernetes on this machine, built from Go modules, for tests and
//! benchmarks. docs/cluster.md tells how to use it.
//!
//! A cluster is the processes that carry its mark ([`process`]), and what is in its state directory
//! ([`state`]); there is no other record. A cluster that runs containers lives in network and mount
//! namespaces of its own ([`node`]), so that its end takes its links, mounts and packet filter rules
//! with it.

mod binaries;
mod certificates;
mod cgroup;
mod control_plane;
mod digest;
mod down;
mod fake;
mod image;
mod kubectl;
mod lock;
mod network;
mod node;
mod packages;
mod process;
mod progress;
mod state;
mod status;
mod up;

use std::path::PathBuf;

use anyhow::Result;
use state::State;

/// What was typed after `cluster`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where everything that the cluster keeps lies; a directory is a cluster of its own
    /// [default: target/cluster/state of this checkout]
    #[arg(long, global = true, env = "KUBEGENE_CLUSTER_STATE", value_name = "DIRECTORY")]
    state: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Build the programs of clusters, and start nothing
    Build,
    /// Start a cluster, or what is missing of it
    Up(up::Args),
    /// End the cluster and remove every trace of it
    Down,
    /// Say what runs and where; ends with 1 where something is missing
    Status,
    /// Print the path of the administrator's kubeconfig, alone
    Kubeconfig,
    /// Give images to the node: the product's and a busybox root, or these archives
    LoadImage {
        /// Archives as "docker save" writes them
        archives: Vec<PathBuf>,
    },
}

/// An error that names what a cluster, with or without a node that runs containers, needs of this machine and it has not.
pub(crate) fn check_machine(with_node: bool) -> Result<()> {
    packages::provide(with_node, false)
}

/// Runs one command on the cluster.
pub(crate) fn run(args: &Args) -> Result<()> {
    let state = State::at(args.state.as_deref())?;
    match &args.command {
        Command::Build => binaries::build(true).map(|_| ()),
        Command::Up(up) => up::run(&state, up),
        Command::Down => down::run(&state),
        Command::Status => status::run(&state),
        Command::Kubeconfig => {
            println!("{}", state.kubeconfig()?.display());
            Ok(())
        }
        Command::LoadImage { archives } if archives.is_empty() => image::load_own(&state),
        Command::LoadImage { archives } => image::load(&state, archives),
    }
}
