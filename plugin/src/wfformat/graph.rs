//! Which recorded task waits for which.

use std::collections::{HashMap, HashSet, VecDeque};

use gene_types::field::{FieldError, FieldErrorKind, shorten};

use super::{faults::Faults, recording::Recorded};

/// The dependencies of a recording.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// For each task those that it waits for, each once: its parents as recorded, then those that only
    /// name it as their child, in the order of the recording.
    pub waits: Vec<Vec<usize>>,
    /// Dependencies that one of two lists names and the other, which is there, does not.
    one_sided: usize,
}

impl Graph {
    /// What to say where the two sides of the recording disagree.
    pub fn warning(&self) -> Option<String> {
        let subject = match self.one_sided {
            0 => return None,
            1 => "1 dependency stands".to_owned(),
            many => format!("{many} dependencies stand"),
        };
        Some(format!("{subject} only in \"parents\" or only in \"children\"; they are kept"))
    }
}

/// Joins both sides of the recording, and adds what is wrong with them to `faults`.
pub(super) fn build(tasks: &[Recorded], faults: &mut Faults) -> Graph {
    let mut places = HashMap::with_capacity(tasks.len());
    for (at, task) in tasks.iter().enumerate() {
        if let Some(first) = places.insert(task.id.as_str(), at).and_then(|first| tasks.get(first)) {
            let message = format!("two tasks have the id {:?}", shorten(&task.id));
            let fault = FieldError::new(task.path.key("id"), FieldErrorKind::Duplicate, message);
            faults.push(fault.help(format!("give one of them another id; the first is {}", first.path)));
        }
    }

    let mut by_parents = HashSet::new();
    let mut waits = vec![Vec::new(); tasks.len()];
    for (at, (task, waits)) in tasks.iter().zip(&mut waits).enumerate() {
        for parent in ends(task, "parents", task.parents.as_deref(), &places, faults) {
            if by_parents.insert((parent, at)) {
                waits.push(parent);
            }
        }
    }
    let mut by_children = HashSet::new();
    let mut one_sided = 0;
    for (at, task) in tasks.iter().enumerate() {
        for child in ends(task, "children", task.children.as_deref(), &places, faults) {
            if by_children.insert((at, child)) && !by_parents.contains(&(at, child)) {
                one_sided += usize::from(tasks.get(child).is_some_and(|child| child.parents.is_some()));
                waits.get_mut(child).into_iter().for_each(|waits| waits.push(at));
            }
        }
    }
    one_sided += by_parents
        .iter()
        .filter(|edge| !by_children.contains(edge))
        .filter(|(parent, _)| tasks.get(*parent).is_some_and(|parent| parent.children.is_some()))
        .count();
    report_cycles(tasks, &waits, faults);
    Graph { waits, one_sided }
}

/// The tasks that a list names; a name that is no task's is a fault.
fn ends(
    task: &Recorded,
    key: &str,
    ids: Option<&[String]>,
    places: &HashMap<&str, usize>,
    faults: &mut Faults,
) -> Vec<usize> {
    let mut found = Vec::new();
    for (at, id) in ids.unwrap_or_default().iter().enumerate() {
        if let Some(place) = places.get(id.as_str()) {
            found.push(*place);
        } else {
            let message = format!("no recorded task has the id {:?}", shorten(id));
            let fault = FieldError::new(task.path.key(key).index(at), FieldErrorKind::NotFound, message);
            faults.push(fault.help("take it out, or record the task that it names"));
        }
    }
    found
}

/// Adds cycles that have no task in common, the first task of the file first, at most ten.
fn report_cycles(tasks: &[Recorded], waits: &[Vec<usize>], faults: &mut Faults) {
    const MOST: usize = 10;
    let mut left = Left::new(waits);
    left.drop_all((0..tasks.len()).filter(|task| waits.get(*task).is_some_and(Vec::is_empty)).collect());
    for _ in 0..MOST {
        let Some(cycle) = left.first_cycle() else { return };
        if let Some(first) = cycle.first().and_then(|first| tasks.get(*first)) {
            let message = format!("tasks wait for each other in a cycle: {}", drawn(&cycle, tasks));
            let fault = FieldError::new(first.path.clone(), FieldErrorKind::Invalid, message);
            faults.push(fault.help(if cycle.len() == 1 {
                "take the task out of its own parents, and out of its own children"
            } else {
                "take one of these out of the parents of the other, and out of its children"
            }));
        }
        left.drop_all(cycle.into());
    }
}

/// `a -> b -> c -> a`; an arrow means "waits for". The middle of a long cycle is left out.
fn drawn(cycle: &[usize], tasks: &[Recorded]) -> String {
    const SHOWN: usize = 8;
    let id = |task: &usize| tasks.get(*task).map(|task| shorten(&task.id)).unwrap_or_default();
    let mut parts: Vec<String> = cycle.iter().take(SHOWN).map(id).collect();
    if cycle.len() > SHOWN {
        parts.push(format!("… {} more", cycle.len() - SHOWN));
    }
    parts.extend(cycle.first().map(id));
    parts.join(" -> ")
}

/// The tasks of which not all that they wait for has been dropped: those on a cycle, or behind one.
struct Left<'a> {
    waits: &'a [Vec<usize>],
    children: Vec<Vec<usize>>,
    open: Vec<usize>,
    dropped: Vec<bool>,
}

impl<'a> Left<'a> {
    fn new(waits: &'a [Vec<usize>]) -> Self {
        let mut children = vec![Vec::new(); waits.len()];
        for (task, parents) in waits.iter().enumerate() {
            for parent in parents {
                children[*parent].push(task);
            }
        }
        Self {
            waits,
            children,
            open: waits.iter().map(Vec::len).collect(),
            dropped: vec![false; waits.len()],
        }
    }

    /// Drops these and, one after another, all that then waits for nothing that is left.
    fn drop_all(&mut self, mut queue: VecDeque<usize>) {
        while let Some(task) = queue.pop_front() {
            if std::mem::replace(&mut self.dropped[task], true) {
                continue;
            }
            for child in &self.children[task] {
                self.open[*child] -= 1;
                if self.open[*child] == 0 {
                    queue.push_back(*child);
                }
            }
        }
    }

    /// The cycle that is reached from the first task that is left, from its first task in the file.
    fn first_cycle(&self) -> Option<Vec<usize>> {
        let mut task = self.dropped.iter().position(|dropped| !dropped)?;
        let mut walked = Vec::new();
        let mut position = HashMap::new();
        while position.insert(task, walked.len()).is_none() {
            walked.push(task);
            task = self.waits[task].iter().copied().find(|parent| !self.dropped[*parent])?;
        }
        let mut cycle = walked.split_off(position_of(task, &walked));
        let first = (0..cycle.len()).min_by_key(|at| cycle[*at]).unwrap_or_default();
        cycle.rotate_left(first);
        Some(cycle)
    }
}

fn position_of(task: usize, walked: &[usize]) -> usize {
    walked.iter().position(|walked| *walked == task).unwrap_or_default()
}
