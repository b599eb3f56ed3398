//! Inputs: what a workflow declares, and the values that it gets from `--set`, `--input`, `value` and `default`, in this
//! order of precedence.

mod kind;
mod resolve;

use std::{cell::Cell, collections::BTreeMap};

use gene_types::{
    cell,
    field::{FieldErrorKind, FieldPath, grouped, shorten},
};
use serde_json::Value;

pub(crate) use self::kind::Kind;
use self::kind::{kind_of, type_fault};
use crate::{
    Origin, Request,
    fields::{Fields, Keys, object},
    report::{At, Report, path_of},
    scope::{Input, Inputs},
};

/// The inputs that name the Execution and its namespace.
pub(crate) const EXECUTION_NAME: &str = "executionName";
pub(crate) const NAMESPACE: &str = "namespace";

/// What the original's documents allow: more is a warning, as it was never enforced.
const MOST_INPUTS: usize = 60;
const LONGEST_NAME: usize = 20;
const LONGEST_DESCRIPTION: usize = 255;

const KEYS: Keys = Keys {
    known: &["type", "default", "value", "description"],
    ignored: &[("label", "inputs are not grouped here")],
};

/// How a value of another type than the declared one is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mismatch {
    Refused,
    /// The original did not look at the type of `value`.
    Warned,
}

/// A value before what it refers to is filled in.
#[derive(Debug)]
struct Raw {
    kind: Kind,
    value: Value,
    mismatch: Mismatch,
    /// Whether `${name}` in it refers to inputs: what comes from outside of the workflow is data.
    refers: bool,
    origin: Origin,
    path: FieldPath,
}

/// The inputs, and where each value was given.
pub(crate) struct Given {
    pub(crate) inputs: Inputs,
    pub(crate) places: BTreeMap<String, (Origin, FieldPath)>,
    /// The types, for the names that have one.
    pub(crate) kinds: BTreeMap<String, Kind>,
}

/// Reads the declarations and merges what was given.
pub(crate) fn read(request: &Request<'_>, declared: Option<(&Value, At<'_>)>, report: &mut Report) -> Given {
    let mut raw: BTreeMap<String, Option<Raw>> = BTreeMap::new();
    let none = serde_json::Map::new();
    let from_file = match request.inputs.filter(|value| !value.is_null()) {
        Some(value) => object(value, &At::Root(Origin::Inputs), report).unwrap_or(&none),
        None => &none,
    };
    if let Some((declared, at)) = declared
        && let Some(declared) = object(declared, &at, report)
    {
        warn_of_number(declared.len(), &at, report);
        for (name, declaration) in declared {
            let value =
                declaration_of(name, declaration, &at.key(name), request, from_file.get(name), report);
            raw.insert(name.clone(), value);
        }
    }
    for (name, value) in from_file
        .iter()
        .filter(|(name, value)| !raw.contains_key(*name) && !value.is_null())
        .map(owned)
        .collect::<Vec<_>>()
    {
        let (mismatch, path) = (Mismatch::Refused, FieldPath::root().key(name.as_str()));
        let kind = kind_of(&value);
        raw.insert(name, Some(Raw { kind, value, mismatch, refers: false, origin: Origin::Inputs, path }));
    }
    undeclared_sets(request, declared.is_some(), &mut raw, report);
    let places = raw
        .iter()
        .filter_map(|(name, raw)| Some((name.clone(), (raw.as_ref()?.origin, raw.as_ref()?.path.clone()))));
    let places = places.collect();
    let kinds = raw.iter().filter_map(|(name, raw)| Some((name.clone(), raw.as_ref()?.kind))).collect();
    let inputs = resolve::resolve(raw, report);
    Given { inputs, places, kinds }
}

