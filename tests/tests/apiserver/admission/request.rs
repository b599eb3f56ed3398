//! Requests for Executions as a client sends them, byte for byte, and all that the API server answers.

use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use kube::{Client, client::Body};
use serde_json::Value;

/// What a patch is.
#[derive(Clone, Copy, Debug)]
pub enum Patch {
    Merge,
    Apply,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: u16,
    /// The object, or a `metav1.Status`.
    pub body: Value,
    pub warnings: Vec<String>,
}

/// One cause of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    pub field: String,
    pub reason: String,
    pub message: String,
}

impl Answer {
    pub fn is_admitted(&self) -> bool {
        self.code < 300
    }

    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    pub fn causes(&self) -> Vec<Cause> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let causes = self.body["details"]["causes"].as_array();
        let cause = |cause: &Value| Cause {
            field: text(&cause["field"]),
            reason: text(&cause["reason"]),
            message: text(&cause["message"]),
        };
        causes.into_iter().flatten().map(cause).collect()
    }

    /// The object; it must have been admitted.
    #[track_caller]
    pub fn admitted(self) -> Value {
        assert!(self.is_admitted(), "refused: {} {}", self.code, self.message());
        self.body
    }
}

/// Somebody who sends requests for the Executions of a namespace.
#[derive(Clone)]
pub struct Requester {
    client: Client,
    namespace: String,
    /// Whom the requests are of; none: whom the kubeconfig names.
    user: Option<String>,
}

impl Requester {
    pub fn new(client: &Client, namespace: &str) -> Self {
        Self { client: client.clone(), namespace: namespace.to_owned(), user: None }
    }

    /// The same as another user.
    pub fn as_user(&self, user: &str) -> Self {
        Self { user: Some(user.to_owned()), ..self.clone() }
    }

    /// Creates an Execution, with strict field validation as kubectl asks for it.
    pub async fn create(&self, document: &Value) -> Answer {
        self.create_bytes(document.to_string(), "fieldValidation=Strict").await
    }

    /// The same, and nothing is stored.
    pub async fn try_create(&self, document: &Value) -> Answer {
        self.create_bytes(document.to_string(), "fieldValidation=Strict&dryRun=All").await
    }

    /// Creates what these bytes are.
    pub async fn create_bytes(&self, bytes: impl Into<Vec<u8>>, query: &str) -> Answer {
        self.send(Method::POST, &self.path("", query), "application/json", bytes.into()).await
    }

    pub async fn get(&self, name: &str) -> Value {
        self.try_get(name).await.admitted()
    }

    /// The same where it may not be there.
    pub async fn try_get(&self, name: &str) -> Answer {
        self.send(Method::GET, &self.path(&format!("/{name}"), ""), "", Vec::new()).await
    }

    /// Puts this in the place of an Execution.
    pub async fn replace(&self, name: &str, document: &Value) -> Answer {
        self.put(name, document, "fieldValidation=Strict").await
    }

    /// The same, and nothing is stored.
    pub async fn try_replace(&self, name: &str, document: &Value) -> Answer {
        self.put(name, document, "fieldValidation=Strict&dryRun=All").await
    }

    async fn put(&self, name: &str, document: &Value, query: &str) -> Answer {
        let path = self.path(&format!("/{name}"), query);
        self.send(Method::PUT, &path, "application/json", document.to_string().into()).await
    }

    pub async fn merge(&self, name: &str, patch: &Value) -> Answer {
        self.patch(name, Patch::Merge, patch, "").await
    }

    pub async fn patch(&self, name: &str, kind: Patch, patch: &Value, query: &str) -> Answer {
        let kind = match kind {
            Patch::Merge => "application/merge-patch+json",
            Patch::Apply => "application/apply-patch+yaml",
        };
        self.send(Method::PATCH, &self.path(&format!("/{name}"), query), kind, patch.to_string().into()).await
    }

    pub async fn delete(&self, name: &str) -> Answer {
        self.send(Method::DELETE, &self.path(&format!("/{name}"), ""), "", Vec::new()).await
    }

    /// Creates an object of any kind at this path.
    pub async fn create_at(&self, path: &str, object: &Value) -> Answer {
        self.send(Method::POST, path, "application/json", object.to_string().into()).await
    }

    pub async fn get_at(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "", Vec::new()).await
    }

    pub async fn delete_at(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "", Vec::new()).await
    }

    pub async fn json_patch_at(&self, path: &str, operations: &Value) -> Answer {
        self.send(Method::PATCH, path, "application/json-patch+json", operations.to_string().into()).await
    }

    fn path(&self, below: &str, query: &str) -> String {
        let namespace = &self.namespace;
        format!("/apis/execution.kubegene.io/v1alpha1/namespaces/{namespace}/executions{below}?{query}")
    }

    async fn send(&self, method: Method, path: &str, kind: &str, bytes: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        if let Some(user) = &self.user {
            request = request.header("impersonate-user", user);
        }
        let response = self.client.send(request.body(Body::from(bytes)).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { code: head.status.as_u16(), body, warnings: warnings(&head.headers) }
    }
}

/// `299 - "text"`, in which quotes and backslashes are escaped.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let text = |value: &http::HeaderValue| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let quoted = value.strip_prefix("299 - \"").and_then(|rest| rest.strip_suffix('"'));
        quoted.unwrap_or_else(|| panic!("no warning: {value}")).replace("\\\"", "\"").replace("\\\\", "\\")
    };
    headers.get_all("warning").iter().map(text).collect()
}
