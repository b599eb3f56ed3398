//! What is served, and how what is not is refused.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::client::{Client, over_http1, rest, tls};
use super::hook::{Hook, NAME, impatient, publish, review};

#[tokio::test]
async fn reviews_are_answered_over_http_2_and_1() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    let mut client = Client::connect(&hook).await.unwrap();
    for tasks in [1, 10, 2000] {
        client.review(review(tasks)).await.unwrap();
    }
    assert_eq!(over_http1(&hook, review(10)).await, StatusCode::OK);
    let counted = "gene_webhook_review_duration_seconds_count{endpoint=\"mutate\",verdict=\"patched\"}";
    assert_eq!(hook.metric(counted), 3);
    assert_eq!(hook.metric("gene_webhook_reviews_in_flight"), 0);
    assert!(hook.metric("gene_webhook_certificate_expiry_timestamp_seconds") > 1_700_000_000);
}

#[tokio::test]
async fn what_is_no_review_is_refused_in_words() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    let mut client = Client::connect(&hook).await.unwrap();
    let request = |method: &str, path: &str, kind: &str, body: &[u8]| {
        Request::builder()
            .method(method)
            .uri(format!("https://{NAME}{path}"))
            .header("content-type", kind)
            .body(Full::new(Bytes::copy_from_slice(body)))
            .unwrap()
    };
    let json = "application/json";
    let good = review(1);
    for (request, code, said) in [
        (request("POST", "/", json, &good), 404, "/mutate"),
        (request("POST", "/mutate/x", json, &good), 404, "/mutate"),
        (request("GET", "/mutate", json, &good), 405, "POST"),
        (request("POST", "/mutate", "application/yaml", &good), 415, "application/json"),
        (request("POST", "/validate", json, b""), 400, "no AdmissionReview"),
        (request("POST", "/validate", json, b"{\"a\":"), 400, "no AdmissionReview"),
        (request("POST", "/validate", json, &b"[".repeat(100_000)), 400, "no AdmissionReview"),
        (request("POST", "/mutate", json, &vec![b' '; (8 << 20) + 1]), 413, "8388608"),
        (request("POST", "/mutate", "application/json; charset=utf-8", &good), 200, "AdmissionReview"),
    ] {
        let asked = format!("{request:?}");
        let (got, text) = client.send(request).await.unwrap();
        assert_eq!(got.as_u16(), code, "{asked}: {text}");
        assert!(text.contains(said), "{asked}: {text}");
    }
    // The connection serves on.
    client.review(review(10)).await.unwrap();
}

#[tokio::test]
async fn who_speaks_no_tls_is_sent_away() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    for sent in ["POST /mutate HTTP/1.1\r\nhost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\0\0"] {
        let mut stream = TcpStream::connect(hook.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        assert!(!rest(&mut stream).await.contains("HTTP"));
    }
    assert_eq!(hook.metric("gene_webhook_refused_total{reason=\"handshake\"}"), 3);
    Client::connect(&hook).await.unwrap().review(review(10)).await.unwrap();
}

#[tokio::test]
async fn who_asks_for_another_name_notices() {
    let hook = Hook::start(impatient(), Duration::ZERO).await;
    assert!(tls(hook.address, &hook.trusted, "other.svc", b"h2").await.is_err());
    assert!(tls(hook.address, &[], NAME, b"h2").await.is_err());
    Client::connect(&hook).await.unwrap().review(review(10)).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_exchanged_for_one_that_is() {
    let mut hook = Hook::start(impatient(), Duration::ZERO).await;
    let other = gene_certs::serving::Serving::new();
    let stranger = publish(&other);
    assert!(Client::to(hook.address, &[stranger]).await.is_err());
    hook.trusted = vec![publish(&hook.serving)];
    Client::connect(&hook).await.unwrap().review(review(10)).await.unwrap();
}
