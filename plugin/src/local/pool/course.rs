//! The course of one attempt: its volumes, its tries, and what it comes to.

use std::{
    fs, io,
    path::Path,
    process::{self, Child},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use gene_engine::Failure;
use k8s_openapi::jiff::Timestamp;
use rustix::process::{Pid, Signal};

use super::{
    Key, Shared,
    clock::Alarm,
    slot::{Ending, Kind, Running, signal_group},
};
use crate::local::{
    attempt::{Launch, Message, Outcome},
    orphans::table,
    prepare::{PreparedTask, job_name},
    runner::{self, Runner, container, log, outcome, output::Output, process as process_runner},
    volumes::{self, Ready, Source},
};

/// The longest pause between two tries: Kubernetes' own.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// How often a process is tried to be started while the machine has no room for one, a pause each.
const SCARCE_TRIES: u32 = 5;

/// What one try came to.
enum End {
    /// The attempt is over.
    Attempt(Outcome),
    /// This try failed.
    Try(Failure),
}

impl Shared {
    /// Runs an attempt from its start to its end. Its slot is there, and gone afterwards.
    pub(super) fn run(self: &Arc<Self>, launch: &Launch) {
        let key = (launch.vertex, launch.attempt);
        let mut started = None;
        let outcome = match self.prepared.tasks.get(launch.vertex.task as usize) {
            Some(task) => self.run_task(task, launch, &mut started),
            None => start_failed(format!("there is no task {}", launch.vertex.task)),
        };
        self.lock().slots.remove(&key);
        self.exited(key, started, outcome);
    }

    fn run_task(
        self: &Arc<Self>,
        task: &PreparedTask,
        launch: &Launch,
        started: &mut Option<Timestamp>,
    ) -> Outcome {
        if task.deadline == Some(Duration::ZERO) {
            // The Job controller compares as it sees the Job first, before there is a pod.
            return Ending::Deadline.outcome();
        }
        let stem = log::stem(&task.name, launch.vertex, launch.attempt);
        let scratch = self.prepared.site.run_dir.join("scratch").join(stem);
        let has_scratch = task.mounts.iter().any(|mount| mount.source == Source::Scratch);
        if has_scratch && let Err(error) = remove(&scratch) {
            return start_failed(format!("{}: {}", scratch.display(), process_runner::reason(&error)));
        }
        let outcome = match volumes::make_ready(&task.mounts, &scratch) {
            Ok(ready) => self.run_tries(task, launch, &ready, started),
            Err(why) => start_failed(why),
        };
        if has_scratch {
            // What cannot be removed (another user's, a container's) is only in the way.
            let _ = remove(&scratch);
        }
        outcome
    }

    fn run_tries(
        self: &Arc<Self>,
        task: &PreparedTask,
        launch: &Launch,
        ready: &[Ready],
        started: &mut Option<Timestamp>,
    ) -> Outcome {
        let key = (launch.vertex, launch.attempt);
        let path = log::path(&self.prepared.site.run_dir, &task.name, launch.vertex, launch.attempt);
        let mut restarts = 0;
        loop {
            let failure = match self.run_once(task, launch, ready, &path, restarts, started) {
                End::Attempt(outcome) => return outcome,
                End::Try(failure) if restarts < task.restarts => failure,
                End::Try(failure) => return Outcome::Failed(failure),
            };
            if let Some(ending) = self.pause(key, self.timing.pause(restarts)) {
                return ending.outcome();
            }
            restarts += 1;
            if let Err(error) = log::keep_try(&path, restarts) {
                let message =
                    format!("{}; {}: {}", failure.message, path.display(), process_runner::reason(&error));
                return Outcome::Failed(Failure { message, ..failure });
            }
        }
    }

    fn run_once(
        self: &Arc<Self>,
        task: &PreparedTask,
        launch: &Launch,
        ready: &[Ready],
        path: &Path,
        restarts: u32,
        started: &mut Option<Timestamp>,
    ) -> End {
        let key = (launch.vertex, launch.attempt);
        let (mut command, kind) = match self.command(task, launch, ready, restarts) {
            Ok(command) => command,
            Err(why) => return End::Attempt(start_failed(why)),
        };
        let connected = log::create(path).and_then(|log| Output::connect(&mut command, log));
        let mut output = match connected {
            Ok(output) => output,
            Err(error) => {
                let why = format!("{}: {}", path.display(), process_runner::reason(&error));
                return End::Attempt(start_failed(why));
            }
        };
        let mut child = match self.spawn_patiently(key, &mut command) {
            Ok(child) => child,
            Err(outcome) => return End::Attempt(outcome),
        };
        drop(command); // and with it our ends of what it writes to
        let Some(leader) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
            return End::Attempt(start_failed("the process has no number".to_owned()));
        };
        let process = table::identify(leader);
        let at = *started.get_or_insert_with(Timestamp::now);
        let first = (restarts == 0).then_some(task.deadline).flatten();
        self.watch(key, &Running { leader, kind: kind.clone() }, first);
        (self.tell)(Message::Started { vertex: key.0, attempt: key.1, restarts, process, at });
        output.copy_while_running(leader);
        let ending = self.unwatch(key, leader);
        let written = output.finish();
        let status = child.wait();
        let failure = match status {
            Ok(status) => outcome::failure(status),
            Err(error) => Some(runner::start_failure(format!(
                "the process was lost: {}",
                process_runner::reason(&error)
            ))),
        };
        let failure = match kind {
            Kind::Container(engine, name) => {
                engine.settle(&name, failure, ending.is_some(), task.bounds.memory, path)
            }
            _ => failure,
        };
        let failure = match written {
            Ok(()) => failure,
            Err(error) => {
                let why = format!("{}: {}", path.display(), process_runner::reason(&error));
                Some(outcome::log_incomplete(&why, failure))
            }
        };
        match (ending, failure) {
            (Some(ending), _) => End::Attempt(ending.outcome()),
            (None, None) => End::Attempt(Outcome::Succeeded),
            (None, Some(failure)) => End::Try(failure),
        }
    }

    fn command(
        &self,
        task: &PreparedTask,
        launch: &Launch,
        ready: &[Ready],
        restarts: u32,
    ) -> Result<(process::Command, Kind), String> {
        match &self.prepared.runner {
            Runner::Process => {
                let kind = if task.sandbox.is_some() { Kind::Sandboxed } else { Kind::Process };
                Ok((process_runner::command(&self.prepared, task, launch, ready)?, kind))
            }
            Runner::Container(engine) => {
                let job = job_name(&self.prepared, task, launch.vertex.index, launch.attempt);
                let name = container::container_name(&self.prepared.site.run_id, &job, restarts);
                let command = engine.run(&self.prepared, task, launch, &name, ready);
                Ok((command, Kind::Container(engine.clone(), name)))
            }
        }
    }

    /// Starts a process, waiting a while where the machine has no room for one.
    fn spawn_patiently(&self, key: Key, command: &mut process::Command) -> Result<Child, Outcome> {
        for tries in 0.. {
            match command.spawn() {
                Ok(child) => return Ok(child),
                Err(error) if is_scarce(&error) && tries < SCARCE_TRIES => {
                    if let Some(ending) = self.pause(key, self.timing.pause(tries)) {
                        return Err(ending.outcome());
                    }
                }
                Err(error) => return Err(start_failed(process_runner::explain(&error, command))),
            }
        }
        Err(Outcome::Ended)
    }

    /// Lets others signal what runs. What was to end meanwhile is told so now.
    fn watch(self: &Arc<Self>, key: Key, running: &Running, deadline: Option<Duration>) {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(slot) = state.slots.get_mut(&key) else { return };
        slot.running = Some(running.clone());
        // A deadline beyond what the clock can tell never comes.
        if let Some(at) = deadline.and_then(|deadline| Instant::now().checked_add(deadline)) {
            state.alarms.set(at, slot.serial, key, Alarm::Deadline);
            self.alarmed.notify_one();
        }
        if slot.is_killed() {
            self.kill(state, key);
        } else if slot.ending.is_some() {
            self.terminate(key, slot.serial, running, &mut None);
        }
    }

    /// Kills what the leader left in its group, while the group's number cannot be another's yet, and
    /// lets nobody signal it any more.
    fn unwatch(&self, key: Key, leader: Pid) -> Option<Ending> {
        let mut state = self.lock();
        signal_group(leader, Signal::KILL);
        let slot = state.slots.get_mut(&key)?;
        slot.running = None;
        slot.ending
    }

    /// Waits, unless the attempt is to end.
    fn pause(&self, key: Key, pause: Duration) -> Option<Ending> {
        let until = Instant::now() + pause;
        let mut state = self.lock();
        loop {
            if let Some(ending) = state.slots.get(&key).and_then(|slot| slot.ending) {
                return Some(ending);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self.ending.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// When things happen; tests have less time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// How long a process group may take to end after SIGTERM.
    pub(super) grace: Duration,
    /// The pause after the first failed try; each further one is twice as long.
    pub(super) first_pause: Duration,
}

impl Timing {
    pub(super) fn pause(self, restarts: u32) -> Duration {
        let factor = 1_u32.checked_shl(restarts).unwrap_or(u32::MAX);
        self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE)
    }
}

fn is_scarce(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        error.raw_os_error().map(Errno::from_raw_os_error),
        Some(Errno::AGAIN | Errno::NOMEM | Errno::MFILE | Errno::NFILE)
    )
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn start_failed(message: String) -> Outcome {
    Outcome::Failed(runner::start_failure(message))
}
