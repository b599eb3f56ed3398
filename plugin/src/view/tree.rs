//! The picture of an Execution: its tasks under those that they wait for, and what goes wrong in them.

mod layout;
mod selection;
#[cfg(test)]
mod tests;
mod trouble;

use gene_types::v1alpha1::{TaskStatus, status::phase};
use k8s_openapi::jiff::Timestamp;

use super::{
    Subject, notes,
    task::{self, TaskWords},
    vertex::{Surroundings, Vertices},
    wrap::wrap,
};
use crate::render::{
    duration,
    line::{Color, Line, Tone, columns, pad},
    progress::State,
    text::printable,
};
use layout::{Place, layout};
use selection::Selection;
pub use trouble::{Group, groups};

/// How the picture is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The time now.
    pub now: Timestamp,
    /// Whether every vertex has a line.
    pub expand: bool,
    /// The columns that a line may have; `usize::MAX` where nothing is cut.
    pub width: usize,
    /// The lines that the picture may have, where they are bounded.
    pub height: Option<usize>,
    /// Whether colours are written.
    pub color: Color,
}

/// Where nothing bounds the width, names are not padded beyond this.
const WIDEST_NAMES: usize = 72;
/// So deep is the tree where nothing bounds the width.
const MOST_DEPTH: usize = 20;
/// Lines that one trouble may take …
const LINES_OF_TROUBLE: usize = 4;
/// … and one sentence about the Execution.
const LINES_OF_NOTE: usize = 12;

/// The picture.
pub fn tree(subject: &Subject, around: &Surroundings, look: &Look) -> Vec<String> {
    let vertices = Vertices::new(subject, around, look.expand);
    let statuses = subject.task_statuses();
    let rows: Vec<Row> = (0..subject.spec.tasks.len())
        .map(|position| Row::new(subject, &statuses, &vertices, position, look))
        .collect();
    let mut lines = head(subject, around, look);
    let selection = {
        let room = look.height.map(|height| height.saturating_sub(lines.len()));
        selection::select(&rows, room, look.expand)
    };
    let after: Vec<Vec<usize>> = subject.spec.tasks.iter().map(|task| task.after.clone()).collect();
    let most_depth =
        if look.width == usize::MAX { MOST_DEPTH } else { (look.width / 2).saturating_sub(12) / 3 };
    let places = layout(&after, &|task| selection.shows(task), most_depth.min(MOST_DEPTH));
    let column = name_column(subject, &places, look.width);
    for place in &places {
        if let Some(row) = rows.get(place.task) {
            push_row(&mut lines, subject, place, row, &selection, column, look);
        }
    }
    lines.extend(rest_line(&rows, &selection));
    if let Some(height) = look.height {
        lines.truncate(height);
    }
    lines.iter().map(|line| line.render(look.width, look.color)).collect()
}

/// A task with all that may be said of it.
struct Row {
    words: TaskWords,
    groups: Vec<Group>,
    /// A task of one vertex needs no index.
    is_single: bool,
}

impl Row {
    fn new(
        subject: &Subject,
        statuses: &[Option<&TaskStatus>],
        vertices: &Vertices,
        position: usize,
        look: &Look,
    ) -> Self {
        let words = task::words(subject, statuses, vertices, position, look.now);
        let total = statuses.get(position).copied().flatten().and_then(|status| status.total);
        let is_single = total.map_or(vertices.of(position).count() == 1, |total| total == 1);
        let outline = subject.spec.tasks.get(position).cloned().unwrap_or_default();
        // The line of a task of one vertex says all that `expand` would, save what is wrong.
        let groups = groups(vertices.of(position), &outline, look.expand && !is_single, look.now);
        Self { words, groups, is_single }
    }
}

/// The Execution itself, and what is to be said of it.
fn head(subject: &Subject, around: &Surroundings, look: &Look) -> Vec<Line> {
    let status = &subject.status;
    let phase = if status.phase == phase::NEW { "Pending" } else { &status.phase };
    let (_, tone) = State::of_phase(&status.phase).sign();
    let mut numbers = String::new();
    if !status.progress.is_empty() {
        numbers = format!("  {}", printable(&status.progress));
    }
    if let Some(elapsed) = subject.elapsed(look.now) {
        numbers = format!("{numbers}  {}", duration(elapsed));
    }
    if let Some(bound) = subject.spec.parallelism.filter(|_| !subject.is_over()) {
        numbers = format!("{numbers}  parallelism {bound}");
    }
    let mut lines = vec![
        Line::default()
            .with(Tone::Strong, printable(&subject.name))
            .with(Tone::Plain, "  ")
            .with(tone, printable(phase))
            .with(Tone::Plain, numbers),
    ];
    let tone = if subject.has_failed() { Tone::Bad } else { Tone::Plain };
    let room = look.width.saturating_sub(2);
    for note in notes::notes(subject, around, look.now) {
        let wrapped = wrap(&note, room, LINES_OF_NOTE);
        lines.extend(wrapped.into_iter().map(|line| Line::default().with(tone, format!("  {line}"))));
    }
    // A long message must not push the tasks out of a picture of bounded height.
    if let Some(height) = look.height {
        lines.truncate((height / 2).max(1));
    }
    lines
}

