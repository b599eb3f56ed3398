//! What is said while something is missing.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use gene_daemon::admin::Readiness;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use kube::client::Body;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::*;
use crate::metrics::Metrics;

/// What the server does with a list of this resource; others are given.
#[derive(Clone, Copy)]
enum Given {
    All,
    Code(&'static str, u16),
    Silence,
}

fn client_of(given: &Arc<Mutex<Given>>) -> Client {
    let given = Arc::clone(given);
    let service = tower::service_fn(move |request: Request<Body>| {
        let now = *given.lock().unwrap();
        async move {
            assert!(
                request.uri().query().is_some_and(|query| query.contains("limit=1")),
                "{}",
                request.uri()
            );
            let path = request.uri().path().to_owned();
            let (code, body) = match now {
                Given::Silence => std::future::pending().await,
                Given::Code(resource, code) if path.ends_with(resource) => (
                    code,
                    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                                  "message": "it is forbidden here", "reason": "", "code": code}),
                ),
                Given::Code(..) | Given::All => (
                    200,
                    json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                                 "metadata": {"resourceVersion": "1"}, "items": []}),
                ),
            };
            let mut response = Response::new(Full::from(body.to_string()));
            *response.status_mut() = StatusCode::from_u16(code).unwrap();
            Ok::<_, Infallible>(response)
        }
    });
    Client::new(service, "default")
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_said_until_it_comes() {
    for namespace in [None, Some("lab")] {
        for (given, said) in [
            (Given::Code("/executions", 404), "CustomResourceDefinition is not installed"),
            (Given::Code("/executions", 403), "cannot list executions: it is forbidden here"),
            (Given::Code("/jobs", 403), "cannot list jobs: it is forbidden here"),
            (Given::Code("/pods", 503), "cannot list pods: it is forbidden here"),
            (Given::Silence, "cannot list executions: no answer within 5s"),
        ] {
            let state = Arc::new(Mutex::new(given));
            let readiness = Readiness::new();
            let gate = readiness.wait_for("access");
            let client = client_of(&state);
            let waiting = tokio::spawn(async move {
                wait_for_access(&client, namespace, &Metrics::new(), &gate).await;
            });
            sleep(Duration::from_secs(12)).await;
            let missing = readiness.missing();
            assert!(missing[0].1.contains(said), "{missing:?}");
            assert!(!waiting.is_finished());
            *state.lock().unwrap() = Given::All;
            timeout(Duration::from_secs(11), waiting).await.unwrap().unwrap();
            assert!(readiness.missing().is_empty());
        }
    }
}
