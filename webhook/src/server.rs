//! The server: TLS, HTTP/2 and HTTP/1.1, and bounds on all that others decide.

mod answer;
mod connection;
mod farewell;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use gene_certs::serving::Serving;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::answers::Answers;
use crate::bodies::Bodies;
use crate::connections::Connections;
use crate::metrics::{Metrics, Refusal};

/// How much the server bears, and for how long it waits.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections open at once.
    pub connections: usize,
    /// Reviews under way at once: bodies that are being read.
    pub reviews: usize,
    /// Bytes of one body.
    pub body: usize,
    /// Bytes of all bodies in memory.
    pub bodies: usize,
    /// Bytes of all answers in memory.
    pub answers: usize,
    /// Reviews of large bodies that wait for a thread.
    pub line: usize,
    /// Large bodies judged at once, each on a thread of its own.
    pub judges: usize,
    /// From a connection to the end of its TLS handshake.
    pub handshake: Duration,
    /// For the head of a request over HTTP/1.1, and so the time that such a connection may be idle.
    pub head: Duration,
    /// For the body of a request.
    pub body_time: Duration,
    /// For a review in the line of those that wait for a thread.
    pub line_time: Duration,
    /// For a connection without any review answered.
    pub first: Duration,
    /// For a connection between reviews.
    pub idle: Duration,
    /// For a client to take an answer.
    pub untaken: Duration,
    /// For a client to take note that its connection ends.
    pub farewell: Duration,
    /// For what is under way when the server ends.
    pub drain: Duration,
}

impl Default for Bounds {
    /// See docs/webhook.md for what they add up to.
    fn default() -> Self {
        Self {
            connections: 512,
            reviews: 256,
            body: 8 << 20,
            bodies: 64 << 20,
            answers: 16 << 20,
            line: 32,
            judges: 2,
            handshake: Duration::from_secs(5),
            head: Duration::from_secs(5),
            body_time: Duration::from_secs(5),
            line_time: Duration::from_secs(5),
            // Longer than the API server keeps an idle connection (90 s), so that it is the one to end it: it may send a
            // review in the very moment in which another ends it, and that one is refused. It opens connections that it
            // uses only later, so this holds for those, too; whoever else is silent leaves where room is short.
            first: Duration::from_mins(2),
            idle: Duration::from_mins(2),
            untaken: Duration::from_secs(5),
            farewell: Duration::from_secs(1),
            drain: Duration::from_secs(10),
        }
    }
}

/// What all connections share.
pub struct Server {
    bounds: Bounds,
    metrics: Arc<Metrics>,
    tls: TlsAcceptor,
    http1: Builder<TokioExecutor>,
    http2: Builder<TokioExecutor>,
    connections: Arc<Connections>,
    bodies: Bodies,
    answers: Answers,
    line: Semaphore,
    judges: Semaphore,
}

/// Streams of one connection. The API server opens another connection where it has more reviews than that.
const STREAMS: u32 = 100;
/// What a client may send of a stream before somebody reads it.
const STREAM_WINDOW: u32 = 128 << 10;
/// What a client may send on a whole connection before somebody reads it: the most memory that he can take by sending
/// what is not read.
pub const CONNECTION_WINDOW: u32 = 256 << 10;
/// Bytes of all headers together: the API server sends a few hundred.
const HEADERS: u32 = 16 << 10;
/// A pause after accepting brought an error, such as too many open files: at once it would only bring it again.
const PAUSE: Duration = Duration::from_millis(100);

impl Server {
    /// A server that shows the certificate of `serving`, whatever that is at each moment.
    ///
    /// # Errors
    /// When the cryptography lacks what TLS needs.
    pub fn new(
        serving: Arc<Serving>,
        bounds: Bounds,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(serving);
        tls.alpn_protocols = vec![connection::H2.to_vec(), b"http/1.1".to_vec()];
        // A session that is resumed would show the certificate of its beginning, and API servers resume none.
        tls.session_storage = Arc::new(NoServerSessionStorage {});
        tls.send_tls13_tickets = 0;

        let mut http1 = Builder::new(TokioExecutor::new()).http1_only();
        http1
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(bounds.head)
            .max_buf_size(STREAM_WINDOW as usize);
        let mut http2 = Builder::new(TokioExecutor::new()).http2_only();
        http2
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(HEADERS);
        let Bounds { connections, first, idle, untaken, .. } = bounds;
        let connections = Connections::new(connections, first, idle, untaken);
        Ok(Arc::new(Self {
            answers: Answers::new(bounds.answers, Arc::clone(&connections)),
            connections,
            bodies: Bodies::new(bounds.reviews, bounds.body, bounds.bodies, bounds.body_time),
            line: Semaphore::new(bounds.line),
            judges: Semaphore::new(bounds.judges),
            tls: TlsAcceptor::from(Arc::new(tls)),
            http1,
            http2,
            metrics,
            bounds,
        }))
    }

    /// Serves until `stop` is true or its sender is gone; then nobody new, and what is under way until it is done or the
    /// time for it is over.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some(_) = tasks.join_next() => {
                    self.metrics.connections(self.connections.count());
                    continue;
                }
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => self.take(stream, &stop, &mut tasks),
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    sleep(PAUSE).await;
                }
            }
        }
        // Who has connected and waits is served, too: with the listener he would lose his connection.
        for _ in 0..self.bounds.connections {
            let waiting = poll_fn(|cx| Poll::Ready(listener.poll_accept(cx))).await;
            let Poll::Ready(Ok((stream, _))) = waiting else { break };
            self.take(stream, &stop, &mut tasks);
        }
        drop(listener);
        let drained = async { while tasks.join_next().await.is_some() {} };
        if timeout(self.bounds.drain, drained).await.is_err() {
            tracing::warn!("{} connections did not end within {:?}", tasks.len(), self.bounds.drain);
            tasks.shutdown().await;
        }
        self.metrics.connections(0);
    }

    /// Serves a new client, where there is room.
    fn take(self: &Arc<Self>, stream: TcpStream, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
        self.metrics.accepted();
        let Some((place, has_displaced)) = self.connections.admit() else {
            self.metrics.refused(Refusal::Full);
            return;
        };
        if has_displaced {
            self.metrics.refused(Refusal::Displaced);
        }
        self.metrics.connections(self.connections.count());
        tasks.spawn(Arc::clone(self).converse(stream, Arc::new(place), stop.clone()));
    }
}
