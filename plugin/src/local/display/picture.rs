//! The live picture on a terminal.

use std::{
    env,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anstream::ColorChoice;
use gene_engine::{Event, Failure, Run, Vertex};
use gene_types::ValidExecution;
use k8s_openapi::jiff::Timestamp;

use super::{
    stream::Stream,
    view::{Beside, Spans, seconds_between, view},
};
use crate::{
    local::{
        directory::Place,
        history::{task_name, vertex_label},
    },
    render::{
        self,
        line::Color,
        progress::{self, FailureRow, Room},
        screen::Screen,
    },
};

/// At most so often is it drawn: fast enough for the eye, and cheap.
const BETWEEN_DRAWINGS: Duration = Duration::from_millis(100);
/// So often the clock in it moves on.
const TICK: Duration = Duration::from_secs(1);
/// So many failures are kept to be shown; the first ones tell the most.
const FAILURES: usize = 50;
/// So many of its last lines are shown of a failed vertex …
const LAST_LINES: usize = 10;
/// … taken from so many of its last bytes.
const LAST_BYTES: u64 = 8 * 1024;

/// A run, drawn.
#[derive(Debug)]
pub struct Picture {
    stream: Stream,
    screen: Screen,
    color: Color,
    valid: Arc<ValidExecution>,
    place: Place,
    parallelism: Option<u32>,
    began: Timestamp,
    spans: Spans,
    failures: Vec<FailureRow>,
    note: Option<&'static str>,
    has_changed: bool,
    drawn: Option<Instant>,
}

impl Picture {
    pub(super) fn new(stream: Stream, run: &Run, place: &Place, parallelism: Option<u32>) -> Self {
        let has_color = match ColorChoice::global() {
            ColorChoice::Auto => env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
            ColorChoice::Never => false,
        };
        Self {
            stream,
            screen: Screen::default(),
            color: if has_color { Color::Always } else { Color::Never },
            valid: Arc::clone(run.valid()),
            place: place.clone(),
            parallelism,
            began: Timestamp::now(),
            spans: Spans::new(run.valid().plan().tasks.len()),
            failures: Vec::new(),
            note: None,
            has_changed: true,
            drawn: None,
        }
    }

    pub(super) fn note(&mut self, event: &Event) {
        self.has_changed = true;
        match event {
            Event::Started { vertex, at, .. } => self.spans.start(vertex.task, *at),
            Event::Succeeded { vertex, finished, .. } => self.spans.end(vertex.task, *finished),
            Event::Failed { vertex, attempt, started, finished, failure } => {
                self.spans.end(vertex.task, *finished);
                if self.failures.len() < FAILURES {
                    let seconds = started.map(|started| seconds_between(started, *finished));
                    let row = self.failure(*vertex, *attempt, failure, seconds);
                    self.failures.push(row);
                }
            }
            Event::Gone { vertex, at, .. } => self.spans.end(vertex.task, *at),
            _ => {}
        }
    }

    pub(super) fn trying_again(&mut self, event: &Event) {
        self.has_changed = true;
        if let Event::Failed { vertex, finished, .. } = event {
            self.spans.end(vertex.task, *finished);
        }
    }

    pub(super) fn stopping(&mut self) {
        self.note = Some("ending what runs (again: at once)");
        self.has_changed = true;
    }

    pub(super) fn resize(&mut self) {
        self.has_changed = true;
    }

    pub(super) fn refresh(&mut self, run: &mut Run) {
        if self.next_refresh().is_zero() {
            self.draw(run);
        }
    }

    pub(super) fn next_refresh(&self) -> Duration {
        let pause = if self.has_changed { BETWEEN_DRAWINGS } else { TICK };
        self.drawn.map_or(Duration::ZERO, |drawn| pause.saturating_sub(drawn.elapsed()))
    }

    pub(super) fn draw(&mut self, run: &mut Run) {
        let beside = Beside {
            note: self.note.filter(|_| !run.phase().is_terminal()),
            began: self.began,
            now: Timestamp::now(),
            parallelism: self.parallelism,
            spans: &self.spans,
            failures: &self.failures,
        };
        let (width, height) = self.stream.size();
        let room = Room { width, height: height.saturating_sub(1), color: self.color };
        let lines = progress::progress(&view(run, &beside), room);
        self.stream.write(&self.screen.redraw(&lines, width));
        self.has_changed = false;
        self.drawn = Some(Instant::now());
    }

    /// The picture stays above; a later one is drawn below the text.
    pub(super) fn say(&mut self, text: &str) {
        self.screen = Screen::default();
        self.stream.write(text);
    }

    fn failure(&self, vertex: Vertex, attempt: u32, failure: &Failure, seconds: Option<u64>) -> FailureRow {
        let plan = self.valid.plan();
        let after = seconds.map(|seconds| format!(" after {}", render::duration(seconds)));
        // What could not be started printed nothing.
        let log = Some(self.place.shown_log(plan, vertex, attempt)).filter(|log| log.exists());
        FailureRow {
            task: task_name(plan, vertex).to_owned(),
            vertex: vertex_label(plan, vertex),
            what: failure.message.clone() + &after.unwrap_or_default(),
            last_lines: last_lines(&self.place.log(plan, vertex, attempt)),
            log: log.map_or_else(String::new, |log| log.display().to_string()),
        }
    }
}

/// The last lines of a log; of a log that cannot be read, none: its path is shown in any case.
fn last_lines(log: &Path) -> Vec<String> {
    let read = || -> std::io::Result<(Vec<u8>, bool)> {
        let mut file = File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(LAST_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LAST_BYTES).read_to_end(&mut bytes)?;
        Ok((bytes, start > 0))
    };
    let Ok((bytes, is_cut)) = read() else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<&str> = text.lines().collect();
    if is_cut && lines.len() > 1 {
        lines.remove(0);
    }
    lines.iter().skip(lines.len().saturating_sub(LAST_LINES)).map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_last_lines_of_a_log() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        assert!(last_lines(&log).is_empty());
        std::fs::write(&log, "one\ntwo").unwrap();
        assert_eq!(last_lines(&log), ["one", "two"]);
        let mut text = String::new();
        for line in 0..10_000 {
            writeln!(text, "line {line}").unwrap();
        }
        std::fs::write(&log, &text).unwrap();
        let last = last_lines(&log);
        assert_eq!((last.len(), last[0].as_str(), last[9].as_str()), (10, "line 9990", "line 9999"));
        std::fs::write(&log, vec![0xff; 100_000]).unwrap();
        assert_eq!(last_lines(&log).len(), 1);
    }
}
