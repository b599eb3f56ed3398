//! `dependents`: who waits for whom.

use super::{Directory, Draft};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, counted},
    plan::TaskId,
    v1alpha1::{DependencyType, OnSkipped, Task},
};

/// One task that a task waits for, however often it is named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The target.
    pub task: TaskId,
    /// The strictest kind of all entries.
    pub kind: DependencyType,
    /// The strictest of all entries.
    pub on_skipped: OnSkipped,
    /// The first entry of `dependents` that names the target.
    pub entry: usize,
}

/// The links of every task: each target once, in the order of the file.
pub(super) fn resolve(tasks: &[Task], directory: &mut Directory<'_>, errors: &mut Faults) -> Vec<Vec<Link>> {
    // By target, the position of its link in the task at hand; who wrote it tells old ones apart.
    let mut latest: Vec<(usize, usize)> = vec![(usize::MAX, 0); tasks.len()];
    let mut all = Vec::with_capacity(tasks.len());
    for (position, task) in tasks.iter().enumerate() {
        let entries = task.dependents.as_deref().unwrap_or_default();
        let mut links: Vec<Link> = Vec::with_capacity(entries.len());
        for (entry, dependent) in entries.iter().enumerate() {
            let Some(target) = target(position, entry, &dependent.target, directory, errors) else {
                continue;
            };
            let kind = dependent.type_.unwrap_or_default();
            let on_skipped = dependent.on_skipped.unwrap_or_default();
            let seen = &mut latest[target as usize];
            if seen.0 == position {
                let link = &mut links[seen.1];
                if kind == DependencyType::Whole {
                    link.kind = kind;
                }
                if on_skipped == OnSkipped::Skip {
                    link.on_skipped = on_skipped;
                }
            } else {
                *seen = (position, links.len());
                links.push(Link { task: target, kind, on_skipped, entry });
            }
        }
        all.push(links);
    }
    all
}

fn target(
    position: usize,
    entry: usize,
    name: &str,
    directory: &mut Directory<'_>,
    errors: &mut Faults,
) -> Option<TaskId> {
    let target = directory.position(name);
    if target.is_some_and(|target| target as usize != position) {
        return target;
    }
    let at = directory.at(position as TaskId).key("dependents").index(entry).key("target");
    errors.push(if name.is_empty() {
        FieldError::new(at, FieldErrorKind::Required, "the target must not be empty")
            .help("name the task that is waited for")
    } else if target.is_some() {
        FieldError::new(at, FieldErrorKind::Invalid, format!("task {name:?} waits for itself"))
            .value(name)
            .help("remove this entry")
    } else {
        directory.not_found(name, at)
    });
    None
}

/// Refuses `iterate` between tasks of different widths, where both are known.
pub(super) fn check_widths(
    drafts: &[Draft],
    links: &[Vec<Link>],
    directory: &Directory<'_>,
    errors: &mut Faults,
) {
    for (position, links) in links.iter().enumerate() {
        let Some(own) = drafts[position].static_width() else { continue };
        for link in links.iter().filter(|link| link.kind == DependencyType::Iterate) {
            let Some(targets) = drafts[link.task as usize].static_width() else { continue };
            if own == targets {
                continue;
            }
            let task = position as TaskId;
            let message = format!(
                "iterate needs equally many vertices on both sides: {:?} has {}, {:?} has {}",
                directory.name(task),
                crate::field::grouped(own),
                directory.name(link.task),
                crate::field::grouped(targets),
            );
            let target =
                format!("{:?} has {}", directory.name(link.task), counted(targets, "vertex", "vertices"));
            errors.push(
                FieldError::new(
                    directory.at(task).key("dependents").index(link.entry).key("type"),
                    FieldErrorKind::Invalid,
                    message,
                )
                .value("iterate")
                .label_at(target, directory.at(link.task).key("name"))
                .help("write type: whole, or give both tasks the same number of commands"),
            );
        }
    }
}
