//! An answer that goes on: a watch or a log, line by line.

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use kube::client::Body;

/// A longer line is given in pieces: larger than any event of a watch, which holds one object.
const MOST_BYTES: usize = 16 << 20;

/// The lines of an answer.
pub struct Lines {
    body: Body,
    pending: BytesMut,
    /// How far `pending` is known to hold no line break.
    searched: usize,
}

impl Lines {
    /// Reads lines from the body of an answer.
    pub fn new(body: Body) -> Self {
        Self { body, pending: BytesMut::new(), searched: 0 }
    }

    /// The next line without its break; `None` at the end. May be dropped while it waits: nothing is lost.
    ///
    /// # Errors
    /// The connection broke; the text says how.
    pub async fn next(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            if let Some(line) = self.take_line() {
                return Ok(Some(line));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.pending.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => return Err(super::error::innermost(&error)),
                None if self.pending.is_empty() => return Ok(None),
                None => {
                    self.searched = 0;
                    return Ok(Some(self.pending.split().freeze()));
                }
            }
        }
    }

    fn take_line(&mut self) -> Option<Bytes> {
        let unknown = self.pending.get(self.searched..).unwrap_or_default();
        if let Some(at) = unknown.iter().position(|byte| *byte == b'\n') {
            let line = self.pending.split_to(self.searched + at).freeze();
            self.pending.advance(1);
            self.searched = 0;
            return Some(line);
        }
        self.searched = self.pending.len();
        (self.pending.len() >= MOST_BYTES).then(|| {
            self.searched = 0;
            self.pending.split().freeze()
        })
    }
}
