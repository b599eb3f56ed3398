//! One line per change, made from what happens and not from the status: a run of many vertices has
//! many changes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gene_engine::{Event, Run, Vertex};
use gene_types::{ValidExecution, v1alpha1::status::phase};
use jiff::{Timestamp, tz::TimeZone};

use super::{stream::Stream, view::seconds_between};
use crate::{local::history::vertex_label, render};

/// Changes of whole tasks are looked for in the status, and no more often than this.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// How long a reader that takes nothing is waited for at the end of a run that was stopped.
const LAST_PATIENCE: Duration = Duration::from_millis(500);

/// A run, line by line.
#[derive(Debug)]
pub struct Lines {
    stream: Stream,
    zone: TimeZone,
    valid: Arc<ValidExecution>,
    /// What was not written yet.
    text: Vec<u8>,
    is_stopping: bool,
    /// By task: whether it was said that it is skipped or failed as a whole.
    told: Vec<bool>,
    expects: bool,
    looked: Option<Instant>,
}

impl Lines {
    pub(super) fn new(stream: Stream, run: &Run) -> Self {
        let valid = Arc::clone(run.valid());
        let told = vec![false; valid.plan().tasks.len()];
        let zone = TimeZone::system();
        Self { stream, zone, valid, text: Vec::new(), is_stopping: false, told, expects: true, looked: None }
    }

    pub(super) fn note(&mut self, event: &Event) {
        let after = |started: Option<Timestamp>, finished| {
            started.map_or_else(String::new, |started| {
                format!("after {}", render::duration(seconds_between(started, finished)))
            })
        };
        match event {
            Event::Started { vertex, at, .. } => self.vertex(*at, *vertex, phase::RUNNING, ""),
            Event::Succeeded { vertex, started, finished, .. } => {
                self.vertex(*finished, *vertex, phase::SUCCEEDED, &after(*started, *finished));
            }
            Event::Failed { vertex, started, finished, failure, .. } => {
                let detail = format!("{} {}", failure.message, after(*started, *finished));
                self.vertex(*finished, *vertex, phase::FAILED, &detail);
            }
            Event::Gone { vertex, at, .. } => self.vertex(*at, *vertex, phase::CANCELLED, ""),
            _ => {}
        }
    }

    pub(super) fn retrying(&mut self, vertex: Vertex, restarts: u32) {
        let task = self.valid.execution().spec.tasks.get(vertex.task as usize);
        let limit = task.and_then(|task| task.backoff_limit).unwrap_or_default();
        let detail = format!("try {} of {}", u64::from(restarts) + 1, i64::from(limit) + 1);
        self.vertex(Timestamp::now(), vertex, phase::RUNNING, &detail);
    }

    pub(super) fn trying_again(&mut self, event: &Event) {
        if let Event::Failed { vertex, attempt, finished, failure, .. } = event {
            let detail = format!("attempt {} failed: {}", u64::from(*attempt) + 1, failure.message);
            self.vertex(*finished, *vertex, phase::PENDING, &detail);
        }
    }

    pub(super) fn expect_changes(&mut self) {
        self.expects = true;
    }

    pub(super) fn stopping(&mut self) {
        self.is_stopping = true;
        let valid = Arc::clone(&self.valid);
        self.line(Timestamp::now(), valid.name(), "Stopping", "ending what runs");
    }

    pub(super) fn refresh(&mut self, run: &mut Run) {
        if self.expects && self.looked.is_none_or(|looked| looked.elapsed() >= BETWEEN_LOOKS) {
            self.look(run);
        }
        self.stream.write_some(&mut self.text, Duration::ZERO);
    }

    pub(super) fn next_refresh(&self) -> Duration {
        if self.expects || !self.text.is_empty() { BETWEEN_LOOKS } else { Duration::MAX }
    }

    pub(super) fn close(&mut self, run: &mut Run) {
        self.look(run);
        self.flush();
    }

    pub(super) fn say(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
        self.flush();
    }

    /// Tasks that came to an end without any vertex of theirs: skipped, or failed as a whole.
    fn look(&mut self, run: &mut Run) {
        self.expects = false;
        self.looked = Some(Instant::now());
        for (index, task) in run.status().tasks.iter().enumerate() {
            let is_whole = task.phase == phase::SKIPPED || (task.phase == phase::FAILED && task.failed == 0);
            if let Some(told) = self.told.get_mut(index).filter(|told| is_whole && !**told) {
                *told = true;
                self.line(Timestamp::now(), &task.name, &task.phase, &task.message);
            }
        }
    }

    fn vertex(&mut self, at: Timestamp, vertex: Vertex, phase: &str, detail: &str) {
        let what = vertex_label(self.valid.plan(), vertex);
        self.line(at, &what, phase, detail);
    }

    fn line(&mut self, at: Timestamp, what: &str, phase: &str, detail: &str) {
        let time = self.zone.to_datetime(at).time();
        let time = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
        self.text.extend_from_slice(render::change_line(&time, what, phase, detail).as_bytes());
        self.text.push(b'\n');
    }

    /// Writes everything. Who stops a run does not wait for a reader that takes nothing.
    fn flush(&mut self) {
        let patience = if self.is_stopping { LAST_PATIENCE } else { Duration::MAX };
        self.stream.write_some(&mut self.text, patience);
    }
}
