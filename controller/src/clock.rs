//! What time it is.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

/// Where the time of day comes from.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A time of day at an instant, going on with tokio's clock: what a test can hold and move.
    From(Timestamp, Instant),
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::From(then, instant) => then
                .checked_add(
                    k8s_openapi::jiff::SignedDuration::try_from(instant.elapsed()).unwrap_or_default(),
                )
                .unwrap_or(*then),
        }
    }

    /// The instant of a time of day, or just after; a past one is now.
    pub fn instant(&self, at: Timestamp) -> Instant {
        // Timers go by milliseconds: without the one more it could be reached a little early.
        const TICK: Duration = Duration::from_millis(1);
        let wait = Duration::try_from(at.duration_since(self.now()));
        Instant::now() + wait.map(|wait| wait + TICK).unwrap_or_default()
    }
}
