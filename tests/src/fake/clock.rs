//! The time of the fake: an epoch, and what tokio's clock has counted since. With tokio's time paused it is virtual.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Maps tokio's clock to a time of day, so that paused time gives the same times in every run.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: Timestamp,
    started: Instant,
}

impl Clock {
    /// A clock that shows `epoch` now.
    pub fn starting_at(epoch: Timestamp) -> Self {
        Self { epoch, started: Instant::now() }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.epoch.saturating_add(self.started.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// How long the fake has been running.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The API's `Time`: whole seconds, rounded down as the API server does.
pub fn seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// Reads the API's `Time`; `None` for anything else.
pub fn parse(value: Option<&serde_json::Value>) -> Option<Timestamp> {
    value?.as_str()?.parse().ok()
}
