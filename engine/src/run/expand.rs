//! A dynamic task, once its source has printed: how many vertices, and whether their commands are fit to run.

use std::sync::Arc;

use gene_types::{
    field::within,
    limits::MAX_ARGUMENT_BYTES,
    plan::{Axis, Commands, Pieces, TaskId, TaskPlan},
};

use super::{Run, task::TaskState};
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
    pub(super) fn expand(&mut self, task: TaskId, text: &Arc<str>) -> Result<(), Failure> {
        let recorded = self.tasks[task as usize].recorded_width.take();
        self.totals.reserved -= u64::from(recorded.unwrap_or(0).saturating_sub(1));
        let plan = &self.valid.plan().tasks[task as usize];
        let pieces = plan.commands.cut(Arc::clone(text));
        let width = self.checked_width(task, &pieces)?;
        let plan = &self.valid.plan().tasks[task as usize];
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

    /// Remembers how wide a task was when that was recorded: its place is kept until its source is read again,
    /// so that no other takes it that was too wide then.
    pub(super) fn reserve(&mut self, task: TaskId, width: u32) {
        let state = &mut self.tasks[task as usize];
        if state.width.is_none() && state.recorded_width.is_none() && width <= MAX_DYNAMIC_WIDTH {
            state.recorded_width = Some(width);
            self.totals.reserved += u64::from(width.saturating_sub(1));
        }
    }

    fn checked_width(&mut self, task: TaskId, pieces: &Pieces) -> Result<u32, Failure> {
        let width = self.task_plan(task).commands.width(pieces);
        let limits = *self.valid.limits();
        let limit = u64::from(limits.vertices);
        let others = (self.totals.known - 1).saturating_add(self.totals.reserved);
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
        if let Some(most) = limits.object_bytes {
            let bytes = self.object_bytes(task, width);
            if bytes > most {
                return Err(refuse(format!(
                    "expands to {width} vertices: spec and longest status have {bytes} bytes then; at most {most} can be stored"
                )));
            }
        }
        Ok(width as u32)
    }

    /// The most bytes that the Execution can have, where a task has this width.
    fn object_bytes(&mut self, task: TaskId, width: u64) -> u64 {
        let plans = &self.valid.plan().tasks;
        let known = |(plan, state): (&TaskPlan, &TaskState)| {
            let known = state.width.or(state.recorded_width).map(u64::from);
            // Those of the file, or one.
            known.unwrap_or_else(|| plan.commands.width(&Pieces::default()).max(1))
        };
        let mut widths: Vec<u64> = plans.iter().zip(&self.tasks).map(known).collect();
        widths[task as usize] = width;
        let spec = *self.spec_bytes.get_or_insert_with(|| self.valid.spec_bytes());
        spec.saturating_add(self.valid.status_bytes(&widths))
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
        for value in commands.candidates(column, pieces).iter() {
            let shown = || within(value.to_owned(), SHOWN_BYTES);
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
