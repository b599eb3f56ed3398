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

use super::{End, backoff, status};
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
    pub retry_generation: i64,
    /// The status that is stored.
    pub recorded: ExecutionStatus,
    /// It had ended, or was about to, and was opened again: which must be recorded before anything else.
    pub is_reopened: bool,
}

/// Takes up an Execution. One that cannot be run gets phase `Error` with the reason.
pub(super) async fn begin(shared: &Shared, owner: &Owner, execution: &SlimExecution) -> Begun {
    let recorded: ExecutionStatus = match &execution.status {
        None => ExecutionStatus::default(),
        Some(text) => match serde_json::from_str(text.get()) {
            Ok(status) => status,
            Err(error) => {
                let message = format!("its status cannot be read: {error}");
                return refuse(shared, owner, execution, ExecutionStatus::default(), message).await;
            }
        },
    };
    let valid = match valid(owner, execution, &recorded.plan_digest) {
        Ok(valid) => Arc::new(valid),
        Err(message) => return refuse(shared, owner, execution, recorded, message).await,
    };
    let asked = SpecPeek::of(execution.spec.as_deref()).retry_generation;
    let heeded = recorded.retry_generation.unwrap_or(0);
    let has_begun = recorded.phase != phase::NEW;
    if asked > heeded && has_begun {
        if let Err(faults) = retry::check_reopening(&valid, &recorded) {
            let note = format!("it cannot be retried: {}", words(&faults));
            tracing::info!(
                execution = owner.name,
                namespace = owner.namespace,
                reason = note,
                "retry refused"
            );
            shared.recorder.publish(owner, Kind::Warning, "RetryRefused", note);
            if is_terminal(&recorded.phase) {
                return Begun::Ended(End::Terminal { retry_generation: asked });
            }
        } else {
            tracing::info!(execution = owner.name, namespace = owner.namespace, "opened again");
            shared.recorder.publish(owner, Kind::Normal, "Retried", "what failed is tried again".into());
            let now = shared.clock.now();
            let options = Options {
                started_at: recorded.started_at.as_ref().map(|time| time.0),
                deadline_from: Some(now),
                ..Options::default()
            };
            let run = Run::reopened(valid, &recorded, asked, now, options);
            return Begun::Running(Box::new(Running {
                run,
                retry_generation: asked,
                recorded,
                is_reopened: true,
            }));
        }
    }
    let options = Options {
        started_at: recorded.started_at.as_ref().map(|time| time.0),
        deadline_from: recorded.retried_at.as_ref().map(|time| time.0),
        ..Options::default()
    };
    let mut run = Run::new(valid, options);
    run.recall(&recorded);
    let retry_generation = asked.max(heeded);
    Begun::Running(Box::new(Running { run, retry_generation, recorded, is_reopened: false }))
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

/// Records that an Execution cannot be run, as often as it takes.
async fn refuse(
    shared: &Shared,
    owner: &Owner,
    execution: &SlimExecution,
    recorded: ExecutionStatus,
    message: String,
) -> Begun {
    let retry_generation = SpecPeek::of(execution.spec.as_deref()).retry_generation;
    tracing::info!(execution = owner.name, namespace = owner.namespace, reason = message, "it cannot be run");
    shared.recorder.publish(owner, Kind::Warning, "InvalidExecution", message.clone());
    shared.metrics.execution_finished(phase::ERROR);
    let status =
        error_status(recorded, message, execution.metadata.generation, retry_generation, shared.clock.now());
    let mut version = execution.metadata.resource_version.clone().unwrap_or_default();
    let mut backoff = backoff();
    loop {
        let result = match status::raw(&status) {
            Ok(raw) => shared.api.write_status(owner, &version, &raw).await,
            Err(error) => {
                tracing::error!(execution = owner.name, error = %error, "its status cannot be written as JSON");
                return Begun::Ended(End::Terminal { retry_generation });
            }
        };
        match result {
            Ok(_) => return Begun::Ended(End::Terminal { retry_generation }),
            Err(error) if error.is_not_found() => return Begun::Ended(End::Gone),
            Err(error) => tokio::time::sleep(backoff.next(error.retry_after())).await,
        }
        // It may have changed; whether it is still at fault is seen where it is taken up anew.
        match shared.api.execution(owner).await {
            Ok(now) if now.metadata.uid.as_ref() != Some(&owner.uid) => return Begun::Ended(End::Gone),
            Ok(now) if now.metadata.deletion_timestamp.is_some() => return Begun::Ended(End::Gone),
            Ok(now) => version = now.metadata.resource_version.unwrap_or_default(),
            Err(error) if error.is_not_found() => return Begun::Ended(End::Gone),
            Err(_) => {}
        }
    }
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
