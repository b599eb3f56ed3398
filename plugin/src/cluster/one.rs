//! One object as it changes: read, then watched, and read again where the server forgot what came after.

use kube::core::{
    params::{GetParams, WatchParams},
    request,
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use super::{
    error::Error,
    page::PageMetadata,
    session::Session,
    watch::{BACKOFF, Change, GIVE_UP_AFTER, Step, Versioned, Watch},
};

/// One object, by its name.
pub struct One<'s, T> {
    session: &'s Session,
    objects: request::Request,
    name: String,
    watch: Option<Watch<'s, T>>,
    /// Whether the watch goes on from what was seen last.
    is_current: bool,
}

/// What is seen of it.
#[derive(Debug)]
pub enum Sight<T> {
    /// It is so now; `None`: there is none.
    Now(Option<T>),
    /// The server is away and will be asked again; said once for each time that it is away.
    Interrupted(Error),
}

impl<'s, T: DeserializeOwned> One<'s, T> {
    /// Nothing is asked yet.
    pub fn new(session: &'s Session, objects: request::Request, name: &str) -> Self {
        Self { session, objects, name: name.to_owned(), watch: None, is_current: false }
    }

    /// How it is now, at first, and then after each change.
    ///
    /// # Errors
    /// The server refuses, was away at the beginning, or for too long.
    pub async fn next(&mut self) -> Result<Sight<T>, Error> {
        if let Some(watch) = self.watch.as_mut().filter(|_| self.is_current) {
            match watch.next().await? {
                Step::Change(Change::Present(object)) => return Ok(Sight::Now(Some(object))),
                Step::Change(Change::Gone(_)) => return Ok(Sight::Now(None)),
                Step::Interrupted(error) => return Ok(Sight::Interrupted(error)),
                Step::Forgotten => self.is_current = false,
            }
        }
        let (state, version) = self.read().await?;
        let from = PageMetadata { resource_version: version, ..PageMetadata::default() };
        if let Some(watch) = &mut self.watch {
            watch.restart(&from);
        } else {
            let params = WatchParams::default().fields(&format!("metadata.name={}", self.name));
            self.watch = Some(Watch::new(self.session, self.objects.clone(), params, &from));
        }
        self.is_current = true;
        Ok(Sight::Now(state))
    }

    /// The object, and which state of it this is.
    async fn read(&self) -> Result<(Option<T>, String), Error> {
        let (mut pause, began) = (BACKOFF.0, Instant::now());
        loop {
            match self.session.text(self.objects.get(&self.name, &GetParams::default())).await {
                Ok(text) => {
                    let decoded = decode(&text).map_err(|error| self.session.not_understood(&error))?;
                    return Ok((Some(decoded.0), decoded.1));
                }
                Err(error) if error.is_not_found() => return Ok((None, String::new())),
                // At the beginning a server that is away is said at once.
                Err(error)
                    if error.is_passing() && self.watch.is_some() && began.elapsed() < GIVE_UP_AFTER =>
                {
                    sleep(pause).await;
                    pause = (pause * 2).min(BACKOFF.1);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Follows one object until something is found of it: `found` is asked of its state now and after each change, with
/// `None` where there is no such object. A short loss of the server is told to `tell`.
///
/// # Errors
/// The server refuses, or was away for too long.
pub async fn until<T: DeserializeOwned, R>(
    session: &Session,
    objects: &request::Request,
    name: &str,
    mut found: impl FnMut(Option<T>) -> Option<R>,
    tell: impl Fn(&Error),
) -> Result<R, Error> {
    let mut one = One::new(session, objects.clone(), name);
    loop {
        match one.next().await? {
            Sight::Now(state) => {
                if let Some(result) = found(state) {
                    return Ok(result);
                }
            }
            Sight::Interrupted(error) => tell(&error),
        }
    }
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<(T, String), serde_json::Error> {
    let versioned: Versioned = serde_json::from_str(text)?;
    Ok((serde_json::from_str(text)?, versioned.metadata.resource_version))
}

#[cfg(test)]
mod tests;
