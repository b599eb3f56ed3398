//! The examples under `examples/kubegene`, and what `graphs.yaml` there says of them: their jobs, which of them waits
//! for which, and what they write.
//!
//! Tests of several crates have this file as a module of theirs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests alone read the examples, and end where one is not as described"
)]
#![allow(dead_code, reason = "each test reads of an example what it is about")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use gene_types::Limits;
use gene_workflow::{Request, compile};
use serde_json::Value;

/// One example. A job is called as people see it: `task[index]`.
#[derive(Debug)]
pub struct Graph {
    /// Below `examples/kubegene`.
    pub file: String,
    /// What stands after `submit` for a script, which is neither an Execution nor a workflow.
    pub submit: Option<String>,
    /// What tasks print that others read.
    pub prints: BTreeMap<String, String>,
    /// How many jobs each task has.
    pub jobs: BTreeMap<String, usize>,
    /// Which job must have ended before which.
    pub edges: BTreeSet<(String, String)>,
    /// How many orders the jobs can end in, where they can be counted.
    pub orders: Option<usize>,
    /// Where the jobs write: a claim, and a file on it.
    pub output: Option<(String, String)>,
    /// Which job writes which line there.
    pub lines: BTreeMap<String, String>,
}

/// The folder of the examples.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kubegene")
}

/// The documents of a file.
fn documents(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.split("\n---\n").map(|document| serde_saphyr::from_str(document).unwrap()).collect()
}

/// Every tool of `examples/kubegene/tools`.
///
/// # Panics
/// Where one of them cannot be read.
pub fn tools() -> Vec<Value> {
    let files = fs::read_dir(folder().join("tools")).unwrap().map(|file| file.unwrap().path());
    files.flat_map(|file| documents(&file)).collect()
}

/// All examples.
///
/// # Panics
/// Where `graphs.yaml` is not as it describes itself.
pub fn all() -> Vec<Graph> {
    let text = fs::read_to_string(folder().join("graphs.yaml")).unwrap();
    let entries: Vec<Value> = serde_saphyr::from_str(&text).unwrap();
    entries.iter().map(Graph::of).collect()
}

impl Graph {
    fn of(entry: &Value) -> Self {
        let texts = |value: &Value| -> BTreeMap<String, String> {
            entries(value).map(|(name, value)| (name.clone(), text(value))).collect()
        };
        let jobs: BTreeMap<String, usize> =
            entries(&entry["jobs"]).map(|(task, count)| (task.clone(), number(count))).collect();
        let mut edges = BTreeSet::new();
        for (task, waits) in entries(&entry["waits"]) {
            for wait in waits.as_array().into_iter().flatten().map(text) {
                let (on, is_iterated) =
                    wait.strip_suffix(" iterate").map_or((&*wait, false), |on| (on, true));
                for (from, to) in pairs(jobs[on], jobs[task], is_iterated) {
                    edges.insert((format!("{on}[{from}]"), format!("{task}[{to}]")));
                }
            }
        }
        let file = text(&entry["file"]);
        assert_eq!(edges.len(), number(&entry["edges"]), "{file}");
        let mut lines = BTreeMap::new();
        for (task, written) in entries(&entry["writes"]["lines"]) {
            let written = written.as_array().into_iter().flatten().map(text);
            lines.extend(written.enumerate().map(|(index, line)| (format!("{task}[{index}]"), line)));
        }
        let output = entry.get("writes").map(|writes| (text(&writes["claim"]), text(&writes["file"])));
        let submit = entry.get("submit").map(text);
        let orders = entry.get("orders").map(number);
        Self { file, submit, prints: texts(&entry["prints"]), jobs, edges, orders, output, lines }
    }

    /// The Execution that the file is, or that it is made into.
    ///
    /// # Panics
    /// Where it is refused.
    pub fn execution(&self) -> Value {
        let document = documents(&folder().join(&self.file)).remove(0);
        if document.get("workflow").is_none() {
            return document;
        }
        let (tools, limits) = (tools(), &Limits::CLUSTER);
        let tools: Vec<&Value> = tools.iter().collect();
        let (workflow, name) = (&document, "x");
        let request =
            Request { workflow, task_order: &[], inputs: None, sets: &[], tools: &tools, name, limits };
        let compiled = compile(&request).unwrap_or_else(|faults| panic!("{}: {faults:#?}", self.file));
        compiled.execution
    }

    /// All jobs.
    pub fn vertices(&self) -> BTreeSet<String> {
        self.jobs
            .iter()
            .flat_map(|(task, count)| (0..*count).map(move |index| format!("{task}[{index}]")))
            .collect()
    }

    /// The jobs that may run when these have ended.
    pub fn ready(&self, ended: &BTreeSet<String>) -> BTreeSet<String> {
        let held = |job: &&String| self.edges.iter().any(|(from, to)| to == *job && !ended.contains(from));
        let vertices = self.vertices();
        vertices.difference(ended).filter(|job| !held(job)).cloned().collect()
    }

    /// What is wrong with this order of jobs, if it is not one of the legal ones.
    pub fn fault(&self, order: &[String]) -> Option<String> {
        let place: BTreeMap<&String, usize> = order.iter().zip(0..).collect();
        if place.len() != order.len() || !place.keys().copied().eq(&self.vertices()) {
            return Some(format!("{}: not each of its jobs once: {order:?}", self.file));
        }
        let broken = self.edges.iter().find(|(from, to)| place[from] > place[to]);
        broken.map(|(from, to)| format!("{}: {to} came before {from}: {order:?}", self.file))
    }

    /// The same for the lines of the file that the jobs write to. Who writes nothing there has ended before.
    pub fn fault_of_lines(&self, written: &str) -> Option<String> {
        let silent = self.vertices().into_iter().filter(|job| !self.lines.contains_key(job));
        let mut order: Vec<String> = silent.collect();
        for line in written.lines() {
            let Some((job, _)) = self.lines.iter().find(|(_, written)| *written == line) else {
                return Some(format!("{}: nobody writes {line:?}: {written:?}", self.file));
            };
            order.push(job.clone());
        }
        self.fault(&order)
    }
}

/// The indices between which there is an edge.
fn pairs(from: usize, to: usize, is_iterated: bool) -> Vec<(usize, usize)> {
    if is_iterated {
        assert_eq!(from, to, "jobs are paired by index");
        return (0..to).map(|index| (index, index)).collect();
    }
    (0..from).flat_map(|from| (0..to).map(move |to| (from, to))).collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string is wanted: {value}")).to_owned()
}

fn number(value: &Value) -> usize {
    value
        .as_u64()
        .and_then(|number| number.try_into().ok())
        .unwrap_or_else(|| panic!("a count is wanted: {value}"))
}
