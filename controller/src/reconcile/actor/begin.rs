//! Taking up an Execution: anew, after a restart, or opened again.

use std::sync::Arc;

use gene_engine::{Options, Run};
use gene_types::{
    Limits, ValidExecution,
    field::FieldError,
    retry,
    v1alpha1::{API_VERSION, ExecutionStatus, KIND, status::phase},
    validate_stored,
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use serde_json::{Value, json};

use super::{
    End, backoff,
    last::{self, Recorded},
};
use crate::{
    events::Kind,
    owner::Owner,
    reconcile::{Shared, message::JobSeen, peek::SpecPeek},
    slim::SlimExecution,
};

/// What is said of an Execution that cannot be run: its faults, as far as a page of them goes.
const FAULTS_BYTES: usize = 4096;

/// What taking up came to.
pub(super) enum Begun {
    /// It runs.
    Running(Box<Running>),
    /// There is nothing to run.
    Ended(End),
}

/// An Execution that runs.
pub(super) struct Running {
    pub run: Run,
    /// The Execution from which the run was made.
    pub execution: SlimExecution,
    pub retry_generation: i64,
    /// The status that is stored.
    pub recorded: ExecutionStatus,
    /// It had ended, or was about to, and was opened again: which must be recorded before anything else.
    pub is_reopened: bool,
}

/// What an Execution comes to, by itself.
enum Verdict {
    /// It runs.
    Runs { run: Box<Run>, retry_generation: i64, recorded: ExecutionStatus, is_reopened: bool },
    /// Nothing of it runs: this is to be its status.
    Ends(ExecutionStatus),
}

/// Takes up an Execution. One that cannot be run gets phase `Error` with the reason.
pub(super) async fn begin(shared: &Shared, owner: &Owner, mut execution: SlimExecution) -> Begun {
    loop {
        let status = match judge(shared, owner, &execution) {
            Verdict::Runs { run, retry_generation, recorded, is_reopened } => {
                let running = Running { run: *run, execution, retry_generation, recorded, is_reopened };
                return Begun::Running(Box::new(running));
            }
            Verdict::Ends(status) => status,
        };
        match last::record(shared, owner, &execution, &status).await {
            Recorded::Done(end) => return Begun::Ended(end),
            Recorded::Changed(now) => execution = *now,
        }
    }
}

fn judge(shared: &Shared, owner: &Owner, execution: &SlimExecution) -> Verdict {
    let recorded: ExecutionStatus = match &execution.status {
        None => ExecutionStatus::default(),
        Some(text) => match serde_json::from_str(text.get()) {
            Ok(status) => status,
            Err(error) => {
                let message = format!("its status cannot be read: {error}");
                return refuse(shared, owner, execution, ExecutionStatus::default(), message);
            }
        },
    };
    let valid = match valid(owner, execution, &recorded.plan_digest) {
        Ok(valid) => Arc::new(valid),
        Err(message) => return refuse(shared, owner, execution, recorded, message),
    };
    let asked = SpecPeek::of(execution.spec.as_deref()).retry_generation;
    let heeded = recorded.retry_generation.unwrap_or(0);
    let has_begun = recorded.phase != phase::NEW;
    if asked > heeded && has_begun {
        let Err(faults) = retry::check_reopening(&valid, &recorded) else {
            return reopen(shared, owner, valid, recorded, asked);
        };
        let note = format!("it cannot be retried: {}", words(&faults));
        tracing::info!(execution = owner.name, namespace = owner.namespace, reason = note, "retry refused");
        shared.recorder.publish(owner, Kind::Warning, "RetryRefused", note);
        if is_terminal(&recorded.phase) {
            return Verdict::Ends(ExecutionStatus {
                retry_generation: Some(asked),
                observed_generation: execution.metadata.generation,
                ..recorded
            });
        }
    }
    let options = Options {
        started_at: recorded.started_at.as_ref().map(|time| time.0),
        deadline_from: recorded.retried_at.as_ref().map(|time| time.0),
        ..Options::default()
    };
    let mut run = Box::new(Run::new(valid, options));
    run.recall(&recorded);
    if asked > heeded {
        run.heed(asked);
    }
    Verdict::Runs { run, retry_generation: asked.max(heeded), recorded, is_reopened: false }
}

fn reopen(
    shared: &Shared,
    owner: &Owner,
    valid: Arc<ValidExecution>,
    recorded: ExecutionStatus,
    asked: i64,
) -> Verdict {
    tracing::info!(execution = owner.name, namespace = owner.namespace, "opened again");
    shared.recorder.publish(owner, Kind::Normal, "Retried", "what failed is tried again".into());
    let now = shared.clock.now();
    let options = Options {
        started_at: recorded.started_at.as_ref().map(|time| time.0),
        deadline_from: Some(now),
        ..Options::default()
    };
    let run = Box::new(Run::reopened(valid, &recorded, asked, now, options));
    Verdict::Runs { run, retry_generation: asked, recorded, is_reopened: true }
}

/// All Jobs of an Execution, as they are now.
pub(super) async fn jobs(shared: &Shared, owner: &Owner) -> Vec<JobSeen> {
    let mut backoff = backoff();
    loop {
        match shared.api.jobs_of(owner).await {
            Ok(jobs) => {
                let seen = jobs.iter().filter_map(JobSeen::of);
                return seen.filter(|(of, _)| *of == owner.uid).map(|(_, seen)| seen).collect();
            }
            Err(error) => {
                tracing::warn!(execution = owner.name, namespace = owner.namespace, error = %error,
                    "its Jobs cannot be listed yet");
                tokio::time::sleep(backoff.next(error.retry_after())).await;
            }
        }
    }
}

/// Checks an Execution as admission does, and that its tasks are those of which its status speaks. Fields that only
/// a newer version knows are left alone.
///
/// # Errors
/// Every fault, in words.
pub(super) fn valid(
    owner: &Owner,
    execution: &SlimExecution,
    digest: &str,
) -> Result<ValidExecution, String> {
    let spec: Value = match &execution.spec {
        Some(text) => serde_json::from_str(text.get()).map_err(|error| error.to_string())?,
        None => Value::Null,
    };
    let mut metadata = json!({"namespace": owner.namespace, "name": owner.name, "uid": owner.uid});
    if let Some(generation) = execution.metadata.generation {
        metadata["generation"] = generation.into();
    }
    if let Some(labels) = &execution.metadata.labels {
        metadata["labels"] = json!(labels);
    }
    let document = json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec});
    let valid = validate_stored(document, &Limits::CLUSTER).map_err(|faults| words(&faults))?.valid;
    if !digest.is_empty() && digest != valid.digest() {
        return Err(
            "its tasks were changed after it had started; create a new Execution for other tasks".into()
        );
    }
    Ok(valid)
}

