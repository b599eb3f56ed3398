//! Certificates that change and servers that end, under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gene_webhook::server::Bounds;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::client::{Client, tls};
use super::hook::{Hook, NAME, SOON, impatient, review};

#[tokio::test]
async fn a_certificate_is_exchanged_and_no_review_fails() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    // Clients trust the next authority before its certificate is shown, as caBundle holds both.
    let (trust, trusted) = watch::channel(hook.trusted.clone());
    let (stop, stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    // How many authorities each client trusted when it was last answered.
    let seen: [Arc<AtomicUsize>; 3] = Default::default();
    for (number, seen) in seen.iter().cloned().enumerate() {
        let (address, trusted, stopped) = (hook.address, trusted.clone(), stopped.clone());
        clients.spawn(async move {
            let mut trusts = trusted.borrow().clone();
            let mut client = Client::to(address, &trusts).await.unwrap();
            while !*stopped.borrow() {
                // The first keeps its connection.
                trusts.clone_from(&trusted.borrow());
                if number > 0 {
                    client = Client::to(address, &trusts).await.unwrap();
                }
                client.review(review(10)).await.unwrap();
                seen.store(trusts.len(), Ordering::Relaxed);
            }
        });
    }
    let mut all = hook.trusted.clone();
    for _ in 0..5 {
        let (key, certificate) = certificate();
        all.push(certificate);
        trust.send(all.clone()).unwrap();
        let known = async {
            while seen.iter().any(|seen| seen.load(Ordering::Relaxed) < all.len()) {
                tokio::task::yield_now().await;
            }
        };
        timeout(SOON, known).await.unwrap();
        hook.serving.publish(key, hook.serving.validity().unwrap());
        // New connections see the new one at once.
        Client::to(hook.address, &all[all.len() - 1..]).await.unwrap().review(review(10)).await.unwrap();
    }
    stop.send(true).unwrap();
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
}

/// A certificate that is not shown yet, and what its clients must trust.
fn certificate() -> (rustls::sign::CertifiedKey, rustls::pki_types::CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let chain = vec![made.cert.der().clone()];
    let provider = rustls::crypto::ring::default_provider();
    let certified = rustls::sign::CertifiedKey::from_der(chain, key, &provider).unwrap();
    (certified, made.cert.der().clone())
}

#[tokio::test]
async fn a_server_that_ends_answers_what_was_begun_and_serves_until_all_know() {
    let delay = Duration::from_secs(2);
    let hook = Hook::start(impatient(), delay).await;
    let mut client = Client::connect(&hook).await.unwrap();
    client.review(review(10)).await.unwrap();
    assert_eq!(hook.readiness.missing(), []);

    hook.stop.send(true).unwrap();
    let unready = async {
        while hook.readiness.missing().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(delay / 2, unready).await.unwrap();
    assert_eq!(hook.readiness.missing(), [("server", "ending".to_owned())]);
    // Everybody is served on, new connections too.
    client.review(review(10)).await.unwrap();
    Client::connect(&hook).await.unwrap().review(review(10)).await.unwrap();

    client.end().await;
    timeout(SOON, hook.ended).await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(hook.address).await.is_err());
}

#[tokio::test]
async fn a_review_under_way_at_the_end_is_answered() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    let mut stream = tls(hook.address, &hook.trusted, NAME, b"http/1.1").await.unwrap();
    let body = review(10);
    let head = format!(
        "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..20]).await.unwrap();
    let begun = async {
        while hook.metric("gene_webhook_reviews_in_flight ") == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, begun).await.unwrap();
    hook.stop.send(true).unwrap();
    let closed = async { while tokio::net::TcpStream::connect(hook.address).await.is_ok() {} };
    timeout(SOON, closed).await.unwrap();
    stream.write_all(&body[20..]).await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"allowed\":true"), "{answer}");
    timeout(SOON, hook.ended).await.unwrap().unwrap();
}

/// A client has told that it knows of the last request to be answered, and has sent another one before it read which that
/// is: it must find the connection open, or it cannot know that it may send that one again.
#[tokio::test]
async fn a_connection_is_open_until_its_client_knows_that_it_ends() {
    let bounds = Bounds { farewell: SOON, drain: SOON * 2, ..Bounds::default() };
    let hook = Hook::start(bounds, Duration::ZERO).await;
    let mut stream = tls(hook.address, &hook.trusted, NAME, b"h2").await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    let (kind, _) = next_frame(&mut stream).await;
    assert_eq!(kind, SETTINGS);

    hook.stop.send(true).unwrap();
    // First that the end is near, then a question whether all that was sent before has been read, then which is the last.
    let mut last_request = None;
    while last_request != Some(0) {
        match next_frame(&mut stream).await {
            (PING, payload) => stream.write_all(&frame(PING, ACK, 0, &payload)).await.unwrap(),
            (GOAWAY, payload) => {
                last_request = Some(u32::from_be_bytes(payload[..4].try_into().unwrap()) & 0x7fff_ffff);
            }
            _ => {}
        }
    }
    // `:method: GET`, `:path: /`, `:scheme: https`, as HPACK has them in its table.
    let request = frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x82, 0x84, 0x87]);
    for _ in 0..20 {
        stream.write_all(&request).await.unwrap();
        stream.flush().await.unwrap();
        let mut more = [0; 1];
        let read = timeout(Duration::from_millis(10), stream.read(&mut more)).await;
        assert!(read.is_err(), "the server has ended the connection: {read:?}");
    }
    assert!(!hook.ended.is_finished());
    drop(stream);
    timeout(SOON / 2, hook.ended).await.unwrap().unwrap();
}

/// The types of frames of HTTP/2, and their flags.
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, request: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &request.to_be_bytes(), payload].concat()
}

async fn next_frame(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> (u8, Vec<u8>) {
    let mut head = [0; 9];
    timeout(SOON, stream.read_exact(&mut head)).await.unwrap().unwrap();
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    timeout(SOON, stream.read_exact(&mut payload)).await.unwrap().unwrap();
    (head[3], payload)
}
