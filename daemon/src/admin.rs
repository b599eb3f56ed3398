//! The HTTP server for the cluster's administration: `/livez`, `/readyz`, `/metrics`.

mod readiness;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use readiness::{Gate, Pulse, Readiness};

/// The media type of metrics.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a program counts and times.
pub trait Encode: Send + Sync + 'static {
    /// All of it as text, of the media type [`CONTENT_TYPE`].
    fn encode(&self) -> String;
}

/// A kubelet and a Prometheus or two need a handful; more wait in the listener's queue.
const CONNECTIONS: usize = 64;
/// How long a client may take to send its request's head.
const HEAD: Duration = Duration::from_secs(5);
/// How long a connection lives at most: each serves one request.
const CONNECTION: Duration = Duration::from_secs(15);
/// How long connections may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(2);

/// Serves `/livez`, `/readyz` and `/metrics` on `listener` until `stop` is true or its sender is gone.
pub async fn serve<M: Encode>(
    listener: TcpListener,
    readiness: Readiness,
    metrics: Arc<M>,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            // An error says that the sender is gone.
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, permit)) = accepted else { continue };
        let (readiness, metrics) = (readiness.clone(), Arc::clone(&metrics));
        connections.spawn(async move {
            converse(stream, &readiness, metrics.as_ref()).await;
            drop(permit);
        });
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if timeout(DRAIN, drained).await.is_err() {
        connections.shutdown().await;
    }
}

/// The next connection, once there is room for it; none where accepting brought an error.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(error) => {
            tracing::warn!("cannot accept a connection for health and metrics: {error}");
            // Such as too many open files: trying again at once would only turn in circles.
            sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn converse(stream: TcpStream, readiness: &Readiness, metrics: &impl Encode) {
    let service = service_fn(|request| {
        let answer = answer(&request, readiness, metrics);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(CONNECTION, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!("connection for health and metrics: {error}"),
        Err(_) => tracing::debug!("connection for health and metrics: not done within {CONNECTION:?}"),
    }
}

fn answer<B>(request: &Request<B>, readiness: &Readiness, metrics: &impl Encode) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refused = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n".to_owned());
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match request.uri().path() {
        "/livez" => verdict(&readiness.stuck()),
        "/readyz" => verdict(&readiness.missing()),
        "/metrics" => respond(StatusCode::OK, CONTENT_TYPE, metrics.encode()),
        _ => respond(StatusCode::NOT_FOUND, TEXT, "there are /livez, /readyz and /metrics\n".to_owned()),
    }
}

/// `ok`, or one line for each thing that is amiss.
fn verdict(amiss: &[(&'static str, String)]) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    if amiss.is_empty() {
        return respond(StatusCode::OK, TEXT, "ok\n".to_owned());
    }
    let lines: Vec<String> = amiss.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, lines.join("\n") + "\n")
}

fn respond(code: StatusCode, media_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = code;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
