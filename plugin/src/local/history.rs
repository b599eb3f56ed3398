//! What a journal says of a run: which vertices are done, which were under way, and how it ended.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use gene_engine::{Event, Vertex};
use gene_types::plan::Plan;
use k8s_openapi::jiff::Timestamp;

use super::{
    attempt::ProcessId,
    journal::{self, Extent, JournalError, Record},
};

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing yet: it was killed, or runs.
    Open,
    /// Everything was done.
    Succeeded,
    /// It failed or was cancelled.
    Failed,
}

/// What a journal says.
#[derive(Debug)]
pub struct History {
    /// What the run's processes carry in their environment.
    pub run: String,
    /// The machine's start of the last generation.
    pub boot: Option<String>,
    /// What vertices became in the last generation.
    pub runner: String,
    /// When the first generation began.
    pub started: Option<Timestamp>,
    /// How the last generation ended.
    pub end: End,
    /// Where the journal goes on.
    pub extent: Extent,
    tasks: BTreeMap<String, HashMap<u32, Last>>,
    results: Vec<(String, u64)>,
}

/// The last that is known of a vertex.
#[derive(Clone, Copy, Debug)]
enum Last {
    Running { attempt: u32, process: Option<ProcessId> },
    Succeeded { attempt: u32, started: i64, finished: i64 },
    Failed { attempt: u32 },
    Ended { attempt: u32 },
}

impl History {
    /// Reads a journal. Absent: there is none, or none of its lines was written whole, so that
    /// nothing was ever started.
    ///
    /// # Errors
    /// It cannot be read, or is damaged elsewhere than at its end.
    pub fn read(path: &Path) -> Result<Option<Self>, JournalError> {
        if !path.exists() {
            return Ok(None);
        }
        let mut history = Self {
            run: String::new(),
            boot: None,
            runner: String::new(),
            started: None,
            end: End::Open,
            extent: Extent { bytes: 0 },
            tasks: BTreeMap::new(),
            results: Vec::new(),
        };
        let read = journal::read(path, |record| history.take(record))?;
        Ok(read.map(|(run, extent)| Self { run, extent, ..history }))
    }

    /// The processes whose end is not recorded.
    pub fn in_flight(&self) -> Vec<ProcessId> {
        let process = |last: &Last| match *last {
            Last::Running { process, .. } => process,
            _ => None,
        };
        self.tasks.values().flat_map(HashMap::values).filter_map(process).collect()
    }

    /// The attempts, beyond the first, by which vertices succeeded.
    pub fn attempts(&self, plan: &Plan) -> HashMap<Vertex, u32> {
        let mut found = HashMap::new();
        for (position, task) in plan.tasks.iter().enumerate() {
            for (&index, last) in self.tasks.get(&task.name).into_iter().flatten() {
                if let Last::Succeeded { attempt: attempt @ 1.., .. } = *last {
                    found.insert(Vertex { task: position as u32, index }, attempt);
                }
            }
        }
        found
    }

    /// What a new generation tells its engine first: what succeeded stays; what failed gets its next
    /// attempt; what was under way or was ended gets the same attempt again.
    pub fn events(&self, plan: &Plan) -> Vec<Event> {
        let mut events = Vec::new();
        for (position, task) in plan.tasks.iter().enumerate() {
            for (&index, last) in self.tasks.get(&task.name).into_iter().flatten() {
                let vertex = Vertex { task: position as u32, index };
                match *last {
                    Last::Succeeded { attempt, started, finished } => events.push(Event::Succeeded {
                        vertex,
                        attempt,
                        started: time(started),
                        finished: time(finished).unwrap_or_default(),
                        message: None,
                    }),
                    Last::Failed { attempt } => {
                        events.push(Event::Retry { vertex, attempt: attempt.saturating_add(1) });
                    }
                    Last::Running { attempt, .. } | Last::Ended { attempt } if attempt > 0 => {
                        events.push(Event::Retry { vertex, attempt });
                    }
                    Last::Running { .. } | Last::Ended { .. } => {}
                }
            }
        }
        events
    }

