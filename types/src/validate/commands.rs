//! `commands`, `commandSet` and `shell`: the vertices that are written out.

use super::{iterator, source::Reference, text};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, grouped},
    plan::Commands,
    v1alpha1::Task,
};

/// Compiles the commands of a task; `None` where they are at fault.
pub(super) fn compile(
    task: &Task,
    at: &FieldPath,
    references: &mut Vec<Reference>,
    errors: &mut Faults,
) -> Option<Commands> {
    let before = errors.len();
    check_shell(task, at, errors);
    let mut commands = Commands { literal: literal(task, at, errors), ..Commands::default() };
    if let Some(iter) = &task.commands_iter {
        iterator::compile(iter, &at.key("commandsIter"), &mut commands, references, errors);
    }
    if errors.len() > before {
        return None;
    }
    if commands.static_width() == Some(0) {
        errors.push(no_vertex(task, at, &commands));
        return None;
    }
    Some(commands)
}

fn literal(task: &Task, at: &FieldPath, errors: &mut Faults) -> Vec<String> {
    let (field, commands) = match (&task.commands, &task.command_set) {
        (Some(_), Some(_)) => {
            let message = "commandSet must not stand beside commands: they are two names of one field";
            errors.push(
                FieldError::new(at.key("commandSet"), FieldErrorKind::Forbidden, message)
                    .help("move the commands of commandSet to commands"),
            );
            return Vec::new();
        }
        (Some(commands), None) => ("commands", commands),
        (None, Some(commands)) => ("commandSet", commands),
        (None, None) => return Vec::new(),
    };
    for (index, command) in commands.iter().enumerate() {
        text::check_argument(command, "the command", || at.key(field).index(index), errors);
    }
    commands.clone()
}

fn check_shell(task: &Task, at: &FieldPath, errors: &mut Faults) {
    let Some(shell) = &task.shell else { return };
    if shell.first().is_none_or(String::is_empty) {
        errors.push(
            FieldError::new(at.key("shell"), FieldErrorKind::Required, "shell must name a program")
                .help("write shell: [sh, -c], or leave shell out: that is its default"),
        );
    }
    for (index, argument) in shell.iter().enumerate() {
        text::check_argument(argument, "the argument", || at.key("shell").index(index), errors);
    }
}

fn no_vertex(task: &Task, at: &FieldPath, commands: &Commands) -> FieldError {
    let help = "write at least one command";
    if commands.axes.is_empty() {
        let field = if task.command_set.is_some() { "commandSet" } else { "commands" };
        let at = if task.commands_iter.is_some() { at.key("commandsIter") } else { at.key(field) };
        return FieldError::new(at, FieldErrorKind::Required, "the task has no commands").help(help);
    }
    let empty = (0..commands.axes.len())
        .find(|&axis| commands.candidates(axis, &crate::plan::Pieces::default()).is_empty())
        .unwrap_or_default();
    let message = format!(
        "the task has no commands: element {} of varsIter is empty, and so is every combination with it",
        grouped(empty as u64 + 1)
    );
    let at = at.key("commandsIter").key("varsIter").index(empty);
    FieldError::new(at, FieldErrorKind::Required, message).help("give it at least one value")
}
