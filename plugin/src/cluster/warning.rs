//! What a server warns of beside its answers: `Warning` headers of code 299.

use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, header::WARNING};

/// The warnings that nobody has been told yet, each once, in the order in which they came.
#[derive(Debug, Default)]
pub struct Warnings {
    texts: Mutex<Vec<String>>,
}

/// More than anybody reads; what comes after is dropped.
const KEPT: usize = 100;

impl Warnings {
    /// Takes in those of an answer.
    pub fn read(&self, headers: &HeaderMap) {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        for value in headers.get_all(WARNING) {
            // A text that was cut may end within a character.
            for text in quoted(&String::from_utf8_lossy(value.as_bytes())) {
                if texts.len() < KEPT && !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
    }

    /// Those that have come since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The texts of `299 - "text"` and `299 - "text" "date", 299 - "text"` (RFC 7234 §5.5), in which `\` stands before
/// what is meant as it is. One that was cut off is told as far as it goes; what follows something else is not read.
fn quoted(value: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = value.trim_start();
    while let Some((_agent, from)) = rest.strip_prefix("299 ").and_then(|rest| rest.split_once(" \"")) {
        let (text, after) = until_quote(from);
        if !text.is_empty() {
            texts.push(text);
        }
        let after = after.trim_start();
        let after = after.strip_prefix('"').map_or(after, |date| until_quote(date).1);
        let Some(next) = after.trim_start().strip_prefix(',') else { break };
        rest = next.trim_start();
    }
    texts
}

/// The text before the closing quotation mark, and what follows that.
fn until_quote(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return (text, characters.as_str()),
            '\\' => text.extend(characters.next()),
            character => text.push(character),
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn each_warning_is_told_once() {
        let warnings = Warnings::default();
        let mut headers = HeaderMap::new();
        for value in [
            r#"299 - "spec.tasks[0].image: image \"ubuntu\" has no tag""#,
            r#"299 - "old \\ new" "Sat, 25 Aug 2012 23:34:45 GMT", 299 kube "one more, too""#,
            r#"299 - "old \\ new""#,
            r#"110 - "stale""#,
            "299 - unquoted",
            r#"299 - """#,
            r#"299 - "a long one…""#,
            r#"299 - "without an end"#,
        ] {
            headers.append(WARNING, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let expected = [
            "spec.tasks[0].image: image \"ubuntu\" has no tag",
            "old \\ new",
            "one more, too",
            "a long one…",
            "without an end",
        ];
        warnings.read(&headers);
        warnings.read(&headers);
        assert_eq!(warnings.take(), expected);
        assert_eq!(warnings.take(), Vec::<String>::new());
    }

    #[test]
    fn a_cut_character_is_no_fault() {
        let warnings = Warnings::default();
        let mut headers = HeaderMap::new();
        headers.append(WARNING, HeaderValue::from_bytes(b"299 - \"caf\xc3\"").unwrap());
        warnings.read(&headers);
        assert_eq!(warnings.take(), ["caf\u{fffd}"]);
    }
}
