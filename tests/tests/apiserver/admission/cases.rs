//! The rules of admission, each with what breaks it and what is said.

#![allow(clippy::too_many_lines, reason = "a table")]

mod bounds;
mod documents;
mod pods;
mod tasks;

use super::causes::Expected;

/// What becomes of a document.
pub enum Verdict {
    /// It is admitted, by `lint` too.
    Admitted,
    /// The webhook refuses it with these causes, and `lint` with the same words.
    Refused(&'static [Expected]),
    /// The same for what a cluster does not bear and a machine of one's own does: `lint` warns with these words.
    TooMuch(&'static [Expected]),
    /// The API server itself speaks before any webhook is asked: its code, and what it says. `lint` refuses it as well, and says this.
    Before(u16, &'static str, &'static str),
}

/// A document.
pub struct Case {
    pub about: &'static str,
    /// YAML: a list of tasks, a spec, or all of it.
    pub text: String,
    pub verdict: Verdict,
}

fn case(about: &'static str, text: impl Into<String>, verdict: Verdict) -> Case {
    Case { about, text: text.into(), verdict }
}

/// All of them.
pub fn all() -> Vec<Case> {
    use bounds::{names, numbers, sizes};
    use documents::{metadata, readers, shapes};
    use pods::{doubts, fields};
    use tasks::{commands, graph};
    [graph(), commands(), shapes(), readers(), fields(), names(), sizes(), numbers(), doubts(), metadata()]
        .into_iter()
        .flatten()
        .collect()
}
