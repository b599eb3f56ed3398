//! What is due at a time: deadlines, and SIGKILL after SIGTERM.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, PoisonError},
    time::Instant,
};

use super::{Key, Shared, slot::Ending};

/// What happens when an alarm is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// The attempt's time is over.
    Deadline,
    /// The attempt did not heed SIGTERM.
    Kill,
}

/// Alarms to come. One whose attempt is over by then strikes nothing.
#[derive(Debug, Default)]
pub(super) struct Alarms(BinaryHeap<Reverse<(Instant, u64, Key, Alarm)>>);

impl Alarms {
    /// Sets an alarm for the slot of this serial number.
    pub(super) fn set(&mut self, at: Instant, serial: u64, key: Key, alarm: Alarm) {
        self.0.push(Reverse((at, serial, key, alarm)));
    }

    fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, ..))| *at)
    }
}

impl Shared {
    /// Strikes alarms until the pool closes.
    pub(super) fn keep_time(self: &Arc<Self>) {
        let mut state = self.lock();
        while !state.is_closing {
            let now = Instant::now();
            state = match state.alarms.next() {
                None => self.alarmed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(at) if at > now => {
                    let waited = self.alarmed.wait_timeout(state, at - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    if let Some(Reverse((_, serial, key, alarm))) = state.alarms.0.pop()
                        && state.slots.get(&key).is_some_and(|slot| slot.serial == serial)
                    {
                        match alarm {
                            Alarm::Deadline => self.end(&mut state, &[key], Ending::Deadline, false),
                            Alarm::Kill => self.kill(&mut state, key),
                        }
                    }
                    state
                }
            };
        }
    }
}
