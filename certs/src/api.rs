//! The API server, as far as certificates need it: one Secret and two webhook configurations.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use k8s_openapi::ByteString;
use kube::Client;
use kube::client::Body;
use kube::core::Status;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::certificate::{self, Certificate};
use crate::contents::Contents;
use crate::settings::Settings;
use crate::step::{Bundles, Entry, Kind, Read, Seen, Stored};

/// How long an answer is waited for. Each call is of a few kilobytes; what takes longer is not there.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Who wrote a field, as the API server records it.
const FIELD_MANAGER: &str = "fieldManager=gene-certs";

/// Why a call did not come to what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server said no.
    #[error("{}", .0.message)]
    Refused(Box<Status>),
    /// No answer, or none that can be understood: it may have been carried out, or not.
    #[error("no answer from the API server: {0}")]
    Unanswered(String),
}

impl Error {
    fn code(&self) -> u16 {
        match self {
            Self::Refused(status) => status.code,
            Self::Unanswered(_) => 0,
        }
    }

    /// Whether somebody else was first: the object exists already, or is not what it was when it was read.
    pub fn is_conflict(&self) -> bool {
        self.code() == 409
    }
}

/// What was read in one look, and what belongs to it.
#[derive(Debug)]
pub struct Look {
    /// For the decision.
    pub seen: Seen,
    /// The Secret as it is, for whoever replaces it.
    pub secret: Option<Value>,
    /// What could not be read, and what in it is damaged.
    pub faults: Vec<String>,
    /// What is worth knowing and no fault.
    pub notes: Vec<String>,
    /// The API server's time, where it says it.
    pub date: Option<Timestamp>,
}

/// The API server. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    client: Client,
}

impl Server {
    /// Calls by this client, which must not try again by itself.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads both configurations and then the Secret.
    pub async fn look(&self, settings: &Settings) -> Look {
        let name = &settings.configuration;
        let read = |kind| self.call(Method::GET, configuration_path(kind, name), None);
        let (validating, mutating) = tokio::join!(read(Kind::Validating), read(Kind::Mutating));
        let secret = self.call(Method::GET, secret_path(settings, &settings.secret), None).await;

        let (mut faults, mut notes, mut date) = (Vec::new(), Vec::new(), None);
        let configurations = [(Kind::Validating, validating), (Kind::Mutating, mutating)].map(|(kind, answer)| {
            let what = format!("{kind} \"{name}\"");
            let read = present(answer, &what, &mut faults, &mut date);
            let read = match read {
                Read::Present(object) => Read::Present(bundles(&object, settings)),
                Read::Absent => Read::Absent,
                Read::Unknown => Read::Unknown,
            };
            match &read {
                Read::Absent => notes.push(format!("{what} does not exist; it needs no caBundle")),
                Read::Present(bundles) if bundles.entries.is_empty() => notes.push(format!(
                    "no webhook of {what} names the service \"{}/{}\"; none is kept",
                    settings.namespace, settings.service
                )),
                _ => {}
            }
            (kind, read)
        });
        let what = format!("secret \"{}/{}\"", settings.namespace, settings.secret);
        let (secret, object) = match present(secret, &what, &mut faults, &mut date) {
            Read::Present(object) => {
                let (contents, damaged) = Contents::read(&data(&object));
                let version = version(&object);
                (Read::Present(Stored { contents, faults: damaged, version }), Some(object))
            }
            Read::Absent => (Read::Absent, None),
            Read::Unknown => (Read::Unknown, None),
        };
        Look { seen: Seen { configurations, secret }, secret: object, faults, notes, date }
    }

    /// Reads any Secret of the namespace: none where it does not exist.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn secret(&self, settings: &Settings, name: &str) -> Result<Option<Value>, Error> {
        match self.call(Method::GET, secret_path(settings, name), None).await {
            Ok((object, _)) => Ok(Some(object)),
            Err(error) if error.code() == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a Secret of this type.
    ///
    /// # Errors
    /// No answer, or a refusal; a conflict where it exists.
    pub async fn create_secret(
        &self,
        settings: &Settings,
        name: &str,
        kind: &str,
        data: BTreeMap<String, Vec<u8>>,
    ) -> Result<(), Error> {
        let object = json!({
            "apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {
                "name": name, "namespace": settings.namespace,
                "labels": {"app.kubernetes.io/managed-by": "gene-certs"},
            },
            "data": encoded(data),
        });
        let path = format!("/api/v1/namespaces/{}/secrets?{FIELD_MANAGER}", settings.namespace);
        self.call(Method::POST, path, Some(("application/json", object))).await.map(|_| ())
    }

    /// Replaces the data of a Secret that was read, where it still is what it was.
    ///
    /// # Errors
    /// No answer, or a refusal; a conflict where it has changed.
    pub async fn replace_secret(
        &self,
        settings: &Settings,
        name: &str,
        object: &Value,
        data: BTreeMap<String, Vec<u8>>,
    ) -> Result<(), Error> {
        let mut object = object.clone();
        if let Some(fields) = object.as_object_mut() {
            fields.insert("data".to_owned(), encoded(data));
        }
        let path = format!("{}?{FIELD_MANAGER}", secret_path(settings, name));
        self.call(Method::PUT, path, Some(("application/json", object))).await.map(|_| ())
    }

