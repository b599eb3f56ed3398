//! The vertices of an Execution, from its status, from pods, and from what its Jobs complained of.

use std::collections::BTreeMap;

use gene_engine::indexes::for_each_index;
use gene_types::{
    names::job_name,
    v1alpha1::{TaskStatus, VertexStatus},
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use serde::Deserialize;

use super::{
    pod::{Pod, why},
    seconds_between,
    subject::{Subject, TaskOutline},
};
use crate::render::progress::State;

/// What was seen beside the Execution.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Its pods that have not succeeded.
    pub pods: Vec<Pod>,
    /// Whether there are more of them.
    pub are_pods_cut: bool,
    /// What Jobs complained of when they could not make a pod.
    pub complaints: Vec<Event>,
    /// Why pods could not be read, where they could not.
    pub fault: Option<String>,
}

/// An Event of Kubernetes.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct Event {
    /// What it is about.
    pub involved_object: InvolvedObject,
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub type_: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// How often it happened; 0 where it is not counted.
    pub count: u32,
    /// When it last happened, in one of three places.
    pub last_timestamp: Option<Time>,
    /// See `last_timestamp`.
    #[serde(rename = "eventTime")]
    pub micro_time: Option<Time>,
    /// When it first happened.
    pub first_timestamp: Option<Time>,
}

/// What an Event is about.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct InvolvedObject {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

impl Event {
    /// When it last happened.
    pub fn time(&self) -> Option<Timestamp> {
        let time =
            self.last_timestamp.as_ref().or(self.micro_time.as_ref()).or(self.first_timestamp.as_ref());
        time.map(|time| time.0)
    }
}

/// One vertex.
#[derive(Clone, Debug, Default)]
pub struct Vertex<'a> {
    /// Its index in its task.
    pub index: u32,
    /// Where it stands.
    pub state: State,
    /// Its latest attempt, from 0.
    pub attempt: u32,
    /// What the Execution's status says of it.
    pub status: Option<&'a VertexStatus>,
    /// The pod of its latest attempt.
    pub pod: Option<&'a Pod>,
    /// Why its Job has no pod.
    pub complaint: Option<&'a str>,
}

/// The vertices of each task, by index: those that run or failed, and all others that something is known of.
pub struct Vertices<'a>(Vec<BTreeMap<u32, Vertex<'a>>>);

/// A task has no more vertices than this, whatever a status says.
const MOST: u32 = 1_000_000;

impl<'a> Vertices<'a> {
    /// Brings together what is known. Only with `all` those that have not begun are among them.
    pub fn new(subject: &'a Subject, around: &'a Surroundings, all: bool) -> Self {
        let positions = subject.spec.positions();
        let mut tasks: Vec<BTreeMap<u32, Vertex>> = vec![BTreeMap::new(); subject.spec.tasks.len()];
        for (task, status) in tasks.iter_mut().zip(subject.task_statuses()) {
            if let Some(status) = status {
                note_indexes(task, status, all);
            }
        }
        for (name, status) in &subject.status.vertices {
            let Some((task, index, attempt)) = parse_job_name(&subject.name, name) else { continue };
            let Some(task) = positions.get(task).and_then(|position| tasks.get_mut(*position)) else {
                continue;
            };
            let is_known = task.contains_key(&index);
            let vertex = task.entry(index).or_insert_with(|| Vertex { index, ..Vertex::default() });
            if vertex.status.is_none() || vertex.attempt < attempt {
                vertex.status = Some(status);
                vertex.attempt = vertex.attempt.max(attempt);
                // The index lists do not tell cancelled ones, and the original had none.
                if !is_known || vertex.state == State::Pending {
                    vertex.state = State::of_phase(&status.phase);
                }
            }
        }
        for pod in around.pods.iter().filter(|pod| is_of(subject, pod)) {
            let Some((task, index, attempt)) = pod.vertex().filter(|(_, index, _)| *index < MOST) else {
                continue;
            };
            let Some(task) = positions.get(task).and_then(|position| tasks.get_mut(*position)) else {
                continue;
            };
            let vertex = task.entry(index).or_insert_with(|| Vertex {
                index,
                state: State::Running,
                ..Vertex::default()
            });
            let is_newer = |held: &Pod| {
                held.metadata.creation_timestamp.as_ref().map(|time| time.0)
                    <= pod.metadata.creation_timestamp.as_ref().map(|time| time.0)
            };
            if attempt > vertex.attempt || (attempt == vertex.attempt && vertex.pod.is_none_or(is_newer)) {
                vertex.attempt = attempt;
                vertex.pod = Some(pod);
            }
        }
        for event in &around.complaints {
            let Some((task, index, attempt)) = parse_job_name(&subject.name, &event.involved_object.name)
            else {
                continue;
            };
            let task = positions.get(task).and_then(|position| tasks.get_mut(*position));
            if let Some(vertex) = task.and_then(|task| task.get_mut(&index))
                && vertex.attempt == attempt
            {
                vertex.complaint = Some(&event.message);
            }
        }
        Self(tasks)
    }

