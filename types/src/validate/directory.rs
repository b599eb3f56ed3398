//! The tasks by name.

use std::collections::HashMap;

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, Segment},
    names::MAX_NAME_BYTES,
    nearest::Nearest,
    plan::TaskId,
    v1alpha1::Task,
};

/// The tasks by name, for everything in an Execution that names one.
pub(super) struct Directory<'a> {
    tasks: &'a [Task],
    positions: HashMap<&'a str, TaskId>,
    nearest: Nearest,
}

impl<'a> Directory<'a> {
    /// The directory of these tasks. Of several with one name it holds the first and refuses the others.
    pub(super) fn new(tasks: &'a [Task], errors: &mut Faults) -> Self {
        let mut positions = HashMap::with_capacity(tasks.len());
        let mut repeated = Vec::new();
        for (position, task) in tasks.iter().enumerate() {
            if let Some(first) = positions.get(task.name.as_str()) {
                repeated.push((position as TaskId, *first));
            } else if !task.name.is_empty() {
                positions.insert(task.name.as_str(), position as TaskId);
            }
        }
        let directory = Self { tasks, positions, nearest: Nearest::new() };
        for (position, first) in repeated {
            let name = directory.name(position);
            errors.push(
                FieldError::new(
                    directory.at(position).key("name"),
                    FieldErrorKind::Duplicate,
                    format!("two tasks are called {name:?}"),
                )
                .value(name)
                .label_at(
                    format!("{} has this name already", directory.at(first)),
                    directory.at(first).key("name"),
                )
                .help("give each task a name of its own"),
            );
        }
        directory
    }

    /// The first task of this name.
    pub(super) fn position(&self, name: &str) -> Option<TaskId> {
        self.positions.get(name).copied()
    }

    /// The name of a task, for showing: of one that is longer than a name may be, the beginning, as
    /// many faults may speak of it.
    pub(super) fn name(&self, task: TaskId) -> &'a str {
        let name = &self.tasks[task as usize].name;
        &name[..name.floor_char_boundary(MAX_NAME_BYTES + char::MAX.len_utf8())]
    }

    /// The path of a task.
    #[allow(clippy::unused_self, reason = "reads as where the directory says that the task is")]
    pub(super) fn at(&self, task: TaskId) -> FieldPath {
        task_path(task as usize)
    }

    /// The refusal of a name that no task has.
    pub(super) fn not_found(&mut self, name: &str, at: FieldPath) -> FieldError {
        let shown = crate::field::shorten(name);
        let error =
            FieldError::new(at, FieldErrorKind::NotFound, format!("no task is called {shown:?}")).value(name);
        let tasks = self.tasks;
        match self.nearest.find(name, tasks.iter().map(|task| task.name.as_str())) {
            Some(near) => {
                let place =
                    self.position(near).map_or_else(FieldPath::root, |task| self.at(task).key("name"));
                error.help_at(format!("there is a task {near:?}"), place)
            }
            None => error.help("name one of the tasks of this Execution"),
        }
    }
}

/// The path of the task at a position.
pub(super) fn task_path(position: usize) -> FieldPath {
    // Step by step it would cost a tenth of a whole validation.
    FieldPath::from([Segment::Key("spec".into()), Segment::Key("tasks".into()), Segment::Index(position)])
}
