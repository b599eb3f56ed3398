//! What a server warns of beside its answers: `Warning` headers of code 299.

use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, header::WARNING};

/// The warnings of one command, each once, in the order in which they came.
#[derive(Debug, Default)]
pub struct Warnings {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<String>,
    /// How many of them were taken.
    taken: usize,
}

/// More than anybody reads; what comes after is dropped.
const KEPT: usize = 100;

impl Warnings {
    /// Takes in those of an answer.
    pub fn read(&self, headers: &HeaderMap) {
        let texts = headers.get_all(WARNING).iter().filter_map(|value| text(value.to_str().ok()?));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for text in texts {
            if state.seen.len() < KEPT && !state.seen.contains(&text) {
                state.seen.push(text);
            }
        }
    }

    /// Those that have come since the last time.
    pub fn take(&self) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let new = state.seen.get(state.taken..).unwrap_or_default().to_vec();
        state.taken = state.seen.len();
        new
    }
}

/// The text of `299 - "text"`, in which `\` stands before what is meant as it is.
fn text(value: &str) -> Option<String> {
    let (_agent, quoted) = value.trim_start().strip_prefix("299 ")?.split_once(" \"")?;
    let mut text = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            character => text.push(character),
        }
    }
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
            r#"299 - "old \\ new" "Sat, 25 Aug 2012 23:34:45 GMT""#,
            r#"299 - "old \\ new""#,
            r#"110 - "stale""#,
            "299 - unquoted",
            r#"299 - "without an end"#,
        ] {
            headers.append(WARNING, HeaderValue::from_static(value));
        }
        warnings.read(&headers);
        assert_eq!(warnings.take(), ["spec.tasks[0].image: image \"ubuntu\" has no tag", "old \\ new"]);
        warnings.read(&headers);
        assert_eq!(warnings.take(), Vec::<String>::new());
    }
}
