//! What a person sees while a run goes on: a picture on a terminal, one line per change elsewhere.

mod lines;
mod picture;
mod stream;
mod view;

use std::time::Duration;

use gene_engine::{Event, Run, Vertex};

use lines::Lines;
use picture::Picture;
pub use stream::Stream;

use super::directory::Place;

/// Where and how.
#[derive(Debug)]
pub enum Display {
    /// Redrawn in place.
    Picture(Box<Picture>),
    /// One line per change.
    Lines(Lines),
}

impl Display {
    /// The display of one run, in the way that fits the stream. The bound on vertices at once is shown.
    pub fn new(stream: Stream, run: &Run, place: &Place, parallelism: Option<u32>) -> Self {
        if stream.is_terminal() {
            Self::Picture(Box::new(Picture::new(stream, run, place, parallelism)))
        } else {
            Self::Lines(Lines::new(stream, run))
        }
    }

    /// A vertex's command was started again within its attempt, so many times by now.
    pub fn retrying(&mut self, vertex: Vertex, restarts: u32) {
        match self {
            Self::Picture(_) => {} // it shows what runs, not how often it began
            Self::Lines(lines) => lines.retrying(vertex, restarts),
        }
    }

    /// Something happened.
    pub fn note(&mut self, event: &Event) {
        match self {
            Self::Picture(picture) => picture.note(event),
            Self::Lines(lines) => lines.note(event),
        }
    }

    /// An attempt failed, and another one follows.
    pub fn trying_again(&mut self, event: &Event) {
        match self {
            Self::Picture(picture) => picture.trying_again(event),
            Self::Lines(lines) => lines.trying_again(event),
        }
    }

    /// Tasks may have been skipped or have failed without a vertex of theirs having run.
    pub fn expect_changes(&mut self) {
        if let Self::Lines(lines) = self {
            lines.expect_changes();
        }
    }

    /// Everything is being ended because of a signal.
    pub fn stopping(&mut self) {
        match self {
            Self::Picture(picture) => picture.stopping(),
            Self::Lines(lines) => lines.stopping(),
        }
    }

    /// The terminal has another size.
    pub fn resize(&mut self) {
        if let Self::Picture(picture) = self {
            picture.resize();
        }
    }

    /// Shows what happened, unless that was done a moment ago.
    pub fn refresh(&mut self, run: &mut Run) {
        match self {
            Self::Picture(picture) => picture.refresh(run),
            Self::Lines(lines) => lines.refresh(run),
        }
    }

    /// How long [`Self::refresh`] need not be called unless something happens.
    pub fn next_refresh(&self) -> Duration {
        match self {
            Self::Picture(picture) => picture.next_refresh(),
            Self::Lines(lines) => lines.next_refresh(),
        }
    }

    /// Shows the last state, and leaves it there.
    pub fn close(&mut self, run: &mut Run) {
        match self {
            Self::Picture(picture) => picture.draw(run),
            Self::Lines(lines) => lines.close(run),
        }
    }

    /// Writes whole lines below what is shown.
    pub fn say(&mut self, text: &str) {
        match self {
            Self::Picture(picture) => picture.say(text),
            Self::Lines(lines) => lines.say(text),
        }
    }
}
