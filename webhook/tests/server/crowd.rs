//! Many at once.

use std::time::{Duration, Instant};

use gene_webhook::server::Bounds;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::client::{Client, tls};
use super::hook::{Hook, NAME, SOON, impatient, review};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_keep_nobody_out() {
    // All of them have all the time in the world: only room decides.
    let bounds =
        Bounds { connections: 100, handshake: SOON * 9, head: SOON * 9, first: SOON * 9, ..impatient() };
    let hook = Hook::start(bounds, Duration::ZERO).await;
    let mut known = Client::connect(&hook).await.unwrap();
    known.review(review(10)).await.unwrap();
    let (mut crowd, mut wordless) = (Vec::new(), Vec::new());
    for number in 0..1000 {
        crowd.push(TcpStream::connect(hook.address).await.unwrap());
        if number % 100 == 99 {
            // Who was there is still served, and who is new is, beside those who shook hands and went silent.
            known.review(review(10)).await.unwrap();
            Client::connect(&hook).await.unwrap().review(review(10)).await.unwrap();
            wordless.push(tls(hook.address, &hook.trusted, NAME, b"h2").await.unwrap());
        }
    }
    assert!(hook.metric("gene_webhook_connections ") <= 100);
    assert!(hook.metric("gene_webhook_refused_total{reason=\"displaced\"}") >= 900);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_reviews_go_on_beside_a_flood_of_large_ones() {
    let hook = Hook::start(Bounds::default(), Duration::ZERO).await;
    let mut flood = JoinSet::new();
    for _ in 0..8 {
        let (address, trusted) = (hook.address, hook.trusted.clone());
        flood.spawn(async move {
            let mut body = b"{\"a\":\"".to_vec();
            body.resize(8 << 20, b'x');
            let mut answered = 0_u32;
            loop {
                let Ok(mut client) = Client::to(address, &trusted).await else { continue };
                while client.post("/validate", body.clone()).await.is_ok() {
                    answered += 1;
                    if answered > 1_000_000 {
                        return;
                    }
                }
            }
        });
    }
    let mut client = Client::connect(&hook).await.unwrap();
    let mut slowest = Duration::ZERO;
    for _ in 0..100 {
        let began = Instant::now();
        client.review(review(10)).await.unwrap();
        slowest = slowest.max(began.elapsed());
    }
    flood.shutdown().await;
    // The bound of the API server is ten seconds; this machine may be busy.
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}
