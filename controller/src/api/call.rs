//! One call.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::BodyExt as _;
use kube::{client::Body, core::Status};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::metrics::Metrics;

/// How long an answer is waited for. The API server gives up on a request of its own after 60 s; a
/// create or a status write takes milliseconds, seconds under the heaviest load.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The answer is the object's metadata alone: what a write answers with otherwise is the whole object.
pub(super) const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// Who wrote a field, as the API server records it.
pub(super) const FIELD_MANAGER: &str = "fieldManager=gene-controller";

/// The API server, as the controller uses it. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    client: kube::Client,
    metrics: Arc<Metrics>,
}

/// Why a call did not come to what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The API server said no.
    #[error("{}", .status.message)]
    Refused {
        /// Why.
        status: Box<Status>,
        /// When it is to be asked again (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// No answer, or none that can be understood: it may have been carried out, or not.
    #[error("no answer from the API server: {0}")]
    Unanswered(String),
}

impl CallError {
    /// The HTTP status; 0 where no answer came.
    pub fn code(&self) -> u16 {
        match self {
            Self::Refused { status, .. } => status.code,
            Self::Unanswered(_) => 0,
        }
    }

    /// Whether there is no such object.
    pub fn is_not_found(&self) -> bool {
        self.code() == 404
    }

    /// Whether an object of this name exists already.
    pub fn is_already_exists(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.is_already_exists())
    }

    /// Whether the object is not what a precondition says any more.
    pub fn is_conflict(&self) -> bool {
        self.code() == 409 && !self.is_already_exists()
    }

    /// Whether the same call would be refused for ever: the object itself is at fault.
    pub fn is_permanent(&self) -> bool {
        matches!(self.code(), 400 | 413 | 422)
    }

    /// How long the API server asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::Unanswered(_) => None,
        }
    }
}

impl Api {
    /// Calls by this client, which must not try again by itself; counted there.
    pub fn new(client: kube::Client, metrics: Arc<Metrics>) -> Self {
        Self { client, metrics }
    }

    /// Makes a call whose answer is JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        verb: &'static str,
        resource: &'static str,
        request: Result<Request<Vec<u8>>, http::Error>,
    ) -> Result<T, CallError> {
        let bytes = self.bytes(verb, resource, request).await?;
        serde_json::from_slice(&bytes).map_err(|error| CallError::Unanswered(error.to_string()))
    }

    /// Makes a call.
    pub(super) async fn bytes(
        &self,
        verb: &'static str,
        resource: &'static str,
        request: Result<Request<Vec<u8>>, http::Error>,
    ) -> Result<bytes::Bytes, CallError> {
        let start = Instant::now();
        let answer = tokio::time::timeout(ANSWER_WITHIN, self.answer(request)).await.unwrap_or_else(|_| {
            Err(CallError::Unanswered(format!("nothing came within {} s", ANSWER_WITHIN.as_secs())))
        });
        let code = answer.as_ref().map_or_else(CallError::code, |(code, _)| *code);
        self.metrics.api_call(verb, resource, code, start.elapsed());
        answer.map(|(_, bytes)| bytes)
    }

    async fn answer(
        &self,
        request: Result<Request<Vec<u8>>, http::Error>,
    ) -> Result<(u16, bytes::Bytes), CallError> {
        let unanswered = |error: &dyn std::error::Error| CallError::Unanswered(chain(error));
        let request = request.map_err(|error| unanswered(&error))?;
        let response = self.client.send(request.map(Body::from)).await.map_err(|error| match error {
            kube::Error::Api(status) => refused(*status, 0),
            error => unanswered(&error),
        })?;
        let code = response.status();
        let retry_after = retry_after(response.headers());
        let body = response.into_body().collect().await.map_err(|error| unanswered(&error))?.to_bytes();
        if code.is_success() {
            return Ok((code.as_u16(), body));
        }
        // A proxy in between does not speak the API server's language.
        let status = serde_json::from_slice::<Status>(&body)
            .unwrap_or_else(|_| Status::failure(&String::from_utf8_lossy(&body[..body.len().min(1024)]), ""));
        Err(refused(Status { code: code.as_u16(), ..status }, retry_after))
    }
}

fn refused(status: Status, retry_after: u32) -> CallError {
    let of_status = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    let seconds = of_status.max(retry_after);
    let retry_after = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
    CallError::Refused { status: Box::new(status), retry_after }
}

/// The seconds of `Retry-After`: what turns a call away before it reaches the API server's own code, as its priority
/// and fairness or a proxy, says it there alone. 0 where there are none; a date, which no such server sends, is none.
fn retry_after(headers: &HeaderMap) -> u32 {
    let value = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// A request without a body.
pub(super) fn get(uri: &str) -> Result<Request<Vec<u8>>, http::Error> {
    Request::get(uri).body(Vec::new())
}

/// A request whose body and answer are JSON; of the answer, the metadata alone.
pub(super) fn write(
    method: Method,
    uri: &str,
    content_type: &'static str,
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, http::Error> {
    Request::builder()
        .method(method)
        .uri(uri)
        .header(header::CONTENT_TYPE, HeaderValue::from_static(content_type))
        .header(header::ACCEPT, HeaderValue::from_static(METADATA_ONLY))
        .body(body)
}

/// An error with its causes: the first alone often says only that something went wrong.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