    /// Those of one task.
    pub fn of(&self, task: usize) -> impl Iterator<Item = &Vertex<'a>> {
        self.0.get(task).into_iter().flat_map(BTreeMap::values)
    }

    /// One of them.
    pub fn get(&self, task: usize, index: u32) -> Option<&Vertex<'a>> {
        self.0.get(task)?.get(&index)
    }
}

impl Vertex<'_> {
    /// What is wrong with it, in one line; `None` where all goes well.
    pub fn trouble(&self, now: Timestamp) -> Option<String> {
        let of_pod = self.pod.and_then(|pod| pod.why(now)).map(|why| why.short);
        match self.state {
            State::Failed => {
                of_pod.or_else(|| self.status.map(failure)).or_else(|| Some("failed".to_owned()))
            }
            State::Running => of_pod.or_else(|| {
                let complaint = self.complaint.filter(|_| self.pod.is_none())?;
                // Before it stands the name of the pod that could not be made.
                let why = complaint.split_once("is forbidden: ").map_or(complaint, |(_, why)| why);
                Some(format!("no pod: {why}"))
            }),
            _ => None,
        }
    }

    /// How long it has run, or ran.
    pub fn seconds(&self, now: Timestamp) -> Option<u64> {
        let status = self.status?;
        let start = status.started_at.as_ref()?.0;
        let end = status.finished_at.as_ref().map(|time| time.0);
        let end = if self.state == State::Running { now } else { end? };
        Some(seconds_between(start, end))
    }

    /// `attempt 2 of 3`, where it is not the only one.
    pub fn attempt_words(&self, task: &TaskOutline) -> Option<String> {
        let number = self.attempt.checked_add(1)?;
        match task.attempts {
            Some(all) if all > 1 && number <= all => Some(format!("attempt {number} of {all}")),
            // Beyond the budget: it was retried, with a fresh one.
            _ => (number > 1).then(|| format!("attempt {number}")),
        }
    }

    /// The node of its pod.
    pub fn node(&self) -> Option<&str> {
        self.pod.map(|pod| pod.spec.node_name.as_str()).filter(|node| !node.is_empty())
    }

    /// The name of its Job.
    pub fn job(&self, execution: &str, task: &str) -> String {
        job_name(execution, task, self.index.into(), self.attempt)
    }
}

/// Why a vertex failed, from the status alone.
pub fn failure(status: &VertexStatus) -> String {
    match (status.reason.as_str(), status.exit_code) {
        ("OOMKilled", _) => "OOMKilled".to_owned(),
        ("" | "Error" | "BackoffLimitExceeded" | "ExitCode", Some(code)) if code != 0 => why::exit(code),
        (reason, _) if status.message.starts_with(reason) || reason == "Error" => status.message.clone(),
        (reason, _) => why::with_detail(reason, &status.message),
    }
}

/// The task, the index and the attempt in the name of a Job of this Execution.
pub fn parse_job_name<'a>(execution: &str, name: &'a str) -> Option<(&'a str, u32, u32)> {
    let (task, number) = name.strip_prefix(execution)?.strip_prefix('.')?.rsplit_once('.')?;
    let (index, attempt) = number.split_once('-').unwrap_or((number, "0"));
    let index = index.parse().ok().filter(|index| *index < MOST)?;
    Some((task, index, attempt.parse().ok()?))
}

fn note_indexes(task: &mut BTreeMap<u32, Vertex>, status: &TaskStatus, all: bool) {
    let width = status.total.map_or(0, i32::unsigned_abs).min(MOST);
    if all {
        // What is said of the task holds for all of it that never began.
        let state = match State::of_phase(&status.phase) {
            state @ (State::Skipped | State::Cancelled) => state,
            _ => State::Pending,
        };
        task.extend((0..width).map(|index| (index, Vertex { index, state, ..Vertex::default() })));
    }
    let lists = [
        (&status.succeeded_indexes, State::Succeeded),
        (&status.running_indexes, State::Running),
        (&status.failed_indexes, State::Failed),
    ];
    for (text, state) in lists {
        if all || state != State::Succeeded {
            for_each_index(text, width, |index| {
                task.insert(index, Vertex { index, state, ..Vertex::default() });
            });
        }
    }
    for (index, attempt) in &status.attempts {
        let vertex = index.parse().ok().and_then(|index: u32| task.get_mut(&index));
        if let Some((vertex, attempt)) = vertex.zip(u32::try_from(*attempt).ok()) {
            vertex.attempt = attempt;
        }
    }
}

/// A pod that was there before is of an earlier Execution of this name.
fn is_of(subject: &Subject, pod: &Pod) -> bool {
    let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    subject.created.zip(created).is_none_or(|(own, pods)| own <= pods)
}

#[cfg(test)]
mod tests;