    /// Writes these bundles, at these places of webhooks of these names, and nothing besides, where the configuration
    /// still has this resourceVersion.
    ///
    /// # Errors
    /// No answer, or a refusal; a conflict where it has changed.
    pub async fn trust(
        &self,
        settings: &Settings,
        kind: Kind,
        version: &str,
        entries: &[(usize, String, Vec<Certificate>)],
    ) -> Result<(), Error> {
        // A resourceVersion in a write is a precondition: another one is answered with a conflict.
        let mut patch = vec![json!({"op": "add", "path": "/metadata/resourceVersion", "value": version})];
        for (place, name, certificates) in entries {
            let bundle = ByteString(certificate::bundle(certificates).into_bytes());
            patch.push(json!({"op": "test", "path": format!("/webhooks/{place}/name"), "value": name}));
            let path = format!("/webhooks/{place}/clientConfig/caBundle");
            patch.push(json!({"op": "add", "path": path, "value": bundle}));
        }
        let path = format!("{}?{FIELD_MANAGER}", configuration_path(kind, &settings.configuration));
        let patch = Some(("application/json-patch+json", Value::Array(patch)));
        self.call(Method::PATCH, path, patch).await.map(|_| ())
    }

    async fn call(
        &self,
        method: Method,
        path: String,
        body: Option<(&'static str, Value)>,
    ) -> Result<(Value, Option<Timestamp>), Error> {
        let unanswered = |error: &dyn std::error::Error| Error::Unanswered(chain(error));
        let request = Request::builder().method(method).uri(path).header(header::ACCEPT, "application/json");
        let request = match body {
            None => request.body(Body::empty()),
            Some((media_type, body)) => {
                request.header(header::CONTENT_TYPE, media_type).body(Body::from(body.to_string().into_bytes()))
            }
        };
        let request = request.map_err(|error| unanswered(&error))?;
        let answered = async {
            let response = self.client.send(request).await.map_err(|error| match error {
                kube::Error::Api(status) => Error::Refused(status),
                error => unanswered(&error),
            })?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| unanswered(&error))?.to_bytes();
            if !head.status.is_success() {
                return Err(Error::Refused(refusal(head.status.as_u16(), &body).boxed()));
            }
            let object = serde_json::from_slice(&body).map_err(|error| unanswered(&error))?;
            Ok((object, date(&head.headers)))
        };
        let late = || Error::Unanswered(format!("nothing came within {} s", ANSWER_WITHIN.as_secs()));
        timeout(ANSWER_WITHIN, answered).await.unwrap_or_else(|_| Err(late()))
    }
}

/// The data of a Secret.
pub fn data(object: &Value) -> BTreeMap<String, Vec<u8>> {
    let data = object.get("data").cloned().unwrap_or_default();
    let data: Option<BTreeMap<String, ByteString>> = serde_json::from_value(data).unwrap_or_default();
    data.unwrap_or_default().into_iter().map(|(key, ByteString(bytes))| (key, bytes)).collect()
}

fn encoded(data: BTreeMap<String, Vec<u8>>) -> Value {
    data.into_iter().map(|(key, bytes)| (key, json!(ByteString(bytes)))).collect()
}

/// The webhooks of a configuration that are ours.
fn bundles(object: &Value, settings: &Settings) -> Bundles {
    let webhooks = object.get("webhooks").and_then(Value::as_array);
    let entries = webhooks.into_iter().flatten().enumerate().filter_map(|(place, webhook)| {
        let config = webhook.get("clientConfig")?;
        let is = |field: &str, value: &str| config["service"][field].as_str() == Some(value);
        let ours = is("name", &settings.service) && is("namespace", &settings.namespace);
        if !ours && !(settings.urls && config.get("url").is_some_and(Value::is_string)) {
            return None;
        }
        let text = config.get("caBundle").cloned().unwrap_or_default();
        let text: Option<ByteString> = serde_json::from_value(text).unwrap_or_default();
        let text = text.map(|ByteString(text)| text).unwrap_or_default();
        let read = certificate::all(&text);
        let damaged = read.is_err() && !text.trim_ascii().is_empty();
        let name = webhook.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Entry { place, name, certificates: read.unwrap_or_default(), damaged })
    });
    Bundles { entries: entries.collect(), version: version(object) }
}

fn present(
    answer: Result<(Value, Option<Timestamp>), Error>,
    what: &str,
    faults: &mut Vec<String>,
    date: &mut Option<Timestamp>,
) -> Read<Value> {
    match answer {
        Ok((object, at)) => {
            *date = at.or(*date);
            Read::Present(object)
        }
        Err(error) if error.code() == 404 => Read::Absent,
        Err(error) => {
            faults.push(format!("cannot read {what}: {error}"));
            Read::Unknown
        }
    }
}

fn version(object: &Value) -> String {
    object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()
}

fn secret_path(settings: &Settings, name: &str) -> String {
    format!("/api/v1/namespaces/{}/secrets/{name}", settings.namespace)
}

fn configuration_path(kind: Kind, name: &str) -> String {
    format!("/apis/admissionregistration.k8s.io/v1/{kind}s/{name}")
}

/// When the server answered. Its clock is the one that certificates are judged by.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(headers.get(header::DATE)?.as_bytes()).ok()
}

/// A refusal as the API server writes it, or the first line of whatever stands before it.
fn refusal(code: u16, body: &[u8]) -> Status {
    match serde_json::from_slice::<Status>(body) {
        Ok(status) if status.code != 0 => status,
        _ => {
            let text = String::from_utf8_lossy(body);
            let line: String = text.trim().lines().next().unwrap_or_default().chars().take(300).collect();
            Status::failure(&line, "").with_code(code)
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
