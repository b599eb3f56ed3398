//! The server over loopback, as a kubelet and a Prometheus see it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;

use super::*;

struct Nothing;

impl Encode for Nothing {
    fn encode(&self) -> String {
        "gene_nothing 0\n# EOF\n".to_owned()
    }
}

struct Served {
    address: SocketAddr,
    readiness: Readiness,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

async fn served() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let readiness = Readiness::new();
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve(listener, readiness.clone(), Arc::new(Nothing), stopped));
    Served { address, readiness, stop, server }
}

/// The whole answer to what is sent.
async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

async fn get(address: SocketAddr, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await
}

#[tokio::test]
async fn readiness_says_what_is_missing_until_nothing_is() {
    let served = served().await;
    assert!(get(served.address, "/readyz").await.starts_with("HTTP/1.1 200"));
    let (jobs, lease) = (served.readiness.wait_for("watch of jobs"), served.readiness.wait_for("lease"));
    jobs.close("cannot list jobs: forbidden");
    let answer = get(served.address, "/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.ends_with("lease: not yet\nwatch of jobs: cannot list jobs: forbidden\n"), "{answer}");
    lease.open();
    // What is no longer done is not waited for; a clone that is dropped changes nothing.
    let clone = jobs.clone();
    drop(jobs);
    assert!(get(served.address, "/readyz").await.starts_with("HTTP/1.1 503"));
    drop(clone);
    assert!(get(served.address, "/readyz").await.starts_with("HTTP/1.1 200"));
    assert!(get(served.address, "/livez").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_does_not_go_round_is_noticed() {
    let readiness = Readiness::new();
    let pulse = readiness.pulse("main loop", Duration::from_mins(1));
    sleep(Duration::from_mins(1)).await;
    assert_eq!(readiness.stuck(), []);
    sleep(Duration::from_secs(30)).await;
    assert_eq!(readiness.stuck(), [("main loop", "stuck for 90s".to_owned())]);
    pulse.beat();
    assert_eq!(readiness.stuck(), []);
    sleep(Duration::from_hours(1)).await;
    drop(pulse);
    assert_eq!(readiness.stuck(), []);
}

#[tokio::test]
async fn metrics_are_served_as_openmetrics() {
    let served = served().await;
    let answer = get(served.address, "/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("application/openmetrics-text"), "{answer}");
    assert!(answer.contains("\ngene_nothing 0\n") && answer.ends_with("# EOF\n"), "{answer}");
}

#[tokio::test]
async fn what_is_not_offered_is_refused() {
    let served = served().await;
    for (request, code) in [
        ("GET /secrets HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        ("POST /readyz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405"),
        ("no http at all\r\n\r\n", "400"),
    ] {
        let answer = ask(served.address, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {code}")), "{request:?}: {answer}");
    }
}

#[tokio::test]
async fn clients_that_say_nothing_do_not_keep_others_out() {
    let served = served().await;
    let mut silent = Vec::new();
    for _ in 0..CONNECTIONS {
        silent.push(TcpStream::connect(served.address).await.unwrap());
    }
    // All room is taken; it is given back when the silent ones have had their time.
    let answer = timeout(HEAD * 3, get(served.address, "/livez")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn it_stops_within_its_bound_whoever_is_connected() {
    let served = served().await;
    let _silent = TcpStream::connect(served.address).await.unwrap();
    served.stop.send(true).unwrap();
    timeout(DRAIN * 2, served.server).await.unwrap().unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
}