/// Warns of what was given for names that nothing refers to.
pub(crate) fn warn_of_unused(
    request: &Request<'_>,
    declared: Option<&Value>,
    inputs: &Inputs,
    report: &mut Report,
) {
    let is_declared = |name: &str| declared.is_some_and(|declared| declared.get(name).is_some());
    let given = request.inputs.and_then(Value::as_object).into_iter().flat_map(|given| given.keys());
    for name in given {
        let is_used =
            inputs.get(name).is_some_and(|input| input.as_ref().is_none_or(|input| input.is_used.get()));
        if is_used || is_declared(name) || [EXECUTION_NAME, NAMESPACE].contains(&name.as_str()) {
            continue;
        }
        let root = At::Root(Origin::Inputs);
        let at = root.key(name);
        let known = declared.and_then(Value::as_object).into_iter().flat_map(|declared| declared.keys());
        let help = match report.nearest(name, known.map(String::as_str)) {
            Some(near) => format!("there is an input {near:?}"),
            None => "remove it, or declare it in the workflow".to_owned(),
        };
        let message = format!("the workflow has no input {:?}, and nothing refers to one", shorten(name));
        report.warn(Origin::Inputs, at.fault(FieldErrorKind::NotFound, message).help(help));
    }
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// The value of a declared input, with the highest precedence that gives one.
fn declaration_of(
    name: &str,
    declaration: &Value,
    at: &At<'_>,
    request: &Request<'_>,
    from_file: Option<&Value>,
    report: &mut Report,
) -> Option<Raw> {
    warn_of_name(name, at, report);
    // An input without any field, as a null, is one of type string.
    let empty = Value::Object(serde_json::Map::new());
    let declaration = if declaration.is_null() { &empty } else { declaration };
    let fields = Fields::read(declaration, *at, &KEYS, report)?;
    warn_of_description(&fields, report);
    let kind = declared_kind(&fields, report)?;
    let before = report.len();
    if let Some((default, at)) = fields.get("default")
        && !refers(default)
        && !kind.fits(default)
    {
        refuse_type(name, kind, default, &at, report);
    }
    if let Some((position, (_, text))) =
        request.sets.iter().enumerate().rev().find(|(_, (set, _))| set == name)
    {
        let origin = Origin::Set(position);
        let value = kind.parse(name, text, &At::Root(origin), report)?;
        return Some(Raw {
            kind,
            value,
            mismatch: Mismatch::Refused,
            refers: false,
            origin,
            path: FieldPath::root(),
        });
    }
    if let Some(value) = from_file {
        let path = FieldPath::root().key(name);
        let (value, origin) = (value.clone(), Origin::Inputs);
        return Some(Raw { kind, value, mismatch: Mismatch::Refused, refers: false, origin, path });
    }
    for (key, mismatch) in [("value", Mismatch::Warned), ("default", Mismatch::Refused)] {
        if let Some((value, at)) = fields.get(key) {
            if report.len() > before {
                return None; // The default is at fault, which was said.
            }
            let (value, origin, path) = (value.clone(), at.origin(), at.path());
            return Some(Raw { kind, value, mismatch, refers: true, origin, path });
        }
    }
    let shown = shorten(name);
    let fault = at.fault(FieldErrorKind::Required, format!("input {shown:?} has no value"));
    let help = format!("give it one with --set {shown}=VALUE or in the file of --input, or write a default");
    report.error(at.origin(), fault.help(help));
    None
}

fn declared_kind(fields: &Fields<'_>, report: &mut Report) -> Option<Kind> {
    let Some((value, at)) = fields.get("type") else { return Some(Kind::String) };
    let word = crate::fields::text(value, &at, report)?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word);
    if kind.is_none() {
        let words = Kind::ALL.map(Kind::word);
        let fault = at.fault(
            FieldErrorKind::NotSupported,
            format!("{:?} is none of {}", shorten(&word), words.join(", ")),
        );
        let help = match report.nearest(&word, words) {
            Some(near) => format!("write {near}"),
            None => format!("write one of {}", words.join(", ")),
        };
        report.error(at.origin(), fault.value(value).help(help));
    }
    kind
}

