//! What can go wrong between a client and the API server, and when it does.

use std::time::Duration;

use super::request::Request;

pub mod random;

/// What happens to one call.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It is refused before anything is done, with this HTTP status (429, 500, 503, 504).
    Refuse {
        /// The status.
        code: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// The connection breaks before anything is done.
    Disconnect,
    /// Nothing happens for so long; then the connection breaks.
    Hang(Duration),
    /// It is done, and the connection breaks before the answer.
    LoseAnswer,
    /// It is done, and answered with 504.
    TimeOutAfter,
    /// The connection breaks at once, and it is done so much later: a write that was under way when its sender gave it up.
    LandLate(Duration),
    /// It arrives late, and so does its answer.
    Slow {
        /// On the way there.
        before: Duration,
        /// On the way back.
        after: Duration,
    },
    /// Someone else changes the object first.
    Touch,
    /// A list that takes any version is answered as of so many revisions ago.
    Stale(u64),
    /// A list page or a watch is answered with 410.
    Expire,
    /// The calling process dies: nothing more of it arrives, and it gets no answers.
    Crash {
        /// Whether this call is still done.
        is_done: bool,
    },
}

/// What happens to one event on its way to a watcher.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchFault {
    /// The connection breaks; the event is not delivered.
    Drop,
    /// It, and what comes after it, is late.
    Delay(Duration),
    /// The server ends the watch with 410.
    Expire,
}

/// A call that a schedule is asked about.
pub struct Point<'a> {
    /// Which call of this user it is, from 0.
    pub number: u64,
    /// How long the fake has been running.
    pub elapsed: Duration,
    /// Who calls.
    pub user: &'a str,
    /// What is asked for.
    pub request: &'a Request,
}

/// An event that a schedule is asked about.
pub struct WatchPoint<'a> {
    /// How long the fake has been running.
    pub elapsed: Duration,
    /// Who watches.
    pub user: &'a str,
    /// What is watched.
    pub request: &'a Request,
    /// The event: `type` and `object`.
    pub event: &'a serde_json::Value,
}

type OnCall = Box<dyn FnMut(&Point<'_>) -> Option<Fault> + Send>;
type OnEvent = Box<dyn FnMut(&WatchPoint<'_>) -> Option<WatchFault> + Send>;

/// Decides what goes wrong. It is asked at every call and every watch event, in an order that the seed determines.
pub struct Schedule {
    on_call: OnCall,
    on_event: OnEvent,
}

impl Schedule {
    /// Nothing goes wrong.
    pub fn quiet() -> Self {
        Self::new(|_| None, |_| None)
    }

    /// What the functions say.
    pub fn new(
        on_call: impl FnMut(&Point<'_>) -> Option<Fault> + Send + 'static,
        on_event: impl FnMut(&WatchPoint<'_>) -> Option<WatchFault> + Send + 'static,
    ) -> Self {
        Self { on_call: Box::new(on_call), on_event: Box::new(on_event) }
    }

    /// What `on_call` says; watches are left alone.
    pub fn calls(on_call: impl FnMut(&Point<'_>) -> Option<Fault> + Send + 'static) -> Self {
        Self::new(on_call, |_| None)
    }

    /// Only the `number`-th call of `user` goes wrong, counted from 0.
    pub fn at_call(user: &str, number: u64, fault: Fault) -> Self {
        let user = user.to_owned();
        Self::calls(move |point| (point.user == user && point.number == number).then(|| fault.clone()))
    }

    /// Asks about a call.
    pub fn on_call(&mut self, point: &Point<'_>) -> Option<Fault> {
        (self.on_call)(point)
    }

    /// Asks about a watch event.
    pub fn on_event(&mut self, point: &WatchPoint<'_>) -> Option<WatchFault> {
        (self.on_event)(point)
    }
}
