//! The live picture of a run: one line a task, and below a task what failed of it.

mod selection;
#[cfg(test)]
mod tests;

use super::{
    duration, indexes,
    line::{Color, Line, Tone, columns, pad},
    text::printable,
};
use selection::Selection;

/// All that the picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunView {
    /// The Execution's name.
    pub name: String,
    /// Its phase: `Running`.
    pub phase: String,
    /// A word beside the phase, where there is one: `ending what runs`, `suspended`.
    pub note: Option<String>,
    /// Vertices that succeeded or were skipped.
    pub done: u64,
    /// Vertices that are known; a task of unknown width counts 1.
    pub total: u64,
    /// Seconds since the start.
    pub elapsed: u64,
    /// How many vertices may run at once.
    pub parallelism: Option<u64>,
    /// Every task, in the order of the file.
    pub tasks: Vec<TaskRow>,
    /// What failed, oldest first.
    pub failures: Vec<FailureRow>,
}

/// One task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskRow {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Vertices that succeeded.
    pub succeeded: u32,
    /// Its vertices; absent while a dynamic task's width is unknown.
    pub total: Option<u32>,
    /// Seconds from its first start to its last end, or to now; absent before it started.
    pub elapsed: Option<u64>,
    /// The indexes that run.
    pub running: Vec<u32>,
    /// What it waits for, ready to show: `mkdupbqsr (34 left)`.
    pub waits_for: Option<String>,
    /// Anything else to say of it: why it was skipped, which bound holds it back.
    pub note: Option<String>,
}

/// Where a task stands, in the order in which they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Some of it failed for good, and nothing of it runs.
    Failed,
    /// Some of it runs, or ran while the rest waits.
    Running,
    /// All of it is done.
    Succeeded,
    /// Left out by a condition.
    Skipped,
    /// Ended, or never started, because the Execution was ended.
    Cancelled,
    /// Nothing of it has started.
    #[default]
    Pending,
}

impl State {
    /// The state of a phase as it stands in a status; an unknown one is `Pending`.
    pub fn of_phase(phase: &str) -> Self {
        use gene_types::v1alpha1::status::phase as known;
        match phase {
            known::RUNNING => Self::Running,
            known::SUCCEEDED => Self::Succeeded,
            known::FAILED | known::ERROR => Self::Failed,
            known::SKIPPED => Self::Skipped,
            known::CANCELLED => Self::Cancelled,
            _ => Self::Pending,
        }
    }

    /// The phase of a status for this state.
    pub fn as_phase(self) -> &'static str {
        use gene_types::v1alpha1::status::phase as known;
        match self {
            Self::Failed => known::FAILED,
            Self::Running => known::RUNNING,
            Self::Succeeded => known::SUCCEEDED,
            Self::Skipped => known::SKIPPED,
            Self::Cancelled => known::CANCELLED,
            Self::Pending => known::PENDING,
        }
    }

    /// The state as a word: `running`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Pending => "pending",
        }
    }
}

/// One vertex that failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailureRow {
    /// The name of its task: the block stands below that task's line.
    pub task: String,
    /// The vertex as people call it: `mkdupbqsr[3]`.
    pub vertex: String,
    /// What happened: `exit 1 after 2s`.
    pub what: String,
    /// The last lines that it printed, as they are; they are made safe here.
    pub last_lines: Vec<String>,
    /// Where its log is.
    pub log: String,
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns of the terminal.
    pub width: usize,
    /// The most lines that the picture may have: the terminal's rows less the one that the cursor stands on.
    pub height: usize,
    /// Whether colours are written.
    pub color: Color,
}

/// The picture, at most `room.height` lines of at most `room.width` columns.
///
/// Where not all fits, what failed and what runs is shown before what waits and what is done, in the
/// order of the file as always, and a last line counts the rest.
pub fn progress(view: &RunView, room: Room) -> Vec<String> {
    let selection = selection::select(view, room.height);
    let columns = Columns::of(view, room.width);
    let mut lines = Vec::with_capacity(room.height);
    if room.height > 0 {
        lines.push(header(view));
    }
    for (at, task) in view.tasks.iter().enumerate() {
        if selection.tasks.contains(&at) {
            lines.push(task_line(task, &columns));
        }
        for (number, failure) in selection.failures_of(at) {
            lines.push(failure_line(failure, &columns));
            if selection.tails.contains(number) {
                lines.extend(tail_lines(failure));
            }
        }
    }
    lines.extend(rest_line(view, &selection));
    lines.iter().map(|line| line.render(room.width, room.color)).collect()
}

/// Where the columns of the task lines stand. They are taken over all tasks, shown or not, so that
/// they keep their places as the picture changes.
struct Columns {
    name: usize,
    count: usize,
    elapsed: usize,
}