    /// The vertices whose results are stored, with how many bytes they have.
    pub fn results(&self, plan: &Plan) -> Vec<(Vertex, u64)> {
        let tasks: HashMap<&str, u32> =
            plan.tasks.iter().zip(0..).map(|(task, position)| (task.name.as_str(), position)).collect();
        let vertex = |name: &str| {
            let (task, index) = split(name)?;
            Some(Vertex { task: *tasks.get(task)?, index })
        };
        self.results.iter().filter_map(|(name, bytes)| Some((vertex(name)?, *bytes))).collect()
    }

    fn take(&mut self, record: Record) -> Result<(), String> {
        match record {
            Record::Journal { .. } => {}
            Record::Generation { at, boot, runner } => {
                self.runner = runner;
                self.started = self.started.or_else(|| time(at));
                self.boot = boot;
                self.end = End::Open;
            }
            Record::Start { vertex, attempt, pid, ticks, .. } => {
                let process = pid.zip(ticks).map(|(pid, start_ticks)| ProcessId { pid, start_ticks });
                self.set(&vertex, Last::Running { attempt, process })?;
            }
            Record::Succeeded { vertex, attempt, started, finished } => {
                self.set(&vertex, Last::Succeeded { attempt, started, finished })?;
            }
            Record::Failed { vertex, attempt, .. } => self.set(&vertex, Last::Failed { attempt })?,
            Record::Ended { vertex, attempt, .. } => self.set(&vertex, Last::Ended { attempt })?,
            Record::Result { vertex, bytes } => {
                split(&vertex).ok_or_else(|| no_vertex(&vertex))?;
                self.results.push((vertex, bytes));
            }
            Record::End { succeeded, .. } => self.end = if succeeded { End::Succeeded } else { End::Failed },
        }
        Ok(())
    }

