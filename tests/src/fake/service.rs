//! The HTTP side: one process of one user, and what happens to its calls on the way.

use std::{
    future::pending,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use super::{
    FakeCluster,
    fault::Fault,
    perform,
    refusal::Refusal,
    request::{Request, Verb},
    stream,
};

/// The body of an answer: whole, or a stream of watch events.
pub type AnswerBody = UnsyncBoxBody<Bytes, io::Error>;

type Answer = Pin<Box<dyn Future<Output = io::Result<Response<AnswerBody>>> + Send>>;

/// A process that talks to the fake: its calls carry its user, and it can be killed.
#[derive(Clone)]
pub struct Process {
    pub(super) cluster: FakeCluster,
    pub(super) user: Arc<str>,
    killed: Arc<watch::Sender<bool>>,
}

impl Process {
    pub(super) fn new(cluster: FakeCluster, user: &str) -> Self {
        Self { cluster, user: user.into(), killed: Arc::new(watch::channel(false).0) }
    }

    /// A client of this process.
    pub fn client(&self) -> kube::Client {
        kube::Client::new(self.clone(), "default")
    }

    /// A client that tries again on 429, 503 and 504, as kube's own do by default. Its waits are drawn from the system's
    /// chance: a run with it cannot be had again exactly.
    pub fn retrying_client(&self) -> kube::Client {
        let layer = tower::retry::RetryLayer::new(kube::client::retry::RetryPolicy::server_retry());
        kube::Client::new(
            tower::ServiceBuilder::new().layer(layer).map_err(tower::BoxError::from).service(self.clone()),
            "default",
        )
    }

    /// Kills it: from now on none of its calls arrives, and none is answered.
    pub fn kill(&self) {
        self.killed.send_replace(true);
    }

    /// Whether it was killed.
    pub fn is_killed(&self) -> bool {
        *self.killed.borrow()
    }

    /// Returns when it is killed. A test then drops what ran in it.
    pub async fn killed(&self) {
        // The sender lives as long as `self`, so the wait ends with the value only.
        let _ = self.killed.subscribe().wait_for(|is_killed| *is_killed).await;
    }

    async fn answer(self, request: http::Request<Body>) -> io::Result<Response<AnswerBody>> {
        let (parts, body) = request.into_parts();
        let bytes = body.collect_bytes().await.map_err(io::Error::other)?;
        let parsed = match Request::parse(&http::Request::from_parts(parts.clone(), ())) {
            Ok(parsed) => parsed,
            Err(refusal) => return Ok(refused(&refusal, None)),
        };
        let body = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&bytes) };
        let content_type = parts.headers.get(http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let call = perform::Call {
            request: parsed,
            body: body.map_err(|error| error.to_string()),
            content_type: content_type.unwrap_or_default().to_owned(),
            stale: 0,
        };
        let killed = self.clone();
        tokio::select! {
            biased;
            () = killed.killed() => pending().await,
            answer = self.travel(call) => answer,
        }
    }

    /// Takes a call to the server and its answer back, through whatever the schedule puts in its way.
    async fn travel(self, mut call: perform::Call) -> io::Result<Response<AnswerBody>> {
        let cluster = self.cluster.clone();
        let name = match call.request.name.as_str() {
            "" => call.body.as_ref().map(super::object::name).unwrap_or_default().to_owned(),
            name => name.to_owned(),
        };
        let number = cluster.open_call(&self.user, &call.request, &name);
        let fault = cluster.ask_about_call(&self.user, &call.request);
        sleep(cluster.latency()).await;
        let mut after = cluster.latency();
        match fault {
            None => {}
            Some(Fault::Refuse { code, retry_after }) => {
                cluster.close_call(number, code, false);
                return Ok(refused(&server_error(code), retry_after));
            }
            Some(Fault::Disconnect) => return Err(disconnected()),
            Some(Fault::Hang(time)) => {
                sleep(time).await;
                return Err(disconnected());
            }
            Some(Fault::LoseAnswer) => {
                self.perform(&call, number);
                return Err(disconnected());
            }
            Some(Fault::TimeOutAfter) => {
                self.perform(&call, number);
                return Ok(refused(&server_error(504), None));
            }
            Some(Fault::LandLate(time)) => {
                cluster.spawn(async move {
                    sleep(time).await;
                    self.perform(&call, number);
                });
                return Err(disconnected());
            }
            Some(Fault::Slow { before, after: back }) => {
                sleep(before).await;
                after += back;
            }
            Some(Fault::Touch) => cluster.touch(call.request.resource, &call.request.key()),
            Some(Fault::Stale(revisions)) => call.stale = revisions,
            Some(Fault::Expire) => {
                if call.request.verb == Verb::Watch {
                    cluster.close_call(number, 200, false);
                    return Ok(events(stream::expired(&call.request)));
                }
                let refusal = Refusal::expired("The resourceVersion for the provided list is too old.");
                cluster.close_call(number, refusal.code, false);
                return Ok(refused(&refusal, None));
            }
            Some(Fault::Crash { is_done }) => {
                if is_done {
                    self.perform(&call, number);
                }
                self.kill();
                return pending().await;
            }
        }
        let answer = self.perform(&call, number);
        sleep(after).await;
        Ok(answer)
    }

    fn perform(&self, call: &perform::Call, number: usize) -> Response<AnswerBody> {
        if call.request.verb == Verb::Watch {
            return match stream::open(self, &call.request) {
                Ok(stream) => {
                    self.cluster.close_call(number, 200, false);
                    events(stream)
                }
                Err(refusal) => {
                    self.cluster.close_call(number, refusal.code, false);
                    refused(&refusal, None)
                }
            };
        }
        let before = self.cluster.revision();
        let result = self.cluster.perform(call);
        let is_committed = self.cluster.revision() != before;
        match result {
            Ok(perform::Answer::Object(code, object)) => {
                self.cluster.close_call(number, code, is_committed);
                json_answer(code, &object)
            }
            Ok(perform::Answer::Text(text)) => {
                self.cluster.close_call(number, 200, false);
                plain(StatusCode::OK, "text/plain", text.into_bytes())
            }
            Err(refusal) => {
                self.cluster.close_call(number, refusal.code, false);
                refused(&refusal, None)
            }
        }
    }
}

