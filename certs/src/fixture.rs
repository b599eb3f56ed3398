//! An API server in memory, as far as certificates need one.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::certificate::{self, Certificate};
use crate::contents::Contents;
use crate::settings::Settings;

/// The objects and what is wrong with the server.
pub struct Fake {
    state: Mutex<State>,
    began: Instant,
    /// What time it was for the server when it began.
    date: Timestamp,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Value>,
    version: u64,
    calls: Vec<(Method, String)>,
    /// Of so many calls one is carried out and not answered.
    lost: Option<usize>,
    /// Paths that hold this are answered with this code.
    refused: Option<(&'static str, u16)>,
}

pub const SECRET: &str = "/api/v1/namespaces/lab/secrets/gene-webhook-ca";
pub const VALIDATING: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gene-webhook";
pub const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/gene-webhook";

impl Fake {
    /// With both configurations, as the manifests install them, and no Secret.
    pub fn new(date: Timestamp) -> Arc<Self> {
        let fake = Self { state: Mutex::default(), began: Instant::now(), date };
        for (path, name) in [(VALIDATING, "validate"), (MUTATING, "mutate")] {
            let service = json!({"name": "gene-webhook", "namespace": "lab", "path": format!("/{name}")});
            let ours = json!({"name": name, "clientConfig": {"service": service}});
            let url = json!({"name": "url", "clientConfig": {"url": "https://127.0.0.1:8443/"}});
            fake.put(path, json!({"metadata": {"name": "gene-webhook"}, "webhooks": [url, ours]}));
        }
        Arc::new(fake)
    }

    pub fn client(self: &Arc<Self>) -> Client {
        let fake = Arc::clone(self);
        let service = tower::service_fn(move |request: Request<Body>| {
            let fake = Arc::clone(&fake);
            async move { Ok::<_, Infallible>(fake.answer(request).await) }
        });
        Client::new(service, "lab")
    }

    pub fn now(&self) -> Timestamp {
        self.date + SignedDuration::try_from(self.began.elapsed()).unwrap()
    }

    pub fn put(&self, path: &str, mut object: Value) {
        let mut state = self.state.lock().unwrap();
        state.version += 1;
        object["metadata"]["resourceVersion"] = json!(state.version.to_string());
        state.objects.insert(path.to_owned(), object);
    }

    pub fn get(&self, path: &str) -> Option<Value> {
        self.state.lock().unwrap().objects.get(path).cloned()
    }

    pub fn remove(&self, path: &str) {
        self.state.lock().unwrap().objects.remove(path);
    }

    pub fn lose(&self, one_of: Option<usize>) {
        self.state.lock().unwrap().lost = one_of;
    }

    pub fn refuse(&self, refused: Option<(&'static str, u16)>) {
        self.state.lock().unwrap().refused = refused;
    }

    pub fn calls(&self) -> Vec<(Method, String)> {
        self.state.lock().unwrap().calls.clone()
    }

    /// What the Secret holds.
    pub fn contents(&self) -> Contents {
        let (contents, faults) = Contents::read(&crate::api::data(&self.get(SECRET).unwrap()));
        assert_eq!(faults, Vec::<String>::new());
        contents
    }

    /// `caBundle` of the webhook at this place.
    pub fn bundle(&self, path: &str, place: usize) -> Vec<Certificate> {
        let text = self.get(path).unwrap()["webhooks"][place]["clientConfig"]["caBundle"].clone();
        let Ok(k8s_openapi::ByteString(text)) = serde_json::from_value(text) else { return Vec::new() };
        certificate::all(&text).unwrap_or_default()
    }

    async fn answer(&self, request: Request<Body>) -> Response<Full<bytes::Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let path = head.uri.path().to_owned();
        let (code, object, lost) = self.carry_out(&head.method, &path, &body);
        if lost {
            std::future::pending::<()>().await;
        }
        let mut response = Response::new(Full::from(object.to_string()));
        *response.status_mut() = StatusCode::from_u16(code).unwrap();
        let date = self.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        response.headers_mut().insert(header::DATE, date.parse().unwrap());
        response
    }

    fn carry_out(&self, method: &Method, path: &str, body: &[u8]) -> (u16, Value, bool) {
        let mut state = self.state.lock().unwrap();
        state.calls.push((method.clone(), path.to_owned()));
        let lost = state.lost.is_some_and(|one_of| state.calls.len().is_multiple_of(one_of));
        if let Some((_, code)) = state.refused.filter(|(part, _)| path.contains(part)) {
            return (code, status(code), lost);
        }
        let is = state.objects.get(path).cloned();
        let fresh = (state.version + 1).to_string();
        let (path, mut object) = match (method, is) {
            (&Method::POST, _) => {
                let object: Value = serde_json::from_slice(body).unwrap();
                let path = format!("{path}/{}", object["metadata"]["name"].as_str().unwrap());
                if state.objects.contains_key(&path) {
                    return (409, status(409), lost);
                }
                (path, object)
            }
            (_, None) => return (404, status(404), lost),
            (&Method::GET, Some(object)) => return (200, object, lost),
            (&Method::PUT, Some(is)) => {
                let object: Value = serde_json::from_slice(body).unwrap();
                if object["metadata"]["resourceVersion"] != is["metadata"]["resourceVersion"] {
                    return (409, status(409), lost);
                }
                (path.to_owned(), object)
            }
            (&Method::PATCH, Some(is)) => {
                let mut object = is.clone();
                let patch: json_patch::Patch = serde_json::from_slice(body).unwrap();
                if json_patch::patch(&mut object, &patch).is_err() {
                    return (422, status(422), lost);
                }
                if object["metadata"]["resourceVersion"] != is["metadata"]["resourceVersion"] {
                    return (409, status(409), lost);
                }
                (path.to_owned(), object)
            }
            other => panic!("{other:?}"),
        };
        state.version += 1;
        object["metadata"]["resourceVersion"] = json!(fresh);
        state.objects.insert(path, object.clone());
        (200, object, lost)
    }
}

/// Lives of seconds, for tests that wait for them.
pub fn brief() -> Settings {
    use std::time::Duration;
    Settings {
        ca_life: Duration::from_secs(120),
        leaf_life: Duration::from_secs(6),
        settle: Duration::from_secs(1),
        interval: Duration::from_millis(500),
        ..Settings::new("lab")
    }
}

fn status(code: u16) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
           "message": "it is not allowed here", "reason": "", "code": code})
}
