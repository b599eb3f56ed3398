//! The loop between the engine and what happens: messages in, records written, actions carried out.
//!
//! Nothing is told to the engine, and so nothing follows from it, before it stands in the journal.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use gene_engine::{Action, Event, Run, Steering, Vertex};
use gene_types::v1alpha1::{ExecutionStatus, status::phase};
use k8s_openapi::jiff::Timestamp;

use super::{
    attempt::{Launch, Message, Outcome},
    directory::RunDir,
    display::Display,
    history::{milliseconds, vertex_name},
    journal::{Journal, Record},
    pool::Pool,
    result,
    runner::process::reason,
    signals::Signal,
};

/// So many actions are asked for at once, and so many messages taken in, before the other side has its turn.
const BATCH: usize = 256;

/// With nothing else to wait for, the loop looks around so often.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What comes in.
#[derive(Debug)]
pub enum Input {
    /// Of an attempt.
    Attempt(Message),
    /// Of the user or the system.
    Signal(Signal),
}

impl From<Message> for Input {
    fn from(message: Message) -> Self {
        Self::Attempt(message)
    }
}

/// How a run came to an end.
#[derive(Debug)]
pub struct Ended {
    /// The final status, or the last one where `idle`.
    pub status: ExecutionStatus,
    /// Nothing runs, nothing can start, and only a change of the spec can help.
    pub is_idle: bool,
    /// The signal that stopped it.
    pub stopped: Option<i32>,
    /// The first attempt that failed.
    pub failed: Option<(Vertex, u32)>,
}

impl Ended {
    /// Whether everything is done.
    pub fn succeeded(&self) -> bool {
        self.status.phase == phase::SUCCEEDED
    }
}

/// Why a run had to be given up; what was recorded until then holds.
#[derive(Debug, thiserror::Error)]
#[error("\"{}\" cannot be written: {}", .path.display(), reason(.source))]
pub struct Unrecorded {
    /// Which file.
    pub path: PathBuf,
    /// The system's word on it.
    pub source: io::Error,
}

/// One generation of one run.
#[derive(Debug)]
pub struct Driver<'a> {
    /// What decides; already told what earlier generations did.
    pub run: Run,
    /// What runs.
    pub pool: Pool,
    /// What is recorded.
    pub journal: Journal,
    /// Where.
    pub directory: &'a RunDir,
    /// What happens.
    pub inputs: &'a Receiver<Input>,
    /// What is shown.
    pub display: &'a mut Display,
    /// The attempts, beyond the first, of vertices that succeeded.
    pub attempts: HashMap<Vertex, u32>,
}

/// What the loop knows beside the engine.
#[derive(Debug, Default)]
struct Loop {
    wake: Option<Timestamp>,
    stopped: Option<i32>,
    failed: Option<(Vertex, u32)>,
    /// Launches without an `Exited`.
    live: usize,
}

