//! The text of one file: read within a bound, known to be text, with lines and columns.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Mutex, PoisonError},
};

use super::report::Diagnostic;

/// The most bytes of one file. Larger than any Execution of 10,000 tasks that a person or a
/// converter writes, and small enough that reading it is a matter of a second.
pub const MAX_BYTES: u64 = 16 << 20;

/// How large a file may be.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The most bytes of it.
    pub bytes: u64,
    /// What to do about a larger one.
    pub help: &'static str,
}

/// The bound of a file with Executions.
pub const EXECUTIONS: Bound =
    Bound { bytes: MAX_BYTES, help: "split it, or let commandsIter make the commands" };

/// How a file that stands for standard input is called.
pub const STDIN: &str = "<stdin>";

/// A range of bytes of a [`Source`]'s text. 32 bits do, because [`MAX_BYTES`] does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` to before `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end.max(start) as u32 }
    }
}

/// The text of a file, without its byte-order mark.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    /// Where each line begins.
    lines: Vec<u32>,
    /// The byte and the column that were asked for last: a file may be one line with a thousand faults.
    last: Mutex<(u32, usize)>,
}

impl Source {
    /// A text that is at hand.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = line_starts(text.as_bytes());
        Self { name: name.into(), text, lines, last: Mutex::new((0, 1)) }
    }

    /// Reads a file, or standard input for `-`, and checks that it is text.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is no text. What could be read stands beside the reason,
    /// for showing the place.
    pub fn read(path: &Path, bound: &Bound) -> Result<Self, Box<(Self, Diagnostic)>> {
        let name = name(path);
        match bytes(path, bound) {
            Ok(bytes) => Self::decode(name, bytes),
            Err(diagnostic) => Err(Box::new((Self::new(name, ""), *diagnostic))),
        }
    }

    /// Takes bytes for text.
    ///
    /// # Errors
    /// As for [`Source::read`].
    pub fn decode(name: String, mut bytes: Vec<u8>) -> Result<Self, Box<(Self, Diagnostic)>> {
        // With its mark, or without it by every second byte of what both YAML and JSON begin with.
        if matches!(
            *bytes,
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, 0, 1..=255, ..] | [_, 0, 1..=255, 0, ..]
        ) {
            let error = Diagnostic::error("the file is UTF-16").help("save it as UTF-8");
            return Err(Box::new((Self::new(name, ""), error)));
        }
        if bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(.."\u{feff}".len());
        }
        let source = match String::from_utf8(bytes) {
            Ok(text) => Self::new(name, text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let error = Diagnostic::error(format!("byte 0x{byte:02X} is no UTF-8"))
                    .at(Span::new(at, at + 1))
                    .help("save the file as UTF-8");
                return Err(Box::new((Self::new(name, text), error)));
            }
        };
        match source.text.bytes().position(is_forbidden) {
            None => Ok(source),
            Some(at) => {
                let byte = source.text.as_bytes().get(at).copied().unwrap_or_default();
                let called = if byte == 0 { " (NUL)" } else { "" };
                let error = Diagnostic::error(format!("control character U+{byte:04X}{called} in the text"))
                    .at(Span::new(at, at + 1))
                    .help("remove it; in double quotes it can be written as an escape");
                Err(Box::new((source, error)))
            }
        }
    }

    /// What a person calls the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a range; nothing where it is no range of this text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: u32) -> usize {
        self.lines.partition_point(|&start| start <= at).max(1)
    }

    /// The column of a byte in its line, from 1, in characters. Cheap for places in ascending order.
    pub fn column(&self, at: u32) -> usize {
        let at = at.min(self.text.len() as u32);
        let (start, _) = self.line_text(self.line(at));
        // Both numbers are set at once, so that even a poisoned pair is right.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, column) = match *last {
            known @ (from, _) if (start..=at).contains(&from) => known,
            _ => (start, 1),
        };
        let between = self.text.as_bytes().get(from as usize..at as usize).unwrap_or_default();
        // A byte that continues no character begins one.
        let column = column + between.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        *last = (at, column);
        column
    }

    /// Where a line (from 1) begins, and its text without the line break.
    pub fn line_text(&self, line: usize) -> (u32, &str) {
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let end = self.lines.get(line).map_or(self.text.len(), |&next| next as usize);
        let text = self.text.get(start as usize..end).unwrap_or_default();
        (start, text.trim_end_matches(['\n', '\r']))
    }
}

