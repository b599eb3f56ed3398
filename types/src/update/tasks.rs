//! Tasks before and after: which is which, and what was done to each.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{
    Subject,
    difference::{Difference, Part, differing, locate, same},
};
use crate::field::{Faults, FieldPath, shorten};

/// Tells every change of the tasks.
pub(super) fn check(old: &[Value], new: &[Value], subject: &Subject<'_>, faults: &mut Faults) {
    let is_same = |(old, new): (&Value, &Value)| old == new || same(Part::Task, Some(old), Some(new));
    if old.len() == new.len() && old.iter().zip(new).all(is_same) {
        return;
    }
    let pairs = pairs(old, new);
    let in_place = in_place(&pairs);
    for (position, (task, pair)) in new.iter().zip(&pairs).enumerate() {
        if faults.is_full() {
            return;
        }
        let at = || task_path(position);
        let Some(before) = *pair else {
            let message = format!("{} cannot be added", called(task, position));
            faults.push(subject.forbidden(at(), message));
            continue;
        };
        if !is_same((&old[before], task)) {
            changed(&old[before], task, before, &at(), subject, faults);
        }
        if !in_place.contains(&position) {
            let was = task_path(before);
            let message = format!("{} cannot be moved: it was {was}", called(task, position));
            faults.push(subject.forbidden(at(), message));
        }
    }
    let kept: HashSet<usize> = pairs.iter().flatten().copied().collect();
    for (position, task) in old.iter().enumerate().filter(|(position, _)| !kept.contains(position)) {
        let message = format!("{} cannot be taken away", called(task, position));
        faults.push(subject.forbidden(FieldPath::root().key("spec").key("tasks"), message));
    }
}

/// Every field of one task that is another, each as narrow as one place can tell it.
fn changed(
    old: &Value,
    new: &Value,
    before: usize,
    at: &FieldPath,
    subject: &Subject<'_>,
    faults: &mut Faults,
) {
    let called = called(old, before);
    let (Value::Object(from), Value::Object(to)) = (old, new) else {
        let change = Difference { path: at.clone(), old: Some(old), new: Some(new) };
        faults.push(subject.changed(&change, &format!("{called} cannot be changed: it")));
        return;
    };
    for field in differing(Part::Task, from, to, |_| true) {
        let (old, new) = (Part::Task.value(from, field), Part::Task.value(to, field));
        let change = locate(Part::Task.field(field), at.key(field), old, new);
        let within = relative(at, &change.path);
        faults.push(subject.changed(&change, &format!("{called} cannot be changed: {within}")));
    }
}

/// For each new task the old one that it was: that of its name; else, where both are left over, the one in its place
/// if nothing but the name is another, or one of the two has no name of its own.
fn pairs(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    let (old_names, new_names) = (Names::new(old), Names::new(new));
    let by_name = |position| old_names.positions.get(new_names.own(position)?).copied();
    let mut pairs: Vec<Option<usize>> = (0..new.len()).map(by_name).collect();
    let taken: HashSet<usize> = pairs.iter().flatten().copied().collect();
    for (position, pair) in pairs.iter_mut().enumerate() {
        if pair.is_some() || position >= old.len() || taken.contains(&position) {
            continue;
        }
        let has_name = old_names.own(position).is_some() && new_names.own(position).is_some();
        if !has_name || is_renamed(&old[position], &new[position]) {
            *pair = Some(position);
        }
    }
    pairs
}

fn is_renamed(old: &Value, new: &Value) -> bool {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return false };
    differing(Part::Task, old, new, |field| field != "name").next().is_none()
}

/// The names of tasks. Of several tasks with one name only the first has it for its own.
struct Names<'a> {
    tasks: &'a [Value],
    positions: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn new(tasks: &'a [Value]) -> Self {
        let mut positions = HashMap::with_capacity(tasks.len());
        for (position, task) in tasks.iter().enumerate() {
            if let Some(name) = name(task) {
                positions.entry(name).or_insert(position);
            }
        }
        Self { tasks, positions }
    }

    fn own(&self, position: usize) -> Option<&'a str> {
        let name = name(&self.tasks[position])?;
        (self.positions.get(name) == Some(&position)).then_some(name)
    }
}

/// The new positions of tasks that kept their order: a longest rising sequence of the old positions. So one task
/// that is put elsewhere is told as the one that was moved, not all that it passed.
fn in_place(pairs: &[Option<usize>]) -> HashSet<usize> {
    // By length, the new position at which a sequence of it ends with the least old position.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    let paired = pairs.iter().enumerate().filter_map(|(position, pair)| Some((position, (*pair)?)));
    for (position, was) in paired {
        let length = ends.partition_point(|end| pairs[*end].is_some_and(|end| end < was));
        before[position] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = position,
            None => ends.push(position),
        }
    }
    std::iter::successors(ends.last().copied(), |position| before[*position]).collect()
}

fn name(task: &Value) -> Option<&str> {
    task.as_object().and_then(|fields: &Map<_, _>| fields.get("name")?.as_str())
}

/// A task as people call it; by its position where it has no name.
fn called(task: &Value, position: usize) -> String {
    match name(task) {
        Some(name) => format!("task {:?}", shorten(name)),
        None => format!("task {position}"),
    }
}

fn task_path(position: usize) -> FieldPath {
    FieldPath::root().key("spec").key("tasks").index(position)
}

/// What a path says beyond the one that it begins with.
fn relative(base: &FieldPath, path: &FieldPath) -> FieldPath {
    let mut relative = FieldPath::root();
    for segment in &path.segments()[base.segments().len()..] {
        relative = relative.with(segment.clone());
    }
    relative
}
