//! Requests and answers as they are on the wire, and waiting with a bound.

use std::time::Duration;

use futures::{AsyncBufReadExt, StreamExt, TryStreamExt};
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

/// How long anything may take that controllers do.
const BOUND: Duration = Duration::from_mins(1);
/// How often a state is looked at that no watch is the subject of.
const PERIOD: Duration = Duration::from_millis(50);

pub const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
pub const JSON_PATCH: &str = "application/json-patch+json";
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// A client in a namespace of its own.
pub struct Talk {
    client: kube::Client,
    pub namespace: String,
}

impl Talk {
    pub fn new(client: kube::Client, namespace: &str) -> Self {
        Self { client, namespace: namespace.to_owned() }
    }

    /// Its client, for another namespace.
    pub fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// The path of a collection (`executions`) or of what is in it (`jobs/a/status`).
    pub fn path(&self, of: &str) -> String {
        let prefix = match of.split(['/', '?']).next().unwrap_or_default() {
            "executions" => "/apis/execution.kubegene.io/v1alpha1",
            "jobs" => "/apis/batch/v1",
            "leases" => "/apis/coordination.k8s.io/v1",
            "events" => "/apis/events.k8s.io/v1",
            _ => "/api/v1",
        };
        format!("{prefix}/namespaces/{}/{of}", self.namespace)
    }

    pub async fn send(&self, request: Request<Vec<u8>>) -> (u16, Value) {
        let response = timeout(BOUND, self.client.send(request.map(Into::into))).await.unwrap().unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        (code, serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(text)))
    }

    pub fn request(method: Method, path: &str, content_type: &str, body: &Value) -> Request<Vec<u8>> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let builder = Request::builder().method(method).uri(path).header("content-type", content_type);
        builder.header("accept", "application/json").body(body).unwrap()
    }

    pub async fn call(&self, method: Method, of: &str, content_type: &str, body: &Value) -> (u16, Value) {
        self.send(Self::request(method, &self.path(of), content_type, body)).await
    }

    pub async fn get(&self, of: &str) -> (u16, Value) {
        self.call(Method::GET, of, "application/json", &Value::Null).await
    }

    pub async fn post(&self, of: &str, body: &Value) -> (u16, Value) {
        self.call(Method::POST, of, "application/json", body).await
    }

    /// Creates what must be created.
    pub async fn create(&self, of: &str, body: &Value) -> Value {
        let (code, created) = self.post(of, body).await;
        assert_eq!(code, 201, "{created}");
        created
    }

    pub async fn put(&self, of: &str, body: &Value) -> (u16, Value) {
        self.call(Method::PUT, of, "application/json", body).await
    }

    pub async fn patch(&self, of: &str, content_type: &str, body: &Value) -> (u16, Value) {
        self.call(Method::PATCH, of, content_type, body).await
    }

    pub async fn delete(&self, of: &str, body: &Value) -> (u16, Value) {
        self.call(Method::DELETE, of, "application/json", body).await
    }

    /// Asks for metadata alone.
    pub async fn call_for_metadata(
        &self,
        method: Method,
        of: &str,
        kind: &str,
        body: &Value,
    ) -> (u16, Value) {
        let mut request = Self::request(method, &self.path(of), kind, body);
        request.headers_mut().insert("accept", METADATA_ONLY.parse().unwrap());
        self.send(request).await
    }

    /// All events of a watch that ends by `timeoutSeconds`; bookmarks only when the query asks for them.
    pub async fn watch(&self, of: &str, query: &str, accept: &str) -> Vec<Value> {
        let path = format!("{}?watch=true&{query}", self.path(of));
        let mut request = Self::request(Method::GET, &path, "application/json", &Value::Null);
        request.headers_mut().insert("accept", accept.parse().unwrap());
        let lines = self.client.request_stream(request).await.unwrap().lines();
        let all = lines.map_ok(|line| serde_json::from_str(&line).unwrap()).try_collect();
        timeout(BOUND, all).await.unwrap().unwrap()
    }

    /// The first `number` events of a watch.
    pub async fn watch_for(&self, of: &str, query: &str, number: usize) -> Vec<Value> {
        let path = format!("{}?watch=true&{query}", self.path(of));
        let request = Self::request(Method::GET, &path, "application/json", &Value::Null);
        let lines = self.client.request_stream(request).await.unwrap().lines();
        let some = lines.take(number).map_ok(|line| serde_json::from_str(&line).unwrap()).try_collect();
        timeout(BOUND, some).await.unwrap().unwrap()
    }

    /// Waits until an object is such; answers it. What is gone is null.
    pub async fn until(&self, of: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (code, found) = self.get(of).await;
            let found = if code == 404 { Value::Null } else { found };
            if fits(&found) {
                return found;
            }
            assert!(begun.elapsed() < BOUND, "{of} is not {what}: {found}");
            sleep(PERIOD).await;
        }
    }

    pub async fn until_gone(&self, of: &str) {
        self.until(of, "gone", Value::is_null).await;
    }
}

/// An Execution of one task.
pub fn execution(name: &str) -> Value {
    json!({
        "apiVersion": "execution.kubegene.io/v1alpha1",
        "kind": "Execution",
        "metadata": {"name": name},
        "spec": {"tasks": [{"name": "a", "type": "Job", "image": "busybox", "commandSet": ["true"]}]},
    })
}

/// A Job that a fake node or a real one can run; one container that does nothing.
pub fn job(name: &str) -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": {"case": "a"}},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never",
            "nodeSelector": {"type": "kwok"},
            "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Equal", "value": "fake", "effect": "NoSchedule"}],
            "containers": [{"name": "main", "image": "busybox", "command": ["true"]}],
        }}},
    })
}

pub fn config_map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}})
}

/// An owner reference to `owner`.
pub fn owned_by(owner: &Value) -> Value {
    json!([{
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": true,
        "blockOwnerDeletion": true,
    }])
}

pub fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"].as_str().expect("stored objects have a version")
}

/// Code, reason and message of a refusal.
pub fn refusal(answer: &(u16, Value)) -> (u16, &str, &str) {
    (
        answer.0,
        answer.1["reason"].as_str().unwrap_or_default(),
        answer.1["message"].as_str().unwrap_or_default(),
    )
}
