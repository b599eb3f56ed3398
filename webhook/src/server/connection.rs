//! One connection, from its TLS handshake to its end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::server::TlsStream;

use super::Server;
use super::farewell::Farewell;
use crate::connections::{Leave, Place};
use crate::metrics::Refusal;

/// HTTP/2 as TLS names it.
pub(super) const H2: &[u8] = b"h2";

impl Server {
    /// Serves one client.
    pub(super) async fn converse(
        self: Arc<Self>,
        stream: TcpStream,
        place: Arc<Place>,
        mut stop: watch::Receiver<bool>,
    ) {
        // An answer is one small packet, which nothing follows.
        let _ = stream.set_nodelay(true);
        let Some(stream) = self.shake_hands(stream, &place).await else { return };
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(H2);
        let builder = if is_h2 { &self.http2 } else { &self.http1 };
        // HTTP/1.1 has no word for the last request that will be answered: whoever is idle there sees the end at once.
        let farewell = if is_h2 { self.bounds.farewell } else { Duration::ZERO };
        let stream = Farewell::new(stream, farewell);
        let service = service_fn(|request| {
            let (server, place) = (Arc::clone(&self), Arc::clone(&place));
            async move { Ok::<_, Infallible>(server.answer(&place, request).await) }
        });
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
        // What runs may go on after the server was asked to end; its own bound holds then.
        let mut gone_by = None;
        let mut is_ending = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("connection: {error}");
                    }
                    return;
                }
                leave = place.leave(), if gone_by.is_none() => {
                    match leave {
                        Leave::Displaced => {}
                        Leave::Idle => self.metrics.refused(Refusal::Idle),
                        Leave::Untaken => {
                            self.metrics.refused(Refusal::Untaken);
                            return;
                        }
                    }
                    connection.as_mut().graceful_shutdown();
                    gone_by = Some(Instant::now() + self.bounds.farewell);
                }
                _ = stop.wait_for(|stop| *stop), if !is_ending => {
                    connection.as_mut().graceful_shutdown();
                    is_ending = true;
                }
                () = sleep_until(gone_by.unwrap_or_else(Instant::now)), if gone_by.is_some() => return,
            }
        }
    }

    /// TLS; none where the client has none, is too slow, or had to make room.
    async fn shake_hands(&self, stream: TcpStream, place: &Place) -> Option<TlsStream<TcpStream>> {
        let shaken = tokio::select! {
            shaken = timeout(self.bounds.handshake, self.tls.accept(stream)) => shaken,
            _ = place.leave() => return None,
        };
        match shaken {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => tracing::debug!("handshake: {error}"),
            Err(_) => tracing::debug!("handshake: not done within {:?}", self.bounds.handshake),
        }
        self.metrics.refused(Refusal::Handshake);
        None
    }
}
