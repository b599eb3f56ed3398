//! A line of a log on its way to standard output.

use std::io::Write as _;

use super::source::Source;
use crate::render::text::printable;

/// How lines are printed.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    /// Whether each begins with its vertex.
    is_named: bool,
    /// On a terminal, what a program printed must not steer it; elsewhere its bytes are left as they are.
    is_terminal: bool,
}

impl Printer {
    /// A printer for one way out.
    pub fn new(is_named: bool, is_terminal: bool) -> Self {
        Self { is_named, is_terminal }
    }

    /// Prints one line.
    pub fn print(self, source: &Source, line: &[u8]) {
        let bytes = self.line(source, line);
        let mut out = std::io::stdout().lock();
        // Nobody is left to be told where even this cannot be written.
        let _ = out.write_all(&bytes).and_then(|()| out.flush());
    }

    fn line(self, source: &Source, line: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(line.len() + 32);
        if self.is_named {
            bytes.extend_from_slice(source.vertex.as_bytes());
            bytes.extend_from_slice(b" | ");
        }
        if self.is_terminal {
            bytes.extend_from_slice(harmless(&String::from_utf8_lossy(line)).as_bytes());
        } else {
            bytes.extend_from_slice(line);
        }
        bytes.push(b'\n');
        bytes
    }
}

/// The text without what steers a terminal; tabs and colours stay, and colours end with the line.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut has_color = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':').unwrap_or(after.len());
        if after.get(end..).is_some_and(|after| after.starts_with('m')) {
            push_plain(&mut shown, before);
            let (parameters, after) = after.split_at(end);
            shown.push_str("\u{1b}[");
            shown.push_str(parameters);
            shown.push('m');
            has_color = true;
            rest = after.strip_prefix('m').unwrap_or(after);
        } else {
            // With its introducer, so that all of the sequence is left out.
            let length = before.len() + 2 + end;
            let length = rest
                .get(length..)
                .and_then(|rest| rest.chars().next())
                .map_or(length, |c| length + c.len_utf8());
            let (sequence, after) = rest.split_at(length);
            push_plain(&mut shown, sequence);
            rest = after;
        }
    }
    push_plain(&mut shown, rest);
    if has_color {
        shown.push_str("\u{1b}[0m");
    }
    shown
}

fn push_plain(shown: &mut String, text: &str) {
    for (number, part) in text.split('\t').enumerate() {
        if number > 0 {
            shown.push('\t');
        }
        shown.push_str(&printable(part));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_terminal_keeps_tabs_and_colours() {
        let cases = [
            ("plain\ttext", "plain\ttext"),
            ("\u{1b}[31mred\u{1b}[0m.", "\u{1b}[31mred\u{1b}[0m.\u{1b}[0m"),
            ("\u{1b}[2Jgone\u{1b}[1;1H", "gone"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("10 %\r20 %", "20 %"),
            ("bell\u{7}", "bell<U+0007>"),
            ("\u{1b}[", ""),
            ("\u{1b}[31", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(harmless(text), expected, "{text:?}");
        }
    }

    #[test]
    fn elsewhere_bytes_are_left_alone() {
        let source = Source { vertex: "align[3]".to_owned(), ..Source::default() };
        let line = b"\x1b[2J\xff\t";
        assert_eq!(Printer::new(false, false).line(&source, line), b"\x1b[2J\xff\t\n");
        assert_eq!(Printer::new(true, false).line(&source, line), b"align[3] | \x1b[2J\xff\t\n");
    }

    proptest! {
        #[test]
        fn nothing_else_steers_it(text in "(\u{1b}|\\[|m|1|;|x|\u{7}|\u{9b}|é|\r|\t){0,20}") {
            let shown = harmless(&text);
            let mut parts = shown.split("\u{1b}[");
            let first = parts.next().unwrap_or_default().to_owned();
            prop_assert!(first.chars().all(|c| c == '\t' || !c.is_control()), "{shown:?}");
            for part in parts {
                let end = part.find('m');
                prop_assert!(end.is_some_and(|end| part[..end].chars().all(|c| c.is_ascii_digit() || c == ';')), "{shown:?}");
                prop_assert!(part.chars().all(|c| c == '\t' || !c.is_control()), "{shown:?}");
            }
        }
    }
}
