//! A webhook of its own for each test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gene_certs::serving::{Serving, Validity};
use gene_daemon::admin::{Encode as _, Readiness};
use gene_webhook::life::live;
use gene_webhook::metrics::Metrics;
use gene_webhook::server::{Bounds, Server};
use rcgen::{CertifiedKey as Made, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The name by which an API server asks for the webhook.
pub const NAME: &str = "gene-webhook.kubegene-system.svc";
/// For whatever must come about.
pub const SOON: Duration = Duration::from_secs(20);

pub struct Hook {
    pub address: SocketAddr,
    pub serving: Arc<Serving>,
    pub readiness: Readiness,
    pub metrics: Arc<Metrics>,
    pub stop: watch::Sender<bool>,
    pub ended: JoinHandle<()>,
    /// What its clients trust.
    pub trusted: Vec<CertificateDer<'static>>,
}

/// Bounds of a server whose patience is short.
pub fn impatient() -> Bounds {
    Bounds {
        handshake: Duration::from_secs(1),
        head: Duration::from_secs(1),
        body_time: Duration::from_secs(1),
        first: Duration::from_secs(3),
        idle: Duration::from_secs(2),
        drain: Duration::from_secs(3),
        ..Bounds::default()
    }
}

impl Hook {
    pub async fn start(bounds: Bounds, drain_delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Serving::new();
        let trusted = vec![publish(&serving)];
        let metrics = Arc::new(Metrics::new(Arc::clone(&serving)));
        let server = Server::new(Arc::clone(&serving), bounds, Arc::clone(&metrics)).unwrap();
        let (stop, stopped) = watch::channel(false);
        let readiness = Readiness::new();
        let gate = readiness.wait_for("server");
        let ended = tokio::spawn(live(server, listener, gate, drain_delay, stopped));
        Self { address, serving, readiness, metrics, stop, ended, trusted }
    }

    /// The value of a metric, by what its line begins with; 0 where there is no such line.
    pub fn metric(&self, line: &str) -> u64 {
        let page = self.metrics.encode();
        let found = page.lines().find_map(|text| text.strip_prefix(line)?.trim().parse().ok());
        found.unwrap_or_default()
    }
}

/// Shows a new certificate from now on, and says what a client must trust to take it.
pub fn publish(serving: &Serving) -> CertificateDer<'static> {
    let Made { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let certified = CertifiedKey::from_der(vec![cert.der().clone()], key, &provider).unwrap();
    let now = jiff::Timestamp::now();
    let validity = Validity { not_before: now, not_after: now + Duration::from_hours(1) };
    serving.publish(certified, validity);
    cert.der().clone()
}

/// A review of an Execution with this many tasks.
pub fn review(tasks: usize) -> Vec<u8> {
    let task = |index: usize| json!({"name": format!("t{index}"), "image": "bwa:1", "commands": ["echo"]});
    let tasks: Vec<Value> = (0..tasks).map(task).collect();
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5",
            "kind": {"group": "execution.kubegene.io", "version": "v1alpha1", "kind": "Execution"},
            "resource": {"group": "execution.kubegene.io", "version": "v1alpha1", "resource": "executions"},
            "operation": "CREATE",
            "userInfo": {"username": "jane"},
            "object": {
                "apiVersion": "execution.kubegene.io/v1alpha1",
                "kind": "Execution",
                "metadata": {"name": "wgs", "namespace": "genes"},
                "spec": {"tasks": tasks},
            },
        },
    });
    review.to_string().into_bytes()
}
