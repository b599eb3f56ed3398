//! The story of one vertex, ending in what to type next.

use gene_types::{
    names::{LABEL_ATTEMPT, vertex_display},
    v1alpha1::status::phase,
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use serde::Deserialize;

use super::{
    Pod, Subject, pod, seconds_between,
    summary::{field, push_event_lines, push_next},
    task::NEVER_STARTED,
    vertex::{Event, Vertex},
};
use crate::render::{duration, progress::State, text::printable};

/// A Job, as much of it as the story has.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct Job {
    /// See [`pod::Metadata`].
    pub metadata: JobMetadata,
    /// See [`JobSpec`].
    pub spec: JobSpec,
    /// See [`JobStatus`].
    pub status: JobStatus,
}

/// What of a Job's metadata is read.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct JobMetadata {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its labels.
    pub labels: std::collections::BTreeMap<String, String>,
}

/// What of a Job's spec is read.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct JobSpec {
    /// Its pods.
    pub template: Template,
}

/// What a Job's pods are made from.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct Template {
    /// See [`pod::Spec`].
    pub spec: pod::Spec,
}

/// What of a Job's status is read.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, rename_all = "camelCase")]
pub struct JobStatus {
    /// When it started.
    pub start_time: Option<Time>,
    /// When it was complete.
    pub completion_time: Option<Time>,
    /// `Complete`, `Failed` and others.
    pub conditions: Vec<pod::Condition>,
}

impl Job {
    /// Its attempt, from 0.
    pub fn attempt(&self) -> u32 {
        self.metadata.labels.get(LABEL_ATTEMPT).and_then(|attempt| attempt.parse().ok()).unwrap_or_default()
    }

    fn condition(&self, type_: &str) -> Option<&pod::Condition> {
        self.status.conditions.iter().find(|condition| condition.type_ == type_ && condition.status == "True")
    }

    fn seconds(&self, now: Timestamp) -> Option<u64> {
        let failed = self.condition("Failed").and_then(|condition| condition.last_transition_time.as_ref());
        let end = self.status.completion_time.as_ref().or(failed).map_or(now, |time| time.0);
        Some(seconds_between(self.status.start_time.as_ref()?.0, end))
    }
}

/// What a story is made of.
pub struct Story<'a> {
    /// The Execution.
    pub subject: &'a Subject,
    /// The position of the task.
    pub position: usize,
    /// The vertex, as far as anything is known of it.
    pub vertex: &'a Vertex<'a>,
    /// Its Jobs that still exist.
    pub jobs: &'a [Job],
    /// Its pods that still exist.
    pub pods: &'a [Pod],
    /// Events about its latest Job and pod.
    pub events: &'a [Event],
    /// Its command, where the Execution says it.
    pub command: Option<String>,
    /// The last lines of its log.
    pub last_lines: &'a [String],
    /// The time now.
    pub now: Timestamp,
}

