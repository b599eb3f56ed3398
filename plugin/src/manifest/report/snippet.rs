//! One line of a file, cut around a place, safe to show, and how wide what is before the place is.

use std::{borrow::Cow, fmt::Write};

use unicode_width::UnicodeWidthChar;

use crate::render::text::is_invisible;

/// The most columns of a line that are shown.
const WIDTH: usize = 100;
/// How many of them stand before the place, where the line must be cut there.
const BEFORE: usize = 40;
/// What a tab is shown as.
const TAB: &str = "    ";

/// A line, ready to be shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Snippet {
    /// What is shown of the line.
    pub text: String,
    /// Columns before the caret.
    pub indent: usize,
    /// Carets; at least one.
    pub carets: usize,
}

/// Cuts a line around the bytes `start..start + length` of it. The cost depends on the width that is
/// shown, not on the line.
pub fn cut(line: &str, start: usize, length: usize) -> Snippet {
    let start = floor(line, start);
    let (before, rest) = line.split_at(start);
    let marked = floor(rest, length.min(rest.len()));

    let mut text = String::new();
    let mut indent = 0;
    let kept = last_columns(before, WIDTH);
    // Only where the line does not fit is anything cut before the place.
    let fits = kept.len() == before.len() && columns(before) + first_columns(rest, WIDTH).1 <= WIDTH;
    let kept = if fits { before } else { last_columns(before, BEFORE) };
    if kept.len() < before.len() {
        text.push('…');
        indent += 1;
    }
    for c in kept.chars() {
        indent += push(&mut text, c);
    }
    let room = WIDTH.saturating_sub(indent);
    let (shown, _) = first_columns(rest, room);
    let mut carets = 0;
    for (at, c) in rest.get(..shown).unwrap_or_default().char_indices() {
        let width = push(&mut text, c);
        if at < marked {
            carets += width;
        }
    }
    if shown < rest.len() {
        text.push('…');
    }
    Snippet { text: text.trim_end().to_owned(), indent, carets: carets.max(1) }
}

/// A text without anything that a terminal would act on: control characters, and those that change
/// the direction of the text or cannot be seen, are written as escapes.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hidden) {
        let mut out = String::with_capacity(text.len() + 16);
        text.chars().for_each(|c| {
            if c == '\t' {
                out.push_str("\\t");
            } else {
                push(&mut out, c);
            }
        });
        Cow::Owned(out)
    } else {
        Cow::Borrowed(text)
    }
}

/// Adds what stands for a character, and says how many columns that takes.
fn push(out: &mut String, c: char) -> usize {
    if c == '\t' {
        out.push_str(TAB);
    } else if is_hidden(c) {
        // Writing into a String cannot go wrong.
        let _ = write!(out, "{}", c.escape_unicode());
    } else {
        out.push(c);
    }
    width(c)
}

fn width(c: char) -> usize {
    match c {
        '\t' => TAB.len(),
        c if is_hidden(c) => c.escape_unicode().count(),
        c => c.width().unwrap_or_default(),
    }
}

/// A joiner too: in a name it makes two that look alike.
fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{200c}' | '\u{200d}')
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// How many bytes from the beginning fit, and how many columns they take.
fn first_columns(text: &str, room: usize) -> (usize, usize) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        if used + width(c) > room {
            return (at, used + width(c));
        }
        used += width(c);
    }
    (text.len(), used)
}

/// The end of a text, as far as it fits.
fn last_columns(text: &str, room: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += width(c);
        if used > room {
            return text.get(at + c.len_utf8()..).unwrap_or_default();
        }
    }
    text
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, place: &str, expected_line: &str, expected_carets: &str) {
        let start = line.find(place).expect("the place");
        let snippet = cut(line, start, place.len());
        assert_eq!(snippet.text, expected_line);
        let carets = " ".repeat(snippet.indent) + &"^".repeat(snippet.carets);
        assert_eq!(carets, expected_carets, "under {expected_line}");
    }

    #[test]
    fn carets_stand_under_what_they_mean() {
        check("a: bc", "bc", "a: bc", "   ^^");
        check("\ta: bc", "bc", "    a: bc", "       ^^");
        check("基因: bc", "bc", "基因: bc", "      ^^");
        check("a: 基因", "基因", "a: 基因", "   ^^^^");
        check("e\u{301}: bc", "bc", "e\u{301}: bc", "   ^^");
        check("\u{1b}[31m: bc", "bc", "\\u{1b}[31m: bc", "            ^^");
        check("a: b\u{e0041}c", "c", "a: b\\u{e0041}c", "             ^");
        check("a: b\u{202e}c", "b\u{202e}c", "a: b\\u{202e}c", "   ^^^^^^^^^^");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}bc{}", "a".repeat(200), "d".repeat(200));
        let expected = format!("…{}bc{}…", "a".repeat(40), "d".repeat(57));
        check(&line, "bc", &expected, &format!("{}^^", " ".repeat(41)));
        let line = format!("ab{}", "d".repeat(200));
        check(&line, "b", &format!("ab{}…", "d".repeat(98)), " ^");
        let line = format!("{}b", "a".repeat(98));
        check(&line, "b", &line, &format!("{}^", " ".repeat(98)));
    }

    #[test]
    fn a_place_beyond_the_line_is_its_end() {
        assert_eq!(cut("ab", 9, 3), Snippet { text: "ab".to_owned(), indent: 2, carets: 1 });
        assert_eq!(cut("", 0, 0), Snippet { text: String::new(), indent: 0, carets: 1 });
    }

    #[test]
    fn what_is_said_cannot_steer_a_terminal() {
        assert_eq!(
            visible("no task \"a\u{1b}]0;x\u{7}\nb\tc\""),
            "no task \"a\\u{1b}]0;x\\u{7}\\u{a}b\\tc\""
        );
        assert_eq!(visible("基因 é"), "基因 é");
    }
}
