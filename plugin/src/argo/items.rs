//! Over what a task is repeated: `withItems`, `withSequence`, `withParam`.

use gene_types::field::{FieldErrorKind, FieldPath, grouped, shorten};
use serde_json::{Map, Value};

use super::{
    budget::{Budget, Kind, MAX_COMMANDS, Stop},
    notes::Notes,
    reading::{Object, scalar, wrong},
    scope::{Scope, result_of},
    survey::{self, Known},
    text::{self, Piece},
};

const SEQUENCE: Known = Known {
    what: "withSequence",
    carried: &["count", "start", "end", "format"],
    convenient: &[],
    decisive: &[],
};

/// The items; `None` where the task is not repeated. What is wrong is noted, and there are no items then.
///
/// # Errors
/// There are too many.
pub fn of(
    task: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<Vec<Value>>, Stop> {
    let given: Vec<&str> = ["withItems", "withParam", "withSequence"]
        .into_iter()
        .filter(|key| task.get(key).is_some())
        .collect();
    match *given {
        [] => Ok(None),
        ["withItems"] => {
            let mut items = Vec::new();
            for (item, path) in task.list("withItems", notes) {
                items.push(filled(item, scope, &path, budget, notes)?);
            }
            Ok(Some(items))
        }
        ["withParam"] => param(task, scope, budget, notes).map(Some),
        ["withSequence"] => sequence(task, scope, budget, notes).map(Some),
        _ => {
            let message = format!("{} stand side by side", given.join(" and "));
            notes.error(&task.path, FieldErrorKind::Forbidden, message, "keep one of them");
            Ok(Some(Vec::new()))
        }
    }
}

/// A value with its texts filled in. Documents are nested 64 deep at most, so that this ends.
///
/// # Errors
/// A bound was met.
pub fn filled(
    value: &Value,
    scope: &Scope<'_>,
    path: &FieldPath,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Value, Stop> {
    Ok(match value {
        Value::String(text) => {
            Value::String(text::fill(text, scope, path, budget, notes)?.unwrap_or_default())
        }
        Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                list.push(filled(item, scope, &path.index(index), budget, notes)?);
            }
            Value::Array(list)
        }
        Value::Object(fields) => {
            let mut map = Map::new();
            for (key, field) in fields {
                budget.take(Kind::Text, key.len() as u64 + 1, path, notes)?;
                map.insert(key.clone(), filled(field, scope, &path.key(key), budget, notes)?);
            }
            Value::Object(map)
        }
        other => {
            budget.take(Kind::Text, 1, path, notes)?;
            other.clone()
        }
    })
}