impl Driver<'_> {
    /// Runs until everything is done, failed or ended.
    ///
    /// # Errors
    /// Something could not be recorded. Everything that ran has been ended.
    pub fn drive(&mut self) -> Result<Ended, Unrecorded> {
        let mut state = Loop::default();
        let driven = self.go(&mut state);
        if driven.is_err() {
            self.end_everything(&mut state);
        }
        driven
    }

    fn go(&mut self, state: &mut Loop) -> Result<Ended, Unrecorded> {
        loop {
            self.act(state)?;
            let is_idle = state.wake.is_none() && self.run.unfinished().next().is_none();
            if self.run.phase().is_terminal() || is_idle {
                let is_idle = !self.run.phase().is_terminal();
                let status = self.run.status();
                return Ok(Ended { status, is_idle, stopped: state.stopped, failed: state.failed });
            }
            self.display.refresh(&mut self.run);
            self.take_in(state)?;
        }
    }

    /// Does all that the engine asks for.
    fn act(&mut self, state: &mut Loop) -> Result<(), Unrecorded> {
        loop {
            let now = Timestamp::now();
            state.wake = state.wake.filter(|wake| *wake > now);
            let mut did = false;
            for action in self.run.next(now, BATCH) {
                did |= !matches!(action, Action::WakeAt(_));
                match action {
                    Action::Start { vertex, attempt } => {
                        let command = self.run.command(vertex);
                        self.pool.start(Launch { vertex, attempt, command });
                        state.live += 1;
                    }
                    Action::End { vertex, attempt } => self.pool.end(vertex, attempt),
                    Action::ReadResult { vertex } => self.read_result(vertex)?,
                    Action::WakeAt(time) => state.wake = Some(time),
                }
            }
            if !did {
                return Ok(());
            }
        }
    }

    /// Waits until something happens, records it, and tells the engine.
    fn take_in(&mut self, state: &mut Loop) -> Result<(), Unrecorded> {
        let until_wake = state.wake.map_or(LONGEST_WAIT, until);
        let first = match self.inputs.recv_timeout(until_wake.min(self.display.next_refresh())) {
            Ok(first) => first,
            // The sender of the signals lives as long as the program.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
        };
        let mut events = Vec::new();
        for input in std::iter::once(first).chain(self.inputs.try_iter()).take(BATCH) {
            match input {
                Input::Signal(Signal::Resized) => self.display.resize(),
                Input::Signal(Signal::Stop(number)) => events.extend(self.stop(state, number)),
                Input::Attempt(message) => {
                    state.live -= usize::from(matches!(message, Message::Exited { .. }));
                    self.journal.push(&record(&message, |vertex| self.name(vertex)));
                    match message {
                        // The same attempt still; only people care.
                        Message::Started { vertex, restarts: restarts @ 1.., .. } => {
                            self.display.retrying(vertex, restarts);
                        }
                        message => events.push(event(message)),
                    }
                }
            }
        }
        self.write()?;
        for event in events {
            self.run.observe(event.clone());
            match event {
                Event::Succeeded { vertex, attempt: attempt @ 1.., .. } => {
                    self.attempts.insert(vertex, attempt);
                }
                Event::Failed { vertex, attempt, .. } if self.run.attempt(vertex) != Some(attempt) => {
                    self.display.trying_again(&event);
                    continue;
                }
                Event::Failed { vertex, attempt, .. } => {
                    state.failed.get_or_insert((vertex, attempt));
                }
                _ => {}
            }
            self.display.note(&event);
        }
        Ok(())
    }

    /// The first signal ends everything in order, the second at once.
    fn stop(&mut self, state: &mut Loop, number: i32) -> Option<Event> {
        if state.stopped.is_some() {
            self.pool.kill_all();
            return None;
        }
        state.stopped = Some(number);
        self.display.stopping();
        let steering = Steering::of(&self.run.valid().execution().spec);
        Some(Event::Steer(Steering { cancel: true, ..steering }))
    }

    /// What is kept is recorded; what cannot be had is asked for again by the next generation.
    fn read_result(&mut self, vertex: Vertex) -> Result<(), Unrecorded> {
        let attempt = self.attempts.get(&vertex).copied().unwrap_or_default();
        let name = self.name(vertex);
        let log = self.directory.place().log(self.run.valid().plan(), vertex, attempt);
        let text = result::read_log(&log, &name);
        if let Ok(text) = &text {
            let results = self.directory.results();
            result::store(&results, &name, text)
                .map_err(|source| Unrecorded { path: results.join(&name), source })?;
            self.journal.push(&Record::Result { vertex: name, bytes: text.len() as u64 });
            self.write()?;
        }
        self.run.observe(Event::Result { vertex, text });
        self.display.expect_changes();
        Ok(())
    }

    fn write(&mut self) -> Result<(), Unrecorded> {
        self.journal.write().map_err(|source| Unrecorded { path: self.directory.journal(), source })
    }

    fn name(&self, vertex: Vertex) -> String {
        vertex_name(self.run.valid().plan(), vertex)
    }

    /// Ends what runs, with nobody to tell it to. A further signal kills.
    fn end_everything(&mut self, state: &mut Loop) {
        self.pool.end_all();
        while state.live > 0 {
            match self.inputs.recv() {
                Ok(Input::Attempt(Message::Exited { .. })) => state.live -= 1,
                Ok(Input::Signal(Signal::Stop(_))) => self.pool.kill_all(),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

/// A moment later than the time, so that it has come when the wait is over.
fn until(time: Timestamp) -> Duration {
    let rest = time.duration_since(Timestamp::now());
    Duration::try_from(rest).unwrap_or_default() + Duration::from_millis(1)
}

fn record(message: &Message, name: impl Fn(Vertex) -> String) -> Record {
    match message {
        Message::Started { vertex, attempt, process, at, .. } => Record::Start {
            vertex: name(*vertex),
            attempt: *attempt,
            pid: process.map(|process| process.pid),
            ticks: process.map(|process| process.start_ticks),
            at: milliseconds(*at),
        },
        Message::Exited { vertex, attempt, started, finished, outcome } => {
            let (vertex, attempt, finished) = (name(*vertex), *attempt, milliseconds(*finished));
            match outcome {
                Outcome::Succeeded => {
                    let started = started.map_or(finished, milliseconds);
                    Record::Succeeded { vertex, attempt, started, finished }
                }
                Outcome::Failed(failure) => Record::Failed {
                    vertex,
                    attempt,
                    finished,
                    reason: failure.reason.clone(),
                    message: failure.message.clone(),
                    exit: failure.exit_code,
                },
                Outcome::Ended => Record::Ended { vertex, attempt, at: finished },
            }
        }
    }
}

fn event(message: Message) -> Event {
    match message {
        Message::Started { vertex, attempt, at, .. } => Event::Started { vertex, attempt, at },
        Message::Exited { vertex, attempt, started, finished, outcome } => match outcome {
            Outcome::Succeeded => Event::Succeeded { vertex, attempt, started, finished, message: None },
            Outcome::Failed(failure) => Event::Failed { vertex, attempt, started, finished, failure },
            Outcome::Ended => Event::Gone { vertex, attempt, at: finished },
        },
    }
}
