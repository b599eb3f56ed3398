//! The Execution that is looked at: its metadata, as much of its spec as pictures need, and its status.
//!
//! It is taken from the raw document field by field, so that an Execution that no controller would accept can
//! still be shown, with the reason for it.

use std::collections::HashMap;

use gene_types::v1alpha1::{ExecutionStatus, TaskStatus, status::phase};
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::Value;

use super::reading::Reading;

/// An Execution as it is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its UID.
    pub uid: String,
    /// The version of the object that this was read from.
    pub resource_version: String,
    /// The generation of its spec.
    pub generation: Option<i64>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Whether it is being deleted.
    pub is_deleted: bool,
    /// Whether a retry was asked for that the status does not speak of yet.
    pub is_reopened: bool,
    /// Its labels and annotations, in the order of their keys.
    pub labels: Vec<(String, String)>,
    /// See `labels`.
    pub annotations: Vec<(String, String)>,
    /// What it asks for.
    pub spec: Outline,
    /// What was answered. A part that cannot be read is empty.
    pub status: ExecutionStatus,
    /// Why the status cannot be read, where it cannot.
    pub status_fault: Option<String>,
}

/// As much of a spec as pictures need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Every task, in the order of the file.
    pub tasks: Vec<TaskOutline>,
    /// How many vertices may run at once.
    pub parallelism: Option<i64>,
    /// Nothing new starts.
    pub suspend: bool,
    /// Everything is ended.
    pub cancel: bool,
    /// What a failure means for the rest; empty: the default.
    pub failure_policy: String,
    /// After so many seconds it is ended.
    pub deadline: Option<i64>,
}

/// As much of a task as pictures need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskOutline {
    /// Its name.
    pub name: String,
    /// The positions of the tasks that it waits for, ascending, each once.
    pub after: Vec<usize>,
    /// How many attempts each vertex has, where the spec says.
    pub attempts: Option<u32>,
    /// How often the Job starts a failed pod again, where the spec says.
    pub backoff_limit: Option<i64>,
    /// How many of its vertices may run at once.
    pub parallelism: Option<i64>,
    /// The image of its container.
    pub image: String,
    /// What it reads of what others print.
    pub reading: Reading,
}

impl Subject {
    /// Reads an Execution as the API server gave it.
    pub fn from_document(document: &Value) -> Self {
        let metadata = &document["metadata"];
        let (status, status_fault) = status(&document["status"]);
        Self {
            name: text(&metadata["name"]),
            namespace: text(&metadata["namespace"]),
            uid: text(&metadata["uid"]),
            resource_version: text(&metadata["resourceVersion"]),
            generation: metadata["generation"].as_i64(),
            created: time(&metadata["creationTimestamp"]),
            is_deleted: metadata["deletionTimestamp"].is_string(),
            is_reopened: is_reopened(document),
            labels: pairs(&metadata["labels"]),
            annotations: pairs(&metadata["annotations"]),
            spec: outline(&document["spec"], &status),
            status,
            status_fault,
        }
    }

    /// Whether nothing more will happen by itself.
    pub fn is_over(&self) -> bool {
        matches!(self.status.phase.as_str(), phase::SUCCEEDED | phase::FAILED | phase::ERROR)
            && !self.is_reopened
    }

    /// Whether it ended otherwise than well.
    pub fn has_failed(&self) -> bool {
        matches!(self.status.phase.as_str(), phase::FAILED | phase::ERROR)
    }

    /// Whether the spec was changed and the status does not speak of that yet.
    pub fn is_unseen(&self) -> bool {
        self.status.observed_generation.zip(self.generation).is_some_and(|(seen, now)| seen < now)
    }

    /// Seconds since its start, or from its start to its end; before it started, since it was created.
    pub fn elapsed(&self, now: Timestamp) -> Option<u64> {
        let start = self.status.started_at.as_ref().map(|time| time.0).or(self.created)?;
        let end = self.status.finished_at.as_ref().map_or(now, |time| time.0);
        Some(super::seconds_between(start, end))
    }

    /// The status of each task of the spec, in its order.
    pub fn task_statuses(&self) -> Vec<Option<&TaskStatus>> {
        let by_name: HashMap<&str, &TaskStatus> =
            self.status.tasks.iter().map(|task| (task.name.as_str(), task)).collect();
        self.spec.tasks.iter().map(|task| by_name.get(task.name.as_str()).copied()).collect()
    }
}

impl Outline {
    /// The positions of the tasks by their names.
    pub fn positions(&self) -> HashMap<&str, usize> {
        self.tasks.iter().enumerate().map(|(position, task)| (task.name.as_str(), position)).collect()
    }
}

/// Only what failed can be opened again.
fn is_reopened(document: &Value) -> bool {
    let generation = |part: &str| document[part]["retryGeneration"].as_i64().unwrap_or_default();
    document["status"]["phase"] == phase::FAILED && generation("spec") > generation("status")
}

