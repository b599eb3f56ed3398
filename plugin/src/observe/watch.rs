//! One Execution as it changes, through ends of watches and short absences of the server.

use std::time::Duration;

use kube::core::{Status, params::WatchParams};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::execution;
use crate::cluster::{Error, Session, lines::Lines};

/// A watch is asked to end after this time, so that one that is dead is noticed.
const WATCH_SECONDS: u32 = 60;
/// So long may it be silent.
const SILENCE: Duration = Duration::from_secs(65);
/// A server that is away is asked again for so long.
const ABSENCE: Duration = Duration::from_mins(1);
/// The pause before a server that is away is asked again …
const PAUSE: Duration = Duration::from_secs(1);
/// … and before the next watch after one that ended.
const BETWEEN_WATCHES: Duration = Duration::from_millis(200);

/// Where the next sight of it comes from.
pub struct Watch<'a> {
    session: &'a Session,
    name: String,
    uid: Option<String>,
    version: String,
    lines: Option<Lines>,
    heard: Instant,
    away_since: Option<Instant>,
}

/// One event of a watch.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: Value,
}

impl<'a> Watch<'a> {
    /// Nothing is asked yet.
    pub fn new(session: &'a Session, name: &str) -> Self {
        Self {
            session,
            name: name.to_owned(),
            uid: None,
            version: String::new(),
            lines: None,
            heard: Instant::now(),
            away_since: None,
        }
    }

    /// The Execution now, at first, and then after each change. May be dropped while it waits.
    ///
    /// # Errors
    /// It is gone, or another one has its name now; or the server was away for too long.
    pub async fn next(&mut self) -> Result<Value, Error> {
        loop {
            match self.step().await {
                Ok(Some(document)) => {
                    self.away_since = None;
                    return Ok(document);
                }
                Ok(None) => {}
                Err(error) if error.is_passing() => {
                    self.lines = None;
                    let since = *self.away_since.get_or_insert_with(Instant::now);
                    // Who has seen nothing yet is told at once.
                    if self.uid.is_none() || since.elapsed() > ABSENCE {
                        return Err(error);
                    }
                    sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn step(&mut self) -> Result<Option<Value>, Error> {
        let Some(lines) = &mut self.lines else { return self.begin().await };
        let left = SILENCE.saturating_sub(self.heard.elapsed());
        let Ok(Ok(Some(line))) = timeout(left, lines.next()).await else {
            // It ended, broke or fell silent: look again what is there, and what ends each watch at once is
            // not asked without a pause.
            self.lines = None;
            sleep(BETWEEN_WATCHES).await;
            return Ok(None);
        };
        self.heard = Instant::now();
        let Event { kind, object } =
            serde_json::from_slice(&line).map_err(|error| self.session.not_understood(&error))?;
        match kind.as_str() {
            "ADDED" | "MODIFIED" => self.seen(object).map(Some),
            "DELETED" => Err(self.gone()),
            "ERROR" => {
                self.lines = None;
                let status: Status = serde_json::from_value(object).unwrap_or_default();
                // The server no longer knows what came after the version that was asked for.
                if status.code == 410 || status.code == 504 {
                    Ok(None)
                } else {
                    Err(self.session.refused(status))
                }
            }
            _ => Ok(None),
        }
    }

    /// Looks at it, and watches from there.
    async fn begin(&mut self) -> Result<Option<Value>, Error> {
        let document = match execution(self.session, &self.name).await {
            Err(Error::Command { .. }) if self.uid.is_some() => return Err(self.gone()),
            other => other?,
        };
        let version = document["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
        let params =
            WatchParams::default().fields(&format!("metadata.name={}", self.name)).timeout(WATCH_SECONDS);
        self.lines = Some(self.session.lines(self.session.executions().watch(&params, &version)).await?);
        self.heard = Instant::now();
        let is_new = version != self.version;
        let document = self.seen(document)?;
        // A watch may end every minute; what is the same is no news.
        Ok(is_new.then_some(document))
    }

    fn seen(&mut self, document: Value) -> Result<Value, Error> {
        let text = |key: &str| document["metadata"][key].as_str().unwrap_or_default().to_owned();
        let uid = text("uid");
        if self.uid.get_or_insert_with(|| uid.clone()) != &uid {
            return Err(self.gone());
        }
        self.version = text("resourceVersion");
        Ok(document)
    }

    fn gone(&self) -> Error {
        Error::command(format!("the Execution {:?} was deleted", self.name))
    }
}
