use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use kube::{Client, client::Body};
use serde_json::json;

use super::*;
use crate::view::{
    samples,
    tree::{Look, tree},
};

/// A server of fixed answers that notes what it is asked.
fn session(
    answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
) -> (Session, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&asked);
    let answer = Arc::new(answer);
    let service = tower::service_fn(move |request: Request<Body>| {
        let address = request.uri().to_string();
        let (code, body) = answer(&address);
        noted.lock().unwrap().push(address);
        async move {
            Ok::<_, Infallible>(Response::builder().status(code).body(Body::from(body.into_bytes())).unwrap())
        }
    });
    (Session::with_client(Client::new(service, "lab"), "lab"), asked)
}

#[tokio::test]
async fn a_picture_takes_two_requests() {
    let (session, asked) = session(|address| {
        let body = if address.contains("/pods") {
            json!({"metadata": {}, "items": [
                {"metadata": {"labels": {"execution.kubegene.io/name": "wgs", "execution.kubegene.io/task": "mkdupbqsr",
                    "execution.kubegene.io/index": "4"}}, "status": {"phase": "Running"}},
                {"status": {"phase": "Running"}}]})
        } else if address.contains("/events") {
            json!({"items": []})
        } else {
            samples::wgs_document()
        };
        (200, body.to_string())
    });
    let subject = Subject::from_document(&execution(&session, "wgs").await.unwrap());
    let around = surroundings(&session, &subject).await;
    assert_eq!(around.pods.len(), 2);
    let look = Look {
        now: samples::now(),
        expand: false,
        width: 80,
        height: None,
        color: crate::render::line::Color::Never,
    };
    assert!(tree(&subject, &around, &look).len() > 8);
    let asked = asked.lock().unwrap();
    assert!(asked[0].ends_with("/namespaces/lab/executions/wgs"), "{asked:?}");
    assert!(asked[1].contains("status.phase%21%3DSucceeded") && asked[1].contains("limit=1000"), "{asked:?}");
    // The third only where vertices run of which there is no pod.
    assert!(asked.len() == 3 && asked[2].contains("reason%3DFailedCreate"), "{asked:?}");
}

#[tokio::test]
async fn pods_that_may_not_be_read_are_said_and_no_fault() {
    let (session, _) = session(|_| {
        let status = json!({"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden", "message": "pods is forbidden"});
        (403, status.to_string())
    });
    let around = surroundings(&session, &samples::wgs()).await;
    assert_eq!(around.fault.as_deref(), Some("pods is forbidden"));
}

#[tokio::test]
async fn nothing_is_asked_about_what_went_well() {
    let (session, asked) = session(|_| (500, String::new()));
    let mut subject = samples::wgs();
    subject.status.phase = "Succeeded".to_owned();
    for task in &mut subject.status.tasks {
        (task.running, task.failed) = (0, 0);
    }
    let around = surroundings(&session, &subject).await;
    assert!(around.fault.is_none() && asked.lock().unwrap().is_empty());
}
