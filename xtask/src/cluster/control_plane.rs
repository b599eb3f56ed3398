//! The processes of a control plane and how they are started: the flags that make it fast enough to
//! measure others by, and the audit log.

use serde_json::json;

use anyhow::Result;

use super::{
    binaries::Binaries,
    network::Network,
    state::{Layout, Place, State},
};

/// How many requests a second the control plane's own clients may make, and at once: with the stock 20
/// the figures of a benchmark would be the Job controller's.
const CLIENT_LIMITS: [&str; 2] = ["--kube-api-qps=1000", "--kube-api-burst=2000"];

/// Of how much etcd may hold, in bytes; the stock limit is 2 GB.
const ETCD_BYTES: u64 = 8 << 30;

/// Where the servers are.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    /// The API server's address and port.
    api: (String, u16),
    etcd: String,
    etcd_peer: String,
    services: String,
}

impl Addresses {
    pub(super) fn of(layout: Layout) -> Self {
        let local = |port: u16| format!("http://127.0.0.1:{port}");
        match layout.place {
            Place::Node { network } => {
                let network = Network::new(network);
                Self {
                    api: (network.node().to_string(), 6443),
                    etcd: local(2379),
                    etcd_peer: local(2380),
                    services: network.services(),
                }
            }
            Place::Loopback { port } => Self {
                api: ("127.0.0.1".into(), port),
                etcd: local(port + 1),
                etcd_peer: local(port + 2),
                services: Network::new(0).services(),
            },
        }
    }

    /// Where clients find the API server.
    pub(super) fn url(&self) -> String {
        format!("https://{}:{}", self.api.0, self.api.1)
    }
}

/// Writes the files that the processes read beside their certificates.
pub(super) fn write_files(state: &State) -> Result<()> {
    // One line a request, when it was answered.
    let policy = json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [{"level": "Metadata"}],
    });
    state.write("audit-policy.json", &serde_json::to_string_pretty(&policy)?)
}

/// etcd.
pub(super) fn etcd(state: &State, binaries: &Binaries, layout: Layout) -> Vec<String> {
    let Addresses { etcd, etcd_peer, .. } = Addresses::of(layout);
    let mut command = vec![
        binaries.cluster(),
        "etcd".into(),
        format!("--data-dir={}", state.argument("etcd")),
        format!("--listen-client-urls={etcd}"),
        format!("--advertise-client-urls={etcd}"),
        format!("--listen-peer-urls={etcd_peer}"),
        format!("--initial-advertise-peer-urls={etcd_peer}"),
        format!("--initial-cluster=default={etcd_peer}"),
        format!("--quota-backend-bytes={ETCD_BYTES}"),
    ];
    if !layout.fsync {
        command.push("--unsafe-no-fsync".into());
    }
    command
}

/// The API server.
pub(super) fn api_server(state: &State, binaries: &Binaries, layout: Layout) -> Vec<String> {
    let Addresses { api, etcd, services, .. } = Addresses::of(layout);
    let file = |name: &str| state.argument(&format!("pki/{name}"));
    let mut command = vec![
        binaries.cluster(),
        "kube-apiserver".into(),
        format!("--bind-address={}", api.0),
        format!("--advertise-address={}", api.0),
        format!("--secure-port={}", api.1),
        format!("--etcd-servers={etcd}"),
        format!("--service-cluster-ip-range={services}"),
        "--authorization-mode=Node,RBAC".into(),
        "--enable-admission-plugins=NodeRestriction".into(),
        "--allow-privileged=true".into(),
        format!("--client-ca-file={}", file("ca.crt")),
        format!("--tls-cert-file={}", file("kube-apiserver.crt")),
        format!("--tls-private-key-file={}", file("kube-apiserver.key")),
        format!("--kubelet-certificate-authority={}", file("ca.crt")),
        format!("--kubelet-client-certificate={}", file("kubelet-client.crt")),
        format!("--kubelet-client-key={}", file("kubelet-client.key")),
        "--kubelet-preferred-address-types=InternalIP".into(),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        format!("--service-account-key-file={}", file("service-accounts.pub")),
        format!("--service-account-signing-key-file={}", file("service-accounts.key")),
        format!("--requestheader-client-ca-file={}", file("front-proxy-ca.crt")),
        "--requestheader-allowed-names=front-proxy-client".into(),
        "--requestheader-username-headers=X-Remote-User".into(),
        "--requestheader-group-headers=X-Remote-Group".into(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".into(),
        format!("--proxy-client-cert-file={}", file("front-proxy-client.crt")),
        format!("--proxy-client-key-file={}", file("front-proxy-client.key")),
        // A webhook's Service becomes a pod's address.
        "--enable-aggregator-routing=true".into(),
        "--max-requests-inflight=2000".into(),
        "--max-mutating-requests-inflight=1000".into(),
        format!("--audit-policy-file={}", state.argument("audit-policy.json")),
        format!("--audit-log-path={}", state.audit_log().to_string_lossy()),
        // In megabytes: whoever counts requests must find all of them in one file.
        "--audit-log-maxsize=100000".into(),
    ];
    if !layout.has_node() {
        // It refuses to name a loopback address as the one of the service "kubernetes".
        command.push("--endpoint-reconciler-type=none".into());
    }
    command
}

/// The controller manager, among whose controllers is the Job controller.
pub(super) fn controller_manager(state: &State, binaries: &Binaries) -> Vec<String> {
    let mut command = client_of_the_server("kube-controller-manager", state, binaries);
    command.extend([
        "--use-service-account-credentials=true".into(),
        format!("--service-account-private-key-file={}", state.argument("pki/service-accounts.key")),
        format!("--root-ca-file={}", state.argument("pki/ca.crt")),
        "--concurrent-job-syncs=50".into(),
    ]);
    command
}

/// The scheduler.
pub(super) fn scheduler(state: &State, binaries: &Binaries) -> Vec<String> {
    client_of_the_server("kube-scheduler", state, binaries)
}

/// What the controller manager and the scheduler have in common: one of each, and no limit that would be measured.
fn client_of_the_server(name: &str, state: &State, binaries: &Binaries) -> Vec<String> {
    let mut command = vec![
        binaries.cluster(),
        name.into(),
        format!("--kubeconfig={}", state.argument(&format!("{name}.kubeconfig"))),
        "--leader-elect=false".into(),
        "--secure-port=0".into(),
    ];
    command.extend(CLIENT_LIMITS.map(str::to_owned));
    command
}
