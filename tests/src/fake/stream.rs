//! Watches: the changes after a revision, as they come, until the server ends the stream.

use std::{collections::VecDeque, io, pin::Pin, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body::Frame;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    fault::{WatchFault, WatchPoint},
    list,
    object::metadata,
    refusal::Refusal,
    request::Request,
    resource::Resource,
    selector::Selection,
    service::Process,
    store::{Change, Store},
    view,
};

/// The frames of a watch.
pub type Events = Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>;

/// A bookmark comes so often, and so long before the end of the stream.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);
/// How long a watch lasts that names no time.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(30);

struct Watch {
    process: Process,
    request: Request,
    selection: Selection,
    cursor: u64,
    ready: VecDeque<Value>,
    revisions: watch::Receiver<u64>,
    ends: Instant,
    next_bookmark: Option<Instant>,
    /// Nothing comes after what is ready.
    is_last: bool,
    is_over: bool,
}

/// Starts a watch.
///
/// # Errors
/// A selector or a resourceVersion that is none.
pub fn open(process: &Process, request: &Request) -> Result<Events, Refusal> {
    let selection = list::selection(request)?;
    let seconds = request.parameter("timeoutSeconds").parse().map_or(DEFAULT_TIMEOUT, Duration::from_secs);
    let ends = Instant::now() + seconds;
    let wants_bookmarks = request.parameter("allowWatchBookmarks") == "true";
    let (cursor, ready, revisions) = process.cluster.with_store(|store| {
        let (cursor, ready) = begin(store, request, &selection)?;
        Ok((cursor, ready, store.revisions()))
    })?;
    let mut watch = Watch {
        process: process.clone(),
        request: request.clone(),
        selection,
        cursor,
        ready,
        revisions,
        ends,
        next_bookmark: None,
        is_last: false,
        is_over: false,
    };
    if wants_bookmarks {
        watch.next_bookmark = Some(watch.bookmark_after(Instant::now()));
    }
    Ok(Box::pin(stream::unfold(watch, |mut watch| async move {
        let frame = watch.next().await?;
        Some((frame, watch))
    })))
}

/// A watch that is answered with 410 at once.
pub fn expired(request: &Request) -> Events {
    let refusal =
        Refusal::expired(format!("too old resource version: {}", request.parameter("resourceVersion")));
    let event = json!({"type": "ERROR", "object": refusal.to_json()});
    stream::iter([Ok(frame(&event))]).boxed()
}

fn begin(store: &Store, request: &Request, selection: &Selection) -> Result<(u64, VecDeque<Value>), Refusal> {
    let text = request.parameter("resourceVersion");
    if matches!(text, "" | "0") {
        let ready = store
            .all(request.resource)
            .filter(|(key, object)| selection.takes(key, object))
            .map(|(_, object)| event("ADDED", &view::whole(object, request.is_metadata_only)))
            .collect();
        return Ok((store.revision(), ready));
    }
    let revision = text.parse().map_err(|_| {
        Refusal::bad_request(format!("strconv.ParseUint: parsing \"{text}\": invalid syntax"))
    })?;
    Ok((revision, VecDeque::new()))
}

impl Watch {
    async fn next(&mut self) -> Option<io::Result<Frame<Bytes>>> {
        let killed = self.process.clone();
        tokio::select! {
            biased;
            () = killed.killed() => std::future::pending().await,
            frame = self.advance() => frame,
        }
    }

    async fn advance(&mut self) -> Option<io::Result<Frame<Bytes>>> {
        loop {
            if self.is_over {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                return self.deliver(event).await;
            }
            if self.is_last {
                return None;
            }
            self.revisions.mark_unchanged();
            self.collect();
            if !self.ready.is_empty() {
                sleep(self.process.cluster.latency()).await;
                continue;
            }
            let bookmark = self.next_bookmark.unwrap_or(self.ends);
            tokio::select! {
                biased;
                changed = self.revisions.changed() => self.is_over = changed.is_err(),
                () = sleep_until(self.ends), if self.ends <= bookmark => self.is_over = true,
                () = sleep_until(bookmark), if bookmark < self.ends => self.mark(),
            }
        }
    }

    async fn deliver(&mut self, event: Value) -> Option<io::Result<Frame<Bytes>>> {
        let (user, request) = (&self.process.user, &self.request);
        let elapsed = self.process.cluster.elapsed();
        let point = WatchPoint { elapsed, user, request, event: &event };
        let fault = self.process.cluster.ask_about_event(&point);
        match fault {
            None => {}
            Some(WatchFault::Drop) => {
                self.is_over = true;
                let error =
                    io::Error::new(io::ErrorKind::UnexpectedEof, "watch dropped by the fault schedule");
                return Some(Err(error));
            }
            Some(WatchFault::Expire) => {
                self.is_over = true;
                let refusal = Refusal::expired(format!("too old resource version: {}", self.cursor));
                return Some(Ok(frame(&json!({"type": "ERROR", "object": refusal.to_json()}))));
            }
            Some(WatchFault::Delay(time)) => sleep(time).await,
        }
        Some(Ok(frame(&event)))
    }

    fn collect(&mut self) {
        let Self { request, selection, cursor, ready, .. } = self;
        let is_kept = self.process.cluster.with_store(|store| {
            if *cursor > store.revision() {
                return true;
            }
            let Some(changes) = store.changes_after(*cursor) else { return false };
            for change in changes.filter(|change| change.resource == request.resource) {
                ready.extend(seen(change, selection, request.is_metadata_only));
            }
            *cursor = store.revision();
            true
        });
        if !is_kept {
            let refusal = Refusal::expired(format!("too old resource version: {}", self.cursor));
            self.ready.push_back(json!({"type": "ERROR", "object": refusal.to_json()}));
            self.is_last = true;
        }
    }

    fn mark(&mut self) {
        let Self { request, cursor, .. } = self;
        let resource: Resource = request.resource;
        self.ready.push_back(view::bookmark(resource, *cursor, request.is_metadata_only));
        self.next_bookmark = Some(self.bookmark_after(Instant::now()));
    }

    /// Regularly, and shortly before the end.
    fn bookmark_after(&self, now: Instant) -> Instant {
        let last = self.ends.checked_sub(BOOKMARK_BEFORE_END).unwrap_or(self.ends);
        let next = now + BOOKMARK_EVERY;
        if last > now { next.min(last) } else { next }
    }
}

/// What a change looks like to a watcher of a selection: an object that stops fitting is deleted to it.
fn seen(change: &Change, selection: &Selection, is_metadata_only: bool) -> Option<Value> {
    let was_there = change.before.as_ref().is_some_and(|before| selection.takes(&change.key, before));
    let is_there = !change.is_deletion && selection.takes(&change.key, &change.after);
    let shown = view::whole(&change.after, is_metadata_only);
    match (was_there, is_there) {
        (false, true) => Some(event("ADDED", &shown)),
        (true, true) => Some(event("MODIFIED", &shown)),
        (true, false) => {
            let mut last =
                change.before.as_ref().map_or(shown, |before| view::whole(before, is_metadata_only));
            metadata(&mut last).insert("resourceVersion".into(), json!(change.revision.to_string()));
            Some(event("DELETED", &last))
        }
        (false, false) => None,
    }
}

fn event(kind: &str, object: &Value) -> Value {
    json!({"type": kind, "object": object})
}

/// One line. The type stands first, as every API server writes it: who reads the object as raw text relies on it.
fn frame(event: &Value) -> Frame<Bytes> {
    Frame::data(Bytes::from(format!("{{\"type\":{},\"object\":{}}}\n", event["type"], event["object"])))
}
