//! An attempt in progress, as those who want to end it see it.

use std::{collections::HashMap, sync::Arc, thread, time::Instant};

use rustix::process::{Pid, Signal};

use super::{Key, Shared, State, clock::Alarm};
use crate::local::{
    attempt::Outcome,
    orphans::table,
    runner::{container::Engine, outcome},
};

/// An attempt in progress.
#[derive(Debug)]
pub(super) struct Slot {
    /// Unique in the pool.
    pub(super) serial: u64,
    /// What runs; `None` before a try, between two and after the last one's end was seen.
    pub(super) running: Option<Running>,
    /// Why it is being ended.
    pub(super) ending: Option<Ending>,
    /// Whether the caller asked for its end, too.
    is_asked: bool,
    /// Whether it is to be killed: at once, also where what runs is not known here yet.
    is_killed: bool,
}

/// A process group whose leader was not reaped yet, so that its number is still its own.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// The leader.
    pub(super) leader: Pid,
    /// What it is.
    pub(super) kind: Kind,
}

/// What the leader of a process group is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// The command itself.
    Process,
    /// bubblewrap, which would take the command with it unheard if it got SIGTERM itself.
    Sandboxed,
    /// An engine's command line, which waits for the container of this name.
    Container(Engine, String),
}

/// Why an attempt is being ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The caller asked for it.
    Asked,
    /// Its time is over.
    Deadline,
}

impl Ending {
    /// What the attempt comes to.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Asked => Outcome::Ended,
            Self::Deadline => Outcome::Failed(outcome::deadline_exceeded()),
        }
    }
}

impl Slot {
    /// Whether it is to be killed.
    pub(super) fn is_killed(&self) -> bool {
        self.is_killed
    }

    pub(super) fn new(serial: u64) -> Self {
        Self { serial, running: None, ending: None, is_asked: false, is_killed: false }
    }
}

impl Shared {
    /// Ends attempts: SIGTERM, and an alarm for SIGKILL; what the caller asks for twice, and everything
    /// `at_once`, is killed.
    pub(super) fn end(self: &Arc<Self>, state: &mut State, keys: &[Key], why: Ending, at_once: bool) {
        let mut groups = None;
        for key in keys {
            let Some(slot) = state.slots.get_mut(key) else { continue };
            let is_asked_again = why == Ending::Asked && slot.is_asked;
            slot.is_asked |= why == Ending::Asked;
            let is_new = slot.ending.is_none();
            slot.ending.get_or_insert(why);
            if at_once || is_asked_again {
                self.kill(state, *key);
            } else if is_new {
                state.alarms.set(Instant::now() + self.timing.grace, slot.serial, *key, Alarm::Kill);
                if let Some(running) = slot.running.clone() {
                    self.terminate(*key, slot.serial, &running, &mut groups);
                }
            }
        }
        self.alarmed.notify_one();
        self.ending.notify_all();
    }

    /// SIGTERM to what runs of an attempt. `groups` is filled when it is first needed.
    pub(super) fn terminate(
        self: &Arc<Self>,
        key: Key,
        serial: u64,
        running: &Running,
        groups: &mut Option<HashMap<Pid, Vec<Pid>>>,
    ) {
        match &running.kind {
            Kind::Process => signal_group(running.leader, Signal::TERM),
            Kind::Sandboxed => {
                let groups = groups.get_or_insert_with(table::groups);
                for &member in groups.get(&running.leader).into_iter().flatten() {
                    if member != running.leader {
                        table::signal_member(member, running.leader, Signal::TERM);
                    }
                }
            }
            Kind::Container(engine, name) => {
                let (shared, engine, name) = (Arc::clone(self), engine.clone(), name.clone());
                let leader = running.leader;
                aside(move || {
                    if !engine.stop(&name, shared.timing.grace.as_secs()) {
                        // There is no container yet.
                        shared.signal_if_running(key, serial, leader, Signal::TERM);
                    }
                });
            }
        }
    }

    /// SIGKILL to what runs of an attempt.
    pub(super) fn kill(self: &Arc<Self>, state: &mut State, key: Key) {
        let Some(slot) = state.slots.get_mut(&key) else { return };
        slot.is_killed = true;
        let Some(running) = slot.running.clone() else { return };
        if let Kind::Container(engine, name) = running.kind {
            let (shared, serial) = (Arc::clone(self), slot.serial);
            aside(move || {
                engine.remove(&name);
                shared.signal_if_running(key, serial, running.leader, Signal::KILL);
            });
        } else {
            signal_group(running.leader, Signal::KILL);
        }
    }

    fn signal_if_running(&self, key: Key, serial: u64, leader: Pid, signal: Signal) {
        let state = self.lock();
        let is_running = state.slots.get(&key).is_some_and(|slot| {
            slot.serial == serial && slot.running.as_ref().is_some_and(|running| running.leader == leader)
        });
        if is_running {
            signal_group(leader, signal);
        }
    }
}

/// Does what takes long in a thread of its own, as the lock is held here.
fn aside(work: impl FnOnce() + Send + 'static) {
    // Without a thread the alarm, or the end of the pool, tries again.
    let _ = thread::Builder::new().name("engine".to_owned()).spawn(work);
}

/// Signals a whole process group whose leader is not reaped yet.
pub(super) fn signal_group(leader: Pid, signal: Signal) {
    // The leader may have left a group whose members are gone; nothing else can go wrong with children.
    let _ = rustix::process::kill_process_group(leader, signal);
}