pub(super) fn words(faults: &[FieldError]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    gene_types::field::within(lines.join("; "), FAULTS_BYTES)
}

pub(super) fn is_terminal(of: &str) -> bool {
    matches!(of, phase::SUCCEEDED | phase::FAILED | phase::ERROR)
}

fn refuse(
    shared: &Shared,
    owner: &Owner,
    execution: &SlimExecution,
    recorded: ExecutionStatus,
    message: String,
) -> Verdict {
    tracing::info!(execution = owner.name, namespace = owner.namespace, reason = message, "it cannot be run");
    shared.recorder.publish(owner, Kind::Warning, "InvalidExecution", message.clone());
    let retry_generation = SpecPeek::of(execution.spec.as_deref()).retry_generation;
    let now = shared.clock.now();
    Verdict::Ends(error_status(recorded, message, execution.metadata.generation, retry_generation, now))
}

/// A status that says why the Execution is at fault, and keeps what was recorded of it.
pub(super) fn error_status(
    recorded: ExecutionStatus,
    message: String,
    generation: Option<i64>,
    retry_generation: i64,
    now: Timestamp,
) -> ExecutionStatus {
    let now = Time(Timestamp::from_second(now.as_second()).unwrap_or(now));
    ExecutionStatus {
        phase: phase::ERROR.into(),
        message,
        started_at: Some(recorded.started_at.clone().unwrap_or_else(|| now.clone())),
        finished_at: Some(now),
        observed_generation: generation,
        retry_generation: (retry_generation > 0).then_some(retry_generation).or(recorded.retry_generation),
        ..recorded
    }
}
