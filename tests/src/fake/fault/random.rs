//! Schedules drawn from a seed.

use std::time::Duration;

use super::{Fault, Point, Schedule, WatchFault};
use crate::fake::request::Verb;

/// How often what goes wrong. Probabilities are per call or event.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Any fault but a crash, per call.
    pub call: f64,
    /// A crash, per call.
    pub crash: f64,
    /// Any fault, per watch event.
    pub event: f64,
    /// No fault after so long, so that everything can come to its end.
    pub until: Duration,
    /// Only calls and watches of this user are harmed; `None`: everybody's.
    pub user: Option<String>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { call: 0.1, crash: 0.01, event: 0.05, until: Duration::from_mins(10), user: None }
    }
}

/// A schedule that is the same for the same seed, as long as the same calls are made.
pub fn schedule(seed: u64, rates: Rates) -> Schedule {
    let mut calls = fastrand::Rng::with_seed(seed);
    let mut events = calls.fork();
    let for_events = rates.clone();
    let is_harmed = |rates: &Rates, user: &str, elapsed| {
        elapsed <= rates.until && rates.user.as_deref().is_none_or(|harmed| harmed == user)
    };
    Schedule::new(
        move |point| {
            if !is_harmed(&rates, point.user, point.elapsed) {
                return None;
            }
            let draw = calls.f64();
            if draw < rates.crash {
                return Some(Fault::Crash { is_done: calls.bool() });
            }
            (draw < rates.crash + rates.call).then(|| fault(&mut calls, point))
        },
        move |point| {
            let is_hit = is_harmed(&for_events, point.user, point.elapsed) && events.f64() < for_events.event;
            is_hit.then(|| match events.u8(0..10) {
                0..=2 => WatchFault::Drop,
                3 => WatchFault::Expire,
                _ => WatchFault::Delay(duration(&mut events, 5_000)),
            })
        },
    )
}

fn fault(rng: &mut fastrand::Rng, point: &Point<'_>) -> Fault {
    let refusal = |rng: &mut fastrand::Rng| match rng.u8(0..4) {
        0 => Fault::Refuse { code: 429, retry_after: Some(rng.u64(1..3)) },
        1 => Fault::Refuse { code: 503, retry_after: None },
        2 => Fault::Refuse { code: 504, retry_after: None },
        _ => Fault::Refuse { code: 500, retry_after: None },
    };
    let verb = point.request.verb;
    match rng.u8(0..8) {
        1 => Fault::Disconnect,
        2 => Fault::Hang(duration(rng, 60_000)),
        3 => Fault::Slow { before: duration(rng, 2_000), after: duration(rng, 2_000) },
        4 if verb.is_write() => Fault::LandLate(duration(rng, 20_000)),
        5 if verb.is_write() => Fault::TimeOutAfter,
        6 if verb.is_write() && verb != Verb::Create => Fault::Touch,
        4..=6 if verb == Verb::Watch => Fault::Expire,
        4..=6 if verb == Verb::List => Fault::Stale(rng.u64(1..50)),
        7 => Fault::LoseAnswer,
        _ => refusal(rng),
    }
}

/// Most are short, some long: uniform in the exponent, up to `most` milliseconds.
fn duration(rng: &mut fastrand::Rng, most: u64) -> Duration {
    let bits = u64::BITS - most.leading_zeros();
    let bound = 1_u64 << rng.u32(0..=bits);
    Duration::from_millis(rng.u64(0..bound).min(most))
}