/// The lines of the story.
pub fn story(story: &Story) -> Vec<String> {
    let Story { subject, vertex, now, .. } = story;
    let Some(task) = subject.spec.tasks.get(story.position) else { return Vec::new() };
    let statuses = subject.task_statuses();
    let mut lines = Vec::new();
    let shown = vertex_display(&task.name, vertex.index.into());
    let job = vertex.job(&subject.name, &task.name);
    let has_no_job = matches!(vertex.state, State::Pending | State::Skipped);
    let job = if has_no_job { String::new() } else { format!(" (Job {job})") };
    field(&mut lines, "Vertex", &format!("{shown} of {}{job}", subject.name));
    field(&mut lines, "Phase", vertex.state.as_phase());
    push_why(&mut lines, story);
    push_attempts(&mut lines, story);
    let container = story.jobs.last().and_then(|job| job.spec.template.spec.containers.first());
    field(&mut lines, "Image", container.map_or(&task.image, |container| &container.image));
    let of_job = || container.and_then(|container| container.command.last()).cloned();
    push_command(&mut lines, &story.command.clone().or_else(of_job).unwrap_or_default());
    let after: Vec<String> = task
        .after
        .iter()
        .filter_map(|after| {
            let name = &subject.spec.tasks.get(*after)?.name;
            Some(match statuses.get(*after).copied().flatten() {
                Some(status) => {
                    let total = status.total.map_or("?".to_owned(), |total| total.to_string());
                    format!("{name} ({} of {total} succeeded)", status.succeeded)
                }
                None => name.clone(),
            })
        })
        .collect();
    field(&mut lines, "After", &after.join(", "));
    let before =
        subject.spec.tasks.iter().zip(&statuses).filter(|(task, _)| task.after.contains(&story.position));
    let before: Vec<String> = before
        .map(|(task, status)| match status.map(|status| State::of_phase(&status.phase)) {
            Some(State::Pending) | None if subject.is_over() => format!("{} ({NEVER_STARTED})", task.name),
            Some(State::Pending) | None => format!("{} (waits)", task.name),
            Some(state) => format!("{} ({})", task.name, state.word()),
        })
        .collect();
    field(&mut lines, "Before", &before.join(", "));
    push_event_lines(&mut lines, story.events, *now);
    for (number, line) in story.last_lines.iter().enumerate() {
        let name = if number == 0 { "Last lines" } else { "" };
        // An empty line is a line, too.
        field(&mut lines, name, if line.is_empty() { " " } else { line });
    }
    let target = format!("{}/{}/{}", printable(&subject.name), printable(&task.name), vertex.index);
    let mut next = Vec::new();
    // A pod that has not started has no log.
    if story.pods.iter().any(|pod| pod.status.phase != "Pending") {
        next.push(format!("kubectl gene logs {target}"));
    }
    if vertex.state == State::Failed && subject.is_over() {
        next.push(format!("kubectl gene retry {}", printable(&subject.name)));
    }
    if next.is_empty() {
        next.push(format!("kubectl gene tree {}", printable(&subject.name)));
    }
    push_next(&mut lines, &next);
    lines
}

fn push_why(lines: &mut Vec<String>, story: &Story) {
    let Story { subject, vertex, now, .. } = story;
    let why = vertex.pod.and_then(|pod| pod.why(*now));
    let said = vertex.trouble(*now);
    let statuses = subject.task_statuses();
    // Of what never began as the task was left out, or failed as a whole, the task says why.
    let of_task = statuses.get(story.position).copied().flatten().filter(|task| {
        !task.message.is_empty()
            && (task.phase == phase::SKIPPED || task.phase == phase::FAILED && task.failed == 0)
    });
    let never_began = matches!(vertex.state, State::Pending | State::Skipped);
    let of_task = of_task.filter(|_| never_began).map(|task| task.message.clone());
    let waits = || {
        super::task::waits_for(subject, &statuses, story.position).filter(|_| vertex.state == State::Pending)
    };
    let said = said.or(of_task).or_else(waits).unwrap_or_default();
    field(lines, "Why", &said);
    // The system's own words, where they are more than what was made of them.
    let full = why.map(|why| why.full).unwrap_or_default();
    if !full.is_empty() && !said.contains(&full) {
        field(lines, "In full", &full);
    }
    let message = vertex.status.map(|status| status.message.clone()).unwrap_or_default();
    let is_said = said.contains(&message) || said.strip_prefix("exit ") == message.strip_prefix("exit code ");
    if vertex.state == State::Failed && !is_said && message != full {
        field(lines, "Message", &message);
    }
    let is_kept =
        story.pods.iter().any(|pod| pod.vertex().is_some_and(|(_, _, attempt)| attempt == vertex.attempt));
    if vertex.state == State::Failed && !is_kept {
        field(
            lines,
            "Note",
            "its pod is gone, and the log with it; backoffLimit: 0 in the task keeps both of what fails",
        );
    }
}

