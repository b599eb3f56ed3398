//! A text in several lines where one is too short.

use crate::render::line::columns;

/// The text in lines of at most `width` columns, broken between words where that is possible; the last of
/// `most` lines is left as long as it comes out. At least one line.
pub fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let needed = columns(word);
        if used > 0 && used + 1 + needed > width && lines.len() + 1 < most {
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += needed;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("", 10, 3), [""]);
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("one two three", 3, 2), ["one", "two three"]);
        assert_eq!(wrap("one two", 0, 9), ["one", "two"]);
        assert_eq!(wrap("a word-longer-than-all", 5, 9), ["a", "word-longer-than-all"]);
        assert_eq!(wrap("one two", usize::MAX, 9), ["one two"]);
    }
}
