//! `commandsIter`: rows of variables, and what the longest command made of them would be.

use serde_json::Value;

use super::{
    source::{Reference, Use},
    text,
};
use crate::{
    cell,
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted, grouped},
    limits::MAX_ARGUMENT_BYTES,
    names,
    plan::{
        Axis, Commands, Pieces,
        substitute::{Lengths, Template},
    },
    v1alpha1::{CommandsIter, UnsafeValues},
};

/// The word that makes an element of `varsIter` what another task printed.
pub(crate) const GET_RESULT: &str = "get_result";

/// Compiles the iterator into the commands.
pub(super) fn compile(
    iter: &CommandsIter,
    at: &FieldPath,
    commands: &mut Commands,
    references: &mut Vec<Reference>,
    errors: &mut Faults,
) {
    let before = errors.len();
    if iter.command.is_empty() {
        errors.push(
            FieldError::new(at.key("command"), FieldErrorKind::Required, "command must not be empty")
                .help("write the command, with ${1} for the first variable of a row"),
        );
    }
    text::check_nul(&iter.command, "the command", || at.key("command"), errors);
    commands.allows_unsafe = iter.unsafe_values == Some(UnsafeValues::Allow);
    commands.rows = rows(iter.vars.as_deref().unwrap_or_default(), &at.key("vars"), errors);
    commands.axes =
        axes(iter.vars_iter.as_deref().unwrap_or_default(), &at.key("varsIter"), references, errors);
    commands.count = count(iter, at, errors);
    if iter.vars.is_none() && iter.vars_iter.is_none() && iter.count.is_none() {
        let message = "commandsIter needs rows: varsIter, vars or count";
        errors.push(
            FieldError::new(at.clone(), FieldErrorKind::Required, message)
                .help("write varsIter: [[a, b]], or count: 2 where only ${item} differs"),
        );
    }
    if let (Some(row), false) = (commands.rows.first(), commands.axes.is_empty())
        && row.len() != commands.axes.len()
    {
        errors.push(columns_differ(row.len(), commands.axes.len(), at));
    }
    if errors.len() == before {
        let columns = commands.columns();
        let lengths = commands.template.insert(Template::new(&iter.command, columns)).lengths(columns);
        check_lengths(&lengths, commands, at, errors);
    }
}

fn rows(vars: &[Value], at: &FieldPath, errors: &mut Faults) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(vars.len());
    for (position, row) in vars.iter().enumerate() {
        let Value::Array(cells) = row else {
            errors.push(not_a_list(row, at.index(position)));
            continue;
        };
        let row = texts(cells, &at.index(position), errors);
        if let Some(first) = rows.first()
            && first.len() != row.len()
        {
            let message = format!(
                "the row has {}, the first has {}",
                counted(row.len() as u64, "value", "values"),
                grouped(first.len() as u64)
            );
            errors.push(
                FieldError::new(at.index(position), FieldErrorKind::Invalid, message)
                    .value(Value::from(cells.clone()))
                    .help_at("give every row of vars as many values as the first", at.index(0)),
            );
            continue;
        }
        rows.push(row);
    }
    rows
}

fn axes(
    vars_iter: &[Value],
    at: &FieldPath,
    references: &mut Vec<Reference>,
    errors: &mut Faults,
) -> Vec<Axis> {
    let mut axes = Vec::with_capacity(vars_iter.len());
    for (position, element) in vars_iter.iter().enumerate() {
        let at = at.index(position);
        let Value::Array(cells) = element else {
            errors.push(not_a_list(element, at));
            continue;
        };
        if cells.first().and_then(Value::as_str) != Some(GET_RESULT) {
            axes.push(Axis::Values(texts(cells, &at, errors)));
            continue;
        }
        let [_, Value::String(task), Value::String(separator)] = cells.as_slice() else {
            let message = "get_result needs a task and a separator, both strings";
            errors.push(
                FieldError::new(at, FieldErrorKind::Invalid, message).value(element).help(
                    "write [get_result, TASK, \"SEPARATOR\"]; an empty separator takes the text as one",
                ),
            );
            continue;
        };
        references.push(Reference { at: at.index(1), task: task.clone(), by: Use::GetResult });
        axes.push(Axis::Result { separator: separator.clone() });
    }
    axes
}

fn texts(cells: &[Value], at: &FieldPath, errors: &mut Faults) -> Vec<String> {
    let mut texts = Vec::with_capacity(cells.len());
    for (column, value) in cells.iter().enumerate() {
        let Some(text) = cell::text(value) else {
            let message =
                format!("the value is nested more than {} levels deep", grouped(cell::MAX_CELL_DEPTH as u64));
            errors.push(
                FieldError::new(at.index(column), FieldErrorKind::Invalid, message)
                    .help("put the data into a file or a ConfigMap and read it from there"),
            );
            continue;
        };
        text::check_nul(&text, "the value", || at.index(column), errors);
        texts.push(text);
    }
    texts
}

