//! One command's conversation with the server.

use std::{sync::Arc, time::Duration};

use http::{Request, Response};
use http_body_util::BodyExt as _;
use kube::{
    Client,
    client::Body,
    core::{Status, request},
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{
    connection::{AWAY_AFTER, Connection, ConnectionArgs},
    error::{self, Error, Target, innermost},
    lines::Lines,
    path,
    warning::Warnings,
};

/// Of the time that a server may be silent, the part that it has for a sign of life once that is asked for: a fifth.
const SIGN_OF_LIFE_SHARE: u32 = 5;
/// How often a server that is too busy is asked again.
const BUSY_RETRIES: u32 = 5;
/// The longest that a busy server is waited for before it is asked again, whatever it says.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A request, as kube's builders make it.
pub type Built = Result<Request<Vec<u8>>, request::Error>;

/// The server, the namespace, and how long an answer may take.
///
/// Every way to ask is bounded, and asks again where the server says that it is too busy (429, or 503 with
/// a `Retry-After`): it has done nothing then.
pub struct Session {
    client: Client,
    target: Target,
    namespace: String,
    answer_within: Duration,
    /// [`AWAY_AFTER`], save in tests.
    away_after: Duration,
    /// Shared by all that were made of one another.
    warnings: Arc<Warnings>,
}

impl Session {
    /// Makes ready to ask; nothing is sent yet.
    ///
    /// # Errors
    /// It is not known whom to ask, or as whom.
    pub async fn connect(args: &ConnectionArgs) -> Result<Self, Error> {
        // Twice is no harm: the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Connection { config, target, namespace, answer_within } = args.resolve().await?;
        let client = Client::try_from(config).map_err(|error| match error::from_client(&target, &error) {
            Error::Away { why, .. } => Error::Connection {
                message: format!("cannot prepare to ask the server at {}: {why}", target.server),
                help: "see the certificates in the kubeconfig".to_owned(),
            },
            other => other,
        })?;
        let warnings = Arc::default();
        Ok(Self { client, target, namespace, answer_within, away_after: AWAY_AFTER, warnings })
    }

    /// A session with whatever stands for a server.
    #[cfg(test)]
    pub fn with_client(client: Client, namespace: &str) -> Self {
        let target = Target { server: "http://in-process".to_owned(), ..Target::default() };
        let namespace = namespace.to_owned();
        let warnings = Arc::default();
        Self { client, target, namespace, answer_within: AWAY_AFTER, away_after: AWAY_AFTER, warnings }
    }

    /// The same with a server that may be silent for so long, and is slow after four times that.
    #[cfg(test)]
    pub fn with_patience(self, away_after: Duration) -> Self {
        Self { answer_within: away_after * 4, away_after, ..self }
    }

    /// The same conversation about another namespace.
    pub fn within(&self, namespace: &str) -> Self {
        Self {
            client: self.client.clone(),
            target: self.target.clone(),
            namespace: namespace.to_owned(),
            answer_within: self.answer_within,
            away_after: self.away_after,
            warnings: Arc::clone(&self.warnings),
        }
    }

    /// What the server has warned of since the last time, in any answer, each once.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// The namespace that is meant where a command names no other.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The Executions of the session's namespace.
    pub fn executions(&self) -> request::Request {
        path::executions(Some(&self.namespace))
    }

    /// The whole text of an answer.
    ///
    /// # Errors
    /// There was no answer in time, or a refusal.
    pub async fn text(&self, request: Built) -> Result<String, Error> {
        let deadline = Instant::now() + self.answer_within;
        let response = self.send(request, deadline).await?;
        let body = timeout_at(deadline, response.into_body().collect()).await;
        let body = body.map_err(|_| self.late())?.map_err(|error| self.away(innermost(&error)))?;
        String::from_utf8(body.to_bytes().into())
            .map_err(|_| Error::Answer { target: self.target.clone(), why: "it is no text".to_owned() })
    }

    /// An answer, decoded.
    ///
    /// # Errors
    /// As for [`Session::text`]; or the answer is none of this kind.
    pub async fn read<T: DeserializeOwned>(&self, request: Built) -> Result<T, Error> {
        let text = self.text(request).await?;
        serde_json::from_str(&text).map_err(|error| self.not_understood(&error))
    }

    /// An answer that goes on until one side ends it. Only its beginning is bounded.
    ///
    /// # Errors
    /// There was no answer in time, or a refusal.
    pub async fn lines(&self, request: Built) -> Result<Lines, Error> {
        let response = self.send(request, Instant::now() + self.answer_within).await?;
        Ok(Lines::new(response.into_body()))
    }

    /// The connection broke, or the server is silent: for who reads [`Lines`].
    pub fn away(&self, why: impl Into<String>) -> Error {
        Error::Away { target: self.target.clone(), why: why.into() }
    }

    /// The server answered what cannot be decoded.
    pub fn not_understood(&self, error: &serde_json::Error) -> Error {
        Error::Answer { target: self.target.clone(), why: error.to_string() }
    }

    /// A refusal that came within an answer, as in an event of a watch.
    pub fn refused(&self, status: Status) -> Error {
        Error::Refused { target: self.target.clone(), status: status.boxed() }
    }

    async fn send(&self, request: Built, deadline: Instant) -> Result<Response<Body>, Error> {
        let request = request.map_err(|error| Error::command(innermost(&error)))?;
        let mut tries = 0;
        loop {
            let response = self.send_once(&request, deadline).await?;
            self.warnings.read(response.headers());
            let code = response.status();
            if !(code.is_client_error() || code.is_server_error()) {
                return Ok(response);
            }
            let after = retry_after(&response);
            let body = timeout_at(deadline, response.into_body().collect()).await;
            let body = body.map_err(|_| self.late())?.map_err(|error| self.away(innermost(&error)))?;
            let status = decode_status(code.as_u16(), &body.to_bytes());
            let pause = pause(&status, after, tries);
            match pause.filter(|pause| tries < BUSY_RETRIES && Instant::now() + *pause < deadline) {
                Some(pause) => sleep(pause).await,
                None => return Err(error::from_status(&self.target, request.uri().path(), status.boxed())),
            }
            tries += 1;
        }
    }

    /// Sends, and while the answer is late looks whether the server is there at all: an answer may take long
    /// (an admission webhook, a large list), a server that is away is said at once.
    async fn send_once(
        &self,
        request: &Request<Vec<u8>>,
        deadline: Instant,
    ) -> Result<Response<Body>, Error> {
        let silent_after = self.away_after.saturating_sub(self.away_after / SIGN_OF_LIFE_SHARE);
        let answer = self.client.send(request.clone().map(Body::from));
        let mut answer = std::pin::pin!(answer);
        let in_time = timeout_at(deadline.min(Instant::now() + silent_after), &mut answer).await;
        let answered = match in_time {
            Ok(answered) => answered,
            Err(_) if Instant::now() >= deadline => return Err(self.late()),
            Err(_) => {
                if !self.is_alive().await {
                    return Err(self.away(format!("it was silent for {:?}", self.away_after)));
                }
                timeout_at(deadline, answer).await.map_err(|_| self.late())?
            }
        };
        answered.map_err(|error| error::from_client(&self.target, &error))
    }

    /// Any answer is a sign of life.
    async fn is_alive(&self) -> bool {
        let Ok(request) = Request::get("/version").body(Body::from(Vec::new())) else { return false };
        matches!(timeout(self.away_after / SIGN_OF_LIFE_SHARE, self.client.send(request)).await, Ok(Ok(_)))
    }

    fn late(&self) -> Error {
        let why =
            format!("its answer took more than {:?} (--request-timeout allows more)", self.answer_within);
        self.away(why)
    }
}

fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let value = response.headers().get(http::header::RETRY_AFTER)?;
    value.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// How long to wait before asking again, where the server has done nothing and says so.
fn pause(status: &Status, after: Option<Duration>, tries: u32) -> Option<Duration> {
    let told = status.details.as_ref().map(|details| u64::from(details.retry_after_seconds));
    let after = after.or_else(|| told.filter(|seconds| *seconds > 0).map(Duration::from_secs));
    let own = Duration::from_millis(200) * 2_u32.saturating_pow(tries);
    match status.code {
        429 => Some(after.unwrap_or(own).min(LONGEST_PAUSE)),
        503 => after.map(|after| after.min(LONGEST_PAUSE)),
        _ => None,
    }
}

/// A refusal as the API server writes it, or the text of whatever stands before it.
fn decode_status(code: u16, body: &[u8]) -> Status {
    match serde_json::from_slice::<Status>(body) {
        Ok(status) if status.code != 0 || !status.reason.is_empty() => {
            let code = if status.code == 0 { code } else { status.code };
            Status { code, ..status }
        }
        _ => {
            let text = String::from_utf8_lossy(body);
            let line = text.trim().lines().next().unwrap_or_default();
            Status::failure(&line.chars().take(300).collect::<String>(), "").with_code(code)
        }
    }
}

#[cfg(test)]
mod tests;
