//! The single-source rule: who reads a task's output waits for that task alone, and it has one vertex.

use super::{Directory, Draft, dependents::Link};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted},
    plan::TaskId,
    v1alpha1::DependencyType,
};

/// A place that reads what a task printed.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// Where the task is named.
    pub at: FieldPath,
    /// The task.
    pub task: String,
    /// What for.
    pub by: Use,
}

/// What an output is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    GetResult,
    CheckResult,
    GenericCondition,
}

impl Use {
    fn word(self) -> &'static str {
        match self {
            Self::GetResult => "get_result",
            Self::CheckResult => "check_result",
            Self::GenericCondition => "genericCondition",
        }
    }
}

/// Checks every reference of one task; its source, where it has one and all is well.
pub(super) fn resolve(
    task: TaskId,
    drafts: &[Draft],
    links: &[Link],
    directory: &mut Directory<'_>,
    errors: &mut Faults,
) -> Option<TaskId> {
    let mut source = None;
    let mut seen: Vec<TaskId> = Vec::new();
    for reference in &drafts[task as usize].references {
        let Some(named) = directory.position(&reference.task) else {
            errors.push(directory.not_found(&reference.task, reference.at.clone()));
            continue;
        };
        check_width(reference, named, &drafts[named as usize], directory, errors);
        // Said once of each task that is read. Of several only one can be right, so that the second is
        // the last to tell anything new.
        if seen.len() < 2 && !seen.contains(&named) {
            check_links(reference, named, task, links, directory, errors);
            seen.push(named);
        }
        source = Some(named);
    }
    source
}

fn check_width(
    reference: &Reference,
    named: TaskId,
    draft: &Draft,
    directory: &Directory<'_>,
    errors: &mut Faults,
) {
    // A dynamic source is looked at when its width is known.
    let Some(width) = draft.static_width().filter(|width| *width != 1) else { return };
    let message = format!(
        "{} reads the output of {:?}, which has {}: only that of a single vertex can be read",
        reference.by.word(),
        reference.task,
        counted(width, "vertex", "vertices")
    );
    errors.push(
        FieldError::new(reference.at.clone(), FieldErrorKind::Invalid, message)
            .value(&reference.task)
            .help_at("put a task with one command between the two, and read its output", directory.at(named)),
    );
}

fn check_links(
    reference: &Reference,
    named: TaskId,
    task: TaskId,
    links: &[Link],
    directory: &Directory<'_>,
    errors: &mut Faults,
) {
    let at = directory.at(task).key("dependents");
    let word = reference.by.word();
    let only = format!("dependents: [{{target: {}, type: whole}}]", reference.task);
    let fault = match links {
        [link] if link.task == named && link.kind == DependencyType::Whole => return,
        [link] if link.task == named => FieldError::new(
            at.index(link.entry).key("type"),
            FieldErrorKind::Invalid,
            format!(
                "{word} reads the output of {:?}, so the task must wait for the whole of it",
                reference.task
            ),
        )
        .value("iterate")
        .help("write type: whole"),
        [] => FieldError::new(
            at,
            FieldErrorKind::Required,
            format!("{word} reads the output of {:?}, so the task must wait for it", reference.task),
        )
        .help(format!("write {only}")),
        _ => {
            let waits: Vec<_> =
                links.iter().take(4).map(|link| format!("{:?}", directory.name(link.task))).collect();
            let more = if links.len() > 4 { " and others" } else { "" };
            let message = format!(
                "{word} reads the output of {:?}, so the task must wait for it alone, not for {}{more}",
                reference.task,
                waits.join(", ")
            );
            FieldError::new(at, FieldErrorKind::Invalid, message)
                .help(format!("write {only}; let that task wait for the others"))
        }
    };
    errors.push(fault);
}
