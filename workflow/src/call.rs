//! `range(…)`, `get_result(…)` and `check_result(…)`: texts that are calls, parsed once.
//!
//! Blanks may stand after the bracket and after a comma. A text among the arguments stands in quotes, where `\n`, `\t` and
//! `\r` mean what they mean in C; without quotes it is `${input}` alone. The original took an unquoted `${input}` for an
//! empty text.

use gene_types::field::{FieldErrorKind, shorten};

use crate::{
    report::{At, Report},
    scope::{Scope, Unknown},
};

/// Whether a text is meant as a call of this function.
pub(crate) fn is_call(text: &str, function: &str) -> bool {
    text.trim().strip_prefix(function).is_some_and(|rest| rest.trim_start().starts_with('('))
}

/// The arguments of a call as they are written, without what stands around them.
fn arguments<'t>(
    text: &'t str,
    function: &str,
    example: &str,
    at: &At<'_>,
    report: &mut Report,
) -> Option<&'t str> {
    let inner = text.trim().strip_prefix(function).and_then(|rest| rest.strip_prefix('('));
    let inner = inner.and_then(|inner| inner.strip_suffix(')'));
    let fault = match inner {
        None => format!("this is no call of {function}: \"{function}(\", its arguments and \")\" are wanted"),
        Some(inner) if inner.ends_with(char::is_whitespace) => {
            "a blank must not stand before \")\"".to_owned()
        }
        Some(inner) => return Some(inner.trim_start()),
    };
    refuse(text, fault, example, at, report);
    None
}

/// A task whose output is read, and a text: `get_result(task, "separator")`, `check_result(task, "expected")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) task: String,
    pub(crate) text: String,
}

/// Parses a call that reads a task's output.
pub(crate) fn reading(
    function: &str,
    text: &str,
    scope: &Scope,
    at: &At<'_>,
    report: &mut Report,
) -> Option<Reading> {
    let example = format!("write {function}(TASK) or {function}(TASK, \"TEXT\")");
    let inner = arguments(text, function, &example, at, report)?;
    let (task, rest) = match inner.split_once(',') {
        Some((task, rest)) => (task, Some(rest.trim_start())),
        None => (inner, None),
    };
    if task.ends_with(char::is_whitespace) {
        refuse(text, "a blank must not stand before the comma".to_owned(), &example, at, report);
        return None;
    }
    let task: String = task.chars().filter(|c| !c.is_whitespace()).collect();
    if task.is_empty() || task.contains(['(', ')', '"', '\'', '$']) {
        let fault = if task.contains('$') {
            "the task must be named, not given by a variable".to_owned()
        } else {
            format!("{function} must begin with the name of a task")
        };
        refuse(text, fault, &example, at, report);
        return None;
    }
    let text = match rest {
        None => String::new(),
        Some(rest) => argument(function, &task, rest, text, scope, at, report)?,
    };
    Some(Reading { task, text })
}

fn argument(
    function: &str,
    task: &str,
    argument: &str,
    text: &str,
    scope: &Scope,
    at: &At<'_>,
    report: &mut Report,
) -> Option<String> {
    if let Some(name) = only_placeholder(argument) {
        return Some(scope.required(name, at, report)?.text.clone());
    }
    let quoted = ['"', '\''].into_iter().find_map(|quote| argument.strip_prefix(quote)?.strip_suffix(quote));
    let Some(quoted) = quoted else {
        let shown = shorten(argument.trim_matches(['"', '\'']));
        let fault = "the text must stand in quotes".to_owned();
        refuse(text, fault, &format!("write {function}({task}, {shown:?})"), at, report);
        return None;
    };
    if quoted.is_empty() {
        let fault = "the text between the quotes must not be empty".to_owned();
        refuse(text, fault, &format!("write {function}({task})"), at, report);
        return None;
    }
    if quoted.contains(',') {
        let fault = "the text between the quotes must not contain a comma".to_owned();
        let help = format!("give an input that text as its value, and write {function}({task}, ${{INPUT}})");
        refuse(text, fault, &help, at, report);
        return None;
    }
    let decoded = quoted.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
    scope.fill(&decoded, Unknown::Kept, at, report)
}

/// The name, where the text is one `${name}` and nothing else.
pub(crate) fn only_placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains('}')).then_some(name)
}

/// The arguments of `range(start, end[, step])`: texts of numbers.
pub(crate) fn range<'t>(
    text: &'t str,
    at: &At<'_>,
    report: &mut Report,
) -> Option<(&'t str, &'t str, Option<&'t str>)> {
    const EXAMPLE: &str = "write range(START, END) or range(START, END, STEP)";
    let inner = arguments(text, "range", EXAMPLE, at, report)?;
    let parts: Vec<&str> = inner.splitn(4, ',').collect();
    let ends_in_blank = |part: &&str| part.ends_with(char::is_whitespace);
    if parts.iter().rev().skip(1).any(ends_in_blank) {
        refuse(text, "a blank must not stand before a comma".to_owned(), EXAMPLE, at, report);
        return None;
    }
    match parts[..] {
        [start, end] => Some((start, end.trim_start(), None)),
        [start, end, step] => Some((start, end.trim_start(), Some(step.trim_start()))),
        _ => {
            refuse(text, "range takes two or three numbers".to_owned(), EXAMPLE, at, report);
            None
        }
    }
}

fn refuse(text: &str, message: String, help: &str, at: &At<'_>, report: &mut Report) {
    report.error(at.origin(), at.fault(FieldErrorKind::Invalid, message).value(text).help(help));
}
