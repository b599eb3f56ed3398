//! What is shown where not everything fits.

use std::collections::HashSet;

use super::Row;
use crate::render::progress::State;

/// So many different troubles of one task are shown.
const GROUPS: usize = 8;
/// So many where there is little room.
const GROUPS_WHERE_LITTLE_ROOM: usize = 2;

/// What is shown.
pub struct Selection {
    /// `None`: every task.
    tasks: Option<HashSet<usize>>,
    groups: usize,
}

impl Selection {
    /// Whether a task has a line.
    pub fn shows(&self, task: usize) -> bool {
        self.tasks.as_ref().is_none_or(|tasks| tasks.contains(&task))
    }

    /// How many of a task's groups have lines.
    pub fn groups_of(&self, task: usize, groups: usize) -> usize {
        if self.shows(task) { groups.min(self.groups) } else { 0 }
    }
}

/// Chooses what stands in `height` lines. What is expanded is shown as a whole, where the height is not bounded.
pub fn select(rows: &[Row], height: Option<usize>, expand: bool) -> Selection {
    let Some(height) = height else {
        return Selection { tasks: None, groups: if expand { usize::MAX } else { GROUPS } };
    };
    let lines = |groups: usize| {
        move |row: &Row| 1 + row.groups.len().min(groups) + usize::from(row.groups.len() > groups)
    };
    if rows.iter().map(lines(GROUPS)).sum::<usize>() <= height {
        return Selection { tasks: None, groups: GROUPS };
    }
    // One line counts the rest.
    let mut room = height.saturating_sub(1);
    let mut tasks = HashSet::new();
    let troubled = |row: &Row| !row.groups.is_empty();
    let mut take = |wanted: &dyn Fn(&Row) -> bool, from_end: bool| {
        let mut positions: Vec<usize> = (0..rows.len()).collect();
        if from_end {
            positions.reverse();
        }
        for position in positions {
            let Some(row) = rows.get(position).filter(|row| wanted(row)) else { continue };
            let needed = lines(GROUPS_WHERE_LITTLE_ROOM)(row);
            if needed <= room && tasks.insert(position) {
                room -= needed;
            }
        }
    };
    take(&|row| row.words.state == State::Failed && troubled(row), false);
    take(&troubled, false);
    take(&|row| row.words.state == State::Running, false);
    take(&|row| row.words.state == State::Failed, false);
    take(&|row| row.words.state == State::Pending, false);
    // Of what succeeded the last tells most.
    take(&|row| row.words.state == State::Succeeded, true);
    take(&|_| true, false);
    Selection { tasks: Some(tasks), groups: GROUPS_WHERE_LITTLE_ROOM }
}
