//! What the containers of Jobs do.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use crate::fake::object;

/// A start of a Job's container that the script is asked about.
pub struct Attempt<'a> {
    /// The Job.
    pub job: &'a Value,
    /// Its pod.
    pub pod: &'a Value,
    /// How many pods the Job had before this one.
    pub number: u32,
    /// How often this pod's container was restarted.
    pub restart: u32,
}

impl Attempt<'_> {
    /// The Job's name.
    pub fn name(&self) -> &str {
        object::name(self.job)
    }

    /// A label of the Job; empty when it has none.
    pub fn label(&self, key: &str) -> &str {
        object::label(self.job, key).unwrap_or_default()
    }

    /// The last word of the first container's command: what a shell is given to run.
    pub fn command(&self) -> &str {
        let command = self.pod.pointer("/spec/containers/0/command").and_then(Value::as_array);
        command.and_then(|words| words.last()).and_then(Value::as_str).unwrap_or_default()
    }

    /// The first container's image.
    pub fn image(&self) -> &str {
        object::text(self.pod, "/spec/containers/0/image")
    }
}

/// What keeps a pod from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing.
    Ready,
    /// No node takes it, in the scheduler's words; `None`: ever.
    Unschedulable(String, Option<Duration>),
    /// Its image cannot be had; `None`: ever.
    ImageMissing(Option<Duration>),
}

/// How a container ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this exit code.
    Exit(i32),
    /// Killed for its memory.
    OomKilled,
}

/// What happens in one start of a container.
#[derive(Clone, Debug)]
pub struct Play {
    /// What comes before; asked of the first start of a pod only.
    pub start: Start,
    /// How long it runs.
    pub duration: Duration,
    /// How it ends.
    pub outcome: Outcome,
    /// What it prints.
    pub log: String,
}

impl Play {
    /// Succeeds after `duration`, silently.
    pub fn succeed(duration: Duration) -> Self {
        Self { start: Start::Ready, duration, outcome: Outcome::Exit(0), log: String::new() }
    }

    /// Ends with `code` after `duration`.
    pub fn exit(duration: Duration, code: i32) -> Self {
        Self { outcome: Outcome::Exit(code), ..Self::succeed(duration) }
    }

    /// Prints `log` and succeeds.
    pub fn print(log: impl Into<String>) -> Self {
        Self { log: log.into(), ..Self::succeed(Duration::from_millis(10)) }
    }

    /// Is killed for its memory.
    pub fn out_of_memory(duration: Duration) -> Self {
        Self { outcome: Outcome::OomKilled, ..Self::succeed(duration) }
    }

    /// Waits for something first.
    pub fn blocked(start: Start) -> Self {
        Self { start, ..Self::succeed(Duration::from_millis(10)) }
    }
}

/// Decides what every start of a container does.
#[derive(Clone)]
pub struct Script(Arc<dyn Fn(&Attempt<'_>) -> Play + Send + Sync>);

impl Script {
    /// What the function says.
    pub fn new(decide: impl Fn(&Attempt<'_>) -> Play + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }

    /// Asks about a start.
    pub fn play(&self, attempt: &Attempt<'_>) -> Play {
        (self.0)(attempt)
    }
}

impl Default for Script {
    /// Everything succeeds after 10 ms.
    fn default() -> Self {
        Self::new(|_| Play::succeed(Duration::from_millis(10)))
    }
}
