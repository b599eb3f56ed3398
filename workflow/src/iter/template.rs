//! The text that rows fill, as the Execution reads it.

use gene_types::field::{FieldErrorKind, counted, grouped};
use serde_json::Value;

use super::Iter;
use crate::{
    report::{At, Report},
    scope::{Part, Scope, push, written},
    text::{Piece, Text},
};

/// Refuses `${n}` beyond the columns; `${0}` stays as it stands, as it always did.
pub(super) fn check_holes(parts: &[Part], columns: usize, at: &At<'_>, report: &mut Report) -> Option<()> {
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
    pub(super) fn set_template(
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
        let plain = written(&meant);
        let pieces = Text::new(&plain).pieces.into_iter().map(|piece| match piece {
            Piece::Placeholder(name) => Part::Hole(name),
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
                cells.reserve_exact(1);
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
