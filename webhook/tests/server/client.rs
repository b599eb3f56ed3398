//! Clients: one that is like an API server, and raw ones that are not.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::hook::{Hook, NAME, SOON};

/// A connection over HTTP/2.
pub struct Client(http2::SendRequest<Full<Bytes>>);

/// TLS, with this protocol alone.
pub async fn tls(
    address: SocketAddr,
    trusted: &[CertificateDer<'static>],
    name: &str,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

impl Client {
    pub async fn connect(hook: &Hook) -> Result<Self, String> {
        Self::to(hook.address, &hook.trusted).await
    }

    pub async fn to(address: SocketAddr, trusted: &[CertificateDer<'static>]) -> Result<Self, String> {
        let connect = async {
            let stream = tls(address, trusted, NAME, b"h2").await.map_err(|error| format!("TLS: {error}"))?;
            let (client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .map_err(|error| format!("HTTP/2: {error}"))?;
            tokio::spawn(connection);
            Ok(Self(client))
        };
        timeout(SOON, connect).await.unwrap_or_else(|_| Err("no connection in time".to_owned()))
    }

    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<(StatusCode, String), String> {
        let asked = async {
            self.0.ready().await.map_err(|error| error.to_string())?;
            let response = self.0.send_request(request).await.map_err(|error| format!("{error:?}"))?;
            let code = response.status();
            let body = response.into_body().collect().await.map_err(|error| error.to_string())?;
            Ok((code, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
        };
        timeout(SOON, asked).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    pub async fn post(&mut self, path: &str, body: Vec<u8>) -> Result<(StatusCode, String), String> {
        self.send(post(path, body)).await
    }

    /// Asks for a review, which must be allowed.
    pub async fn review(&mut self, body: Vec<u8>) -> Result<(), String> {
        let (code, text) = self.post("/mutate", body).await?;
        let answer: Value = serde_json::from_str(&text).map_err(|_| format!("{code}: {text}"))?;
        if answer["response"]["allowed"] == true { Ok(()) } else { Err(text) }
    }

    /// Waits for the connection to end.
    pub async fn end(mut self) {
        let ended = async {
            while self.0.ready().await.is_ok() {
                tokio::task::yield_now().await;
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        timeout(SOON, ended).await.unwrap();
    }
}

pub fn post(path: &str, body: Vec<u8>) -> Request<Full<Bytes>> {
    Request::post(format!("https://{NAME}{path}"))
        .header("content-type", "application/json")
        .version(Version::HTTP_2)
        .body(Full::new(body.into()))
        .unwrap()
}

/// A review over HTTP/1.1.
pub async fn over_http1(hook: &Hook, body: Vec<u8>) -> StatusCode {
    let stream = tls(hook.address, &hook.trusted, NAME, b"http/1.1").await.unwrap();
    let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = post("/validate", body);
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().insert("host", NAME.parse().unwrap());
    timeout(SOON, client.send_request(request)).await.unwrap().unwrap().status()
}

/// All that comes until the other side ends the connection, which it must do soon.
pub async fn rest<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    // How it ends does not matter here.
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
