//! What is sent to an API server that records it, or does not.

use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use gene_daemon::admin::Encode as _;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::*;

#[derive(Default)]
struct Server {
    sent: Mutex<Vec<Value>>,
    /// The HTTP status of every answer; 0: no answer.
    code: AtomicU16,
}

fn server(code: u16) -> (Arc<Server>, kube::Client) {
    let server = Arc::new(Server { code: AtomicU16::new(code), ..Server::default() });
    let inner = Arc::clone(&server);
    let service = tower::service_fn(move |request: Request<Body>| {
        let server = Arc::clone(&inner);
        async move {
            assert_eq!(request.uri().path(), "/apis/events.k8s.io/v1/namespaces/lab/events");
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let event: Value = serde_json::from_slice(&body).unwrap();
            server.sent.lock().unwrap().push(event.clone());
            let code = server.code.load(Ordering::SeqCst);
            let answer = match code {
                0 => std::future::pending().await,
                201 => event,
                code => json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                               "message": "no", "reason": "", "code": code}),
            };
            let mut response = Response::new(Full::from(answer.to_string()));
            *response.status_mut() = StatusCode::from_u16(code).unwrap();
            Ok::<_, Infallible>(response)
        }
    });
    (server, kube::Client::new(service, "default"))
}

fn owner(name: &str) -> Owner {
    Owner { namespace: "lab".to_owned(), name: name.to_owned(), uid: format!("uid-of-{name}") }
}

fn dropped(metrics: &Metrics) -> usize {
    let page = metrics.encode();
    let line = page.lines().find_map(|line| line.strip_prefix("gene_events_dropped_total "));
    line.unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_event_has_what_the_api_asks_for() {
    let (server, client) = server(201);
    let (recorder, task) = Recorder::new(client, "x".repeat(200), Arc::default());
    recorder.publish(
        &owner(&format!("{}.", "n".repeat(229))),
        Kind::Warning,
        "VertexFailed",
        "é".repeat(1000),
    );
    recorder.publish(&owner("short"), Kind::Normal, "Started", "4 vertices".to_owned());
    drop(recorder);
    task.await;
    let sent = server.sent.lock().unwrap();
    let [long, short] = &sent[..] else { panic!("{sent:?}") };
    assert!(long["metadata"]["name"].as_str().unwrap().len() <= 253);
    assert!(!long["metadata"]["name"].as_str().unwrap().contains(".."));
    assert!((1020..=1024).contains(&long["note"].as_str().unwrap().len()));
    assert!(long["note"].as_str().unwrap().ends_with('…'));
    assert!(long["reportingInstance"].as_str().unwrap().len() <= 128);
    assert_eq!(long["type"], "Warning");
    assert_eq!(short["note"], "4 vertices");
    assert_eq!(short["reason"], "Started");
    assert_eq!(short["reportingController"], "gene-controller");
    assert_eq!(short["action"], "Reconcile");
    assert!(short["eventTime"].is_string());
    assert_eq!(
        short["regarding"],
        json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution", "namespace": "lab",
               "name": "short", "uid": "uid-of-short"})
    );
    assert!(short["metadata"]["name"].as_str().unwrap().starts_with("short."));
}

#[tokio::test(start_paused = true)]
async fn one_execution_is_capped_and_told_so_and_names_are_unique() {
    let (server, client) = server(201);
    let metrics = Arc::<Metrics>::default();
    let (recorder, task) = Recorder::new(client, "pod".to_owned(), Arc::clone(&metrics));
    for n in 0..1000 {
        recorder.publish(&owner("many"), Kind::Warning, "VertexFailed", format!("a[{n}] failed"));
    }
    recorder.publish(&owner("many"), Kind::Warning, "Failed", "1000 vertices failed".to_owned());
    drop(recorder);
    task.await;
    let sent = server.sent.lock().unwrap();
    assert_eq!(sent.len(), 9);
    assert_eq!(sent[7]["note"], "a[7] failed (more such Events are left out)");
    assert_eq!(sent[8]["reason"], "Failed");
    let names: std::collections::BTreeSet<_> =
        sent.iter().map(|event| event["metadata"]["name"].to_string()).collect();
    assert_eq!(names.len(), 9);
    assert_eq!(dropped(&metrics), 992);
}

#[tokio::test(start_paused = true)]
async fn publishing_never_waits_and_events_are_dropped_while_the_api_server_is_away() {
    for code in [0, 429, 500, 503] {
        let (server, client) = server(code);
        let metrics = Arc::<Metrics>::default();
        let (recorder, task) = Recorder::new(client, "pod".to_owned(), Arc::clone(&metrics));
        let task = tokio::spawn(task);
        let began = Instant::now();
        for n in 0..QUEUE * 3 {
            recorder.publish(&owner(&n.to_string()), Kind::Normal, "Started", String::new());
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        sleep(PATIENCE + Duration::from_secs(1)).await;
        assert_eq!(server.sent.lock().unwrap().len(), 1, "{code}");
        assert_eq!(dropped(&metrics), QUEUE * 3, "{code}");
        // It is back, and so are the Events.
        server.code.store(201, Ordering::SeqCst);
        sleep(AWAY).await;
        recorder.publish(&owner("later"), Kind::Normal, "Started", String::new());
        drop(recorder);
        task.await.unwrap();
        assert_eq!(server.sent.lock().unwrap().len(), 2, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_one_does_not_hold_up_the_next() {
    for code in [403, 404, 409, 422] {
        let (server, client) = server(code);
        let metrics = Arc::<Metrics>::default();
        let (recorder, task) = Recorder::new(client, "pod".to_owned(), Arc::clone(&metrics));
        for name in ["a", "b", "c"] {
            recorder.publish(&owner(name), Kind::Normal, "Started", String::new());
        }
        drop(recorder);
        task.await;
        assert_eq!(server.sent.lock().unwrap().len(), 3, "{code}");
        assert_eq!(dropped(&metrics), 3, "{code}");
    }
}
