//! What the picture shows, from the status and from when things happened.

use std::collections::HashMap;

use gene_engine::{Run, indexes::for_each_index};
use gene_types::{
    plan::TaskPlan,
    v1alpha1::{TaskStatus, status::phase},
};
use k8s_openapi::jiff::Timestamp;

use crate::render::progress::{FailureRow, RunView, State, TaskRow};

/// When the vertices of each task ran: from the first start to the last end, in this generation.
#[derive(Debug)]
pub struct Spans(Vec<(Option<Timestamp>, Option<Timestamp>)>);

impl Spans {
    /// Nothing has happened yet in so many tasks.
    pub fn new(tasks: usize) -> Self {
        Self(vec![(None, None); tasks])
    }

    /// A vertex of this task started.
    pub fn start(&mut self, task: u32, at: Timestamp) {
        if let Some((first, _)) = self.0.get_mut(task as usize) {
            *first = Some(first.map_or(at, |first| first.min(at)));
        }
    }

    /// A vertex of this task ended.
    pub fn end(&mut self, task: u32, at: Timestamp) {
        if let Some((_, last)) = self.0.get_mut(task as usize) {
            *last = Some(last.map_or(at, |last| last.max(at)));
        }
    }

    fn elapsed(&self, task: usize, runs: bool, now: Timestamp) -> Option<u64> {
        let (first, last) = *self.0.get(task)?;
        let end = if runs { Some(now) } else { last };
        Some(seconds_between(first?, end?))
    }
}

/// What is shown beside the status.
pub struct Beside<'a> {
    /// A word beside the phase.
    pub note: Option<&'a str>,
    /// When this generation began.
    pub began: Timestamp,
    /// The time now.
    pub now: Timestamp,
    /// How many vertices may run at once.
    pub parallelism: Option<u32>,
    /// When tasks ran.
    pub spans: &'a Spans,
    /// What failed, oldest first.
    pub failures: &'a [FailureRow],
}

/// All that the picture shows.
pub fn view(run: &mut Run, beside: &Beside) -> RunView {
    let status = run.status();
    let (done, total) = status.progress.split_once('/').unwrap_or_default();
    let plan = run.valid().plan();
    let left: HashMap<&str, u64> =
        status.tasks.iter().map(|task| (task.name.as_str(), left_of(task))).collect();
    let rows = status.tasks.iter().zip(&plan.tasks).enumerate().map(|(position, (task, compiled))| {
        let running = indexes(&task.running_indexes);
        let is_pending = task.phase == phase::PENDING;
        TaskRow {
            name: task.name.clone(),
            state: State::of_phase(&task.phase),
            succeeded: task.succeeded.unsigned_abs(),
            total: task.total.map(i32::unsigned_abs),
            elapsed: beside.spans.elapsed(position, task.phase == phase::RUNNING, beside.now),
            running,
            waits_for: waits_for(compiled, &plan.tasks, &left).filter(|_| is_pending),
            // What failed of its vertices is shown below it.
            note: Some(task.message.clone()).filter(|text| !text.is_empty() && task.failed == 0),
        }
    });
    RunView {
        name: run.valid().name().to_owned(),
        phase: status.phase.clone(),
        note: beside.note.map(str::to_owned),
        done: done.parse().unwrap_or_default(),
        total: total.parse().unwrap_or_default(),
        elapsed: seconds_between(beside.began, beside.now),
        parallelism: beside.parallelism.map(u64::from),
        tasks: rows.collect(),
        failures: beside.failures.to_vec(),
    }
}

/// Whole seconds from one time to a later one.
pub fn seconds_between(start: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(end.duration_since(start).as_secs()).unwrap_or_default()
}

/// The first task that is waited for, with how much is left of it.
fn waits_for(task: &TaskPlan, tasks: &[TaskPlan], left: &HashMap<&str, u64>) -> Option<String> {
    task.dependencies.iter().find_map(|dependency| {
        let target = tasks.get(dependency.task as usize)?;
        let left = left.get(target.name.as_str()).copied().filter(|left| *left > 0)?;
        Some(format!("{} ({left} left)", target.name))
    })
}

/// A task whose width is not known has something left.
fn left_of(task: &TaskStatus) -> u64 {
    let total = task.total.map_or(1, i64::from);
    u64::try_from(total - i64::from(task.succeeded) - i64::from(task.skipped)).unwrap_or_default()
}

fn indexes(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for_each_index(text, u32::MAX, |index| found.push(index));
    found
}
