//! Inputs that refer to other inputs: filled in from those that refer to nothing upwards, so that no chain is too
//! long and a circle is what is left over.

use std::collections::{BTreeMap, BTreeSet};

use gene_types::field::{FieldError, FieldErrorKind, shorten};
use serde_json::Value;

use super::{Raw, input, refers};
use crate::{
    report::Report,
    scope::{Input, Inputs},
    text::{Piece, Text},
};

/// The most bytes that one value may come to: inputs that name inputs double with every step.
const MOST_BYTES: usize = 1 << 20;

/// So many names of a circle are shown.
const SHOWN: usize = 8;

/// Fills in every reference.
pub(super) fn resolve(raw: BTreeMap<String, Option<Raw>>, report: &mut Report) -> Inputs {
    let mut inputs: Inputs =
        raw.iter().filter(|(_, raw)| raw.is_none()).map(|(name, _)| (name.clone(), None)).collect();
    let mut waiting: BTreeMap<String, Raw> =
        raw.into_iter().filter_map(|(name, raw)| Some((name, raw?))).collect();
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut needed_by: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, raw) in &waiting {
        let mut names = BTreeSet::new();
        if raw.refers && refers(&raw.value) {
            references(&raw.value, &mut names);
            names.retain(|name| waiting.contains_key(name));
        }
        for target in &names {
            needed_by.entry(target.clone()).or_default().push(name.clone());
        }
        needs.insert(name.clone(), names);
    }
    let mut ready: Vec<String> =
        needs.iter().filter(|(_, names)| names.is_empty()).map(|(name, _)| name.clone()).collect();
    while let Some(name) = ready.pop() {
        let Some(raw) = waiting.remove(&name) else { continue };
        let resolved = resolve_one(&name, raw, &inputs, report);
        inputs.insert(name.clone(), resolved);
        for dependent in needed_by.remove(&name).unwrap_or_default() {
            if let Some(names) = needs.get_mut(&dependent) {
                names.remove(&name);
                if names.is_empty() {
                    ready.push(dependent);
                }
            }
        }
    }
    refuse_circles(&waiting, &needs, report);
    inputs.extend(waiting.into_keys().map(|name| (name, None)));
    inputs
}

/// The names that texts anywhere in the value refer to.
fn references(value: &Value, names: &mut BTreeSet<String>) {
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) => names.extend(Text::new(text).names().map(str::to_owned)),
            Value::Array(items) => left.extend(items),
            Value::Object(fields) => left.extend(fields.values()),
            _ => {}
        }
    }
}

fn resolve_one(name: &str, mut raw: Raw, inputs: &Inputs, report: &mut Report) -> Option<Input> {
    if raw.refers && refers(&raw.value) {
        let mut left = MOST_BYTES;
        match filled(&raw.value, inputs, &mut left) {
            Filled::Value(value) => raw.value = value,
            Filled::OfFaulty => return None,
            Filled::TooLong => {
                let message = format!(
                    "input {:?} comes to more than {} MiB with what it refers to",
                    shorten(name),
                    MOST_BYTES >> 20
                );
                let fault = FieldError::new(raw.path, FieldErrorKind::TooLong, message);
                report.error(raw.origin, fault.help("put the data into a file and read it from there"));
                return None;
            }
        }
    }
    input(name, raw, report)
}

enum Filled {
    Value(Value),
    /// It refers to an input that is at fault, which was said.
    OfFaulty,
    TooLong,
}

/// The value with the inputs filled in that its texts name; what no input is called stays.
fn filled(value: &Value, inputs: &Inputs, left: &mut usize) -> Filled {
    match value {
        Value::String(text) => filled_text(text, inputs, left),
        Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                match filled(item, inputs, left) {
                    Filled::Value(value) => list.push(value),
                    other => return other,
                }
            }
            Filled::Value(Value::Array(list))
        }
        Value::Object(fields) => {
            let mut object = serde_json::Map::new();
            for (key, value) in fields {
                match filled(value, inputs, left) {
                    Filled::Value(value) => _ = object.insert(key.clone(), value),
                    other => return other,
                }
            }
            Filled::Value(Value::Object(object))
        }
        value => Filled::Value(value.clone()),
    }
}

fn filled_text(text: &str, inputs: &Inputs, left: &mut usize) -> Filled {
    let text = Text::new(text);
    if text.names().any(|name| inputs.get(name).is_some_and(Option::is_none)) {
        return Filled::OfFaulty;
    }
    let known = |name: &str| inputs.get(name).and_then(Option::as_ref);
    let length = |piece: &Piece| match piece {
        Piece::Literal(text) => text.len(),
        Piece::Unterminated(rest) => rest.len() + 2,
        Piece::Placeholder(name) => known(name).map_or(name.len() + 3, |input| input.text.len()),
    };
    let length: usize = text.pieces.iter().map(length).sum();
    let Some(rest) = left.checked_sub(length) else { return Filled::TooLong };
    *left = rest;
    for name in text.names() {
        if let Some(input) = known(name) {
            input.is_used.set(true);
        }
    }
    // Alone, a reference hands on the value itself, so that a list stays a list.
    if let Some(input) = text.only_name().and_then(known) {
        return Filled::Value(input.value.clone());
    }
    Filled::Value(Value::String(text.fill(|name| known(name).map(|input| input.text.as_str()))))
}

/// Refuses each circle among what is left, once.
fn refuse_circles(
    waiting: &BTreeMap<String, Raw>,
    needs: &BTreeMap<String, BTreeSet<String>>,
    report: &mut Report,
) {
    let mut walked: BTreeSet<&str> = BTreeSet::new();
    for start in waiting.keys() {
        let mut path: Vec<&str> = Vec::new();
        let mut on_path: BTreeMap<&str, usize> = BTreeMap::new();
        let mut current = start.as_str();
        loop {
            if let Some(first) = on_path.get(current) {
                refuse_circle(&path[*first..], waiting, report);
                break;
            }
            if !walked.insert(current) {
                break;
            }
            on_path.insert(current, path.len());
            path.push(current);
            // What is left waits for something that is left, too.
            let Some(next) = needs.get(current).and_then(BTreeSet::first) else { break };
            current = next;
        }
    }
}

fn refuse_circle(circle: &[&str], waiting: &BTreeMap<String, Raw>, report: &mut Report) {
    let Some((first, raw)) = circle.first().and_then(|first| Some((first, waiting.get(*first)?))) else {
        return;
    };
    let mut names: Vec<String> = circle.iter().take(SHOWN).map(|name| shorten(name)).collect();
    if circle.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.push(shorten(first));
    let message = format!("inputs refer to each other in a circle: {}", names.join(" -> "));
    let fault = FieldError::new(raw.path.clone(), FieldErrorKind::Invalid, message).value(&raw.value);
    report.error(raw.origin, fault.help("give one of them a value of its own"));
}