impl Columns {
    fn of(view: &RunView, width: usize) -> Self {
        // Names may be 63 characters long; the numbers beside them matter more.
        let widest_name = (width * 2 / 5).max(8);
        let mut found = Self { name: 0, count: 3, elapsed: 4 };
        for task in &view.tasks {
            found.name = found.name.max(columns(&task.name).min(widest_name));
            found.count = found.count.max(task.count().len());
            found.elapsed = found.elapsed.max(task.elapsed.map_or(0, |elapsed| duration(elapsed).len()));
        }
        found
    }
}

impl TaskRow {
    fn count(&self) -> String {
        match self.total {
            Some(total) => format!("{}/{total}", self.succeeded),
            None => format!("{}/?", self.succeeded),
        }
    }
}

impl State {
    /// The sign before the name, and the tone of what is said.
    pub fn sign(self) -> (&'static str, Tone) {
        match self {
            Self::Pending => ("○", Tone::Faint),
            Self::Running => ("●", Tone::Active),
            Self::Succeeded => ("✓", Tone::Good),
            Self::Failed => ("✗", Tone::Bad),
            Self::Skipped => ("–", Tone::Faint),
            Self::Cancelled => ("⊘", Tone::Faint),
        }
    }
}

fn header(view: &RunView) -> Line {
    let (_, tone) = State::of_phase(&view.phase).sign();
    let numbers = format!("  {}/{}  {}", view.done, view.total, duration(view.elapsed));
    let bound = view.parallelism.map(|bound| format!("  parallelism {bound}")).unwrap_or_default();
    let note = view.note.as_ref().map(|note| format!("  {}", printable(note))).unwrap_or_default();
    Line::default()
        .with(Tone::Strong, printable(&view.name))
        .with(Tone::Plain, "  ")
        .with(tone, printable(&view.phase))
        .with(Tone::Plain, numbers + &bound + &note)
}

fn task_line(task: &TaskRow, at: &Columns) -> Line {
    let (sign, tone) = task.state.sign();
    let elapsed = task.elapsed.map(duration).unwrap_or_default();
    let numbers = format!(
        "  {:>count$}  {elapsed:>elapsed_width$}",
        task.count(),
        count = at.count,
        elapsed_width = at.elapsed
    );
    let mut said = Vec::new();
    // Of a task of one vertex the sign says it already.
    if !task.running.is_empty() && task.total != Some(1) {
        said.push(format!("running {}", indexes(&task.running)));
    }
    said.extend(task.waits_for.as_ref().map(|target| format!("waits for {}", printable(target))));
    said.extend(task.note.as_ref().map(|note| printable(note)));
    Line::default()
        .with(tone, sign)
        .with(Tone::Plain, format!(" {}{numbers}   ", pad(&printable(&task.name), at.name)))
        .with(Tone::Faint, said.join(", "))
}

fn failure_line(failure: &FailureRow, at: &Columns) -> Line {
    let vertex = printable(&failure.vertex);
    let blanks = " ".repeat(at.name.saturating_sub(columns(&vertex)));
    Line::default()
        .with(Tone::Bad, "✗")
        .with(Tone::Plain, format!(" {vertex}{blanks}  "))
        .with(Tone::Bad, printable(&failure.what))
}

fn tail_lines(failure: &FailureRow) -> impl Iterator<Item = Line> {
    let printed = failure
        .last_lines
        .iter()
        .map(|line| Line::default().with(Tone::Plain, format!("    {}", printable(line))));
    let log = Line::default().with(Tone::Faint, format!("    log: {}", printable(&failure.log)));
    printed.chain((!failure.log.is_empty()).then_some(log))
}

/// `… 112 more tasks: 90 succeeded, 22 pending; 3 more failures`
fn rest_line(view: &RunView, selection: &Selection<'_>) -> Option<Line> {
    let mut counts = std::collections::BTreeMap::<State, usize>::new();
    for (at, task) in view.tasks.iter().enumerate() {
        if !selection.tasks.contains(&at) {
            *counts.entry(task.state).or_default() += 1;
        }
    }
    let hidden: usize = counts.values().sum();
    let mut parts = Vec::new();
    if hidden > 0 {
        let states: Vec<String> =
            counts.iter().map(|(state, count)| format!("{count} {}", state.word())).collect();
        parts.push(format!("{hidden} more task{}: {}", plural(hidden), states.join(", ")));
    }
    if selection.hidden_failures > 0 {
        parts.push(format!(
            "{} more failure{}",
            selection.hidden_failures,
            plural(selection.hidden_failures)
        ));
    }
    let said = format!("… {}", parts.join("; "));
    (!parts.is_empty() && selection.has_rest_line).then(|| Line::default().with(Tone::Faint, said))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
