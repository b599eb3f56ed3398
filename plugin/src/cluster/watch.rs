//! Objects as they change: a watch that goes on when the server ends it, forgets (410) or is away for a while.

use std::{marker::PhantomData, time::Duration};

use kube::core::{Status, params::WatchParams, request};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep, timeout};

use super::{error::Error, execution::Metadata, lines::Lines, page::PageMetadata, session::Session};

/// How long the server lets a watch go on. Its end is asked for soon, so that a connection that died is noticed
/// soon after.
const WATCH_SECONDS: u32 = 60;
/// A watch that is silent for longer has died.
const SILENT_FOR: Duration = Duration::from_secs(70);
/// The first and the longest wait before the server is asked again.
pub(super) const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// A server that is away for longer is given up.
pub(super) const GIVE_UP_AFTER: Duration = Duration::from_mins(5);

/// What happened to the objects that are watched.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<T> {
    /// It is there, in this state.
    Present(T),
    /// It is gone; as it was last.
    Gone(T),
}

/// What is watched.
pub struct Watch<'s, T> {
    session: &'s Session,
    objects: request::Request,
    params: WatchParams,
    /// The state from which to go on.
    version: String,
    lines: Option<Lines>,
    /// When the watch that goes on was asked for.
    opened: Instant,
    /// When the server was heard last.
    heard: Instant,
    pause: Duration,
    kind: PhantomData<T>,
}

/// What a person should be told, or what the caller must do.
#[derive(Debug, PartialEq)]
pub enum Step<T> {
    /// Something changed.
    Change(Change<T>),
    /// The server no longer knows what happened since: read the objects anew and [`Watch::restart`].
    Forgotten,
    /// The server is away and will be asked again; said once for each time that it is away.
    Interrupted(Error),
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "object", rename_all = "UPPERCASE")]
enum Event<T> {
    Added(T),
    Modified(T),
    Deleted(T),
    Bookmark(Versioned),
    Error(Box<Status>),
}

/// An object of which only the state counts.
#[derive(Deserialize)]
pub(super) struct Versioned {
    #[serde(default)]
    pub(super) metadata: Metadata,
}

impl<'s, T: DeserializeOwned> Watch<'s, T> {
    /// Watches what a request lists, from the state of an answer on.
    pub fn new(
        session: &'s Session,
        objects: request::Request,
        mut params: WatchParams,
        from: &PageMetadata,
    ) -> Self {
        params.timeout = Some(WATCH_SECONDS);
        params.bookmarks = true;
        let version = from.resource_version.clone();
        let now = Instant::now();
        let kind = PhantomData;
        Self {
            session,
            objects,
            params,
            version,
            lines: None,
            opened: now,
            heard: now,
            pause: BACKOFF.0,
            kind,
        }
    }

    /// Goes on from another state.
    pub fn restart(&mut self, from: &PageMetadata) {
        self.version.clone_from(&from.resource_version);
        self.lines = None;
    }

    /// Waits for the next thing to happen.
    ///
    /// # Errors
    /// The server refuses, or was away for too long.
    pub async fn next(&mut self) -> Result<Step<T>, Error> {
        loop {
            let line = match self.line().await {
                Ok(Some(line)) => line,
                Ok(None) => {
                    self.lines = None;
                    // What ends each watch at once must not be asked without a pause.
                    if self.opened.elapsed() < Duration::from_secs(1) {
                        sleep(BACKOFF.0).await;
                    }
                    continue;
                }
                Err(error) if error.status().is_some_and(|status| status.code == 410) => {
                    self.lines = None;
                    return Ok(Step::Forgotten);
                }
                Err(error) if error.is_passing() && self.heard.elapsed() < GIVE_UP_AFTER => {
                    self.lines = None;
                    let is_first = self.pause == BACKOFF.0;
                    // Apart from others that lost the same server, by the clock's own unevenness.
                    sleep(self.pause).await;
                    self.pause = (self.pause * 2).min(BACKOFF.1);
                    if is_first {
                        return Ok(Step::Interrupted(error));
                    }
                    continue;
                }
                Err(error) => return Err(error),
            };
            (self.heard, self.pause) = (Instant::now(), BACKOFF.0);
            if let Some(step) = self.step(&line)? {
                return Ok(step);
            }
        }
    }

    /// The next line, of a watch that is opened where there is none; `None`: it is over.
    async fn line(&mut self) -> Result<Option<bytes::Bytes>, Error> {
        let lines = if let Some(lines) = &mut self.lines {
            lines
        } else {
            self.opened = Instant::now();
            let lines = self.session.lines(self.objects.watch(&self.params, &self.version)).await?;
            self.lines.insert(lines)
        };
        // One that breaks or goes silent is no more than one that ended: whether the server is away is seen as the
        // next one is asked for.
        Ok(timeout(SILENT_FOR, lines.next()).await.ok().and_then(Result::ok).flatten())
    }

    fn step(&mut self, line: &[u8]) -> Result<Option<Step<T>>, Error> {
        // The state of every event, also where the object itself is decoded as something else.
        let event: Event<Versioned> =
            serde_json::from_slice(line).map_err(|error| self.session.not_understood(&error))?;
        match event {
            Event::Added(of) | Event::Modified(of) | Event::Deleted(of) | Event::Bookmark(of) => {
                if !of.metadata.resource_version.is_empty() {
                    self.version = of.metadata.resource_version;
                }
            }
            Event::Error(status) if status.code == 410 => {
                self.lines = None;
                return Ok(Some(Step::Forgotten));
            }
            Event::Error(status) => return Err(self.session.refused(*status)),
        }
        let event: Event<T> =
            serde_json::from_slice(line).map_err(|error| self.session.not_understood(&error))?;
        Ok(match event {
            Event::Added(object) | Event::Modified(object) => Some(Step::Change(Change::Present(object))),
            Event::Deleted(object) => Some(Step::Change(Change::Gone(object))),
            Event::Bookmark(_) | Event::Error(_) => None,
        })
    }
}
