//! What of a run is shown where not all of it fits.

use std::collections::{BTreeMap, BTreeSet};

use super::{FailureRow, RunView, State};

/// What is shown.
pub(super) struct Selection<'a> {
    /// Tasks with a line of their own.
    pub tasks: BTreeSet<usize>,
    /// Failures with a line of their own, by the task that they stand below.
    failures: BTreeMap<usize, Vec<(usize, &'a FailureRow)>>,
    /// Failures whose last lines are shown too.
    pub tails: BTreeSet<usize>,
    /// How many failures have no line.
    pub hidden_failures: usize,
    /// Whether there is room for the line that counts the rest.
    pub has_rest_line: bool,
}

impl Selection<'_> {
    /// The failures below a task's line, with their numbers.
    pub fn failures_of(&self, task: usize) -> impl Iterator<Item = (&usize, &FailureRow)> {
        self.failures.get(&task).into_iter().flatten().map(|(number, failure)| (number, *failure))
    }
}

/// Failures that are shown before tasks that only wait or are done. They come oldest first, and the
/// first is most often the cause of the others.
const LEADING_FAILURES: usize = 3;

/// Chooses what stands in `height` lines, one of which is the header.
pub(super) fn select(view: &RunView, height: usize) -> Selection<'_> {
    let needed: usize =
        view.tasks.len() + view.failures.iter().map(|failure| 1 + tail_len(failure)).sum::<usize>();
    let all_fits = needed < height;
    // Else one line is the header and one counts the rest.
    let mut room = if all_fits { needed } else { height.saturating_sub(2) };
    let mut heads = BTreeSet::new();
    let mut selection = Selection {
        tasks: BTreeSet::new(),
        failures: BTreeMap::new(),
        tails: BTreeSet::new(),
        hidden_failures: 0,
        has_rest_line: height >= 2,
    };

    take_failures(view, 0..1, &mut room, &mut heads, &mut selection.tails);
    take_tasks(view, State::Running, &mut room, &mut selection.tasks);
    take_failures(view, 1..LEADING_FAILURES, &mut room, &mut heads, &mut selection.tails);
    take_tasks(view, State::Failed, &mut room, &mut selection.tasks);
    for state in [State::Pending, State::Succeeded, State::Cancelled, State::Skipped] {
        take_tasks(view, state, &mut room, &mut selection.tasks);
    }
    take_failures(view, LEADING_FAILURES..usize::MAX, &mut room, &mut heads, &mut selection.tails);

    selection.hidden_failures = view.failures.len() - heads.len();
    let places: BTreeMap<&str, usize> =
        view.tasks.iter().enumerate().map(|(at, task)| (task.name.as_str(), at)).collect();
    for number in heads {
        if let Some(failure) = view.failures.get(number) {
            // A failure of a task that is not listed stands at the end, rather than nowhere.
            let last = view.tasks.len().saturating_sub(1);
            let task = places.get(failure.task.as_str()).copied().unwrap_or(last);
            selection.failures.entry(task).or_default().push((number, failure));
        }
    }
    selection
}

/// Takes tasks of a state while there is room: of those that succeeded the last, of others the first.
fn take_tasks(view: &RunView, state: State, room: &mut usize, taken: &mut BTreeSet<usize>) {
    let mut found: Vec<usize> =
        view.tasks.iter().enumerate().filter(|(_, task)| task.state == state).map(|(at, _)| at).collect();
    if state == State::Succeeded {
        found.reverse();
    }
    found.truncate(*room);
    *room -= found.len();
    taken.extend(found);
}

/// Takes failures while there is room, each with its last lines where these fit too.
fn take_failures(
    view: &RunView,
    numbers: std::ops::Range<usize>,
    room: &mut usize,
    heads: &mut BTreeSet<usize>,
    tails: &mut BTreeSet<usize>,
) {
    let end = numbers.end.min(view.failures.len());
    for number in numbers.start..end {
        let Some(failure) = view.failures.get(number).filter(|_| *room > 0) else { return };
        *room -= 1;
        heads.insert(number);
        if tail_len(failure) <= *room {
            *room -= tail_len(failure);
            tails.insert(number);
        }
    }
}

fn tail_len(failure: &FailureRow) -> usize {
    failure.last_lines.len() + usize::from(!failure.log.is_empty())
}
