//! `commands_iter` and `paths_iter`: a text and its rows, `vars`, then `vars_zip`, then the product of `vars_iter`.
//!
//! Rows and products stay what they are: an Execution has both forms, in the same order, and multiplies them out itself.

use gene_types::field::{FieldErrorKind, counted, grouped};
use serde_json::Value;

use crate::{
    call::{self, only_placeholder},
    fields::{Fields, Keys, described, list},
    range::range,
    report::{At, Report},
    scope::{Part, Scope, Unknown, push},
    text::Text,
};

/// The first word of a list that is what another task printed, as in an Execution.
pub(crate) const GET_RESULT: &str = "get_result";

/// What the rows are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    Commands,
    /// Outputs know no functions.
    Paths,
}

impl For {
    fn template(self) -> &'static str {
        match self {
            Self::Commands => "command",
            Self::Paths => "path",
        }
    }

    fn keys(self) -> Keys {
        let known: &[&str] = match self {
            Self::Commands => &["command", "vars", "vars_zip", "vars_iter"],
            Self::Paths => &["path", "vars", "vars_zip", "vars_iter"],
        };
        Keys { known, ignored: &[] }
    }
}

/// A text and its rows, inputs filled in.
#[derive(Debug, Default)]
pub(crate) struct Iter {
    /// The text, with `${n}` and `${item}` to be filled by the rows, and nothing else that looks like them.
    pub(crate) template: String,
    /// Those of `vars`, then those of `vars_zip`; each a list.
    pub(crate) rows: Vec<Value>,
    /// How many of the rows are those of `vars`.
    pub(crate) written_rows: usize,
    /// One list for each column of the product.
    pub(crate) axes: Vec<Value>,
}

/// Reads the object of a text and its rows. `None`: at fault, or there is nothing in it.
pub(crate) fn read(
    value: &Value,
    at: At<'_>,
    what: For,
    most: u32,
    scope: &Scope,
    report: &mut Report,
) -> Option<Iter> {
    let fields = Fields::read(value, at, &what.keys(), report)?;
    let before = report.len();
    let reader = Reader { scope, what, most };
    let rows = reader.rows(&fields, report);
    let zipped = reader.zipped(&fields, report);
    let axes = reader.axes(&fields, report);
    let has_rows = ["vars", "vars_zip", "vars_iter"].into_iter().any(|key| has_items(&fields, key));
    let key = what.template();
    let parts = match fields.get(key) {
        Some((value, at)) => {
            let text = crate::fields::text(value, &at, report)?;
            if text.is_empty() { None } else { Some(scope.parts(&text, Unknown::Refused, &at, report)) }
        }
        None => None,
    };
    let parts = match (parts, has_rows) {
        (None, false) => return None,
        (None, true) => {
            let message = format!("there are rows and no {key} that they fill");
            let help = format!("write {key}: TEXT, with ${{1}} for the first variable of a row");
            fields.missing(key, &message, &help, report);
            return None;
        }
        (Some(_), false) => {
            let help = match what {
                For::Commands => "write vars_iter: [[a, b]], or put the command under commands",
                For::Paths => "write vars_iter: [[a, b]], or put the path under paths",
            };
            fields.incomplete(&format!("there is a {key} and no rows that fill it"), help, report);
            return None;
        }
        (Some(parts), true) => parts?,
    };
    if report.len() > before {
        return None;
    }
    let (rows, zipped, axes) = (rows?, zipped?, axes?);
    let columns = columns(&fields, &rows, zipped.columns, &axes, report)?;
    check_holes(&parts, columns, &fields.place(key), report)?;
    let written_rows = rows.len();
    let mut rows = rows;
    rows.extend(zipped.rows);
    let mut iter = Iter { template: String::new(), rows, written_rows, axes };
    iter.set_template(&parts, columns, scope, &fields.place(key), report)?;
    Some(iter)
}

fn has_items(fields: &Fields<'_>, key: &str) -> bool {
    fields.get(key).is_some_and(|(value, _)| value.as_array().is_none_or(|items| !items.is_empty()))
}

#[derive(Default)]
struct Zipped {
    rows: Vec<Value>,
    /// `None`: there are no lists.
    columns: Option<usize>,
}

struct Reader<'a> {
    scope: &'a Scope,
    what: For,
    most: u32,
}

