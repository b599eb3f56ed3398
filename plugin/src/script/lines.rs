//! The lines of a script that are jobs: those that begin with `bash` or `sh` and the absolute path of a script.

use gene_types::field::counted;

use super::line::Reading;
use crate::manifest::{Diagnostic, Span};

/// What a script holds.
#[derive(Debug)]
pub struct Lines {
    /// The commands, in their order, each as one line.
    pub commands: Vec<String>,
    /// What is wrong or doubtful.
    pub notes: Vec<Diagnostic>,
}

/// More faults than anybody reads at once.
const FAULTS: usize = 1_000;
/// So many ranges of lines are named at most.
const NAMED: usize = 12;

const WANTED: &str = "a job is a line like: bash /data/align.sh sample1";

/// Reads a script.
pub fn read(text: &str) -> Lines {
    let mut lines = Lines { commands: Vec::new(), notes: Vec::new() };
    let mut passed_over: Vec<Line<'_>> = Vec::new();
    let mut physical = physical(text);
    while let Some(line) = physical.next() {
        if lines.notes.len() >= FAULTS {
            break;
        }
        let begin = line.text.trim_start();
        if begin.is_empty() || begin.starts_with('#') {
            continue;
        }
        let is_job = matches!(begin.split_whitespace().next(), Some("bash" | "sh"));
        let mut command = Command::default();
        let mut last = line;
        while command.add(last) {
            let Some(next) = physical.next() else {
                command.is_cut = true;
                break;
            };
            last = next;
            if !is_job {
                passed_over.push(last);
            }
        }
        if is_job {
            match command.fault() {
                None => lines.commands.push(command.whole()),
                Some(fault) => lines.notes.push(fault),
            }
        } else {
            passed_over.push(line);
        }
    }
    passed_over.sort_by_key(|line| line.number);
    if let Some(first) = passed_over.first() {
        lines.notes.push(passed_over_note(*first, &passed_over));
    }
    if lines.commands.is_empty() && !lines.notes.iter().any(Diagnostic::is_error) {
        let what =
            if passed_over.is_empty() { "the script is empty" } else { "no line of the script is a job" };
        lines.notes.push(Diagnostic::error(what).help(WANTED));
    }
    lines
}

/// One line of the file.
#[derive(Clone, Copy, Debug)]
struct Line<'t> {
    number: usize,
    start: usize,
    text: &'t str,
}

impl Line<'_> {
    /// Its text without the blanks around it.
    fn span(&self) -> Span {
        let blanks = self.text.len() - self.text.trim_start().len();
        Span::new(self.start + blanks, self.start + self.text.trim_end().len())
    }
}

/// The lines with any of the three line breaks, without them.
fn physical(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let pieces = text.split_inclusive(['\n', '\r']).filter_map(move |piece| {
        let at = start;
        start += piece.len();
        // The second half of a break of two bytes is no line.
        let is_rest = piece == "\n" && text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r');
        (!is_rest).then(|| (at, piece.trim_end_matches(['\n', '\r'])))
    });
    pieces.enumerate().map(|(position, (start, text))| Line { number: position + 1, start, text })
}

/// A command in the making.
#[derive(Debug, Default)]
struct Command {
    text: String,
    /// Where in the file what begins at a byte of the text stands.
    parts: Vec<(usize, usize)>,
    reading: Reading,
    /// It goes on, and there is no next line.
    is_cut: bool,
}

impl Command {
    /// Adds a line, and says whether the next one belongs to the same command.
    fn add(&mut self, line: Line<'_>) -> bool {
        let text = if self.text.is_empty() { line.text.trim_start() } else { line.text };
        self.parts.push((self.text.len(), line.start + line.text.len() - text.len()));
        self.reading.feed(text);
        self.text.push_str(text);
        let goes_on = self.reading.goes_on();
        if goes_on {
            self.text.pop();
        }
        goes_on
    }

    /// The command, without blanks at its end that mean nothing.
    fn whole(mut self) -> String {
        let end = self.text.trim_end();
        if !end.ends_with('\\') {
            self.text.truncate(end.len());
        }
        self.text
    }

    /// Where bytes of the text stand in the file.
    fn span(&self, start: usize, end: usize) -> Span {
        let at = |byte: usize| {
            let part = self.parts.iter().rev().find(|(begins, _)| *begins <= byte);
            part.map_or(0, |(begins, stands)| stands + byte - begins)
        };
        Span::new(at(start), at(end.saturating_sub(1)) + 1)
    }

    fn fault(&self) -> Option<Diagnostic> {
        let word = |from: usize| {
            let rest = self.text.get(from..)?;
            let start = from + rest.len() - rest.trim_start().len();
            let word = self.text.get(start..)?.split_whitespace().next()?;
            Some((start, word))
        };
        let (first, shell) = word(0)?;
        let Some((second, script)) = word(first + shell.len()) else {
            let fault = Diagnostic::error(format!("{shell:?} is to run nothing"));
            return Some(fault.at(self.span(first, first + shell.len())).help(WANTED));
        };
        let end = second + script.len();
        if !script.trim_start_matches(['"', '\'']).starts_with('/') {
            let help = if script.starts_with('-') {
                "write the script first; its options can be set in itself, with \"set\""
            } else {
                "write where the script stands in the containers: an absolute path, such as /data/align.sh"
            };
            let message = format!("{script:?} is no absolute path");
            return Some(Diagnostic::error(message).at(self.span(second, end)).help(help));
        }
        if let Some(at) = self.reading.open_quote() {
            let fault = Diagnostic::error("the quote is not closed on its line").at(self.span(at, at + 1));
            return Some(
                fault.help("close it; a command is one line, or goes on after a backslash at its end"),
            );
        }
        if self.is_cut {
            let end = self.text.len();
            let fault = Diagnostic::error("the line goes on after its backslash, and there is no next one");
            return Some(fault.at(self.span(end, end + 1)).help("take the backslash away"));
        }
        None
    }
}

fn passed_over_note(first: Line<'_>, lines: &[Line<'_>]) -> Diagnostic {
    let count = counted(lines.len() as u64, "line is", "lines are");
    let message = format!("{count} no job and not run: {}", numbers(lines));
    let help = "a job is a line that begins with bash or sh; what others set or start is not there for it";
    Diagnostic::error(message).into_warning().at(first.span()).help(help)
}

/// `line 3`, `lines 3, 5-7`.
fn numbers(lines: &[Line<'_>]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == line.number => *last = line.number,
            _ => ranges.push((line.number, line.number)),
        }
    }
    let shown = ranges
        .iter()
        .take(NAMED)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
    let shown = shown.collect::<Vec<_>>().join(", ");
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let more = if ranges.len() > NAMED { " and more" } else { "" };
    format!("{word} {shown}{more}")
}

#[cfg(test)]
mod tests;
