//! What changed from one sight of an Execution to the next, one line each.

use std::collections::HashMap;

use gene_engine::indexes::for_each_index;
use gene_types::{names::vertex_display, v1alpha1::status::phase};
use k8s_openapi::jiff::{Timestamp, tz::TimeZone};

use super::{
    Pod, Subject,
    vertex::{self, Surroundings, Vertex, Vertices, parse_job_name},
};
use crate::render::{change_line, duration, progress::State};

/// What was said of an Execution so far.
#[derive(Debug, Default)]
pub struct Changes {
    /// By task and index: the attempt and the phase.
    vertices: HashMap<(String, u32), (u32, State)>,
    /// By task, where it ended without a vertex of its own.
    tasks: HashMap<String, String>,
    /// By task and index: what was wrong.
    troubles: HashMap<(String, u32), String>,
    /// The phase and, of one that is not final, the message.
    execution: Option<(String, String)>,
}

/// A line and the moment that it speaks of.
struct Change {
    at: Timestamp,
    what: String,
    phase: &'static str,
    detail: String,
}

impl Changes {
    /// The lines for what is new, in the order in which it happened.
    pub fn take(
        &mut self,
        subject: &Subject,
        around: &Surroundings,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Vec<String> {
        let mut changes = Vec::new();
        self.note_vertices(subject, now, &mut changes);
        self.note_troubles(subject, around, now, &mut changes);
        self.note_tasks(subject, now, &mut changes);
        changes.sort_by_key(|change| change.at);
        let mut lines: Vec<String> = changes.iter().map(|change| change.line(zone)).collect();
        lines.extend(
            self.note_execution(subject, now)
                .map(|(at, phase, detail)| line(at, zone, &subject.name, &phase, &detail)),
        );
        lines
    }

    /// Which vertices stand elsewhere now. The index lists know of every one, the entries say when and why.
    fn note_vertices(&mut self, subject: &Subject, now: Timestamp, changes: &mut Vec<Change>) {
        let mut entries = HashMap::new();
        for (name, status) in &subject.status.vertices {
            if let Some((task, index, attempt)) = parse_job_name(&subject.name, name) {
                let state = State::of_phase(&status.phase);
                let held = entries.entry((task, index)).or_insert((attempt, state, Some(status)));
                if held.0 < attempt {
                    *held = (attempt, state, Some(status));
                }
            }
        }
        for task in &subject.status.tasks {
            let width = task.total.map_or(0, i32::unsigned_abs);
            let lists = [
                (&task.running_indexes, State::Running),
                (&task.succeeded_indexes, State::Succeeded),
                (&task.failed_indexes, State::Failed),
            ];
            for (text, state) in lists {
                for_each_index(text, width, |index| {
                    let attempt = || {
                        let attempt = task.attempts.get(&index.to_string()).copied().unwrap_or_default();
                        u32::try_from(attempt).unwrap_or_default()
                    };
                    entries.entry((task.name.as_str(), index)).or_insert_with(|| (attempt(), state, None));
                });
            }
        }
        for ((task, index), (attempt, state, status)) in entries {
            let key = (task.to_owned(), index);
            if self.vertices.insert(key, (attempt, state)) == Some((attempt, state)) {
                continue;
            }
            let start = status.and_then(|status| status.started_at.as_ref()).map(|time| time.0);
            let end = status.and_then(|status| status.finished_at.as_ref()).map(|time| time.0);
            let after = start
                .zip(end)
                .map(|(start, end)| format!("after {}", duration(super::seconds_between(start, end))));
            let mut parts = Vec::new();
            if state == State::Failed {
                parts.extend(status.map(vertex::failure));
            }
            parts.extend(after.filter(|_| state != State::Running));
            if attempt > 0 {
                parts.push(format!("(attempt {})", u64::from(attempt) + 1));
            }
            let at = if state == State::Running { start } else { end.or(start) };
            changes.push(Change {
                at: at.unwrap_or(now),
                what: vertex_display(task, index.into()),
                phase: state.as_phase(),
                detail: parts.join(" "),
            });
        }
    }

    /// What goes wrong with vertices that have not failed.
    fn note_troubles(
        &mut self,
        subject: &Subject,
        around: &Surroundings,
        now: Timestamp,
        changes: &mut Vec<Change>,
    ) {
        let vertices = Vertices::new(subject, around, false);
        let mut troubles = HashMap::new();
        for (position, task) in subject.spec.tasks.iter().enumerate() {
            // What has ended is told when the Execution knows it.
            let waits =
                |vertex: &&Vertex| vertex.state == State::Running && !vertex.pod.is_some_and(Pod::is_over);
            for vertex in vertices.of(position).filter(waits) {
                let Some(trouble) = vertex.trouble(now) else { continue };
                // A time in it goes on, which is no change.
                let kind = trouble.split(" for ").next().unwrap_or_default().to_owned();
                let key = (task.name.clone(), vertex.index);
                if self.troubles.get(&key) != Some(&kind) {
                    let what = vertex_display(&task.name, vertex.index.into());
                    changes.push(Change { at: now, what, phase: "Waiting", detail: trouble });
                }
                troubles.insert(key, kind);
            }
        }
        self.troubles = troubles;
    }

    /// Tasks that ended without any vertex of theirs: skipped, or failed as a whole.
    fn note_tasks(&mut self, subject: &Subject, now: Timestamp, changes: &mut Vec<Change>) {
        for task in &subject.status.tasks {
            let is_whole = task.phase == phase::SKIPPED || (task.phase == phase::FAILED && task.failed == 0);
            let held = self.tasks.get(&task.name).map(String::as_str);
            if is_whole && held != Some(task.phase.as_str()) {
                changes.push(Change {
                    at: now,
                    what: task.name.clone(),
                    phase: State::of_phase(&task.phase).as_phase(),
                    detail: task.message.clone(),
                });
                self.tasks.insert(task.name.clone(), task.phase.clone());
            } else if !is_whole {
                self.tasks.remove(&task.name);
            }
        }
    }

    fn note_execution(&mut self, subject: &Subject, now: Timestamp) -> Option<(Timestamp, String, String)> {
        let status = &subject.status;
        let seen = (status.phase.clone(), status.message.clone());
        if status.phase == phase::NEW || self.execution.as_ref() == Some(&seen) {
            return None;
        }
        self.execution = Some(seen);
        let mut parts = vec![status.progress.clone()];
        if subject.is_over() {
            parts.extend(subject.elapsed(now).map(|seconds| format!("after {}", duration(seconds))));
        }
        let mut detail = parts.join(" ").trim().to_owned();
        if !matches!(status.message.as_str(), "" | "execution is running" | "execution has run successfully")
        {
            detail = format!("{detail}: {}", status.message);
        }
        let at = status.finished_at.as_ref().filter(|_| subject.is_over()).map_or(now, |time| time.0);
        Some((at, status.phase.clone(), detail.trim_start_matches(": ").to_owned()))
    }
}

impl Change {
    fn line(&self, zone: &TimeZone) -> String {
        line(self.at, zone, &self.what, self.phase, &self.detail)
    }
}

fn line(at: Timestamp, zone: &TimeZone, what: &str, phase: &str, detail: &str) -> String {
    let time = zone.to_datetime(at).time();
    let time = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    change_line(&time, what, phase, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::view::samples;

    #[test]
    fn each_change_is_said_once() {
        let mut changes = Changes::default();
        let mut take = |subject: &Subject, around: &Surroundings| {
            changes.take(subject, around, samples::now(), &TimeZone::UTC)
        };
        let none = Surroundings::default();
        let wgs = samples::wgs();
        let lines = take(&wgs, &none);
        assert!(
            lines.contains(&"12:00:41 mkdupbqsr[3] Failed OOMKilled after 38s (attempt 2)".to_owned()),
            "{lines:#?}"
        );
        assert!(lines.iter().any(|line| line.ends_with("sammerge[39] Succeeded after 2s")), "{lines:#?}");
        assert_eq!(lines.last().map(String::as_str), Some("12:01:12 wgs Running 63/98"));
        assert!(take(&wgs, &none).is_empty());

        let around = Surroundings { pods: vec![samples::missing_image(7)], ..Surroundings::default() };
        let waiting = "12:01:12 mkdupbqsr[7] Waiting ImagePullBackOff: gatk:4.0.9: not found";
        assert_eq!(take(&wgs, &around), [waiting]);
        assert!(take(&wgs, &around).is_empty());

        let ended = json!({"phase": "Failed", "progress": "63/98", "message": "mkdupbqsr[3]: OOMKilled",
            "startedAt": "2026-11-22T12:00:00Z", "finishedAt": "2026-11-22T12:02:00Z"});
        let ended = Subject::from_document(&json!({"metadata": {"name": "wgs"}, "status": ended}));
        assert_eq!(take(&ended, &none), ["12:02:00 wgs Failed 63/98 after 2m00s: mkdupbqsr[3]: OOMKilled"]);
    }
}
