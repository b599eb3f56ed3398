//! `when`: decided here where its values are known, else carried over where it asks what one task printed.
//!
//! Argo puts the values into the text and has it worked out by an expression library: words without quotes are texts,
//! numbers are numbers, and `-` is a minus. What that would make of a value that looks like neither is refused.

use gene_types::field::shorten;

use super::{
    scope::{Resolved, Scope, result_of},
    text::{Piece, pieces},
};

/// Whether a task runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is known.
    Known(bool),
    /// If the task of this name printed exactly this.
    Printed {
        /// The task or step, as it is called beside this one.
        task: String,
        /// What it has to print.
        text: String,
    },
}

/// Works out a condition.
///
/// # Errors
/// Why it cannot be.
pub fn decide(when: &str, scope: &Scope<'_>) -> Result<Truth, String> {
    let tokens = cut(when)?;
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0, scope };
    let value = reader.any()?;
    match tokens.get(reader.at) {
        None => truth(value),
        Some(_) => Err(UNDECIDED.to_owned()),
    }
}

const UNDECIDED: &str =
    "only comparisons with ==, !=, <, >, <= and >=, joined by &&, || and !, are worked out";
const QUOTES: &str =
    "a value is neither a number nor a plain word: put quotes around both sides of the comparison";

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    Operator(&'static str),
    Quoted(&'a str),
    Bare(&'a str),
}

const OPERATORS: [&str; 11] = ["&&", "||", "==", "!=", "<=", ">=", "(", ")", "<", ">", "!"];

fn cut(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            tokens.push(Token::Operator(operator));
            operator.len()
        } else if first == '"' || first == '\'' {
            let inner = rest.get(1..).unwrap_or_default();
            let end = inner.find(first).ok_or("a quote is never closed")?;
            tokens.push(Token::Quoted(inner.get(..end).unwrap_or_default()));
            end + 2
        } else {
            let length = bare(rest)?;
            tokens.push(Token::Bare(rest.get(..length).unwrap_or_default()));
            length
        };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// The bytes of a word; what stands in `{{…}}` belongs to it whole.
fn bare(text: &str) -> Result<usize, String> {
    let mut at = 0;
    while let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with("{{") {
            at += rest.find("}}").ok_or("a \"{{\" is never closed")? + 2;
        } else if char.is_whitespace() || "=!<>()&|'\"".contains(char) {
            break;
        } else {
            at += char.len_utf8();
        }
    }
    // A lone & or | or =.
    if at == 0 { Err(UNDECIDED.to_owned()) } else { Ok(at) }
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Text(String),
    Number(f64),
    Truth(Truth),
    Result { task: String, is_quoted: bool },
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    depth: usize,
    scope: &'a Scope<'a>,
}

const MAX_DEPTH: usize = 32;

impl Reader<'_> {
    fn any(&mut self) -> Result<Operand, String> {
        let mut left = self.all()?;
        while self.eat(&["||"]).is_some() {
            let right = truth(self.all()?)?;
            left = Operand::Truth(join(truth(left)?, right, false)?);
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Operand, String> {
        let mut left = self.comparison()?;
        while self.eat(&["&&"]).is_some() {
            let right = truth(self.comparison()?)?;
            left = Operand::Truth(join(truth(left)?, right, true)?);
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Operand, String> {
        let left = self.one()?;
        match self.eat(&["==", "!=", "<=", ">=", "<", ">"]) {
            None => Ok(left),
            Some(operator) => {
                let right = self.one()?;
                compare(left, operator, right).map(Operand::Truth)
            }
        }
    }

    fn one(&mut self) -> Result<Operand, String> {
        if self.depth == MAX_DEPTH {
            return Err(format!("the condition is nested more than {MAX_DEPTH} deep"));
        }
        self.depth += 1;
        let found = self.nested();
        self.depth -= 1;
        found
    }

    fn nested(&mut self) -> Result<Operand, String> {
        if self.eat(&["!"]).is_some() {
            return match truth(self.one()?)? {
                Truth::Known(value) => Ok(Operand::Truth(Truth::Known(!value))),
                Truth::Printed { .. } => Err(OTHER_THAN.to_owned()),
            };
        }
        if self.eat(&["("]).is_some() {
            let inner = self.any()?;
            return self.eat(&[")"]).map(|_| inner).ok_or_else(|| "a bracket is never closed".to_owned());
        }
        let token = self.tokens.get(self.at).ok_or("the condition ends too early")?;
        self.at += 1;
        match token {
            Token::Operator(_) => Err(UNDECIDED.to_owned()),
            Token::Quoted(text) => self.operand(text, true),
            Token::Bare(text) => self.operand(text, false),
        }
    }

    fn eat(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        let Some(Token::Operator(operator)) = self.tokens.get(self.at) else { return None };
        operators.contains(operator).then(|| {
            self.at += 1;
            *operator
        })
    }

    fn operand(&self, text: &str, is_quoted: bool) -> Result<Operand, String> {
        let pieces = pieces(text).map_err(|_| "a \"{{\" is never closed".to_owned())?;
        if let [Piece::Reference(name)] = *pieces
            && let Some(task) = result_of(name)
        {
            return Ok(Operand::Result { task: task.to_owned(), is_quoted });
        }
        let mut filled = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => filled.push_str(text),
                Piece::Reference(name) => match self.scope.resolve(name) {
                    Ok(Resolved::Text(text)) => filled.push_str(&text),
                    Ok(Resolved::ResultOf(_)) => return Err(OTHER_THAN.to_owned()),
                    Err(trouble) => return Err(trouble.message),
                },
            }
            // Nobody compares more, and it would be put in for each item of a loop.
            if filled.len() > MAX_TEXT {
                return Err(format!("it compares a text of more than {MAX_TEXT} bytes"));
            }
        }
        if is_quoted {
            return Ok(Operand::Text(filled));
        }
        match &*filled {
            "true" => Ok(Operand::Truth(Truth::Known(true))),
            "false" => Ok(Operand::Truth(Truth::Known(false))),
            word if is_number(word) => word.parse().map(Operand::Number).map_err(|_| QUOTES.to_owned()),
            word if is_word(word) => Ok(Operand::Text(filled)),
            _ => Err(QUOTES.to_owned()),
        }
    }
}

const MAX_TEXT: usize = 4096;
const OTHER_THAN: &str =
    "what a task printed can only be asked to be one text: \"{{tasks.NAME.outputs.result}}\" == \"TEXT\"";

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn truth(operand: Operand) -> Result<Truth, String> {
    match operand {
        Operand::Truth(truth) => Ok(truth),
        Operand::Text(text) => Err(format!("\"{}\" is neither true nor false", shorten(&text))),
        Operand::Number(number) => Err(format!("{number} is neither true nor false")),
        Operand::Result { .. } => Err(OTHER_THAN.to_owned()),
    }
}

fn join(left: Truth, right: Truth, is_and: bool) -> Result<Truth, String> {
    match (left, right) {
        // Of two known ones, and of one that decides or does not matter.
        (Truth::Known(known), other) | (other, Truth::Known(known)) => {
            Ok(if known == is_and { other } else { Truth::Known(known) })
        }
        (left, right) if left == right => Ok(left),
        _ => Err("a task can be made to depend on one text that one task printed, not on several".to_owned()),
    }
}

fn compare(left: Operand, operator: &str, right: Operand) -> Result<Truth, String> {
    let mixed = || "it compares values of different kinds: put quotes around both sides".to_owned();
    let known = |value| Ok(Truth::Known(value));
    match (left, right) {
        (Operand::Result { task, is_quoted }, other) | (other, Operand::Result { task, is_quoted }) => {
            let text = match other {
                _ if operator != "==" => return Err(OTHER_THAN.to_owned()),
                Operand::Text(text) => text,
                Operand::Truth(Truth::Known(value)) if !is_quoted => value.to_string(),
                Operand::Number(_) | Operand::Truth(_) => return Err(mixed()),
                Operand::Result { .. } => return Err(OTHER_THAN.to_owned()),
            };
            Ok(Truth::Printed { task, text })
        }
        (Operand::Text(left), Operand::Text(right)) => match operator {
            "==" => known(left == right),
            "!=" => known(left != right),
            "<" => known(left < right),
            ">" => known(left > right),
            "<=" => known(left <= right),
            _ => known(left >= right),
        },
        (Operand::Number(left), Operand::Number(right)) => match operator {
            #[expect(clippy::float_cmp, reason = "both are what was written, and compared as such")]
            "==" => known(left == right),
            #[expect(clippy::float_cmp, reason = "both are what was written, and compared as such")]
            "!=" => known(left != right),
            "<" => known(left < right),
            ">" => known(left > right),
            "<=" => known(left <= right),
            _ => known(left >= right),
        },
        (Operand::Truth(Truth::Known(left)), Operand::Truth(Truth::Known(right))) => match operator {
            "==" => known(left == right),
            "!=" => known(left != right),
            _ => Err(mixed()),
        },
        _ => Err(mixed()),
    }
}

#[cfg(test)]
mod tests;
