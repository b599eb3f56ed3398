//! For tests: a server that is a function from requests to answers.

use std::{
    convert::Infallible,
    future::Future,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use kube::{Client, client::Body};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::Session;

/// How long the server of a test may be silent.
pub const AWAY_AFTER: Duration = Duration::from_millis(500);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
}

/// A request as the server saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// `GET /api/v1/pods?limit=1`
    pub line: String,
    /// Null where there was none.
    pub body: Value,
}

/// What the server answers.
pub struct Answer {
    code: u16,
    retry_after: Option<&'static str>,
    warnings: Vec<String>,
    chunks: Vec<Vec<u8>>,
    breaks: bool,
    after: Duration,
}

impl Answer {
    /// An object.
    pub fn json(body: &Value) -> Self {
        Self::text(200, &body.to_string())
    }

    /// Any text.
    pub fn text(code: u16, text: &str) -> Self {
        let chunks = vec![text.as_bytes().to_vec()];
        Self { code, retry_after: None, warnings: Vec::new(), chunks, breaks: false, after: Duration::ZERO }
    }

    /// A refusal.
    pub fn refusal(code: u16, reason: &str, message: &str, name: &str) -> Self {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                            "reason": reason, "message": message, "details": {"name": name}});
        Self::text(code, &status.to_string())
    }

    /// Lines, in one piece each.
    pub fn lines(lines: &[Value]) -> Self {
        let chunks = lines.iter().map(|line| format!("{line}\n").into_bytes()).collect();
        Self { chunks, ..Self::text(200, "") }
    }

    /// The same in pieces of so many bytes.
    pub fn pieces(text: &str, bytes: usize) -> Self {
        Self { chunks: text.as_bytes().chunks(bytes).map(<[u8]>::to_vec).collect(), ..Self::text(200, "") }
    }

    /// With a `Retry-After`.
    pub fn retry_after(self, seconds: &'static str) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// With warnings, as an API server writes them.
    pub fn warning(mut self, texts: &[&str]) -> Self {
        self.warnings.extend(texts.iter().map(|text| format!("299 - {}", json!(text))));
        self
    }

    /// The connection breaks after it.
    pub fn breaks(self) -> Self {
        Self { breaks: true, ..self }
    }

    /// Only after a while.
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    async fn send(self) -> Response<UnsyncBoxBody<Bytes, io::Error>> {
        tokio::time::sleep(self.after).await;
        let frames = stream::iter(self.chunks).filter_map(|chunk| async move {
            Full::new(Bytes::from(chunk))
                .frame()
                .await
                .map(|frame| frame.map_err(|never: Infallible| match never {}))
        });
        let broken = stream::iter(self.breaks.then(|| Err(io::Error::other("connection reset"))));
        let mut response = Response::builder().status(self.code);
        if let Some(seconds) = self.retry_after {
            response = response.header("retry-after", seconds);
        }
        for warning in &self.warnings {
            response = response.header("warning", warning.as_bytes());
        }
        response.body(StreamBody::new(frames.chain(broken)).boxed_unsync()).unwrap()
    }
}

/// A session with a server that answers so, and what that is asked.
pub fn session(answer: impl FnMut(&Asked) -> Answer + Send + 'static) -> (Session, Arc<Mutex<Vec<Asked>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (seen, answer) = (Arc::clone(&asked), Arc::new(Mutex::new(answer)));
    let service = tower::service_fn(move |request: Request<Body>| {
        let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
        async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect_bytes().await.unwrap();
            let body = serde_json::from_slice(&bytes).unwrap_or_default();
            let asked = Asked { line: format!("{} {}", parts.method, parts.uri), body };
            let answer = (answer.lock().unwrap())(&asked);
            seen.lock().unwrap().push(asked);
            Ok::<_, Infallible>(answer.send().await)
        }
    });
    // A client has a task of its own, for which there must be a runtime.
    let client = RUNTIME.with(|runtime| {
        let _entered = runtime.enter();
        Client::new(service, "lab")
    });
    (Session::with_client(client, "lab").with_patience(AWAY_AFTER), asked)
}

/// Runs a test's future as the commands' are run.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(test))
}

/// The lines of what was asked.
pub fn lines(asked: &Mutex<Vec<Asked>>) -> Vec<String> {
    asked.lock().unwrap().iter().map(|asked| asked.line.clone()).collect()
}
