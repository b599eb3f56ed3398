//! What time it is where certificates are judged.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::step::Moment;

/// How far this machine's clock may be from the API server's without a word.
const APART: SignedDuration = SignedDuration::from_secs(60);

/// The API server's clock as its last answer told it, carried on by one that only goes on. Where no answer tells it,
/// this machine's.
#[derive(Debug)]
pub struct Time {
    began: Instant,
    told: Option<(Timestamp, Instant)>,
    ahead: SignedDuration,
}

impl Time {
    /// Begins now.
    pub fn new() -> Self {
        Self { began: Instant::now(), told: None, ahead: SignedDuration::ZERO }
    }

    /// Now, by an answer that just came.
    pub fn moment(&mut self, date: Option<Timestamp>) -> Moment {
        let instant = Instant::now();
        if let Some(date) = date {
            self.told = Some((date, instant));
            self.ahead = Timestamp::now().duration_since(date);
        }
        let wall = match self.told {
            None => Timestamp::now(),
            Some((date, at)) => {
                let since = instant.saturating_duration_since(at);
                date.checked_add(SignedDuration::try_from(since).unwrap_or_default()).unwrap_or(date)
            }
        };
        Moment { wall, steady: instant.saturating_duration_since(self.began) }
    }

    /// Where this machine's clock goes wrong, by whole minutes.
    pub fn difference(&self) -> Option<String> {
        let apart = self.ahead.abs();
        let minutes = Duration::from_secs(apart.unsigned_abs().as_secs() / 60 * 60);
        let side = if self.ahead.is_negative() { "behind" } else { "ahead of" };
        (apart > APART).then(|| {
            format!("this machine's clock is {minutes:?} {side} the API server's, which is the one that counts")
        })
    }
}
