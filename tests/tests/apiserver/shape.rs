//! Executions made from a seed, and what must become of each of their vertices.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::cluster::on_fake_nodes;

/// How many extra attempts a task has whose pods may fail.
const LIMIT: u32 = 2;

/// A task of a made Execution.
#[derive(Debug)]
pub struct Task {
    pub name: String,
    /// How many attempts of each of its vertices fail; more than [`LIMIT`]: all.
    pub fails: Vec<u32>,
    /// The tasks that it waits for, and whether index by index.
    pub parents: Vec<(usize, bool)>,
    /// Whether it has attempts, and pods that end as the test says.
    pub is_played: bool,
}

/// A made Execution.
#[derive(Debug)]
pub struct Shape {
    pub tasks: Vec<Task>,
    pub spec: Value,
}

impl Shape {
    pub fn new(rng: &mut Rng) -> Self {
        let number = rng.usize(4..=6);
        let mut tasks: Vec<Task> = Vec::new();
        for index in 0..number {
            let width = rng.usize(1..=4);
            let is_played = rng.bool();
            let fails = (0..width).map(|_| if is_played { rng.u32(0..=LIMIT) } else { 0 }).collect();
            let mut parents = BTreeMap::new();
            for _ in 0..rng.usize(0..=2).min(index) {
                let parent = rng.usize(0..index);
                parents.insert(parent, tasks[parent].fails.len() == width && rng.bool());
            }
            tasks.push(Task {
                name: format!("t{index}"),
                fails,
                parents: parents.into_iter().collect(),
                is_played,
            });
        }
        // Every fourth has a vertex that never succeeds.
        let mut vertices: Vec<&mut u32> =
            tasks.iter_mut().filter(|task| task.is_played).flat_map(|task| &mut task.fails).collect();
        if rng.u8(0..4) == 0 && !vertices.is_empty() {
            let unlucky = rng.usize(0..vertices.len());
            *vertices[unlucky] = LIMIT + 1;
        }
        let spec = json!({
            "failurePolicy": "Continue",
            "startOn": rng.choice(["JobComplete", "PodSucceeded"]),
            "tasks": tasks.iter().map(|task| task.document(&tasks)).collect::<Vec<_>>(),
        });
        Self { tasks, spec: on_fake_nodes(spec) }
    }

    /// How many attempts of a vertex fail before one succeeds.
    pub fn fails(&self, task: &str, index: usize) -> u32 {
        self.tasks.iter().find(|known| known.name == task).map_or(0, |task| task.fails[index])
    }

    /// Whether a vertex succeeds in the end: it and all that it waits for.
    pub fn succeeds(&self, task: usize, index: usize) -> bool {
        self.tasks[task].fails[index] <= LIMIT && self.starts(task, index)
    }

    /// Whether a vertex is started at all.
    pub fn starts(&self, task: usize, index: usize) -> bool {
        self.waits_for(task, index).into_iter().all(|(task, index)| self.succeeds(task, index))
    }

    /// The vertices that a vertex waits for.
    pub fn waits_for(&self, task: usize, index: usize) -> Vec<(usize, usize)> {
        let of_parent = |(parent, is_iterated): &(usize, bool)| {
            let width = self.tasks[*parent].fails.len();
            let indexes = if *is_iterated { index..index + 1 } else { 0..width };
            let parent = *parent;
            indexes.map(move |index| (parent, index))
        };
        self.tasks[task].parents.iter().flat_map(of_parent).collect()
    }

    /// Every vertex.
    pub fn vertices(&self) -> impl Iterator<Item = (usize, usize)> {
        let of_task = |(number, task): (usize, &Task)| {
            let width = task.fails.len();
            (0..width).map(move |index| (number, index))
        };
        self.tasks.iter().enumerate().flat_map(of_task)
    }
}

impl Task {
    fn document(&self, tasks: &[Task]) -> Value {
        let dependent = |(parent, is_iterated): &(usize, bool)| json!({"target": tasks[*parent].name, "type": if *is_iterated { "iterate" } else { "whole" }});
        let commands: Vec<String> = (0..self.fails.len()).map(|index| format!("echo {index}")).collect();
        let mut document = json!({
            "name": self.name,
            "type": "Job",
            "image": "busybox",
            "commands": commands,
            "dependents": self.parents.iter().map(dependent).collect::<Vec<_>>(),
        });
        if self.is_played {
            document["retry"] = json!({"limit": LIMIT, "backoff": {"seconds": 0}});
            document["template"] = json!({"spec": {"schedulerName": crate::pods::NOBODY}});
        }
        document
    }
}
