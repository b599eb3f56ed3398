//! One Lease in memory behind the API's rules for it, and what a network does to calls.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

/// What happens to the calls of one candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fault {
    #[default]
    None,
    /// Neither the call nor an answer arrives.
    Silent,
    /// The server answers 500 and does nothing.
    Fails,
    /// The server answers 403 and does nothing.
    Refused,
    /// The server does what is asked; the answer does not arrive.
    AnswerLost,
}

impl Fault {
    pub(super) const ALL: [Self; 5] =
        [Self::None, Self::Silent, Self::Fails, Self::Refused, Self::AnswerLost];
}

/// The way between one candidate and the server.
#[derive(Clone, Default)]
pub(super) struct Network(Arc<watch::Sender<Fault>>);

impl Network {
    pub(super) fn set(&self, fault: Fault) {
        self.0.send_replace(fault);
    }

    fn fault(&self) -> Fault {
        *self.0.borrow()
    }
}

#[derive(Default)]
pub(super) struct Server {
    lease: Mutex<Option<Value>>,
    version: AtomicUsize,
    conflicts: AtomicUsize,
}

impl Server {
    pub(super) fn empty() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn client(self: &Arc<Self>, network: &Network) -> kube::Client {
        let (server, network) = (Arc::clone(self), network.clone());
        let service = tower::service_fn(move |request: Request<Body>| {
            let (server, network) = (Arc::clone(&server), network.clone());
            async move { Ok::<_, Infallible>(server.converse(request, &network).await) }
        });
        kube::Client::new(service, "default")
    }

    pub(super) fn spec(&self) -> Value {
        self.lease.lock().unwrap().as_ref().map(|lease| lease["spec"].clone()).unwrap_or_default()
    }

    pub(super) fn conflicts(&self) -> usize {
        self.conflicts.load(Ordering::SeqCst)
    }

    pub(super) fn writes(&self) -> usize {
        self.version.load(Ordering::SeqCst)
    }

    pub(super) fn delete(&self) {
        *self.lease.lock().unwrap() = None;
    }

    /// Somebody takes the Lease, by a clock that says `renewed`, without asking.
    pub(super) fn seize(&self, holder: &str, renewed: &str) {
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "gene-controller", "namespace": "gene-system"},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "acquireTime": renewed, "renewTime": renewed},
        });
        self.store(&mut self.lease.lock().unwrap(), lease);
    }

    async fn converse(&self, request: Request<Body>, network: &Network) -> Response<Full<bytes::Bytes>> {
        // Long enough that two candidates read the same before either writes.
        sleep(Duration::from_millis(5)).await;
        let (code, body) = match network.fault() {
            Fault::Silent => pending().await,
            Fault::Fails => refusal(500, "etcdserver: request timed out"),
            Fault::Refused => refusal(403, "leases \"gene-controller\" is forbidden"),
            Fault::None | Fault::AnswerLost => self.obey(request).await,
        };
        if network.fault() == Fault::AnswerLost {
            pending::<()>().await;
        }
        sleep(Duration::from_millis(5)).await;
        let mut response = Response::new(Full::from(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(code).unwrap();
        response
    }

    async fn obey(&self, request: Request<Body>) -> (u16, Value) {
        const ALL: &str = "/apis/coordination.k8s.io/v1/namespaces/gene-system/leases";
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let mut lease = self.lease.lock().unwrap();
        let one = format!("{ALL}/gene-controller");
        match (&head.method, head.uri.path(), lease.as_ref()) {
            (&Method::GET, path, Some(lease)) if path == one => (200, lease.clone()),
            (&Method::GET | &Method::PUT, path, None) if path == one => refusal(404, "leases not found"),
            (&Method::POST, ALL, Some(_)) => {
                self.conflicts.fetch_add(1, Ordering::SeqCst);
                refusal(409, "leases already exists")
            }
            (&Method::POST, ALL, None) => {
                let given: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(given["metadata"]["name"], "gene-controller");
                (201, self.store(&mut lease, given))
            }
            (&Method::PUT, path, Some(stored)) if path == one => {
                let given: Value = serde_json::from_slice(&body).unwrap();
                let version = &given["metadata"]["resourceVersion"];
                assert!(version.is_string(), "a write without a precondition");
                assert!(given["spec"]["leaseDurationSeconds"].as_i64().unwrap() > 0);
                if *version != stored["metadata"]["resourceVersion"] {
                    self.conflicts.fetch_add(1, Ordering::SeqCst);
                    return refusal(409, "the object has been modified");
                }
                (200, self.store(&mut lease, given))
            }
            (method, path, _) => panic!("{method} {path}"),
        }
    }

    fn store(&self, lease: &mut Option<Value>, mut given: Value) -> Value {
        let version = self.version.fetch_add(1, Ordering::SeqCst) + 1;
        given["metadata"]["resourceVersion"] = version.to_string().into();
        given["metadata"]["namespace"] = "gene-system".into();
        *lease = Some(given.clone());
        given
    }
}

fn refusal(code: u16, message: &str) -> (u16, Value) {
    // What the real server says beside the code; clients go by either.
    let reason = match code {
        403 => "Forbidden",
        404 => "NotFound",
        409 if message.ends_with("exists") => "AlreadyExists",
        409 => "Conflict",
        _ => "InternalError",
    };
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "code": code, "message": message,
        "reason": reason,
    });
    (code, status)
}
