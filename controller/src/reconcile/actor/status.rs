//! Writing the status: seldom, whole, and with the resourceVersion that it was computed from.

use gene_types::v1alpha1::{ExecutionStatus, status::phase};
use serde_json::value::RawValue;
use tokio::time::{Duration, Instant};

use super::{Actor, End, UponWrite, backoff, begin::is_terminal, outcome::Outcome};
use crate::{api::CallError, backoff::Backoff, events::Kind, slim::SlimExecution};

/// No two writes are closer than this, save for a change of phase.
const NOT_SOONER_THAN: Duration = Duration::from_millis(500);

/// A write costs the API server time in proportion to the spec: it is to be busy with one Execution's
/// status for a twentieth of the time at most.
const TIMES_THE_LAST: u32 = 20;

/// After a conflict the watch brings the newer Execution; where it does not, it is asked for.
const NEWER_WITHIN: Duration = Duration::from_secs(2);

/// When the status is written, and what was.
pub(super) struct Writer {
    /// The newest resourceVersion that is known.
    version: String,
    /// What is stored, as far as is known.
    stored: ExecutionStatus,
    is_dirty: bool,
    is_under_way: bool,
    /// Nothing is written before, unless the phase changes.
    not_before: Instant,
    /// Nothing at all is written before: the last try went wrong.
    rest_until: Option<Instant>,
    /// The last try met a newer Execution than this resourceVersion.
    conflict: Option<String>,
    backoff: Backoff,
    /// The retryGeneration of a final status that was seen while a write was under way: ours, or one of
    /// another controller that was faster.
    seen_end: Option<i64>,
    /// What is written instead of the engine's: the Execution cannot be followed any more.
    last: Option<ExecutionStatus>,
}

impl Writer {
    pub fn new(version: String, stored: ExecutionStatus) -> Self {
        Self {
            version,
            stored,
            is_dirty: true,
            is_under_way: false,
            not_before: Instant::now(),
            rest_until: None,
            conflict: None,
            backoff: backoff(),
            seen_end: None,
            last: None,
        }
    }

    /// This is the last status, whatever the engine says.
    pub fn end_with(&mut self, status: ExecutionStatus) {
        self.last = Some(status);
        self.is_dirty = true;
    }

    /// There is no last status: the engine's counts again.
    pub fn go_on(&mut self) {
        self.last = None;
    }

    /// Whether the last status is only to be written.
    pub fn is_ending(&self) -> bool {
        self.last.is_some()
    }

    /// Something has changed.
    pub fn touch(&mut self) {
        self.is_dirty = true;
    }

    /// Whether all that is known is stored.
    pub fn is_clean(&self) -> bool {
        !self.is_dirty && !self.is_under_way
    }

    /// When to look again, where that is not now.
    pub fn due(&self) -> Option<Instant> {
        if !self.is_dirty || self.is_under_way {
            return None;
        }
        Some(self.rest_until.unwrap_or(self.not_before))
    }

    /// The Execution has this resourceVersion now. Whether that is news.
    pub fn saw(&mut self, version: &str) -> bool {
        // Not promised to be numbers, but they are; where not, what came last counts.
        let is_newer = match (version.parse::<u64>(), self.version.parse::<u64>()) {
            (Ok(new), Ok(known)) => new > known,
            _ => version != self.version,
        };
        if is_newer {
            version.clone_into(&mut self.version);
            if self.conflict.as_deref().is_some_and(|stale| stale != version) {
                self.conflict = None;
                self.rest_until = None;
            }
        }
        is_newer
    }

    pub fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    /// A final status was seen, of this retryGeneration.
    pub fn saw_end(&mut self, retry_generation: i64) {
        self.seen_end = Some(retry_generation);
    }
}

/// A write of the status.
pub(super) struct Written {
    status: ExecutionStatus,
    /// Whether it says that everything is being ended.
    is_ending: bool,
    /// The resourceVersion with which it was sent.
    version: String,
    bytes: usize,
    took: Duration,
    result: Result<String, CallError>,
}

impl Actor {
    /// Writes the status where it is time to. The end where the stored status is a final one.
    pub(super) fn write_status(&mut self, is_stopping: bool) -> Option<End> {
        let writer = &self.writer;
        if !writer.is_dirty || writer.is_under_way || self.waits_for_results() {
            return None;
        }
        let now = Instant::now();
        if writer.rest_until.is_some_and(|until| now < until) {
            return None;
        }
        self.writer.rest_until = None;
        let writer = &self.writer;
        if writer.conflict.is_some() {
            self.look();
            return None;
        }
        let is_ending = self.run.is_ending();
        let is_urgent = self.run.phase().text() != writer.stored.phase
            || writer.is_ending()
            || !self.to_end.is_empty()
            || (is_ending && !self.is_end_recorded);
        if !is_urgent && !is_stopping && now < writer.not_before {
            return None;
        }
        let mut status = self.writer.last.clone().unwrap_or_else(|| self.run.status());
        status.observed_generation = Some(self.generation);
        self.writer.is_dirty = false;
        self.upon_write = UponWrite { to_end: std::mem::take(&mut self.to_end), releases: self.is_held };
        if status == self.writer.stored {
            self.recorded();
            self.is_end_recorded = is_ending;
            return is_terminal(&status.phase)
                .then_some(End::Terminal { retry_generation: self.retry_generation });
        }
        let raw = match raw(&status) {
            Ok(raw) => raw,
            Err(error) => {
                tracing::error!(execution = self.owner.name, error = %error, "its status cannot be written as JSON");
                return None;
            }
        };
        self.writer.is_under_way = true;
        let (api, owner, version) =
            (self.shared.api.clone(), self.owner.clone(), self.writer.version.clone());
        let bytes = raw.get().len();
        self.calls.push(Box::pin(async move {
            let start = Instant::now();
            let result = api.write_status(&owner, &version, &raw).await;
            Outcome::Written(Box::new(Written {
                status,
                is_ending,
                version,
                bytes,
                took: start.elapsed(),
                result,
            }))
        }));
        None
    }