impl Reader<'_> {
    /// `vars`: each element is a row.
    fn rows(&self, fields: &Fields<'_>, report: &mut Report) -> Option<Vec<Value>> {
        let Some((value, at)) = fields.get("vars") else { return Some(Vec::new()) };
        let items = list(value, &at, report)?;
        let mut rows: Vec<Value> = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            if report.is_full() {
                return None;
            }
            let at = at.index(position);
            let Some(row) = self.column(item, Functions::None, &at, report) else { continue };
            let length = |row: &Value| row.as_array().map_or(0, Vec::len);
            if let Some(first) = rows.first().map(length).filter(|first| *first != length(&row)) {
                let message = format!(
                    "the row has {}, the first has {}",
                    counted(length(&row) as u64, "value", "values"),
                    grouped(first as u64)
                );
                let fault = at.fault(FieldErrorKind::Invalid, message).value(&row);
                report.error(at.origin(), fault.help("give every row of vars as many values as the first"));
                continue;
            }
            rows.push(row);
        }
        (rows.len() == items.len()).then_some(rows)
    }

    /// `vars_zip`: row i is the i-th value of each list.
    fn zipped(&self, fields: &Fields<'_>, report: &mut Report) -> Option<Zipped> {
        let Some((value, at)) = fields.get("vars_zip") else { return Some(Zipped::default()) };
        let lists = self.lists(value, &at, Functions::Range, report)?;
        let mut lists: Vec<Vec<Value>> = lists.into_iter().map(items_of).collect();
        let Some(length) = lists.first().map(Vec::len) else { return Some(Zipped::default()) };
        let before = report.len();
        for (position, list) in lists.iter().enumerate().filter(|(_, list)| list.len() != length) {
            let at = at.index(position);
            let message = format!(
                "the lists of vars_zip must be equally long: this one has {}, the first has {}",
                counted(list.len() as u64, "value", "values"),
                grouped(length as u64)
            );
            let fault = at.fault(FieldErrorKind::Invalid, message);
            report.error(
                at.origin(),
                fault.help("give each list as many values, or write vars_iter for every combination"),
            );
        }
        if report.len() > before {
            return None;
        }
        let columns = lists.len();
        let row = |position: usize| {
            lists.iter_mut().map(|list| list.get_mut(position).map_or(Value::Null, Value::take)).collect()
        };
        Some(Zipped { rows: (0..length).map(row).collect(), columns: Some(columns) })
    }

    /// `vars_iter`: the candidates of each column.
    fn axes(&self, fields: &Fields<'_>, report: &mut Report) -> Option<Vec<Value>> {
        let Some((value, at)) = fields.get("vars_iter") else { return Some(Vec::new()) };
        self.lists(value, &at, Functions::All, report)
    }

    fn lists(
        &self,
        value: &Value,
        at: &At<'_>,
        functions: Functions,
        report: &mut Report,
    ) -> Option<Vec<Value>> {
        let items = list(value, at, report)?;
        let mut lists = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            if report.is_full() {
                return None;
            }
            lists.extend(self.column(item, functions, &at.index(position), report));
        }
        (lists.len() == items.len()).then_some(lists)
    }

    /// A list of values; with functions, what one of them gives.
    fn column(&self, item: &Value, functions: Functions, at: &At<'_>, report: &mut Report) -> Option<Value> {
        let text = match item {
            Value::Array(items) if functions == Functions::All && is_get_result(items) => {
                return self.get_result_list(items, at, report);
            }
            Value::Array(items) => {
                let cells = self.cells(items, at, report)?;
                return not_a_call(cells, functions, at, report);
            }
            Value::String(text) => text,
            other => {
                let fault = at.fault(
                    FieldErrorKind::TypeInvalid,
                    format!("a list is wanted, not {}", described(other)),
                );
                report.error(at.origin(), fault.value(other).help(self.forms(functions)));
                return None;
            }
        };
        if let Some(name) = only_placeholder(text) {
            return self.array_input(name, functions, at, report);
        }
        for function in ["range", GET_RESULT] {
            if !call::is_call(text, function) {
                continue;
            }
            let is_allowed = self.what == For::Commands
                && (functions == Functions::All || functions == Functions::Range && function == "range");
            if !is_allowed {
                let fault = at.fault(FieldErrorKind::Forbidden, format!("{function} cannot stand here"));
                report.error(at.origin(), fault.value(text).help(self.forms(functions)));
                return None;
            }
            if function == "range" {
                return range(text, self.scope, self.most, at, report).map(Value::Array);
            }
            let reading = call::reading(GET_RESULT, text, self.scope, at, report)?;
            return Some(Value::from(vec![GET_RESULT.to_owned(), reading.task, reading.text]));
        }
        let fault = at.fault(FieldErrorKind::Invalid, "this text is no list of values").value(text);
        report.error(at.origin(), fault.help(self.forms(functions)));
        None
    }

    fn forms(&self, functions: Functions) -> String {
        let forms = match (self.what, functions) {
            (For::Commands, Functions::All) => {
                "write [a, b], ${ARRAY_INPUT}, range(START, END) or get_result(TASK, \"SEPARATOR\")"
            }
            (For::Commands, Functions::Range) => "write [a, b], ${ARRAY_INPUT} or range(START, END)",
            _ => "write [a, b] or ${ARRAY_INPUT}",
        };
        forms.to_owned()
    }

    fn array_input(
        &self,
        name: &str,
        functions: Functions,
        at: &At<'_>,
        report: &mut Report,
    ) -> Option<Value> {
        let input = self.scope.required(name, at, report)?;
        let Some(items) = input.value.as_array() else {
            let shown = gene_types::field::shorten(name);
            let fault = at.fault(FieldErrorKind::TypeInvalid, format!("input {shown:?} is no array"));
            let help = format!("put it in brackets, [\"${{{shown}}}\"], or declare it with type: array");
            report.error(at.origin(), fault.value(format!("${{{name}}}")).help(help));
            return None;
        };
        self.scope.charge(items.len(), input.text.len(), at, report)?;
        not_a_call(input.value.clone(), functions, at, report)
    }

    /// `[get_result, TASK, SEPARATOR]`, as an Execution has it: any separator, commas too.
    fn get_result_list(&self, items: &[Value], at: &At<'_>, report: &mut Report) -> Option<Value> {
        let [_, Value::String(task), Value::String(separator)] = items else { return None };
        if self.what == For::Paths {
            let fault = at.fault(FieldErrorKind::Forbidden, "get_result cannot stand here");
            report.error(at.origin(), fault.help(self.forms(Functions::None)));
            return None;
        }
        let separator = self.scope.fill(separator, Unknown::Kept, &at.index(2), report)?;
        Some(Value::from(vec![GET_RESULT.to_owned(), task.clone(), separator]))
    }

    fn cells(&self, items: &[Value], at: &At<'_>, report: &mut Report) -> Option<Value> {
        let mut cells = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            if report.is_full() {
                return None;
            }
            cells.extend(self.cell(item, &at.index(position), report));
        }
        (cells.len() == items.len()).then_some(Value::Array(cells))
    }

    fn cell(&self, item: &Value, at: &At<'_>, report: &mut Report) -> Option<Value> {
        match item {
            Value::Array(_) | Value::Object(_) => {
                let fault = at.fault(
                    FieldErrorKind::TypeInvalid,
                    format!("a text, a number or a boolean is wanted, not {}", described(item)),
                );
                let help = "write it as a text in quotes, or as the value of an input of type array";
                report.error(at.origin(), fault.value(item).help(help));
                None
            }
            Value::String(text) => {
                let Some(name) = only_placeholder(text)
                    .filter(|name| !crate::scope::is_hole(name) || self.scope.inputs().contains_key(*name))
                else {
                    return Some(Value::String(self.scope.fill(text, Unknown::Kept, at, report)?));
                };
                let input = self.scope.required(name, at, report)?;
                if input.value.is_array() || input.value.is_object() {
                    let shown = gene_types::field::shorten(name);
                    let fault = at.fault(
                        FieldErrorKind::TypeInvalid,
                        format!("input {shown:?} is a list, and one value is wanted"),
                    );
                    let help = format!("write ${{{shown}}} without brackets: it is a list by itself");
                    report.error(at.origin(), fault.value(text).help(help));
                    return None;
                }
                self.scope.charge(1, input.text.len(), at, report)?;
                Some(input.value.clone())
            }
            value => Some(value.clone()),
        }
    }
}