fn param(
    task: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Vec<Value>, Stop> {
    let path = task.at("withParam");
    let Some(text) = task.text("withParam", notes) else { return Ok(Vec::new()) };
    if let Ok(pieces) = text::pieces(text)
        && let [Piece::Reference(name)] = *pieces
        && let Some(source) = result_of(name)
    {
        let message =
            format!("\"{}\" prints its items as a JSON list, which no Execution reads", shorten(source));
        let help = format!(
            "let it print one item a line, and write commandsIter: {{varsIter: [[get_result, {}, \"\\n\"]]}} by hand",
            shorten(source)
        );
        notes.error(&path, FieldErrorKind::NotSupported, message, help);
        return Ok(Vec::new());
    }
    let Some(text) = text::fill(text, scope, &path, budget, notes)? else { return Ok(Vec::new()) };
    if let Ok(Value::Array(items)) = serde_json::from_str(&text) {
        return Ok(items);
    }
    let message = format!("withParam is no JSON list: {}", shorten(&text));
    notes.error(&path, FieldErrorKind::Invalid, message, "write a list, such as [\"a\", \"b\"]");
    Ok(Vec::new())
}

fn sequence(
    task: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Vec<Value>, Stop> {
    let Some(sequence) = task.object("withSequence", notes) else { return Ok(Vec::new()) };
    survey::check(&sequence, &SEQUENCE, notes);
    let mut numbers = [None; 3];
    for (slot, key) in numbers.iter_mut().zip(["count", "start", "end"]) {
        let Some(value) = sequence.get(key) else { continue };
        let path = sequence.at(key);
        let Some(text) = scalar(value) else {
            wrong(value, &path, "a whole number", notes);
            return Ok(Vec::new());
        };
        let Some(text) = text::fill(&text, scope, &path, budget, notes)? else { return Ok(Vec::new()) };
        let Ok(number) = text.trim().parse::<i64>() else {
            let message = format!("{key} is \"{}\"", shorten(&text));
            notes.error(&path, FieldErrorKind::Invalid, message, "write a whole number");
            return Ok(Vec::new());
        };
        *slot = Some(number);
    }
    let [count, start, end] = numbers;
    let first = start.unwrap_or(0);
    let last = match (count, end) {
        (Some(count), None) if count <= 0 => return Ok(Vec::new()),
        (Some(count), None) => first.saturating_add(count - 1),
        (None, Some(end)) => end,
        _ => {
            let message = "withSequence needs either count or end";
            notes.error(&sequence.path, FieldErrorKind::Required, message, "write count: and a number");
            return Ok(Vec::new());
        }
    };
    let length = first.abs_diff(last).saturating_add(1);
    if length > MAX_COMMANDS {
        let message = format!(
            "this sequence has {} items; an Execution has at most {} commands",
            grouped(length),
            grouped(MAX_COMMANDS)
        );
        notes.error(&sequence.path, FieldErrorKind::TooMany, message, "let each command do more of them");
        return Err(Stop);
    }
    let format = sequence.text("format", notes).unwrap_or("%d");
    let Some(format) = Format::of(format) else {
        let message = format!("the format \"{}\" is not known", shorten(format));
        let help = "write %d, %03d, %x or %X once, with any text around it";
        notes.error(&sequence.at("format"), FieldErrorKind::NotSupported, message, help);
        return Ok(Vec::new());
    };
    budget.take(Kind::Text, length * format.bytes(), &sequence.path, notes)?;
    let numbers = (0..length as i64).map(|step| if first <= last { first + step } else { first - step });
    Ok(numbers.map(|number| Value::String(format.write(number))).collect())
}

/// What of Go's `fmt` is understood: one whole number with text around it.
struct Format<'a> {
    before: &'a str,
    width: usize,
    is_zero_padded: bool,
    verb: char,
    after: &'a str,
}

impl<'a> Format<'a> {
    fn of(text: &'a str) -> Option<Self> {
        const WIDEST: usize = 100;
        let (before, rest) = text.split_once('%')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (width, rest) = rest.split_at_checked(digits)?;
        let verb = rest.chars().next().filter(|verb| ['d', 'x', 'X'].contains(verb))?;
        let after = rest.get(1..).filter(|after| !after.contains('%'))?;
        let is_zero_padded = width.starts_with('0');
        let width = if width.is_empty() { 0 } else { width.parse().ok().filter(|width| *width <= WIDEST)? };
        Some(Self { before, width, is_zero_padded, verb, after })
    }

    fn bytes(&self) -> u64 {
        (self.before.len() + self.after.len() + self.width.max(20)) as u64
    }

    fn write(&self, number: i64) -> String {
        let sign = if number < 0 { "-" } else { "" };
        let magnitude = number.unsigned_abs();
        let digits = match self.verb {
            'x' => format!("{magnitude:x}"),
            'X' => format!("{magnitude:X}"),
            _ => magnitude.to_string(),
        };
        let width = self.width;
        let number = if self.is_zero_padded {
            format!("{sign}{digits:0>width$}", width = width.saturating_sub(sign.len()))
        } else {
            format!("{:>width$}", format!("{sign}{digits}"))
        };
        format!("{}{number}{}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        for (format, number, expected) in [
            ("%d", 7, "7"),
            ("%d", -7, "-7"),
            ("%03d", 7, "007"),
            ("%03d", -7, "-07"),
            ("%3d", 7, "  7"),
            ("chr%02X.fa", 171, "chrAB.fa"),
            ("%x", 255, "ff"),
            ("%04d", i64::MIN, "-9223372036854775808"),
        ] {
            assert_eq!(Format::of(format).unwrap().write(number), expected, "{format} {number}");
        }
        for format in ["", "d", "%", "%s", "%d%d", "%999d", "%d%", "%-3d", "%99999999999999999999d"] {
            assert!(Format::of(format).is_none(), "{format}");
        }
    }
}
