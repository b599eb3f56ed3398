//! How far a shell has understood a line: whether it goes on, and which quote is still open.

/// What a shell knows at the end of what it was fed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    quote: Quote,
    is_escaped: bool,
    is_in_word: bool,
    /// How many bytes were fed.
    bytes: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Quote {
    #[default]
    None,
    /// Opened by the byte there.
    Single(usize),
    Double(usize),
    /// Nothing means anything any more.
    Comment,
}

impl Reading {
    /// Reads on.
    pub fn feed(&mut self, text: &str) {
        for (at, char) in text.char_indices() {
            self.take(char, self.bytes + at);
        }
        self.bytes += text.len();
    }

    /// Whether the next line belongs to this one: it ended in a backslash that means the line break. That is then
    /// forgotten, as a shell forgets both.
    pub fn goes_on(&mut self) -> bool {
        let goes_on = std::mem::take(&mut self.is_escaped);
        self.bytes -= usize::from(goes_on);
        goes_on
    }

    /// The byte that opened a quote which nothing closed.
    pub fn open_quote(&self) -> Option<usize> {
        match self.quote {
            Quote::Single(at) | Quote::Double(at) => Some(at),
            Quote::None | Quote::Comment => None,
        }
    }

    fn take(&mut self, char: char, at: usize) {
        if std::mem::take(&mut self.is_escaped) {
            self.is_in_word = true;
            return;
        }
        match (self.quote, char) {
            (Quote::None | Quote::Double(_), '\\') => self.is_escaped = true,
            (Quote::None, '\'') => self.quote = Quote::Single(at),
            (Quote::None, '"') => self.quote = Quote::Double(at),
            (Quote::None, '#') if !self.is_in_word => self.quote = Quote::Comment,
            (Quote::Single(_), '\'') | (Quote::Double(_), '"') => self.quote = Quote::None,
            _ => {}
        }
        self.is_in_word = !(char.is_whitespace() || ";&|()<>".contains(char));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_a_shell_reads_it() {
        for (text, goes_on, open) in [
            ("sh /a b", false, None),
            ("sh /a \\", true, None),
            ("sh /a \\\\", false, None),
            ("sh /a \\\\\\", true, None),
            ("sh /a 'b\\", false, Some(6)),
            ("sh /a 'b' \\", true, None),
            ("sh /a \"b\\", true, Some(6)),
            ("sh /a \"b\\\"", false, Some(6)),
            ("sh /a \"'\"", false, None),
            ("sh /a it\\'s", false, None),
            ("sh /a it's", false, Some(8)),
            ("sh /a # it's \\", false, None),
            ("sh /a #it's", false, None),
            ("sh /a;#it's", false, None),
            ("sh /a b#it's", false, Some(10)),
            ("sh /a \\#it's", false, Some(10)),
        ] {
            let mut reading = Reading::default();
            reading.feed(text);
            assert_eq!((reading.goes_on(), reading.open_quote()), (goes_on, open), "{text}");
        }
    }

    #[test]
    fn a_quote_may_close_on_the_next_line() {
        let mut reading = Reading::default();
        reading.feed("sh /a \"b\\");
        assert!(reading.goes_on());
        reading.feed("c\" 'd");
        assert_eq!(reading.open_quote(), Some(11));
    }
}