/// The functions that may stand for a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Functions {
    All,
    Range,
    None,
}

/// Refuses a list that an Execution would take for a function.
fn not_a_call(list: Value, functions: Functions, at: &At<'_>, report: &mut Report) -> Option<Value> {
    if functions == Functions::All && list.get(0).and_then(Value::as_str) == Some(GET_RESULT) {
        let message = "a list that begins with get_result is the output of a task, not a list of values";
        let fault = at.fault(FieldErrorKind::Invalid, message).value(&list);
        report.error(
            at.origin(),
            fault.help("write [get_result, TASK, \"SEPARATOR\"], or put another value first"),
        );
        return None;
    }
    Some(list)
}

fn items_of(list: Value) -> Vec<Value> {
    match list {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

fn is_get_result(items: &[Value]) -> bool {
    matches!(items, [Value::String(word), Value::String(_), Value::String(_)] if word == GET_RESULT)
}

/// The number of columns that all three kinds of rows have.
fn columns(
    fields: &Fields<'_>,
    rows: &[Value],
    zipped: Option<usize>,
    axes: &[Value],
    report: &mut Report,
) -> Option<usize> {
    let given = [
        ("vars", rows.first().and_then(Value::as_array).map(Vec::len), "each row of vars has", "values"),
        ("vars_zip", zipped, "vars_zip has", "lists"),
        ("vars_iter", (!axes.is_empty()).then_some(axes.len()), "vars_iter has", "elements"),
    ];
    let mut given =
        given.into_iter().filter_map(|(key, columns, says, noun)| Some((key, columns?, says, noun)));
    let Some((_, columns, first_says, first_noun)) = given.next() else { return Some(0) };
    let mut is_sound = true;
    for (key, other, says, noun) in given.filter(|(_, other, ..)| *other != columns) {
        let at = fields.place(key);
        let count = |count: usize, noun: &str| counted(count as u64, noun.trim_end_matches('s'), noun);
        let message = format!(
            "{says} {}, {first_says} {}: both fill the same ${{1}}, ${{2}} …",
            count(other, noun),
            count(columns, first_noun)
        );
        let fault = at.fault(FieldErrorKind::Invalid, message);
        report.error(at.origin(), fault.help("give both as many variables"));
        is_sound = false;
    }
    is_sound.then_some(columns)
}

/// Refuses `${n}` beyond the columns; `${0}` stays as it stands, as it always did.
fn check_holes(parts: &[Part], columns: usize, at: &At<'_>, report: &mut Report) -> Option<()> {
    let number = |part: &Part| match part {
        // A number beyond counting is beyond the columns, too.
        Part::Hole(name) if name != "item" => Some(name.parse().unwrap_or(usize::MAX)),
        _ => None,
    };
    let most = parts.iter().filter_map(number).max().unwrap_or(0);
    if most <= columns {
        return Some(());
    }
    let message = format!(
        "${{{}}} has no value: the rows have {}",
        grouped(most as u64),
        counted(columns as u64, "variable", "variables")
    );
    let help = "write the number of a variable that is there, or give the rows one more";
    report.error(at.origin(), at.fault(FieldErrorKind::NotFound, message).help(help));
    None
}

impl Iter {
    /// Writes the template as the Execution reads it, which fills `${n}` and `${item}` wherever they stand: also where an
    /// input's value holds that text, or where it ends in a `$` before a brace. There the `$` becomes a column of its own
    /// with that one value, last of all, which changes neither the number of rows nor their order.
    fn set_template(
        &mut self,
        parts: &[Part],
        columns: usize,
        scope: &Scope,
        at: &At<'_>,
        report: &mut Report,
    ) -> Option<()> {
        let is_column = |name: &str| {
            name == "item"
                || !name.starts_with('0') && name.parse::<usize>().is_ok_and(|number| number <= columns)
        };
        let meant = merged(parts.iter().cloned(), is_column);
        let plain = crate::scope::written(&meant);
        let pieces = Text::new(&plain).pieces.into_iter().map(|piece| match piece {
            crate::text::Piece::Placeholder(name) => Part::Hole(name),
            piece => Part::Literal(piece.source()),
        });
        if merged(pieces, is_column) == meant {
            self.template = plain;
            return Some(());
        }
        let dollar = format!("${{{}}}{{", columns + 1);
        let escaped = meant.iter().map(|part| match part {
            Part::Literal(text) => text.replace("${", &dollar),
            Part::Hole(name) => format!("${{{name}}}"),
        });
        self.template = escaped.collect();
        scope.charge(self.rows.len(), 0, at, report)?;
        for row in &mut self.rows {
            if let Value::Array(cells) = row {
                cells.push(Value::from("$"));
            }
        }
        if !self.axes.is_empty() {
            self.axes.push(Value::from(vec!["$"]));
        }
        Some(())
    }
}

/// The parts with neighbouring literals as one; holes that are no columns are literal.
fn merged(parts: impl Iterator<Item = Part>, is_column: impl Fn(&str) -> bool) -> Vec<Part> {
    let mut merged = Vec::new();
    for part in parts {
        match part {
            Part::Hole(name) if is_column(&name) => merged.push(Part::Hole(name)),
            Part::Hole(name) => push(&mut merged, &format!("${{{name}}}")),
            Part::Literal(text) if text.is_empty() => {}
            Part::Literal(text) => push(&mut merged, &text),
        }
    }
    merged
}