    fn set(&mut self, vertex: &str, last: Last) -> Result<(), String> {
        let (task, index) = split(vertex).ok_or_else(|| no_vertex(vertex))?;
        if !self.tasks.contains_key(task) {
            self.tasks.insert(task.to_owned(), HashMap::new());
        }
        let entry = self.tasks.get_mut(task).map(|vertices| vertices.entry(index).or_insert(last));
        match entry {
            Some(Last::Succeeded { .. }) if !matches!(last, Last::Succeeded { .. }) => {
                Err(format!("\"{vertex}\" had succeeded before"))
            }
            Some(entry) => {
                *entry = last;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// The name of a vertex in the journal and in the names of files: `align.3`.
pub fn vertex_name(plan: &Plan, vertex: Vertex) -> String {
    format!("{}.{}", task_name(plan, vertex), vertex.index)
}

/// A vertex as people call it: `align[3]`.
pub fn vertex_label(plan: &Plan, vertex: Vertex) -> String {
    format!("{}[{}]", task_name(plan, vertex), vertex.index)
}

/// The name of a vertex's task.
pub fn task_name(plan: &Plan, vertex: Vertex) -> &str {
    plan.tasks.get(vertex.task as usize).map_or("", |task| task.name.as_str())
}

/// A time as the journal has it.
pub fn milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

fn time(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

fn split(vertex: &str) -> Option<(&str, u32)> {
    let (task, index) = vertex.rsplit_once('.')?;
    Some((task, index.parse().ok()?))
}

fn no_vertex(name: &str) -> String {
    format!("\"{}\" is no vertex", gene_types::field::shorten(name))
}

#[cfg(test)]
mod tests {
    use gene_types::plan::{Commands, TaskPlan};

    use super::*;
    use crate::local::journal::Journal;

    fn plan(names: &[&str]) -> Plan {
        let task = |name: &&str| TaskPlan {
            name: (*name).to_owned(),
            commands: Commands::default(),
            dependencies: Vec::new(),
            children: Vec::new(),
            condition: None,
            generic: None,
            source: None,
            parallelism: None,
            retry: None,
            estimate: None,
        };
        Plan { tasks: names.iter().map(task).collect(), order: (0..names.len() as u32).collect() }
    }

    fn history(records: &[Record]) -> Result<Option<History>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, "id").unwrap();
        for record in records {
            journal.push(record);
        }
        journal.write().unwrap();
        History::read(&path).map_err(|error| error.to_string())
    }

    fn generation() -> Record {
        Record::Generation { at: 1000, boot: Some("b".into()), runner: "process".into() }
    }

    fn start(vertex: &str, attempt: u32) -> Record {
        Record::Start { vertex: vertex.into(), attempt, pid: Some(7), ticks: Some(9), at: 1500 }
    }

    fn succeeded(vertex: &str) -> Record {
        Record::Succeeded { vertex: vertex.into(), attempt: 0, started: 1500, finished: 2500 }
    }

    fn failed(vertex: &str, attempt: u32) -> Record {
        Record::Failed {
            vertex: vertex.into(),
            attempt,
            finished: 2500,
            reason: "Error".into(),
            message: "exit 1".into(),
            exit: Some(1),
        }
    }

    #[test]
    fn what_succeeded_stays_and_the_rest_runs_again() {
        let history = history(&[
            generation(),
            start("a.0", 0),
            succeeded("a.0"),
            Record::Result { vertex: "a.0".into(), bytes: 3 },
            start("b.0", 0),
            failed("b.0", 0),
            Record::End { succeeded: false, at: 3000 },
            Record::Generation { at: 9000, boot: Some("c".into()), runner: "podman".into() },
            start("b.0", 1),
            start("b.1", 0),
            start("b.2", 0),
            Record::Ended { vertex: "b.2".into(), attempt: 0, at: 9500 },
        ])
        .unwrap()
        .unwrap();
        assert_eq!(
            (history.end, history.boot.as_deref(), &*history.runner),
            (End::Open, Some("c"), "podman")
        );
        assert_eq!(history.started, time(1000));
        assert_eq!(history.in_flight(), [ProcessId { pid: 7, start_ticks: 9 }; 2]);

        let plan = plan(&["b", "a"]);
        let (b, a) = (Vertex { task: 0, index: 0 }, Vertex { task: 1, index: 0 });
        let expected = [
            Event::Retry { vertex: b, attempt: 1 },
            Event::Succeeded {
                vertex: a,
                attempt: 0,
                started: time(1500),
                finished: time(2500).unwrap(),
                message: None,
            },
        ];
        assert_eq!(history.events(&plan), expected);
        assert_eq!(history.results(&plan), [(a, 3)]);
    }

    #[test]
    fn a_failure_gets_the_next_attempt() {
        let history = history(&[generation(), start("b.0", 2), failed("b.0", 2)]).unwrap().unwrap();
        let vertex = Vertex { task: 0, index: 0 };
        assert_eq!(history.events(&plan(&["b"])), [Event::Retry { vertex, attempt: 3 }]);
    }

    #[test]
    fn the_end_is_the_last_generations() {
        for (records, expected) in [
            (vec![generation()], End::Open),
            (vec![generation(), Record::End { succeeded: true, at: 1 }], End::Succeeded),
            (vec![generation(), Record::End { succeeded: false, at: 1 }], End::Failed),
            (vec![generation(), Record::End { succeeded: false, at: 1 }, generation()], End::Open),
        ] {
            assert_eq!(history(&records).unwrap().unwrap().end, expected);
        }
    }

    #[test]
    fn what_cannot_be_true_is_refused() {
        for (records, expected) in [
            (vec![start("a", 0)], "line 2 is damaged: \"a\" is no vertex"),
            (vec![succeeded("a.0"), start("a.0", 1)], "line 3 is damaged: \"a.0\" had succeeded before"),
        ] {
            assert_eq!(history(&records).unwrap_err(), expected);
        }
    }

    #[test]
    fn no_journal_is_no_history() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        assert!(History::read(&path).unwrap().is_none());
        std::fs::write(&path, "{\"journal\":").unwrap();
        assert!(History::read(&path).unwrap().is_none());
    }
}