/// Refuses `--set` of names that nobody declares; the magic ones need not be declared.
fn undeclared_sets(
    request: &Request<'_>,
    has_inputs: bool,
    raw: &mut BTreeMap<String, Option<Raw>>,
    report: &mut Report,
) {
    for (position, (name, text)) in request.sets.iter().enumerate() {
        let is_magic = [EXECUTION_NAME, NAMESPACE].contains(&name.as_str());
        let is_of_set =
            |raw: &Option<Raw>| raw.as_ref().is_some_and(|raw| matches!(raw.origin, Origin::Set(_)));
        // What --input adds may be set over.
        let of_file = raw
            .get(name)
            .and_then(Option::as_ref)
            .filter(|raw| raw.origin == Origin::Inputs)
            .map(|raw| raw.kind);
        let origin = Origin::Set(position);
        if let Some(kind) = of_file {
            let value = kind.parse(name, text, &At::Root(origin), report);
            let raw_value = value.map(|value| set(kind, value, position));
            raw.insert(name.clone(), raw_value);
        } else if is_magic && raw.get(name).is_none_or(is_of_set) {
            raw.insert(name.clone(), Some(set(Kind::String, Value::String(text.clone()), position)));
        } else if !raw.contains_key(name) {
            let help = match report.nearest(name, raw.keys().map(String::as_str)) {
                Some(near) => format!("there is an input {near:?}"),
                None if has_inputs => {
                    let names: Vec<_> =
                        raw.keys().take(12).map(|name| format!("{:?}", shorten(name))).collect();
                    format!("the inputs are {}", names.join(", "))
                }
                None => "declare it under inputs in the workflow".to_owned(),
            };
            let message = format!("the workflow has no input {:?}", shorten(name));
            let at = At::Root(origin);
            report.error(origin, at.fault(FieldErrorKind::NotFound, message).value(name).help(help));
        }
    }
}

fn set(kind: Kind, value: Value, position: usize) -> Raw {
    let origin = Origin::Set(position);
    Raw { kind, value, mismatch: Mismatch::Refused, refers: false, origin, path: FieldPath::root() }
}

/// Refuses a value of another type than the declared one.
fn refuse_type(name: &str, kind: Kind, value: &Value, at: &At<'_>, report: &mut Report) {
    report.error(at.origin(), type_fault(name, kind, value, at.path()));
}

/// Whether a text anywhere in the value may refer to an input.
fn refers(value: &Value) -> bool {
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) if text.contains("${") => return true,
            Value::Array(items) => left.extend(items),
            Value::Object(fields) => left.extend(fields.values()),
            _ => {}
        }
    }
    false
}

/// The input of a value whose references are filled in.
fn input(name: &str, raw: Raw, report: &mut Report) -> Option<Input> {
    if !raw.kind.fits(&raw.value) {
        let fault = type_fault(name, raw.kind, &raw.value, raw.path.clone());
        if raw.mismatch == Mismatch::Refused {
            report.error(raw.origin, fault);
            return None;
        }
        report.warn(raw.origin, fault);
    }
    let Some(text) = cell::text(&raw.value) else {
        let message = format!("the value is nested more than {} levels deep", cell::MAX_CELL_DEPTH);
        let path = path_of(raw.path.segments());
        let fault = gene_types::field::FieldError::new(path, FieldErrorKind::TooMany, message);
        report.error(raw.origin, fault.help("put the data into a file and read it from there"));
        return None;
    };
    Some(Input { value: raw.value, text, is_used: Cell::new(false) })
}

fn warn_of_number(count: usize, at: &At<'_>, report: &mut Report) {
    if count > MOST_INPUTS {
        let message = format!("there are {} inputs; the grammar allows {MOST_INPUTS}", grouped(count as u64));
        report.warn(
            at.origin(),
            at.fault(FieldErrorKind::TooMany, message).help("make one input of type array of several"),
        );
    }
}

fn warn_of_name(name: &str, at: &At<'_>, report: &mut Report) {
    let shown = shorten(name);
    if crate::scope::is_hole(name) {
        let message =
            format!("input {shown:?} takes the place of the ${{{shown}}} that rows give a meaning to");
        report.warn(at.origin(), at.fault(FieldErrorKind::Invalid, message).help("give it another name"));
    }
    let is_legal = !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !is_legal {
        let message = format!("the grammar has no input called {shown:?}");
        let help = format!("name it with at most {LONGEST_NAME} of A-Z, a-z, 0-9, \"_\" and \"-\"");
        report.warn(at.origin(), at.fault(FieldErrorKind::Invalid, message).help(help));
    }
}

fn warn_of_description(fields: &Fields<'_>, report: &mut Report) {
    let Some((value, at)) = fields.get("description") else { return };
    let Some(text) = value.as_str() else { return };
    let count = text.chars().count();
    if count > LONGEST_DESCRIPTION {
        let message = format!(
            "the description has {} characters; the grammar allows {LONGEST_DESCRIPTION}",
            grouped(count as u64)
        );
        report.warn(at.origin(), at.fault(FieldErrorKind::TooLong, message).help("shorten it"));
    }
}
