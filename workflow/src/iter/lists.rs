//! The lists that rows are made of: written out, an array input, or what a function gives.

use gene_types::field::{FieldErrorKind, counted, grouped, shorten};
use serde_json::Value;

use super::{For, GET_RESULT};
use crate::{
    call::{self, only_placeholder},
    fields::{Fields, described, list},
    range::range,
    report::{At, Report},
    scope::{Scope, Unknown, is_hole},
};

#[derive(Default)]
pub(super) struct Zipped {
    pub(super) rows: Vec<Value>,
    /// `None`: there are no lists.
    pub(super) columns: Option<usize>,
}

pub(super) struct Reader<'a> {
    pub(super) scope: &'a Scope,
    pub(super) what: For,
    /// The most numbers of a range.
    pub(super) most: u32,
}

impl Reader<'_> {
    /// `vars`: each element is a row.
    pub(super) fn rows(&self, fields: &Fields<'_>, report: &mut Report) -> Option<Vec<Value>> {
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
    pub(super) fn zipped(&self, fields: &Fields<'_>, report: &mut Report) -> Option<Zipped> {
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
    pub(super) fn axes(&self, fields: &Fields<'_>, report: &mut Report) -> Option<Vec<Value>> {
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
            let shown = shorten(name);
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
                    .filter(|name| !is_hole(name) || self.scope.inputs().contains_key(*name))
                else {
                    return Some(Value::String(self.scope.fill(text, Unknown::Kept, at, report)?));
                };
                let input = self.scope.required(name, at, report)?;
                if input.value.is_array() || input.value.is_object() {
                    let shown = shorten(name);
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
