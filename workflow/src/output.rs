//! `outputs`: paths that a run leaves behind, filled in and kept with the Execution for people.

use gene_types::{
    field::{FieldErrorKind, grouped},
    plan::{Axis, Commands, Pieces, substitute::Template},
};
use serde_json::{Map, Value};

use crate::{
    fields::{Fields, Keys, list, object, text},
    iter::{self, For, Iter},
    report::{At, Report},
    scope::{Scope, Unknown},
};

const KEYS: Keys = Keys { known: &["paths", "paths_iter", "description"], ignored: &[] };

/// The most bytes of all outputs as JSON: an object's annotations have 256 KiB for all that wish to note something.
pub(crate) const MOST_BYTES: usize = 65_536;

/// Reads all outputs: lists of paths by name.
pub(crate) fn read(
    value: &Value,
    at: &At<'_>,
    most: u32,
    scope: &Scope,
    report: &mut Report,
) -> Map<String, Value> {
    let mut outputs = Map::new();
    let mut left = MOST_BYTES - 2;
    let Some(given) = object(value, at, report) else { return outputs };
    for (name, output) in given {
        let at = at.key(name);
        let paths = match read_one(output, at, most, left, scope, report) {
            Ok(paths) => paths,
            Err(Refusal::Told) => continue,
            Err(Refusal::TooLarge) => {
                refuse_size(&at, report);
                break;
            }
        };
        let bytes = json_bytes(name) + 4 + paths.iter().map(|path| json_bytes(path) + 1).sum::<usize>();
        let Some(rest) = left.checked_sub(bytes) else {
            refuse_size(&at, report);
            break;
        };
        left = rest;
        outputs.insert(name.clone(), paths.into());
    }
    outputs
}

/// Why an output has no paths.
enum Refusal {
    Told,
    TooLarge,
}

fn read_one(
    value: &Value,
    at: At<'_>,
    most: u32,
    most_bytes: usize,
    scope: &Scope,
    report: &mut Report,
) -> Result<Vec<String>, Refusal> {
    scope.take_touched_faulty();
    let before = report.len();
    let fields = Fields::read(value, at, &KEYS, report).ok_or(Refusal::Told)?;
    let mut paths = Vec::new();
    if let Some((value, at)) = fields.get("paths") {
        for (position, path) in list(value, &at, report).ok_or(Refusal::Told)?.iter().enumerate() {
            let at = at.index(position);
            paths.extend(
                text(path, &at, report).and_then(|path| scope.fill(&path, Unknown::Refused, &at, report)),
            );
        }
    }
    if let Some((value, at)) = fields.get("paths_iter")
        && let Some(iter) = iter::read(value, at, For::Paths, most, scope, report)
    {
        expand(&iter, most_bytes, &mut paths).ok_or(Refusal::TooLarge)?;
    }
    if report.len() > before || scope.touched_faulty() {
        return Err(Refusal::Told);
    }
    if paths.is_empty() {
        fields.incomplete("the output has no paths", "write paths: [PATH]", report);
        return Err(Refusal::Told);
    }
    Ok(paths)
}

/// Makes all paths of the rows; `None`: they have more bytes than that.
fn expand(iter: &Iter, most_bytes: usize, paths: &mut Vec<String>) -> Option<()> {
    let cells = |list: &Value| -> Vec<String> {
        let cells = list.as_array().into_iter().flatten();
        cells.map(|cell| gene_types::cell::text(cell).unwrap_or_default()).collect()
    };
    let rows: Vec<Vec<String>> = iter.rows.iter().map(cells).collect();
    let axes: Vec<Axis> = iter.axes.iter().map(|list| Axis::Values(cells(list))).collect();
    let columns = rows.first().map_or(axes.len(), Vec::len);
    let template = Some(Template::new(&iter.template, columns));
    let commands = Commands { template, rows, axes, ..Commands::default() };
    let width = commands.static_width().unwrap_or(u64::MAX);
    // A path has two quotes and a comma at least.
    if width > most_bytes as u64 / 3 {
        return None;
    }
    let mut left = most_bytes;
    for index in 0..width {
        let path = commands.command(index, &Pieces::default()).text;
        left = left.checked_sub(path.len() + 3)?;
        paths.push(path);
    }
    Some(())
}

fn json_bytes(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX / 4, |json| json.len())
}

fn refuse_size(at: &At<'_>, report: &mut Report) {
    let message = format!("the outputs have over {} bytes as JSON with this one", grouped(MOST_BYTES as u64));
    let fault = at.fault(FieldErrorKind::TooMany, message);
    report.error(at.origin(), fault.help("name directories instead of the files in them"));
}
