//! The certificate authorities of a cluster, what they sign, and the kubeconfigs that hold it.
//!
//! All of it is made once, before the first process starts, and ends with the state directory.

use std::net::IpAddr;

use anyhow::{Context as _, Result};
use k8s_openapi::ByteString;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use serde_json::json;

use super::state::State;

/// Who may talk to the API server: the kubeconfig's or certificate's name, the user, and its group.
const CLIENTS: [(&str, &str, &str); 5] = [
    ("admin", "kubegene-admin", "system:masters"),
    ("kube-controller-manager", "system:kube-controller-manager", ""),
    ("kube-scheduler", "system:kube-scheduler", ""),
    ("kube-proxy", "system:kube-proxy", ""),
    ("kwok", "kwok", "system:masters"),
];

/// Names by which pods and people reach the API server, beside its addresses.
const SERVER_NAMES: [&str; 4] = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"];

struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Certificate and key, both PEM.
struct Pair {
    certificate: String,
    key: String,
}

/// Makes everything that is signed, for a server at `url` that is reached by `addresses`. `node` is
/// its name and address.
pub(super) fn make(
    state: &State,
    url: &str,
    addresses: &[IpAddr],
    node: Option<(&str, IpAddr)>,
) -> Result<()> {
    let authority = Authority::new("kubegene-cluster")?;
    let front_proxy = Authority::new("kubegene-cluster-front-proxy")?;
    state.write("pki/ca.crt", &authority.certificate)?;
    state.write("pki/front-proxy-ca.crt", &front_proxy.certificate)?;
    let service_accounts = key()?;
    state.write("pki/service-accounts.key", &service_accounts.serialize_pem())?;
    state.write("pki/service-accounts.pub", &service_accounts.public_key_pem())?;
    let mut server: Vec<SanType> = addresses.iter().copied().map(SanType::IpAddress).collect();
    for name in SERVER_NAMES {
        server.push(SanType::DnsName(name.try_into()?));
    }
    write(state, "kube-apiserver", &authority.server("kube-apiserver", server)?)?;
    write(state, "kubelet-client", &authority.client("kube-apiserver-kubelet-client", "system:masters")?)?;
    write(state, "front-proxy-client", &front_proxy.client("front-proxy-client", "")?)?;
    for (name, user, group) in CLIENTS {
        let pair = authority.client(user, group)?;
        state.write(&format!("{name}.kubeconfig"), &kubeconfig(url, &authority, &pair)?)?;
    }
    if let Some((name, address)) = node {
        let user = format!("system:node:{name}");
        let pair = authority.client(&user, "system:nodes")?;
        state.write("kubelet.kubeconfig", &kubeconfig(url, &authority, &pair)?)?;
        let names = vec![SanType::IpAddress(address), SanType::DnsName(name.try_into()?)];
        write(state, "kubelet", &authority.server(&user, names)?)?;
    }
    Ok(())
}

fn write(state: &State, name: &str, pair: &Pair) -> Result<()> {
    state.write(&format!("pki/{name}.crt"), &pair.certificate)?;
    state.write(&format!("pki/{name}.key"), &pair.key)
}

fn key() -> Result<KeyPair> {
    KeyPair::generate().context("no key could be made")
}

impl Authority {
    fn new(name: &str) -> Result<Self> {
        let key = key()?;
        let mut parameters = parameters(name, "");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = parameters.self_signed(&key)?.pem();
        Ok(Self { certificate, issuer: Issuer::new(parameters, key) })
    }

    fn client(&self, user: &str, group: &str) -> Result<Pair> {
        self.sign(parameters(user, group), ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn server(&self, name: &str, reached_by: Vec<SanType>) -> Result<Pair> {
        let mut parameters = parameters(name, "");
        parameters.subject_alt_names = reached_by;
        self.sign(parameters, ExtendedKeyUsagePurpose::ServerAuth)
    }

    fn sign(&self, mut parameters: CertificateParams, purpose: ExtendedKeyUsagePurpose) -> Result<Pair> {
        parameters.extended_key_usages = vec![purpose];
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.use_authority_key_identifier_extension = true;
        let key = key()?;
        let certificate = parameters.signed_by(&key, &self.issuer)?.pem();
        Ok(Pair { certificate, key: key.serialize_pem() })
    }
}

/// A subject. Certificates are valid for as long as the format can say: they end with the cluster.
fn parameters(name: &str, group: &str) -> CertificateParams {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    if !group.is_empty() {
        subject.push(DnType::OrganizationName, group);
    }
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = subject;
    parameters
}

/// A kubeconfig that needs no other file. JSON is YAML.
fn kubeconfig(url: &str, authority: &Authority, pair: &Pair) -> Result<String> {
    let name = "kubegene";
    let base64 = |pem: &str| ByteString(pem.as_bytes().to_vec());
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": {
            "server": url,
            "certificate-authority-data": base64(&authority.certificate),
        }}],
        "users": [{"name": name, "user": {
            "client-certificate-data": base64(&pair.certificate),
            "client-key-data": base64(&pair.key),
        }}],
    });
    Ok(serde_json::to_string_pretty(&config)?)
}
