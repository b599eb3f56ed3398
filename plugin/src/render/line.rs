//! One line of a picture: spans of text with a meaning, cut to a width and then coloured.

use unicode_width::UnicodeWidthChar as _;

/// What a span of text means; without colour all look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As the terminal writes.
    Plain,
    /// The name of the whole.
    Strong,
    /// Done.
    Good,
    /// Going on.
    Active,
    /// Failed.
    Bad,
    /// Of less weight.
    Faint,
}

impl Tone {
    /// The SGR parameters of ECMA-48, from the sixteen colours that every theme defines.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Good => Some("32"),
            Self::Active => Some("36"),
            Self::Bad => Some("31"),
            Self::Faint => Some("2"),
        }
    }
}

/// Whether tones become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Escape sequences are written.
    Always,
    /// Text alone.
    Never,
}

/// A line in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(Tone, String)>);

impl Line {
    /// Appends a text; it must be printable already.
    #[must_use]
    pub fn with(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// The line in at most `width` columns, `…` standing for what was cut, without blanks at its end.
    pub fn render(&self, width: usize, color: Color) -> String {
        let spans = self.without_trailing_blanks();
        let whole: usize = spans.iter().map(|(_, text)| columns(text)).sum();
        let mut room = if whole > width { width.saturating_sub(1) } else { width };
        let mut line = String::new();
        for (tone, text) in spans {
            let cut = fit(text, room);
            room -= columns(cut);
            push_toned(&mut line, tone, cut, color);
            if cut.len() < text.len() {
                break;
            }
        }
        if whole > width && width > 0 {
            line.push('…');
        }
        line
    }

    fn without_trailing_blanks(&self) -> Vec<(Tone, &str)> {
        let mut spans: Vec<(Tone, &str)> = self.0.iter().map(|(tone, text)| (*tone, text.as_str())).collect();
        while let Some((_, last)) = spans.last_mut() {
            *last = last.trim_end();
            if !last.is_empty() {
                break;
            }
            spans.pop();
        }
        spans
    }
}

/// The most columns that a text takes on a terminal. Characters are counted one by one: terminals differ in
/// how they join them, and a line that turns out shorter does no harm.
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

/// U+FE0F asks for the wide picture of a character that is narrow by itself.
fn char_columns(char: char) -> usize {
    if char == '\u{fe0f}' { 1 } else { char.width().unwrap_or(0) }
}

/// A text in exactly `width` columns: cut with `…`, or filled with blanks at its end.
pub fn pad(text: &str, width: usize) -> String {
    let cut = Line::default().with(Tone::Plain, text).render(width, Color::Never);
    let blanks = width.saturating_sub(columns(&cut));
    cut + &" ".repeat(blanks)
}

/// The longest beginning of a text that fits.
fn fit(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, char) in text.char_indices() {
        used += char_columns(char);
        if used > width {
            return &text[..at];
        }
    }
    text
}

fn push_toned(line: &mut String, tone: Tone, text: &str, color: Color) {
    match tone.code() {
        Some(code) if color == Color::Always && !text.is_empty() => {
            line.push_str("\u{1b}[");
            line.push_str(code);
            line.push('m');
            line.push_str(text);
            line.push_str("\u{1b}[0m");
        }
        _ => line.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_in_columns_not_in_bytes() {
        let cases = [
            ("short", 10, "short"),
            ("exactly", 7, "exactly"),
            ("one more", 7, "one mo…"),
            ("größer", 4, "grö…"),
            // A wide character takes two columns and is never halved.
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("x", 0, ""),
            ("xy", 1, "…"),
            ("", 0, ""),
            // Blanks at the end are nothing that is missed.
            ("done      ", 5, "done"),
        ];
        for (text, width, expected) in cases {
            let line = Line::default().with(Tone::Plain, text).render(width, Color::Never);
            assert_eq!(line, expected, "{text:?} in {width}");
            assert!(columns(&line) <= width);
        }
    }

    #[test]
    fn colours_do_not_count_and_are_closed() {
        let line = Line::default()
            .with(Tone::Good, "✓")
            .with(Tone::Plain, " align ")
            .with(Tone::Faint, "waits long");
        assert_eq!(line.render(12, Color::Always), "\u{1b}[32m✓\u{1b}[0m align \u{1b}[2mwai\u{1b}[0m…");
        assert_eq!(line.render(12, Color::Never), "✓ align wai…");
    }

    #[test]
    fn padding_fills_or_cuts() {
        assert_eq!(pad("ab", 4), "ab  ");
        assert_eq!(pad("abcdef", 4), "abc…");
        assert_eq!(pad("日本語", 4), "日… ");
    }
}
