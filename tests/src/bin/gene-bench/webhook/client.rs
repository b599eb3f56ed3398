//! The API server's side of a conversation: HTTP/2 over TLS, kept open.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use serde::Deserialize;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use super::{authority::SERVER_NAME, review::Review};

/// The API server's default patience.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection. It ends when the last clone of it is dropped.
#[derive(Clone)]
pub struct Connection(SendRequest<Full<Bytes>>);

/// What is read of an answer.
#[derive(Deserialize)]
struct Answer {
    response: Verdict,
}

#[derive(Deserialize)]
struct Verdict {
    uid: String,
    allowed: bool,
}

impl Connection {
    /// Connects and shakes hands.
    pub async fn open(address: SocketAddr, tls: Arc<ClientConfig>) -> Result<Self> {
        let opening = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let stream = TlsConnector::from(tls).connect(SERVER_NAME.try_into()?, stream).await?;
            let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
            // An error of the connection is one of its requests too, who tell of it.
            tokio::spawn(connection);
            anyhow::Ok(Self(sender))
        };
        timeout(TIMEOUT, opening).await.context("the webhook takes no connection")?
    }

    /// Sends bytes to a path and takes the whole answer.
    pub async fn post(&self, path: &str, body: Bytes) -> Result<(StatusCode, Bytes)> {
        let request = Request::post(format!("https://{SERVER_NAME}{path}?timeout=10s"))
            .header("content-type", "application/json")
            .header("accept", "application/json, */*")
            .header("user-agent", "kube-apiserver-admission")
            .body(Full::new(body))?;
        let mut sender = self.0.clone();
        let exchange = async {
            sender.ready().await?;
            let response = sender.send_request(request).await?;
            let status = response.status();
            Ok((status, response.into_body().collect().await?.to_bytes()))
        };
        timeout(TIMEOUT, exchange).await.context("no answer within the API server's patience")?
    }

    /// Has a review decided, which must be allowed.
    pub async fn admit(&self, review: &Review) -> Result<()> {
        let (status, answer) = self.post(review.path, review.body.clone()).await?;
        let text = || String::from_utf8_lossy(&answer[..answer.len().min(2_000)]).into_owned();
        ensure!(status == StatusCode::OK, "{}: {status}: {}", review.path, text());
        let Answer { response } = serde_json::from_slice(&answer)?;
        ensure!(response.allowed && response.uid == review.uid, "{}: not allowed: {}", review.path, text());
        Ok(())
    }
}