/// What a person calls a file.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { STDIN.to_owned() } else { path.display().to_string() }
}

/// Whether standard input is meant.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn bytes(path: &Path, bound: &Bound) -> Result<Vec<u8>, Box<Diagnostic>> {
    if is_stdin(path) {
        return bounded(io::stdin().lock(), bound);
    }
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        let error = Diagnostic::error("cannot read the file: it is a directory");
        return Err(Box::new(error.help("name the files in it")));
    }
    if metadata.len() > bound.bytes {
        return Err(too_large(bound, &format!("has {} MiB", metadata.len().div_ceil(1 << 20))));
    }
    bounded(file, bound)
}

/// Reads at most one byte more than is allowed, whatever the reader says of its size.
fn bounded(reader: impl Read, bound: &Bound) -> Result<Vec<u8>, Box<Diagnostic>> {
    let mut bytes = Vec::new();
    reader.take(bound.bytes + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > bound.bytes { Err(too_large(bound, "goes on beyond that")) } else { Ok(bytes) }
}

fn too_large(bound: &Bound, size: &str) -> Box<Diagnostic> {
    let most = bound.bytes >> 20;
    let error = Diagnostic::error(format!("the file may have {most} MiB at most, and {size}"));
    Box::new(error.help(bound.help))
}

fn unreadable(error: &io::Error) -> Box<Diagnostic> {
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
    let diagnostic = Diagnostic::error(format!("cannot read the file: {reason}"));
    Box::new(diagnostic.help(match error.kind() {
        io::ErrorKind::NotFound => "check the name and the current directory",
        io::ErrorKind::PermissionDenied => "check who may read it",
        _ => "check the file and try again",
    }))
}

/// YAML forbids them all; JSON forbids them in strings and knows them nowhere else.
fn is_forbidden(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn line_starts(text: &[u8]) -> Vec<u32> {
    let mut starts = vec![0];
    let mut bytes = text.iter().enumerate().peekable();
    while let Some((at, &byte)) = bytes.next() {
        let follows_feed = matches!(bytes.peek(), Some((_, b'\n')));
        if byte == b'\n' || (byte == b'\r' && !follows_feed) {
            starts.push(at as u32 + 1);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_any_break() {
        let source = Source::new("f", "a\nbb\r\nc\rd");
        let lines: Vec<&str> = (1..=4).map(|line| source.line_text(line).1).collect();
        assert_eq!(lines, ["a", "bb", "c", "d"]);
        assert_eq!([0, 1, 2, 5, 6, 8, 9].map(|at| source.line(at)), [1, 1, 2, 2, 3, 4, 4]);
    }

    #[test]
    fn columns_count_characters_in_any_order() {
        let source = Source::new("f", "aé基b\nc\td");
        let check = |at, expected| assert_eq!(source.column(at), expected, "byte {at}");
        for (at, expected) in
            [(0, 1), (1, 2), (3, 3), (6, 4), (8, 1), (10, 3), (99, 4), (6, 4), (1, 2), (8, 1)]
        {
            check(at, expected);
        }
    }

    #[test]
    fn what_is_no_text_is_refused_at_its_place() {
        let check = |bytes: &[u8], expected: &str, at: Option<u32>| {
            let (_, error) = *Source::decode("f".to_owned(), bytes.to_vec()).expect_err("refused");
            assert!(error.message.contains(expected), "{}", error.message);
            assert_eq!(error.at.map(|span| span.start), at);
        };
        check(b"a: b\nc: \xffd", "byte 0xFF is no UTF-8", Some(8));
        check(b"a: \xc3", "byte 0xC3 is no UTF-8", Some(3));
        check(b"a: \0", "control character U+0000 (NUL)", Some(3));
        check(b"a: \x1b[31m", "control character U+001B", Some(3));
        for bytes in [b"\xff\xfea\0", b"\xfe\xff\0a", b"a\0:\0", b"\0a\0:"] {
            check(bytes, "UTF-16", None);
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        let source = Source::decode("f".to_owned(), b"\xef\xbb\xbfa: b".to_vec()).expect("text");
        assert_eq!(source.text(), "a: b");
    }

    #[test]
    fn an_endless_reader_is_refused_at_the_bound() {
        let error = bounded(io::repeat(b'a'), &EXECUTIONS).expect_err("refused");
        assert!(error.message.contains("16 MiB"), "{}", error.message);
    }
}