fn count(iter: &CommandsIter, at: &FieldPath, errors: &mut Faults) -> u32 {
    let Some(count) = iter.count else { return 0 };
    let beside = match (&iter.vars, &iter.vars_iter) {
        (Some(_), _) => Some("vars"),
        (_, Some(_)) => Some("varsIter"),
        _ => None,
    };
    if let Some(beside) = beside {
        let message = format!("count must not stand beside {beside}: the rows are counted there");
        errors.push(
            FieldError::new(at.key("count"), FieldErrorKind::Forbidden, message)
                .value(count)
                .help(format!("remove count or {beside}")),
        );
    }
    if count < 1 {
        errors.push(
            FieldError::new(at.key("count"), FieldErrorKind::Invalid, "count must be at least 1")
                .value(count)
                .help("write how many commands there are to be"),
        );
    }
    // Beyond u32 it is beyond any limit of vertices, which is what will be refused.
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}

/// Refuses commands and variables that no program can be given, without making all of them.
fn check_lengths(lengths: &Lengths, commands: &Commands, at: &FieldPath, errors: &mut Faults) {
    let vertex = |item: u64| commands.literal.len() as u64 + item;
    for (row, cells) in commands.rows.iter().enumerate() {
        let at = at.key("vars").index(row);
        let bytes = lengths.filled(|column| cells[column].len(), row as u64);
        check_command(bytes, Some(vertex(row as u64)), &at, errors);
        check_variables(cells.iter().map(String::as_str), |column| at.index(column), errors);
    }
    if commands.axes.is_empty() {
        let last = u64::from(commands.count).saturating_sub(1);
        if commands.count > 0 {
            check_command(lengths.filled(|_| 0, last), Some(vertex(last)), &at.key("command"), errors);
        }
        return;
    }
    let pieces = Pieces::default();
    for axis in 0..commands.axes.len() {
        let path = |position| at.key("varsIter").index(axis).index(position);
        check_values(commands.candidates(axis, &pieces).iter(), axis, path, errors);
    }
    let longest = commands.longest(&pieces);
    check_command(longest.bytes, longest.item.map(vertex), &at.key("command"), errors);
}

fn check_command(bytes: usize, vertex: Option<u64>, at: &FieldPath, errors: &mut Faults) {
    if bytes > MAX_ARGUMENT_BYTES {
        let what = match vertex {
            Some(vertex) => format!("the command of vertex {vertex}"),
            None => "the command".to_owned(),
        };
        errors.push(text::too_long(bytes, &what, at.clone()));
    }
}

/// The cells of a row, each a variable of its own.
fn check_variables<'a>(
    cells: impl Iterator<Item = &'a str>,
    at: impl Fn(usize) -> FieldPath,
    errors: &mut Faults,
) {
    for (column, cell) in cells.enumerate() {
        check_variable(cell, column, || at(column), errors);
    }
}

/// The candidates of one column.
fn check_values<'a>(
    values: impl Iterator<Item = &'a str>,
    column: usize,
    at: impl Fn(usize) -> FieldPath,
    errors: &mut Faults,
) {
    for (position, value) in values.enumerate() {
        check_variable(value, column, || at(position), errors);
    }
}

/// Every vertex gets its cells as variables too, so each must fit into one, `GENE_ARG_n=` included.
fn check_variable(value: &str, column: usize, at: impl FnOnce() -> FieldPath, errors: &mut Faults) {
    let name = names::ENV_ARGUMENT_PREFIX.len() + names::digits(column as u64 + 1) + 1;
    if value.len() + name > MAX_ARGUMENT_BYTES {
        let what = format!("the variable {}{}", names::ENV_ARGUMENT_PREFIX, column + 1);
        errors.push(text::too_long(value.len() + name, &what, at()).value(value));
    }
}

fn columns_differ(row: usize, axes: usize, at: &FieldPath) -> FieldError {
    let message = format!(
        "the rows of vars have {}, varsIter has {}: both fill the same ${{1}}, ${{2}} …",
        counted(row as u64, "value", "values"),
        counted(axes as u64, "element", "elements"),
    );
    FieldError::new(at.key("vars"), FieldErrorKind::Invalid, message)
        .help_at("give the rows of vars as many values as varsIter has elements", at.key("varsIter"))
}

fn not_a_list(value: &Value, at: FieldPath) -> FieldError {
    FieldError::new(at, FieldErrorKind::TypeInvalid, "a list of values is wanted here")
        .value(value)
        .help(format!("put it in brackets: [{}]", crate::field::shorten(&value.to_string())))
}
