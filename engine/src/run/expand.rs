//! A dynamic task, once its source has printed: how many vertices, and whether their commands are fit to run.

use gene_types::{
    field::within,
    limits::MAX_ARGUMENT_BYTES,
    plan::{Axis, Commands, Pieces, TaskId},
};

use super::Run;
use crate::Failure;

/// Of a value so much is shown: the message of a task has to hold the remedies as well.
const SHOWN_BYTES: usize = 20;
/// Names reserve five digits for the index of a dynamic task.
pub(super) const MAX_DYNAMIC_WIDTH: u32 = 100_000;

impl Run {
    /// Gives a dynamic task its vertices.
    ///
    /// # Errors
    /// What was printed cannot be used; the task fails.
    pub(super) fn expand(&mut self, task: TaskId, text: &str) -> Result<(), Failure> {
        let plan = &self.valid.plan().tasks[task as usize];
        let pieces = plan.commands.cut(text);
        let width = self.checked_width(task, &pieces)?;
        check_values(&plan.commands, &pieces)?;
        self.totals.known -= 1; // it counted 1 while it was unknown
        self.lay_out(task, width);
        self.tasks[task as usize].pieces = pieces;
        self.lists_all = self.can_list_all();
        for early in std::mem::take(&mut self.tasks[task as usize].early).into_values() {
            self.observe_vertex(early);
        }
        for ended in std::mem::take(&mut self.tasks[task as usize].early_ended) {
            self.recall_ended(ended);
        }
        Ok(())
    }

    fn checked_width(&self, task: TaskId, pieces: &Pieces) -> Result<u32, Failure> {
        let plan = self.task_plan(task);
        let width = plan.commands.width(pieces);
        let limit = u64::from(self.valid.limits().vertices);
        let others = self.totals.known - 1;
        let refuse = |message: String| Failure::new("TooManyVertices", message);
        if width > u64::from(MAX_DYNAMIC_WIDTH) {
            return Err(refuse(format!(
                "expands to {width} vertices; a task of get_result may have at most {MAX_DYNAMIC_WIDTH}"
            )));
        }
        if others.saturating_add(width) > limit {
            return Err(refuse(format!(
                "expands to {width} vertices beside {others} others; an Execution may have at most {limit}"
            )));
        }
        Ok(width as u32)
    }
}

/// Whether what was printed may stand in commands and in the environment.
fn check_values(commands: &Commands, pieces: &Pieces) -> Result<(), Failure> {
    let refuse = |reason: &str, message: String| Err(Failure::new(reason, message));
    for (column, axis) in commands.axes.iter().enumerate() {
        if !matches!(axis, Axis::Result { .. }) {
            continue;
        }
        let number = column + 1;
        let is_pasted = commands.template.as_ref().is_some_and(|template| template.uses(column));
        for value in commands.candidates(column, pieces) {
            let shown = || within(value.clone(), SHOWN_BYTES);
            if value.contains('\0') {
                return refuse(
                    "UnsafeValue",
                    format!("value {:?} of ${{{number}}} holds a NUL, which no variable can hold", shown()),
                );
            }
            if is_pasted && !commands.allows_unsafe && !value.chars().all(is_safe) {
                return refuse(
                    "UnsafeValue",
                    format!(
                        "value {:?} of ${{{number}}} could be shell syntax; write \"$GENE_ARG_{number}\" for it, or set \
                         commandsIter.unsafeValues: allow",
                        shown()
                    ),
                );
            }
            let variable = format!("GENE_ARG_{number}=").len() + value.len();
            if variable > MAX_ARGUMENT_BYTES {
                return refuse(
                    "TooLong",
                    format!(
                        "a value of ${{{number}}} makes a variable of {variable} bytes; at most {MAX_ARGUMENT_BYTES} can be executed"
                    ),
                );
            }
        }
    }
    let longest = commands.longest(pieces);
    // Without a row there is no command to be too long.
    if longest.item.is_some() && longest.bytes > MAX_ARGUMENT_BYTES {
        return refuse(
            "TooLong",
            format!("has a command of {} bytes; at most {MAX_ARGUMENT_BYTES} can be executed", longest.bytes),
        );
    }
    Ok(())
}

/// Characters that no shell interprets: letters, digits, blanks and some marks, no newline.
fn is_safe(character: char) -> bool {
    character.is_alphanumeric() || " \t_./:=,@%+-".contains(character)
}
