//! The program itself: from its start until SIGTERM.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::client::{Client, rest};
use super::hook::{NAME, SOON, review};

/// Ended with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that nobody has.
async fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn get(address: SocketAddr, path: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(address).await else { return String::new() };
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    rest(&mut stream).await
}

async fn until_ready(address: SocketAddr, begin: &str) {
    let ready = async {
        while !get(address, "/readyz").await.starts_with(begin) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, ready).await.unwrap();
}

#[tokio::test]
async fn it_serves_with_the_certificate_of_a_folder_and_ends_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let (reviews, admin) = (free().await, free().await);
    let child = Command::new(env!("CARGO_BIN_EXE_gene-webhook"))
        .arg(format!("--listen={reviews}"))
        .arg(format!("--admin-listen={admin}"))
        .arg("--tls-dir")
        .arg(folder.path())
        .arg("--drain-delay=2s")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut program = Program(child);
    // Not ready without a certificate, and says so; ready once there is one.
    until_ready(admin, "HTTP/1.1 503").await;
    assert!(get(admin, "/readyz").await.contains("certificate: "));
    assert!(get(admin, "/livez").await.starts_with("HTTP/1.1 200"));
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    fs::write(folder.path().join("tls.key"), signing_key.serialize_pem()).unwrap();
    fs::write(folder.path().join("tls.crt"), cert.pem()).unwrap();
    until_ready(admin, "HTTP/1.1 200").await;

    let trusted = [cert.der().clone()];
    Client::to(reviews, &trusted).await.unwrap().review(review(10)).await.unwrap();
    assert!(get(admin, "/metrics").await.contains("gene_webhook_review_duration_seconds_count"));

    let signalled = Command::new("kill").arg(program.0.id().to_string()).status().unwrap();
    assert!(signalled.success());
    until_ready(admin, "HTTP/1.1 503").await;
    Client::to(reviews, &trusted).await.unwrap().review(review(10)).await.unwrap();
    let ended = async {
        loop {
            if let Some(code) = program.0.try_wait().unwrap() {
                return code.code();
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(timeout(SOON, ended).await.unwrap(), Some(0));
}