    /// Whether the engine has yet to be told what was kept: until then its status is the one that is stored.
    pub(super) fn waits_for_results(&self) -> bool {
        self.run.is_held() && !self.writer.is_ending()
    }

    pub(super) fn written(&mut self, written: Written) -> Option<End> {
        let Written { status, is_ending, version, bytes, took, result } = written;
        // Terminal is terminal, whoever wrote it.
        let seen_end = self.seen_end();
        let writer = &mut self.writer;
        writer.is_under_way = false;
        match result {
            Ok(version) => {
                self.shared.metrics.status_write(took, bytes);
                writer.saw(&version);
                writer.conflict = None;
                writer.rest_until = None;
                writer.backoff = backoff();
                writer.not_before = Instant::now() + NOT_SOONER_THAN.max(took * TIMES_THE_LAST);
                let before = std::mem::replace(&mut writer.stored, status);
                self.is_end_recorded = is_ending && self.run.is_ending();
                self.recorded();
                self.say_phase(&before);
                return is_terminal(&self.writer.stored.phase)
                    .then_some(End::Terminal { retry_generation: self.retry_generation })
                    .or(seen_end);
            }
            Err(error) if error.is_not_found() => return Some(End::Gone),
            Err(_) if seen_end.is_some() => return seen_end,
            Err(error) if error.is_conflict() => {
                writer.is_dirty = true;
                self.to_end.append(&mut self.upon_write.to_end);
                // The newer one may have been seen while this was under way.
                if writer.version == version {
                    writer.conflict = Some(version);
                    writer.rest_until = Some(Instant::now() + NEWER_WITHIN);
                }
            }
            Err(error) => {
                writer.is_dirty = true;
                writer.rest_until = Some(Instant::now() + writer.backoff.next(error.retry_after()));
                self.to_end.append(&mut self.upon_write.to_end);
                self.shared.metrics.reconcile_error("FailedStatus");
                tracing::warn!(execution = self.owner.name, namespace = self.owner.namespace, error = %error,
                    "its status cannot be recorded yet");
            }
        }
        None
    }

    /// What waited for the status to be stored is done now.
    fn recorded(&mut self) {
        let UponWrite { to_end, releases } = std::mem::take(&mut self.upon_write);
        self.is_held &= !releases;
        for (vertex, attempt) in to_end {
            // One that has finished meanwhile keeps its Job.
            if !self.run.has_ended(vertex, attempt) {
                self.delete(vertex, attempt);
            }
        }
    }

    /// Asks for the Execution: a newer one was not brought by the watch.
    fn look(&mut self) {
        self.writer.is_under_way = true;
        let (api, owner) = (self.shared.api.clone(), self.owner.clone());
        self.calls.push(Box::pin(async move {
            Outcome::Looked { result: api.execution(&owner).await.map(Box::new) }
        }));
    }

    pub(super) fn looked(&mut self, result: Result<Box<SlimExecution>, CallError>) -> Option<End> {
        // The watch may have been faster, with an end.
        let seen_end = self.seen_end();
        let writer = &mut self.writer;
        writer.is_under_way = false;
        match result {
            Ok(execution) => {
                writer.conflict = None;
                writer.rest_until = None;
                self.execution_seen(&execution).or(seen_end)
            }
            Err(error) if error.is_not_found() => Some(End::Gone),
            Err(error) => {
                writer.rest_until = Some(Instant::now() + writer.backoff.next(error.retry_after()));
                seen_end
            }
        }
    }

    /// The end that was seen while a call was under way, where nothing was opened again since.
    fn seen_end(&mut self) -> Option<End> {
        let seen = self.writer.seen_end.take().filter(|seen| *seen >= self.retry_generation)?;
        Some(End::Terminal { retry_generation: seen })
    }

    /// Tells people of a change of phase that is recorded.
    fn say_phase(&self, before: &ExecutionStatus) {
        let now = &self.writer.stored;
        if before.phase == now.phase {
            return;
        }
        tracing::info!(
            execution = self.owner.name,
            namespace = self.owner.namespace,
            phase = now.phase,
            progress = now.progress,
            message = now.message,
            "phase changed"
        );
        let (kind, reason) = match now.phase.as_str() {
            phase::RUNNING => (Kind::Normal, phase::RUNNING),
            phase::SUCCEEDED => (Kind::Normal, phase::SUCCEEDED),
            // Why was told when the spec was refused.
            phase::ERROR => return self.shared.metrics.execution_finished(phase::ERROR),
            _ => (Kind::Warning, phase::FAILED),
        };
        if is_terminal(&now.phase) {
            self.shared.metrics.execution_finished(reason);
        }
        self.shared.recorder.publish(&self.owner, kind, reason, now.message.clone());
    }
}

pub(super) fn raw(status: &ExecutionStatus) -> Result<Box<RawValue>, serde_json::Error> {
    serde_json::value::to_raw_value(status)
}
