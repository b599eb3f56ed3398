//! Text of others made safe to show.

use std::fmt::Write as _;

/// A text on one line that cannot steer a terminal: escape sequences are left out, a line break or
/// tab becomes a blank, any other control or direction-changing character its code.
///
/// Of a line that a program wrote over and over (`10 %\r20 %\r`) the last version stays.
pub fn printable(text: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' | '\u{9b}' | '\u{9d}' | '\u{90}' => skip_sequence(char, &mut chars),
            '\r' if chars.peek() != Some(&'\n') => shown.clear(),
            '\n' | '\t' => shown.push(' '),
            '\r' => {}
            _ if char.is_control() || is_invisible(char) => {
                // Writing into a String cannot fail.
                let _ = write!(shown, "<U+{:04X}>", u32::from(char));
            }
            _ => shown.push(char),
        }
    }
    shown
}

/// Characters that change the order or the place of others, or break a line, without being seen. The joiners
/// of letters and of emoji are none of them.
pub fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Reads past the rest of an escape sequence (ECMA-48) that began with `introducer`.
fn skip_sequence(introducer: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind = match introducer {
        '\u{9b}' => '[',
        '\u{9d}' => ']',
        '\u{90}' => 'P',
        _ => match chars.next_if(|next| ('\u{20}'..='\u{7e}').contains(next)) {
            Some(kind) => kind,
            None => return,
        },
    };
    match kind {
        // Parameters and intermediates, then one final byte.
        '[' => {
            while chars.next_if(|next| ('\u{20}'..='\u{3f}').contains(next)).is_some() {}
            chars.next_if(|next| ('\u{40}'..='\u{7e}').contains(next));
        }
        // A string up to BEL or ST; one that never ends is cut at the end of its line.
        ']' | 'P' | 'X' | '^' | '_' => {
            while let Some(next) = chars.next_if(|next| *next != '\n') {
                match next {
                    '\u{7}' | '\u{9c}' => return,
                    '\u{1b}' => {
                        chars.next_if_eq(&'\\');
                        return;
                    }
                    _ => {}
                }
            }
        }
        // Intermediates, then one final byte.
        '\u{20}'..='\u{2f}' => {
            while chars.next_if(|next| ('\u{20}'..='\u{2f}').contains(next)).is_some() {}
            chars.next_if(|next| ('\u{30}'..='\u{7e}').contains(next));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let cases = [
            ("plain text", "plain text"),
            ("grün 日本 🧬", "grün 日本 🧬"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[2J\u{1b}[1;1Hgone", "gone"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]never ends", ""),
            ("\u{1b}(Bcharset", "charset"),
            ("\u{1b}creset", "reset"),
            ("\u{1b}", ""),
            ("bell\u{7}", "bell<U+0007>"),
            ("null\0", "null<U+0000>"),
            ("a\tb\nc", "a b c"),
            ("10 %\r20 %\r30 %\r", "30 %"),
            ("dos line\r\n", "dos line"),
            ("two\r\nlines", "two lines"),
            ("\u{202e}evil", "<U+202E>evil"),
            ("\u{feff}bom", "<U+FEFF>bom"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected, "{text:?}");
        }
    }
}
