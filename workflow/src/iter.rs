//! `commands_iter` and `paths_iter`: a text and its rows, `vars`, then `vars_zip`, then the product of `vars_iter`.
//!
//! Rows and products stay what they are: an Execution has both forms, in the same order, and multiplies them out itself.

mod lists;
mod template;

use gene_types::field::{FieldErrorKind, counted};
use serde_json::Value;

use self::{lists::Reader, template::check_holes};
use crate::{
    fields::{Fields, Keys},
    report::{At, Report},
    scope::{Scope, Unknown},
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
