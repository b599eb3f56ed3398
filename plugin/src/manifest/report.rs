//! What is wrong with a file, shown to a person: the message, the place, the line with a caret, and
//! what to do.

mod snippet;

use std::{fmt::Write, sync::Arc};

use anstyle::{AnsiColor, Style};

use super::source::{Source, Span};

pub use snippet::visible;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is taken, but the reader should know.
    Warning,
}

/// A text, and the place whose line is named after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The place that it speaks of.
    pub at: Option<Span>,
}

impl Text {
    /// A text about no other place.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }
}

/// A text beside that of the file at hand: inputs, a tool, a part of the command line.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The text.
    pub source: Arc<Source>,
    /// What is wrong with the file at hand is said first, then what is wrong elsewhere, by rank.
    pub rank: usize,
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// In which text, where it is not the file at hand.
    pub elsewhere: Option<Elsewhere>,
    /// What is wrong.
    pub message: String,
    /// Where in the text; absent where there is no text.
    pub at: Option<Span>,
    /// Where in the document: `spec.tasks[1].dependents[0].target`. May be empty.
    pub path: String,
    /// A word beside the caret.
    pub label: Option<Text>,
    /// What to do.
    pub help: Option<Text>,
}

impl Diagnostic {
    /// A reason to refuse the file.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            elsewhere: None,
            message: message.into(),
            at: None,
            path: String::new(),
            label: None,
            help: None,
        }
    }

    /// Whether the file is refused for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The order in which faults are told.
    pub fn order(&self) -> (Option<usize>, Option<Span>, Severity) {
        (self.elsewhere.as_ref().map(|elsewhere| elsewhere.rank), self.at, self.severity)
    }

    /// The same as a word of warning.
    #[must_use]
    pub fn into_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// In another text than that of the file at hand.
    #[must_use]
    pub fn elsewhere(mut self, source: &Arc<Source>, rank: usize) -> Self {
        self.elsewhere = Some(Elsewhere { source: Arc::clone(source), rank });
        self
    }

    /// With its place.
    #[must_use]
    pub fn at(mut self, at: Span) -> Self {
        self.at = Some(at);
        self
    }

    /// With the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(Text::plain(help));
        self
    }
}

const LABEL: Style = Style::new().bold();
const FRAME: Style = AnsiColor::Blue.on_default().bold();

/// Shows one thing that is wrong, with an empty line after it. What the user wrote cannot reach the
/// terminal as anything but text.
pub fn render(source: &Source, diagnostic: &Diagnostic) -> String {
    let source = diagnostic.elsewhere.as_ref().map_or(source, |elsewhere| &elsewhere.source);
    let (word, style) = match diagnostic.severity {
        Severity::Error => ("error", AnsiColor::Red.on_default().bold()),
        Severity::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
    };
    let mut out = String::new();
    // Writing into a String cannot go wrong.
    let _ = write_all(&mut out, source, diagnostic, word, style);
    out
}

fn write_all(
    out: &mut String,
    source: &Source,
    diagnostic: &Diagnostic,
    word: &str,
    style: Style,
) -> std::fmt::Result {
    writeln!(out, "{style}{word}{style:#}{LABEL}: {}{LABEL:#}", visible(&diagnostic.message))?;
    let name = visible(source.name());
    let mut gutter = 1;
    let path =
        if diagnostic.path.is_empty() { String::new() } else { format!(" {}", visible(&diagnostic.path)) };
    if let Some(span) = diagnostic.at {
        let line = source.line(span.start);
        let (start, text) = source.line_text(line);
        let snippet =
            snippet::cut(text, span.start.saturating_sub(start) as usize, (span.end - span.start) as usize);
        gutter = line.to_string().len();
        writeln!(out, "{:gutter$}{FRAME}-->{FRAME:#} {name}:{line}:{}{path}", "", source.column(span.start))?;
        writeln!(out, "{:gutter$} {FRAME}|{FRAME:#}", "")?;
        writeln!(out, "{FRAME}{line} |{FRAME:#} {}", snippet.text)?;
        let label = diagnostic
            .label
            .as_ref()
            .map_or_else(String::new, |label| format!(" {}", with_line(source, label)));
        let carets = "^".repeat(snippet.carets);
        writeln!(
            out,
            "{:gutter$} {FRAME}|{FRAME:#} {:indent$}{style}{carets}{label}{style:#}",
            "",
            "",
            indent = snippet.indent
        )?;
    } else {
        writeln!(out, " {FRAME}-->{FRAME:#} {name}{path}")?;
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "{:gutter$} {FRAME}={FRAME:#} {LABEL}help{LABEL:#}: {}", "", with_line(source, help))?;
    }
    out.push('\n');
    Ok(())
}

fn with_line(source: &Source, text: &Text) -> String {
    let said = visible(&text.text);
    match text.at {
        Some(span) => format!("{said} (line {})", source.line(span.start)),
        None => said.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &Source, diagnostic: &Diagnostic) -> String {
        anstream::adapter::strip_str(&render(source, diagnostic)).to_string()
    }

    #[test]
    fn a_place_is_shown_with_its_line_and_a_caret() {
        let source = Source::new("wgs.yaml", "a: b\n      - target: merge\nc: d\n");
        let mut error =
            Diagnostic::error("dependents form a cycle: align -> merge -> align").at(Span::new(21, 26));
        error.path = "spec.tasks[1].dependents[0].target".to_owned();
        error.label = Some(Text {
            text: "\"align\" waits for \"merge\", which waits for \"align\"".to_owned(),
            at: Some(Span::new(27, 28)),
        });
        let error = error.help("remove one of the two dependents");
        assert_eq!(
            shown(&source, &error),
            r#"error: dependents form a cycle: align -> merge -> align
 --> wgs.yaml:2:17 spec.tasks[1].dependents[0].target
  |
2 |       - target: merge
  |                 ^^^^^ "align" waits for "merge", which waits for "align" (line 3)
  = help: remove one of the two dependents

"#
        );
    }

    #[test]
    fn a_file_without_text_is_named() {
        let source = Source::new("no\u{1b}[31m.yaml", "");
        let error = Diagnostic::error("cannot read the file: no such file").help("check the name");
        let expected = "error: cannot read the file: no such file\n --> no\\u{1b}[31m.yaml\n  = help: check the name\n\n";
        assert_eq!(shown(&source, &error), expected);
    }
}