/// `1  node-1  OOMKilled (limit 4Gi)  38s`: each attempt of which something is left, counted from 1.
fn push_attempts(lines: &mut Vec<String>, story: &Story) {
    let mut attempts: Vec<u32> = story.jobs.iter().map(Job::attempt).collect();
    attempts.extend(story.pods.iter().filter_map(|pod| pod.vertex()).map(|(_, _, attempt)| attempt));
    if story.vertex.status.is_some() {
        attempts.push(story.vertex.attempt);
    }
    attempts.sort_unstable();
    attempts.dedup();
    for (number, attempt) in attempts.iter().enumerate() {
        let job = story.jobs.iter().find(|job| job.attempt() == *attempt);
        let of_attempt = |pod: &&Pod| pod.vertex().is_some_and(|(_, _, own)| own == *attempt);
        let pod = story
            .pods
            .iter()
            .filter(of_attempt)
            .max_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0));
        let node = pod.map(|pod| pod.spec.node_name.as_str()).filter(|node| !node.is_empty()).unwrap_or("-");
        let own = Some(story.vertex).filter(|vertex| vertex.attempt == *attempt);
        let of_job = || {
            let job = job?;
            match (job.condition("Failed"), job.condition("Complete")) {
                (Some(failed), _) => Some(failed.reason.clone()),
                (_, Some(_)) => Some(State::Succeeded.as_phase().to_owned()),
                _ => Some(State::Running.as_phase().to_owned()),
            }
        };
        let what = pod.and_then(|pod| pod.why(story.now)).map(|why| why.short);
        let what = what.or_else(|| own.and_then(|vertex| vertex.trouble(story.now))).or_else(of_job);
        let what = what.or_else(|| own.map(|vertex| vertex.state.as_phase().to_owned())).unwrap_or_default();
        let seconds = job.and_then(|job| job.seconds(story.now));
        let seconds = seconds.or_else(|| own.and_then(|vertex| vertex.seconds(story.now)));
        let took = seconds.map(duration).unwrap_or_default();
        let restarts = pod.map_or(0, Pod::restarts);
        let restarts =
            if restarts > 0 { format!("  container started again: {restarts}") } else { String::new() };
        let text = format!("{:<3} {node}  {what}  {took}{restarts}", u64::from(*attempt) + 1);
        field(lines, if number == 0 { "Attempts" } else { "" }, text.trim_end());
    }
}

/// A command of many lines keeps them, up to a bound.
fn push_command(lines: &mut Vec<String>, command: &str) {
    const MOST: usize = 20;
    let all = command.lines().count();
    for (number, line) in command.lines().take(MOST).enumerate() {
        field(lines, if number == 0 { "Command" } else { "" }, if line.is_empty() { " " } else { line });
    }
    if all > MOST {
        field(lines, "", &format!("… and {} more lines", all - MOST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{
        samples,
        vertex::{Surroundings, Vertices},
    };

    #[test]
    fn the_story_of_a_vertex_that_failed_twice() {
        let wgs = samples::wgs();
        let around = Surroundings {
            pods: vec![samples::out_of_memory(3, 0), samples::out_of_memory(3, 1)],
            ..Surroundings::default()
        };
        let vertices = Vertices::new(&wgs, &around, true);
        let lines = story(&Story {
            subject: &wgs,
            position: 5,
            vertex: vertices.get(5, 3).unwrap(),
            jobs: &[],
            pods: &around.pods,
            events: &[],
            command: Some("gatk MarkDuplicates -I chr3.bam\u{1b}[2J".to_owned()),
            last_lines: &["java.lang.OutOfMemoryError: Java heap space".to_owned()],
            now: samples::now(),
        });
        assert_eq!(
            lines,
            [
                "Vertex:       mkdupbqsr[3] of wgs (Job wgs.mkdupbqsr.3-1)",
                "Phase:        Failed",
                "Why:          OOMKilled (limit 4Gi)",
                "Attempts:     1   node-2  OOMKilled (limit 4Gi)",
                "              2   node-2  OOMKilled (limit 4Gi)  38s",
                "Image:        gatk:4.0.9",
                "Command:      gatk MarkDuplicates -I chr3.bam",
                "After:        sammerge (40 of 40 succeeded)",
                "Before:       mergevcf (waits)",
                "Last lines:   java.lang.OutOfMemoryError: Java heap space",
                "Next:         kubectl gene logs wgs/mkdupbqsr/3",
            ]
        );
    }
}
