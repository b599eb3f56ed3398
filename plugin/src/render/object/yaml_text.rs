//! How a text is written in YAML so that every reader takes it for that text.

use std::fmt::Write as _;

/// The ways to write a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// In double quotes, with escapes.
    Quoted,
    /// A literal block.
    Literal,
}

/// The form in which a text is safe and most readable.
pub(super) fn form(text: &str) -> Form {
    if text.contains('\n') {
        return if is_literal_safe(text) { Form::Literal } else { Form::Quoted };
    }
    if is_plain_safe(text) { Form::Plain } else { Form::Quoted }
}

/// Appends a text in double quotes. What is not printable in YAML 1.1 is escaped, and what it counts as a line break.
pub(super) fn push_quoted(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if is_printable(char) => out.push(char),
            _ => {
                let code = u32::from(char);
                // Writing into a String cannot fail.
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02X}"),
                    0x100..=0xffff => write!(out, "\\u{code:04X}"),
                    _ => write!(out, "\\U{code:08X}"),
                };
            }
        }
    }
    out.push('"');
}

/// The words that a YAML 1.1 reader takes for a boolean, null or number, in any case.
const WORDS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];

/// Letters that stand in no number (`0x1f`, `1e3`, `0o7`), timestamp (`2020-01-01T00:00:00Z`) or base-60 number.
const NEVER_NUMERIC: &str = "ghjklmpqrsuvwyGHJKLMPQRSUVWY";

fn is_plain_safe(text: &str) -> bool {
    let starts_well = match text.chars().next() {
        Some('0'..='9') => text.contains(|char| NEVER_NUMERIC.contains(char)),
        Some('.') => text.starts_with("./") || text.starts_with("../"),
        Some('/' | '_' | '$' | '(') => !is_numeric_with_underscores(text),
        Some(first) => first.is_alphabetic(),
        None => false,
    };
    starts_well
        && text.chars().all(is_printable)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// `_1` is a number to readers that leave out every underscore first.
fn is_numeric_with_underscores(text: &str) -> bool {
    text.starts_with('_') && !text.contains(|char: char| NEVER_NUMERIC.contains(char))
}

/// A block whose first line shows the indentation, whose end is one line break or none, and where no
/// blank at the end of a line is lost to an editor.
fn is_literal_safe(text: &str) -> bool {
    let starts_well = text.chars().next().is_some_and(|first| !first.is_whitespace());
    starts_well
        && !text.ends_with("\n\n")
        && text.chars().all(|char| char == '\n' || char == '\t' || is_printable(char))
        && !text.split('\n').any(|line| line.ends_with(char::is_whitespace))
}

/// Printable in YAML 1.1, no line break in any version, and visible: no byte order mark and none of the
/// characters that turn the direction of writing.
fn is_printable(char: char) -> bool {
    match char {
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => false,
        ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' => true,
        '\u{10000}'.. => u32::from(char) & 0xfffe != 0xfffe,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form_of_all: Form, texts: &[&str]) {
        for text in texts {
            assert_eq!(form(text), form_of_all, "{text:?}");
        }
    }

    #[test]
    fn what_is_only_a_text_stands_plain() {
        check(
            Form::Plain,
            &[
                "align",
                "echo A",
                "busybox:1.37",
                "./blastall -p blastn",
                "../x",
                "/bin/true",
                "$HOME/x",
                "(a; b)",
                "1000genome-20200401t-1f3c",
                "3ghz",
                "a#b",
                "http://x",
                "größe",
                "echo \"a\" 'b' [c] {d}, e!",
                "nope",
                "yesterday",
                "_x_y_g",
            ],
        );
    }

    #[test]
    fn what_some_reader_takes_for_something_else_is_quoted() {
        check(
            Form::Quoted,
            &[
                "",
                " ",
                "y",
                "Y",
                "yes",
                "Yes",
                "YES",
                "no",
                "n",
                "on",
                "On",
                "off",
                "true",
                "False",
                "null",
                "NULL",
                "~",
                ".nan",
                ".inf",
                "-.inf",
                "nan",
                "010",
                "0o10",
                "0x10",
                "0b1",
                "1",
                "-1",
                "+1",
                "1.5",
                ".5",
                "1_000",
                "_1",
                "_1_0",
                "_0x1f",
                "1e3",
                "1e+3",
                "190:20:30",
                "2020-01-01",
                "2020-01-01T00:00:00Z",
                "2001-12-14 21:59:43.10 -5",
                "<<",
                "=",
                "-",
                "- a",
                "-a",
                "?",
                "? a",
                ":",
                ": a",
                "a: b",
                "a:",
                "a #b",
                "#a",
                "a ",
                " a",
                "&a",
                "*a",
                "!a",
                "|",
                ">",
                "'a'",
                "\"a\"",
                "%a",
                "@a",
                "`a`",
                "[a]",
                "{a}",
                ",a",
                "---",
                "...",
                "a\tb",
                "a\rb",
                "a\u{85}b",
                "a\u{2028}b",
                "\u{feff}a",
                "a\0b",
                "a\u{7f}b",
                "a\u{202e}b",
                "12",
                "12ab",
            ],
        );
    }

    #[test]
    fn lines_are_a_block_unless_something_would_be_lost() {
        check(Form::Literal, &["a\nb", "a\n", "a\n\n  b: c\n\t# d", "- a\n- b"]);
        check(
            Form::Quoted,
            &["\n", "\na", " a\nb", "\ta\nb", "a\n\n", "a \nb", "a\r\nb", "a\n  \nb", "a\u{85}\nb", "a\0\nb"],
        );
    }

    #[test]
    fn quotes_hold_any_character() {
        let mut out = String::new();
        push_quoted("a\"\\\n\t\r\0\u{7f}\u{85}\u{feff}\u{1ffff}é日", &mut out);
        assert_eq!(out, r#""a\"\\\n\t\r\x00\x7F\x85\uFEFF\U0001FFFFé日""#);
    }
}
