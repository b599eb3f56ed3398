//! `-o jsonpath=…`: the part of kubectl's templates that picks and lists. Filters, slices and unions are refused.
//!
//! A template is text with parts in braces: `{.a.b}`, `{.items[*].metadata.name}`, `{.labels.a\.b/c}`,
//! `{['a.b']}`, `{range .items[*]}…{end}`, `{"\n"}`. Several values are separated by blanks; one that is not there
//! is empty.

use std::str::FromStr;

use serde_json::Value;

/// How deep ranges may stand in each other.
const DEEPEST: usize = 16;

/// A template, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Values(Vec<Step>),
    Range(Vec<Step>, Vec<Part>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The whole object: `$`.
    Root,
    Field(String),
    /// From the end where it is negative.
    Item(i64),
    All,
}

impl Template {
    /// What the template picks of an object.
    pub fn render(&self, object: &Value) -> String {
        let mut text = String::new();
        render(&self.0, object, object, &mut text);
        text
    }
}

impl FromStr for Template {
    type Err = String;

    /// Without braces the whole is one path, as kubectl takes it: `.metadata.name`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the template is empty; want one like {.metadata.name}".to_owned());
        }
        if !text.contains('{') {
            return Ok(Self(vec![Part::Values(path(text)?)]));
        }
        // Ranges that are open, outermost first, each with the parts before it.
        let mut open: Vec<(Vec<Step>, Vec<Part>)> = Vec::new();
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (inside, after) = braced(after).ok_or_else(|| format!("no }} ends {{{}", shorten(after)))?;
            rest = after;
            let inside = inside.trim();
            if let Some(of) = inside.strip_prefix("range ") {
                if open.len() == DEEPEST {
                    return Err(format!("at most {DEEPEST} ranges may stand in each other"));
                }
                open.push((path(of.trim())?, std::mem::take(&mut parts)));
            } else if inside == "end" {
                let (of, before) = open.pop().ok_or("{end} ends no {range …}")?;
                let body = std::mem::replace(&mut parts, before);
                parts.push(Part::Range(of, body));
            } else if inside.starts_with(['"', '\'']) {
                parts.push(Part::Text(quoted(inside)?));
            } else {
                parts.push(Part::Values(path(inside)?));
            }
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if !open.is_empty() {
            return Err("{range …} without {end}".to_owned());
        }
        Ok(Self(parts))
    }
}

/// What stands before the brace that closes, which is none in quotes, and what after it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        match (quote, char) {
            _ if is_escaped => is_escaped = false,
            (_, '\\') => is_escaped = true,
            (None, '}') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            _ => {}
        }
    }
    None
}

/// A text in quotes, with its escapes.
fn quoted(text: &str) -> Result<String, String> {
    let wrong = || format!("{} is no text in quotes", shorten(text));
    let quote = text.chars().next().ok_or_else(wrong)?;
    let inner = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)).ok_or_else(wrong)?;
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.push(match chars.next().ok_or_else(wrong)? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other @ ('\\' | '"' | '\'') => other,
                other => return Err(format!("\\{other} is no escape; there are \\n \\t \\r \\\\ \\\" \\'")),
            }),
            _ if char == quote => return Err(wrong()),
            _ => plain.push(char),
        }
    }
    Ok(plain)
}

fn path(text: &str) -> Result<Vec<Step>, String> {
    let unknown = |rest: &str| {
        format!(
            "cannot read {:?} of the path {:?}: there are .field, [n], [*] and ['field']",
            shorten(rest),
            shorten(text)
        )
    };
    let mut steps = Vec::new();
    let mut rest = text;
    if let Some(after) = rest.strip_prefix(['$', '@']) {
        // `@` is the value at hand, which is where a path begins anyhow.
        if rest.starts_with('$') {
            steps.push(Step::Root);
        }
        rest = after;
    } else if !rest.starts_with(['.', '[']) {
        return Err(unknown(rest));
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (inside, after) = after.split_once(']').ok_or_else(|| unknown(rest))?;
            steps.push(match inside {
                "*" => Step::All,
                _ if inside.starts_with(['\'', '"']) => Step::Field(quoted(inside)?),
                _ => Step::Item(inside.parse().map_err(|_| unknown(rest))?),
            });
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            if after.is_empty() {
                // `{.}` is the value itself.
                break;
            }
            if after.starts_with('[') {
                rest = after;
                continue;
            }
            let (name, after) = field(after);
            if name.is_empty() || name.contains(['(', ')', '?', '{', '}']) {
                return Err(unknown(rest));
            }
            steps.push(if name == "*" { Step::All } else { Step::Field(name) });
            rest = after;
        } else {
            return Err(unknown(rest));
        }
    }
    Ok(steps)
}

/// A name up to the next step; a backslash takes the next character into it.
fn field(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => name.extend(chars.next().map(|(_, char)| char)),
            '.' | '[' => return (name, text.get(at..).unwrap_or_default()),
            _ => name.push(char),
        }
    }
    (name, "")
}

fn render(parts: &[Part], root: &Value, at: &Value, text: &mut String) {
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Values(steps) => {
                for (position, value) in picked(steps, root, at).into_iter().enumerate() {
                    if position > 0 {
                        text.push(' ');
                    }
                    match value {
                        Value::String(value) => text.push_str(value),
                        Value::Null => {}
                        value => text.push_str(&value.to_string()),
                    }
                }
            }
            Part::Range(steps, body) => {
                for value in picked(steps, root, at) {
                    render(body, root, value, text);
                }
            }
        }
    }
}

fn picked<'v>(steps: &[Step], root: &'v Value, at: &'v Value) -> Vec<&'v Value> {
    let mut values = vec![at];
    for step in steps {
        values = match step {
            Step::Root => vec![root],
            Step::Field(name) => values.into_iter().filter_map(|value| value.get(name)).collect(),
            Step::Item(index) => values.into_iter().filter_map(|value| item(value, *index)).collect(),
            Step::All => values.into_iter().flat_map(all).collect(),
        };
    }
    values
}

fn item(value: &Value, index: i64) -> Option<&Value> {
    let list = value.as_array()?;
    let index = if index < 0 { index.checked_add_unsigned(list.len() as u64)? } else { index };
    list.get(usize::try_from(index).ok()?)
}

fn all(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

fn shorten(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(at, _)| text.get(..at).unwrap_or_default())
}

#[cfg(test)]
mod tests;
