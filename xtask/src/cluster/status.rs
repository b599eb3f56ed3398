//! `status`: what runs and where.

use anyhow::{Result, bail};

use super::{
    binaries,
    control_plane::Addresses,
    fake,
    kubectl::Kubectl,
    network::{self, Network},
    process,
    state::{Layout, Place, State},
    up,
};

/// Those that every cluster has.
const ALWAYS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
/// Those of a node.
const NODE: [&str; 4] = ["pause", "containerd", "kubelet", "kube-proxy"];

/// Prints what runs; an error where something that belongs to the cluster does not.
pub(super) fn run(state: &State) -> Result<()> {
    state.ensure_ours()?;
    let kubeconfig = state.kubeconfig()?;
    let Some(layout) = state.layout()? else {
        bail!("the cluster at {} was not started to its end", state.directory().display());
    };
    let mut missing = Vec::new();
    println!("state       {}", state.directory().display());
    println!("kubeconfig  {}", kubeconfig.display());
    println!("audit log   {}", state.audit_log().display());
    println!("logs        {}", state.path("logs").display());
    println!("server      {}", Addresses::of(layout).url());
    if let Place::Node { network } = layout.place {
        let network = Network::new(network);
        println!("pods        {}, joined by link {}", network.pods(), network::link(state));
        println!("services    {}", network.services());
    }
    let kubectl = Kubectl::new(state, &binaries::existing());
    match kubectl.run(&["version", "--output=json"]) {
        Ok(text) => println!("version     {}", server_version(&text)),
        Err(error) => missing.push(format!("{error:#}")),
    }
    for name in expected(state, layout) {
        match process::find(state, name)? {
            Some(process) => println!("{name:<24} process {}", process.pid),
            None => missing.push(format!("{name} does not run")),
        }
    }
    match up::nodes(&kubectl) {
        Ok(nodes) => {
            let ready = nodes.iter().filter(|(_, is_ready)| *is_ready).count();
            println!("nodes       {ready} of {} Ready", nodes.len());
        }
        Err(error) => missing.push(format!("{error:#}")),
    }
    if !missing.is_empty() {
        bail!("{}; \"cargo xtask cluster up\" starts what is missing", missing.join("; "));
    }
    Ok(())
}

fn expected(state: &State, layout: Layout) -> impl Iterator<Item = &'static str> {
    let node = if layout.has_node() { NODE.as_slice() } else { &[] };
    ALWAYS.iter().chain(node).copied().chain(fake::has_run(state).then_some("kwok"))
}

fn server_version(text: &str) -> String {
    let version: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    version
        .pointer("/serverVersion/gitVersion")
        .and_then(|value| value.as_str())
        .unwrap_or("unknown")
        .to_owned()
}