impl tower::Service<http::Request<Body>> for Process {
    type Response = Response<AnswerBody>;
    type Error = io::Error;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

fn disconnected() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by the fault schedule")
}

fn server_error(code: u16) -> Refusal {
    match code {
        429 => Refusal {
            details: json!({"retryAfterSeconds": 1}),
            ..Refusal::new(429, "TooManyRequests", "too many requests, please try again later")
        },
        503 => {
            Refusal::new(503, "ServiceUnavailable", "the server is currently unable to handle the request")
        }
        504 => Refusal::new(504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
        _ => Refusal::new(code, "InternalError", "Internal error occurred: etcdserver: leader changed"),
    }
}

fn refused(refusal: &Refusal, retry_after: Option<u64>) -> Response<AnswerBody> {
    let mut response = json_answer(refusal.code, &refusal.to_json());
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    }
    response
}

fn json_answer(code: u16, object: &Value) -> Response<AnswerBody> {
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    plain(code, "application/json", object.to_string().into_bytes())
}

fn plain(code: StatusCode, content_type: &'static str, bytes: Vec<u8>) -> Response<AnswerBody> {
    let body = Full::from(bytes).map_err(|never| match never {}).boxed_unsync();
    with_head(code, content_type, body)
}

fn events(stream: stream::Events) -> Response<AnswerBody> {
    with_head(StatusCode::OK, "application/json", StreamBody::new(stream).boxed_unsync())
}

fn with_head(code: StatusCode, content_type: &'static str, body: AnswerBody) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    *response.status_mut() = code;
    let value = http::HeaderValue::from_static(content_type);
    response.headers_mut().insert(http::header::CONTENT_TYPE, value);
    response
}

/// How long a call takes on its way there, and as long on its way back, at least.
pub const LATENCY: Duration = Duration::from_millis(1);
