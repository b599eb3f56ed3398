//! Those who are slow, silent or too much: each is sent away in time, and others are served meanwhile.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use gene_webhook::server::Bounds;
use http::Request;
use hyper::body::{Body, Frame};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::client::{Client, post, rest, tls};
use super::hook::{Hook, NAME, SOON, impatient, review};

#[tokio::test]
async fn a_slow_client_is_sent_away_at_each_stage_while_others_are_served() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    let silent = TcpStream::connect(hook.address).await.unwrap();
    let mut half_hello = TcpStream::connect(hook.address).await.unwrap();
    // The begin of a ClientHello of 512 bytes.
    half_hello.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await.unwrap();
    let shaken = || tls(hook.address, &hook.trusted, NAME, b"http/1.1");
    let (wordless, mut head, mut body) =
        (shaken().await.unwrap(), shaken().await.unwrap(), shaken().await.unwrap());
    head.write_all(b"POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-ty").await.unwrap();
    let announced = "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"a";
    body.write_all(announced.as_bytes()).await.unwrap();
    let h2 = tls(hook.address, &hook.trusted, NAME, b"h2").await.unwrap();

    let mut client = Client::connect(&hook).await.unwrap();
    client.review(review(10)).await.unwrap();
    let (mut silent, mut wordless, mut h2) = (silent, wordless, h2);
    tokio::join!(
        async { assert_eq!(rest(&mut silent).await, "") },
        async { assert!(!rest(&mut half_hello).await.contains("HTTP")) },
        async { _ = rest(&mut wordless).await },
        async { _ = rest(&mut head).await },
        async { assert!(rest(&mut body).await.contains("408")) },
        async { _ = rest(&mut h2).await },
    );
    assert_eq!(hook.metric("gene_webhook_refused_total{reason=\"too-slow\"}"), 1);
    Client::connect(&hook).await.unwrap().review(review(10)).await.unwrap();
}

/// Begins a review over HTTP/2 and sends what comes from the channel, for as long as that is kept.
async fn begin(hook: &Hook, body: Slow) {
    let stream = tls(hook.address, &hook.trusted, NAME, b"h2").await.unwrap();
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post(format!("https://{NAME}/mutate"))
        .header("content-type", "application/json")
        .body(body)
        .unwrap();
    // What becomes of it does not matter.
    tokio::spawn(async move { client.send_request(request).await.map(drop) });
}

/// A body that comes, in part.
struct Slow(mpsc::Receiver<Bytes>);

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|data| data.map(|data| Ok(Frame::data(data))))
    }
}

#[tokio::test]
async fn bodies_that_hold_all_room_make_room_for_others() {
    // Room for two large bodies and for three at once; patience enough to hold it for long.
    let bounds = Bounds { bodies: 4 << 20, reviews: 3, body_time: SOON * 2, first: SOON * 2, ..impatient() };
    let hook = Hook::start(bounds, Duration::ZERO).await;
    let mut held = Vec::new();
    for _ in 0..6 {
        let (send, body) = mpsc::channel(1);
        send.send(Bytes::from(vec![b' '; 1 << 20])).await.unwrap();
        begin(&hook, Slow(body)).await;
        held.push(send);
    }
    // They are refused or sent away, save some that nobody needs the room of; and everybody else is served.
    let mut client = Client::connect(&hook).await.unwrap();
    let served = async {
        while let Err(error) = client.review(review(10)).await {
            assert!(error.contains("503"), "{error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, served).await.unwrap();
    for _ in 0..20 {
        client.review(review(10)).await.unwrap();
    }
    drop(held);
}

#[tokio::test]
async fn what_is_idle_is_told_to_end() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    let mut client = Client::connect(&hook).await.unwrap();
    client.review(review(10)).await.unwrap();
    client.end().await;
    assert_eq!(hook.metric("gene_webhook_refused_total{reason=\"idle\"}"), 1);
}

#[tokio::test]
async fn answers_that_nobody_takes_make_room_for_others() {
    // Room for no more answers than one connection can ask for, and patience enough to keep them for long.
    let bounds =
        Bounds { answers: 64 << 10, untaken: SOON * 2, first: SOON * 2, idle: SOON * 2, ..impatient() };
    let hook = Hook::start(bounds, Duration::ZERO).await;
    let mut untaken = Vec::new();
    for _ in 0..2 {
        let stream = tls(hook.address, &hook.trusted, NAME, b"h2").await.unwrap();
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(16);
        let (mut client, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..64 {
            let Ok(response) = client.send_request(post("/mutate", review(10))).await else { break };
            untaken.push(response);
        }
    }
    let mut client = Client::connect(&hook).await.unwrap();
    for _ in 0..20 {
        client.review(review(10)).await.unwrap();
    }
    assert!(hook.metric("gene_webhook_refused_total{reason=\"untaken\"}") >= 1);
    drop(untaken);
}
