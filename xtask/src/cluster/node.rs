//! The node that runs containers: containerd with runc, kubelet, and kube-proxy, in the cluster's own
//! namespaces. There the usual directories are the node's own: /run, /var/lib and /var/log.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{
    binaries::Binaries,
    cgroup,
    network::{BRIDGE, Network},
    state::State,
};

/// The node's name.
pub(super) const NAME: &str = "node";

/// The image of every pod's first process; nothing pulls it.
pub(super) const PAUSE_IMAGE: &str = "kubegene.local/pause:1";

/// Where the distributions put the network plugins.
const CNI_PLUGINS: [&str; 3] = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/// The directory that has the network plugins.
pub(super) fn cni_plugins() -> Option<&'static str> {
    CNI_PLUGINS.into_iter().find(|directory| Path::new(directory).join("bridge").exists())
}

/// Writes the configuration of all three.
pub(super) fn write_files(state: &State, network: Network) -> Result<()> {
    let plugins =
        cni_plugins().context("there are no network plugins; apt-get install containernetworking-plugins")?;
    state.write("containerd.toml", &containerd_config(state, plugins)?)?;
    state.write("cni/kubegene.conflist", &serde_json::to_string_pretty(&cni_config(network))?)?;
    // Nothing is looked up: a name fails at once instead of after the time limits of a name server
    // that cannot be reached.
    state.write("resolv.conf", "")?;
    state.write("kubelet.json", &serde_json::to_string_pretty(&kubelet_config(state, network))?)?;
    state.write("kube-proxy.json", &serde_json::to_string_pretty(&kube_proxy_config(state, network))?)
}

/// containerd.
pub(super) fn containerd(state: &State) -> Vec<String> {
    vec!["containerd".into(), "--config".into(), state.argument("containerd.toml")]
}

/// kubelet.
pub(super) fn kubelet(state: &State, binaries: &Binaries, network: Network) -> Vec<String> {
    vec![
        binaries.cluster(),
        "kubelet".into(),
        format!("--config={}", state.argument("kubelet.json")),
        format!("--kubeconfig={}", state.argument("kubelet.kubeconfig")),
        format!("--hostname-override={NAME}"),
        format!("--node-ip={}", network.node()),
    ]
}

/// kube-proxy.
pub(super) fn kube_proxy(state: &State, binaries: &Binaries) -> Vec<String> {
    vec![
        binaries.cluster(),
        "kube-proxy".into(),
        format!("--config={}", state.argument("kube-proxy.json")),
        format!("--hostname-override={NAME}"),
    ]
}

/// The score is not lowered, which takes a capability that root of a container may lack; profiles of `AppArmor` would
/// have to be loaded; groups are made by path, because systemd may not be there.
fn containerd_config(state: &State, plugins: &str) -> Result<String> {
    Ok(format!(
        r#"version = 2

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = true
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "{}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{}"
"#,
        snapshotter(state)?,
        state.argument("cni")
    ))
}

/// How containers get their root: as a layer over the image's files, or as a copy of them where the
/// state directory is itself on layers, as in a container.
fn snapshotter(state: &State) -> Result<&'static str> {
    const OVERLAY_FILE_SYSTEM: u64 = 0x794c_7630;
    let file_system =
        rustix::fs::statfs(state.directory()).context("cannot tell the state directory's file system")?;
    let is_on_layers = u64::try_from(file_system.f_type).is_ok_and(|kind| kind == OVERLAY_FILE_SYSTEM);
    Ok(if is_on_layers { "native" } else { "overlayfs" })
}

fn cni_config(network: Network) -> serde_json::Value {
    json!({
        "cniVersion": "0.4.0",
        "name": "kubegene",
        "plugins": [{
            "type": "bridge",
            "bridge": BRIDGE,
            "hairpinMode": true,
            "ipam": {
                "type": "host-local",
                "ranges": [[{
                    "subnet": network.pods(),
                    "rangeStart": network.first_pod().to_string(),
                    "gateway": network.node().to_string(),
                }]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }],
    })
}

/// Nothing is evicted for want of the machine's disk or memory, nothing is reserved, and a pod is
/// started as soon as it is there.
fn kubelet_config(state: &State, network: Network) -> serde_json::Value {
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup::name(state),
        "failCgroupV1": false,
        "failSwapOn": false,
        "enforceNodeAllocatable": [],
        "localStorageCapacityIsolation": false,
        "evictionHard": {
            "memory.available": "1Mi",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
            "imagefs.inodesFree": "0%",
        },
        // Images are not pulled: those that were loaded must not make room for others.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "serializeImagePulls": false,
        "maxPods": 250,
        "clusterDNS": [network.name_server().to_string()],
        "clusterDomain": "cluster.local",
        "resolvConf": state.argument("resolv.conf"),
        "address": network.node().to_string(),
        "readOnlyPort": 0,
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": state.argument("pki/ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": state.argument("pki/kubelet.crt"),
        "tlsPrivateKeyFile": state.argument("pki/kubelet.key"),
        "registerNode": true,
    })
}

/// Every connection to a service leaves from the node's address, so that an answer finds its way back
/// whether or not the kernel shows bridged packets to the packet filter.
fn kube_proxy_config(state: &State, network: Network) -> serde_json::Value {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clusterCIDR": network.pods(),
        "clientConnection": {"kubeconfig": state.argument("kube-proxy.kubeconfig")},
        "iptables": {"masqueradeAll": true, "minSyncPeriod": "100ms"},
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
    })
}