/// Where the signs stand: behind the longest name, within half of the width.
fn name_column(subject: &Subject, places: &[Place], width: usize) -> usize {
    let name =
        |place: &Place| subject.spec.tasks.get(place.task).map_or(0, |task| columns(&printable(&task.name)));
    let widest = places.iter().map(|place| columns(&place.prefix) + name(place)).max().unwrap_or_default();
    widest.min((width / 2).max(12)).min(WIDEST_NAMES)
}

fn push_row(
    lines: &mut Vec<Line>,
    subject: &Subject,
    place: &Place,
    row: &Row,
    selection: &Selection,
    column: usize,
    look: &Look,
) {
    let (sign, tone) = row.words.state.sign();
    let name = subject.spec.tasks.get(place.task).map(|task| printable(&task.name)).unwrap_or_default();
    let room = column.saturating_sub(columns(&place.prefix)).max(1);
    let mut rest: Vec<String> = row.words.rest.clone();
    rest.extend(also_after(subject, place));
    let mut line = Line::default()
        .with(Tone::Faint, place.prefix.clone())
        .with(Tone::Plain, format!("{}  ", pad(&name, room)))
        .with(tone, sign)
        .with(Tone::Plain, format!(" {}", row.words.count))
        .with(Tone::Faint, if rest.is_empty() { String::new() } else { format!("  {}", rest.join("  ")) });
    let shown = selection.groups_of(place.task, row.groups.len());
    let mut groups = row.groups.iter().take(shown).peekable();
    // What is wrong with the only vertex stands beside it where there is room.
    if row.is_single
        && let Some(only) = groups.peek()
    {
        let text = format!("  {}", only.text(true));
        let used = columns(&place.prefix) + room + columns(&row.words.count) + 5;
        let used = used + rest.iter().map(|part| columns(part) + 2).sum::<usize>();
        if used.saturating_add(columns(&text)) <= look.width {
            let (_, tone) = only.state.sign();
            line = line.with(tone, text);
            groups.next();
        }
    }
    lines.push(line);
    for group in groups {
        push_group(lines, place, group, row.is_single, look);
    }
    if shown < row.groups.len() {
        let hidden: usize = row.groups.iter().skip(shown).map(Group::len).sum();
        let text = format!("{}… and {hidden} more (--expand shows all)", place.below);
        lines.push(Line::default().with(Tone::Faint, text));
    }
}

fn push_group(lines: &mut Vec<Line>, place: &Place, group: &Group, is_single: bool, look: &Look) {
    let (sign, tone) = group.state.sign();
    let label = if is_single { String::new() } else { format!("{} ", group.label()) };
    let indent = columns(&place.below) + columns(&label) + 2;
    let text = group.text(is_single);
    // A line that wraps badly is worth less than one that is cut.
    let room = look.width.saturating_sub(indent).max(12);
    let most = if look.height.is_some() { 1 } else { LINES_OF_TROUBLE };
    let mut wrapped = wrap(&text, room, most).into_iter();
    let first = wrapped.next().unwrap_or_default();
    lines.push(
        Line::default()
            .with(Tone::Faint, place.below.clone())
            .with(Tone::Plain, label.clone())
            .with(tone, format!("{sign} {first}")),
    );
    let blanks = " ".repeat(columns(&label) + 2);
    for rest in wrapped {
        lines.push(
            Line::default().with(Tone::Faint, place.below.clone()).with(tone, format!("{blanks}{rest}")),
        );
    }
}

/// `(also after qc)`, or `(after qc)` where it could not be hung there.
fn also_after(subject: &Subject, place: &Place) -> Option<String> {
    const NAMED: usize = 3;
    let after = subject.spec.tasks.get(place.task).map_or(0, |task| task.after.len());
    let others = place.also_after.len();
    let names = place.also_after.iter().filter_map(|other| subject.spec.tasks.get(*other));
    let mut names: Vec<String> = names.take(NAMED).map(|task| printable(&task.name)).collect();
    if others > NAMED {
        names.push(format!("{} more", others - NAMED));
    }
    let word = if others < after { "also after" } else { "after" };
    (others > 0).then(|| format!("({word} {})", names.join(", ")))
}

/// `… 112 more tasks: 90 succeeded, 22 pending`
fn rest_line(rows: &[Row], selection: &Selection) -> Option<Line> {
    let mut counts = std::collections::BTreeMap::<State, usize>::new();
    for (position, row) in rows.iter().enumerate() {
        if !selection.shows(position) {
            *counts.entry(row.words.state).or_default() += 1;
        }
    }
    let hidden: usize = counts.values().sum();
    let states: Vec<String> =
        counts.iter().map(|(state, count)| format!("{count} {}", state.word())).collect();
    let tasks = if hidden == 1 { "task" } else { "tasks" };
    let text = format!("… {hidden} more {tasks}: {}", states.join(", "));
    (hidden > 0).then(|| Line::default().with(Tone::Faint, text))
}
