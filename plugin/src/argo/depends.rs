//! `depends`: which tasks a task waits for, and what each of them must have come to.
//!
//! An Execution's task waits for *all* that it names, and only for success (or, with `onSkipped`, also for having
//! been left out). So a conjunction can be carried over, and nothing else.

/// What a task that is waited for must have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// It succeeded, or its own `when` did not hold: a plain name, and each entry of `dependencies`.
    Done,
    /// It succeeded.
    Succeeded,
}

/// The tasks of a conjunction.
///
/// # Errors
/// What is wrong with the expression, or what of it an Execution cannot say.
pub fn parse(text: &str) -> Result<Vec<(&str, Wanted)>, String> {
    let mut parser = Parser { rest: text, depth: 0 };
    let expression = parser.any()?;
    parser.skip_blanks();
    if !parser.rest.is_empty() {
        return Err(format!("the expression ends before \"{}\"", gene_types::field::shorten(parser.rest)));
    }
    let mut wanted = Vec::new();
    collect(expression, &mut wanted)?;
    Ok(wanted)
}

#[derive(Debug)]
enum Expression<'a> {
    Is { task: &'a str, state: Option<&'a str> },
    All(Vec<Self>),
    Any(Vec<Self>),
    Not,
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

/// Brackets within brackets.
const MAX_DEPTH: usize = 32;

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Expression<'a>, String> {
        let mut parts = vec![self.all()?];
        while self.eat("||") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self) -> Result<Expression<'a>, String> {
        let mut parts = vec![self.one()?];
        while self.eat("&&") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    fn one(&mut self) -> Result<Expression<'a>, String> {
        if self.eat("!") {
            return self.nested(Self::one).map(|_| Expression::Not);
        }
        if self.eat("(") {
            let inner = self.nested(Self::any)?;
            return if self.eat(")") { Ok(inner) } else { Err("a bracket is never closed".to_owned()) };
        }
        let is_name = |char: char| char.is_alphanumeric() || "-_.".contains(char);
        let end = self.rest.find(|char| !is_name(char)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err("the name of a task is missing".to_owned());
        }
        self.rest = rest;
        Ok(match name.split_once('.') {
            None => Expression::Is { task: name, state: None },
            Some((task, state)) => Expression::Is { task, state: Some(state) },
        })
    }

    fn nested(
        &mut self,
        inner: fn(&mut Self) -> Result<Expression<'a>, String>,
    ) -> Result<Expression<'a>, String> {
        if self.depth == MAX_DEPTH {
            return Err(format!("the expression is nested more than {MAX_DEPTH} deep"));
        }
        self.depth += 1;
        self.skip_blanks();
        let found = inner(self);
        self.depth -= 1;
        found
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_blanks();
        let found = self.rest.strip_prefix(token);
        if let Some(rest) = found {
            self.rest = rest;
            self.skip_blanks();
        }
        found.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn collect<'a>(expression: Expression<'a>, wanted: &mut Vec<(&'a str, Wanted)>) -> Result<(), String> {
    match expression {
        Expression::Is { task, state } => wanted.push((task, state_wanted(task, state)?)),
        Expression::All(parts) => parts.into_iter().try_for_each(|part| collect(part, wanted))?,
        Expression::Any(parts) => wanted.push(either(&parts)?),
        Expression::Not => {
            return Err("a task cannot wait for another not to have come to something".to_owned());
        }
    }
    Ok(())
}

fn state_wanted(task: &str, state: Option<&str>) -> Result<Wanted, String> {
    match state {
        None => Ok(Wanted::Done),
        Some("Succeeded") => Ok(Wanted::Succeeded),
        Some(state) => Err(format!(
            "a task can wait for \"{}\" to succeed, not for {}",
            gene_types::field::shorten(task),
            gene_types::field::shorten(state)
        )),
    }
}

/// A plain `A` is short for `A.Succeeded || A.Skipped || A.Daemoned`.
fn either<'a>(parts: &[Expression<'a>]) -> Result<(&'a str, Wanted), String> {
    let mut states = Vec::with_capacity(parts.len());
    for part in parts {
        let Expression::Is { task, state } = part else { return Err(ALTERNATIVE.to_owned()) };
        states.push((*task, state.unwrap_or("Skipped")));
        if state.is_none() {
            states.push((*task, "Succeeded"));
        }
    }
    let first = states.first().map_or("", |(task, _)| task);
    let is_one = states.iter().all(|(task, _)| *task == first);
    let has = |wanted: &str| states.iter().any(|(_, state)| *state == wanted);
    let is_known = states.iter().all(|(_, state)| ["Succeeded", "Skipped", "Daemoned"].contains(state));
    if !is_one || !is_known || !has("Succeeded") {
        return Err(ALTERNATIVE.to_owned());
    }
    Ok((first, if has("Skipped") { Wanted::Done } else { Wanted::Succeeded }))
}

const ALTERNATIVE: &str = "a task waits for all that it depends on, never for one of several";

#[cfg(test)]
mod tests {
    use super::{
        Wanted::{Done, Succeeded},
        *,
    };

    #[test]
    fn a_conjunction_is_a_list() {
        for (text, expected) in [
            ("a", vec![("a", Done)]),
            (" a&&b.Succeeded ", vec![("a", Done), ("b", Succeeded)]),
            ("(a && (b-1)) && c_2", vec![("a", Done), ("b-1", Done), ("c_2", Done)]),
            ("a.Succeeded || a.Skipped", vec![("a", Done)]),
            ("(a.Succeeded || a.Daemoned) && b", vec![("a", Succeeded), ("b", Done)]),
            ("a || a.Succeeded", vec![("a", Done)]),
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn what_an_execution_cannot_say_is_refused() {
        for (text, expected) in [
            ("a || b", ALTERNATIVE),
            ("a.Succeeded || a.Failed", ALTERNATIVE),
            ("a.Skipped || a.Daemoned", ALTERNATIVE),
            ("a.Failed", "a task can wait for \"a\" to succeed, not for Failed"),
            ("a.AnySucceeded", "a task can wait for \"a\" to succeed, not for AnySucceeded"),
            ("!a", "a task cannot wait for another not to have come to something"),
            ("", "the name of a task is missing"),
            ("a &&", "the name of a task is missing"),
            ("a b", "the expression ends before \"b\""),
            ("(a", "a bracket is never closed"),
        ] {
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
        assert!(parse(&"(".repeat(100_000)).unwrap_err().contains("nested more than 32 deep"));
        assert!(parse(&"!".repeat(100_000)).unwrap_err().contains("nested more than 32 deep"));
    }
}
