//! Texts with placeholders: `${name}`, cut once into literal pieces and names.
//!
//! A name reaches from `${` to the next `}`, whatever stands between. The original skipped the character after a
//! placeholder unexamined, so that `${a}${b}` filled only the first, and broke down where the brace was missing.

/// A text, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// In their order; together they are the text.
    pub pieces: Vec<Piece>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Literal(String),
    /// What stands between `${` and `}`.
    Placeholder(String),
    /// `${` without a brace that ends it, to the end of the text.
    Unterminated(String),
}

impl Text {
    /// Cuts a text. Nothing is lost: [`Text::source`] gives it back.
    pub fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once("${") {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            let Some((name, left)) = after.split_once('}') else {
                pieces.push(Piece::Unterminated(after.to_owned()));
                return Self { pieces };
            };
            pieces.push(Piece::Placeholder(name.to_owned()));
            rest = left;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Self { pieces }
    }

    /// The text again.
    pub fn source(&self) -> String {
        self.pieces.iter().map(Piece::source).collect()
    }

    /// The names of all placeholders, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name.as_str()),
            Piece::Literal(_) | Piece::Unterminated(_) => None,
        })
    }

    /// The name, where the text is one placeholder and nothing else.
    pub fn only_name(&self) -> Option<&str> {
        match &self.pieces[..] {
            [Piece::Placeholder(name)] => Some(name),
            _ => None,
        }
    }

    /// Fills in what `value` knows; what it does not know stays as it stands.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> String {
        let filled = self.pieces.iter().map(|piece| match piece {
            Piece::Placeholder(name) => value(name).map_or_else(|| piece.source(), str::to_owned),
            piece => piece.source(),
        });
        filled.collect()
    }
}

impl Piece {
    /// The piece as it stands in the text.
    pub fn source(&self) -> String {
        match self {
            Self::Literal(text) => text.clone(),
            Self::Placeholder(name) => format!("${{{name}}}"),
            Self::Unterminated(rest) => format!("${{{rest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str) -> String {
        Text::new(text).fill(|name| match name {
            "a" => Some("${b}"),
            "b" => Some("B"),
            _ => None,
        })
    }

    #[test]
    fn placeholders_are_filled_once() {
        for (text, expected) in [
            ("${a}${b}", "${b}B"),
            ("${a}-${b}", "${b}-B"),
            ("$${b} $b $(b) ${b", "$B $b $(b) ${b"),
            ("${x} ${} ${1}", "${x} ${} ${1}"),
            ("${b}", "B"),
            ("", ""),
        ] {
            assert_eq!(filled(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "(\\$|\\{|\\}|[ab]|ä){0,24}") {
            prop_assert_eq!(Text::new(&text).source(), text);
        }
    }
}
