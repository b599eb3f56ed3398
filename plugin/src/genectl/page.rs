//! `genectl describe`: an Execution with every one of its jobs.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
};

use gene_types::{
    Limits,
    v1alpha1::{
        TaskStatus, VertexStatus,
        status::{condition_type, phase},
    },
    validate_stored,
};
use serde_json::Value;

use super::table::{header, table};
use crate::{
    render::text::printable,
    view::{Subject, vertex::parse_job_name},
};

/// Annotations that are longer, with their keys, stand on lines of their own, which are cut there.
const LONGEST_ANNOTATION: usize = 140;

/// The page.
pub fn page(document: &Value) -> String {
    let subject = Subject::from_document(document);
    let mut text = head(&subject);
    text.push_str("workflow:\n");
    let widths = widths(document);
    let mut vertices = by_task(&subject);
    let statuses = subject.task_statuses();
    for (position, task) in subject.spec.tasks.iter().enumerate() {
        let task = Task {
            name: &task.name,
            width: widths.get(position).copied().unwrap_or_default(),
            status: statuses.get(position).copied().flatten(),
            vertices: vertices.remove(task.name.as_str()).unwrap_or_default(),
        };
        text.push_str(&task.section(&subject));
    }
    // Of a spec that was changed behind the controller's back, jobs may be left.
    for (name, vertices) in vertices {
        text.push_str(&Task { name, width: 0, status: None, vertices }.section(&subject));
    }
    text + "\n"
}

fn head(subject: &Subject) -> String {
    let row = |key: &str, value: &str| vec![format!("{key}:"), printable(value)];
    let mut rows = vec![row("Name", &subject.name), row("Namespace", &subject.namespace)];
    let labels = subject.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let annotations = subject.annotations.iter().flat_map(|(key, value)| annotation(key, value));
    for (name, values) in [("Labels", labels.collect::<Vec<_>>()), ("Annotations", annotations.collect())] {
        if values.is_empty() {
            rows.push(row(name, "<none>"));
        }
        for (number, value) in values.iter().enumerate() {
            rows.push(if number == 0 { row(name, value) } else { vec![String::new(), printable(value)] });
        }
    }
    let phase = if subject.status.phase.is_empty() { phase::RUNNING } else { &subject.status.phase };
    rows.push(row("Phase", phase));
    if !subject.status.message.is_empty() {
        rows.push(row("Message", &subject.status.message));
    }
    table("", &rows)
}

/// `key: value` on a line, or the value on lines below.
fn annotation(key: &str, value: &str) -> Vec<String> {
    let value = value.strip_suffix('\n').unwrap_or(value);
    if key.len() + value.len() + 2 <= LONGEST_ANNOTATION && !value.contains('\n') {
        return vec![format!("{key}: {value}")];
    }
    let lines = value.split('\n').map(|line| match line.char_indices().nth(LONGEST_ANNOTATION - 2) {
        Some((end, _)) => format!("  {}...", line.get(..end).unwrap_or(line)),
        None => format!("  {line}"),
    });
    std::iter::once(format!("{key}:")).chain(lines).collect()
}

/// How many jobs each task has, as far as the spec says.
fn widths(document: &Value) -> Vec<u64> {
    let mut spec = document.clone();
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("status");
    }
    if let Ok(stored) = validate_stored(spec, &Limits::LOCAL) {
        let tasks = &stored.valid.plan().tasks;
        return tasks.iter().map(|task| task.commands.static_width().unwrap_or_default()).collect();
    }
    let tasks = document["spec"]["tasks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let count = |task: &Value, key: &str| task[key].as_array().map_or(0, Vec::len) as u64;
    tasks.iter().map(|task| count(task, "commandSet") + count(task, "commands")).collect()
}

/// The jobs of each task, by index and attempt.
fn by_task(subject: &Subject) -> BTreeMap<&str, Vec<Job<'_>>> {
    let mut tasks: BTreeMap<&str, Vec<Job<'_>>> = BTreeMap::new();
    for (name, status) in &subject.status.vertices {
        let (task, index, attempt) = match parse_job_name(&subject.name, name) {
            Some((task, index, attempt)) => (task, Some(index), attempt),
            None => (name.rsplit('.').nth(1).unwrap_or("?"), None, 0),
        };
        tasks.entry(task).or_default().push(Job { index, attempt, name, status });
    }
    for jobs in tasks.values_mut() {
        jobs.sort_by_key(|job| (job.index.is_none(), job.index, job.attempt, job.name));
    }
    tasks
}

struct Job<'a> {
    index: Option<u32>,
    attempt: u32,
    name: &'a str,
    status: &'a VertexStatus,
}

struct Task<'a> {
    name: &'a str,
    /// Of the spec; 0 where only a result will say.
    width: u64,
    status: Option<&'a TaskStatus>,
    vertices: Vec<Job<'a>>,
}

impl Task<'_> {
    fn section(&self, subject: &Subject) -> String {
        let of_phase = |phase: &str| {
            u64::try_from(self.vertices.iter().filter(|job| job.status.phase == phase).count())
                .unwrap_or_default()
        };
        let count = |count: i32| u64::try_from(count).unwrap_or_default();
        // A status that lists its tasks counts them all, one that does not lists every job.
        let (total, succeeded, failed, running) = match self.status {
            Some(status) => (
                status.total.map_or(self.width, count),
                count(status.succeeded),
                count(status.failed),
                count(status.running),
            ),
            None => {
                (self.width, of_phase(phase::SUCCEEDED), of_phase(phase::FAILED), of_phase(phase::RUNNING))
            }
        };
        let errors = of_phase(phase::ERROR);
        let mut text = format!(
            "  {}(total: {total}; success: {succeeded}; failed: {failed}; running: {running}; error: {errors}):\n",
            printable(self.name)
        );
        if self.vertices.is_empty() {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "    {}", self.why_empty(subject));
        }
        let mut rows = Vec::from(header(&["Subtask", "Phase", "Message"]));
        let row = |job: &Job<'_>| {
            let Job { name, status, .. } = job;
            vec![printable(name), printable(&status.phase), printable(&status.message)]
        };
        rows.extend(self.vertices.iter().map(row));
        text.push_str(&table("    ", &rows));
        let listed: HashSet<u32> = self.vertices.iter().filter_map(|job| job.index).collect();
        let left_out = (succeeded + failed + running).saturating_sub(listed.len() as u64);
        let are_omitted = |type_: &str| {
            let mut conditions = subject.status.conditions.iter();
            conditions.any(|condition| condition.type_ == type_ && condition.status == "True")
        };
        if left_out > 0 && are_omitted(condition_type::VERTICES_OMITTED) {
            let _ = writeln!(text, "    {left_out} more are not listed");
        }
        text
    }

    fn why_empty(&self, subject: &Subject) -> String {
        let of_task = self.status.map_or("", |status| status.phase.as_str());
        let message = self.status.map_or("", |status| status.message.as_str());
        match (of_task, subject.status.phase.as_str()) {
            (phase::SKIPPED | phase::FAILED, _) if !message.is_empty() => {
                printable(&format!("{}: {message}", of_task.to_lowercase()))
            }
            (phase::SKIPPED, _) => "skipped".to_owned(),
            (phase::SUCCEEDED, _) if self.status.and_then(|status| status.total) == Some(0) => {
                "done: there was nothing to execute".to_owned()
            }
            (phase::SUCCEEDED | phase::RUNNING, _) => "its subtasks are not listed".to_owned(),
            (_, phase::ERROR | phase::FAILED) => {
                "the status of workflow is error or failed, this job will not run".to_owned()
            }
            _ => "wait for execute".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