fn status(value: &Value) -> (ExecutionStatus, Option<String>) {
    if value.is_null() {
        return (ExecutionStatus::default(), None);
    }
    match ExecutionStatus::deserialize(value) {
        Ok(status) => (status, None),
        Err(error) => {
            let rest = ExecutionStatus {
                phase: text(&value["phase"]),
                message: text(&value["message"]),
                progress: text(&value["progress"]),
                ..ExecutionStatus::default()
            };
            (rest, Some(error.to_string()))
        }
    }
}

fn outline(spec: &Value, status: &ExecutionStatus) -> Outline {
    let tasks = spec["tasks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let attempts = attempts(&spec["retry"]);
    let mut outline = Outline {
        tasks: tasks.iter().map(|task| task_outline(task, attempts)).collect(),
        parallelism: spec["parallelism"].as_i64(),
        suspend: spec["suspend"] == true,
        cancel: spec["cancel"] == true,
        failure_policy: text(&spec["failurePolicy"]),
        deadline: spec["activeDeadlineSeconds"].as_i64(),
    };
    if outline.tasks.is_empty() {
        let named = |task: &TaskStatus| TaskOutline { name: task.name.clone(), ..TaskOutline::default() };
        outline.tasks = status.tasks.iter().map(named).collect();
        return outline;
    }
    let after: Vec<Vec<usize>> = {
        let positions = outline.positions();
        tasks.iter().enumerate().map(|(own, task)| targets(task, own, &positions)).collect()
    };
    for (task, after) in outline.tasks.iter_mut().zip(after) {
        task.after = after;
    }
    outline
}

fn task_outline(task: &Value, attempts_of_all: Option<u32>) -> TaskOutline {
    TaskOutline {
        name: text(&task["name"]),
        after: Vec::new(),
        attempts: attempts(&task["retry"]).or(attempts_of_all),
        backoff_limit: task["backoffLimit"].as_i64(),
        parallelism: task["parallelism"].as_i64(),
        image: text(&task["image"]),
        reading: Reading::of(task),
    }
}

/// What a task names twice, or that is not there, or is itself, is no dependency to draw.
fn targets(task: &Value, own: usize, positions: &HashMap<&str, usize>) -> Vec<usize> {
    let dependents = task["dependents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut after: Vec<usize> = dependents
        .iter()
        .filter_map(|dependent| positions.get(dependent["target"].as_str()?).copied())
        .filter(|position| *position != own)
        .collect();
    after.sort_unstable();
    after.dedup();
    after
}

/// `limit` counts the attempts after the first.
fn attempts(retry: &Value) -> Option<u32> {
    u32::try_from(retry["limit"].as_u64()?).ok()?.checked_add(1)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(key, value)| (key.clone(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_of_any_shape_is_read_as_far_as_it_goes() {
        for document in
            [json!(null), json!([]), json!({"spec": 3}), json!({"spec": {"tasks": [1, {}]}, "status": []})]
        {
            let subject = Subject::from_document(&document);
            assert!(!subject.is_over(), "{document}");
        }
        let odd = json!({"status": {"phase": "Error", "message": "why", "vertices": [1]}});
        let subject = Subject::from_document(&odd);
        assert_eq!((subject.status.phase.as_str(), subject.status.message.as_str()), ("Error", "why"));
        assert!(subject.status_fault.is_some());
    }

    #[test]
    fn dependencies_are_positions_and_attempts_count_the_first() {
        let spec = json!({"retry": {"limit": 2}, "tasks": [
            {"name": "a", "dependents": [{"target": "a"}, {"target": "nobody"}]},
            {"name": "b", "retry": {"limit": 0}, "dependents": [{"target": "c"}, {"target": "a"}, {"target": "c"}]},
            {"name": "c"},
        ]});
        let spec = Subject::from_document(&json!({"spec": spec})).spec;
        let after: Vec<_> = spec.tasks.iter().map(|task| task.after.clone()).collect();
        assert_eq!(after, [vec![], vec![0, 2], vec![]]);
        let attempts: Vec<_> = spec.tasks.iter().map(|task| task.attempts).collect();
        assert_eq!(attempts, [Some(3), Some(1), Some(3)]);
    }

    #[test]
    fn an_end_that_a_retry_opens_again_is_not_the_end() {
        let document = |wanted: i64, seen: i64, phase: &str| {
            json!({"metadata": {"generation": 2}, "spec": {"retryGeneration": wanted},
                   "status": {"phase": phase, "retryGeneration": seen, "observedGeneration": 1}})
        };
        for (wanted, seen, phase, expected) in [
            (1, 0, "Failed", false),
            (1, 1, "Failed", true),
            (1, 0, "Succeeded", true),
            (0, 0, "Failed", true),
        ] {
            let subject = Subject::from_document(&document(wanted, seen, phase));
            assert_eq!(subject.is_over(), expected, "{wanted} {seen} {phase}");
        }
    }
}
