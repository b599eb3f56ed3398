//! A value and its schema, walked together. The depth is the schema's; untyped values are measured
//! without recursion.

use serde_json::{Map, Number, Value};

use super::{
    MAX_DEPTH, mismatch,
    table::{self, Array, Field, Integer, Kind, Node, Object, Passed, Range, Text},
};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, Segment, counted, grouped, shorten},
    nearest::Nearest,
};

/// Where the walk is: a path on the stack, made into a [`FieldPath`] only where there is a fault.
pub(super) enum At<'a> {
    Root,
    Key(&'a At<'a>, &'a str),
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    fn path(&self) -> FieldPath {
        match self {
            Self::Root => FieldPath::root(),
            Self::Key(parent, key) => parent.path().key(*key),
            Self::Index(parent, index) => parent.path().index(*index),
        }
    }
}

pub(super) struct Walk {
    pub(super) errors: Faults,
    /// The first fields that are not known, where these are no errors.
    pub(super) unknown: Option<Vec<FieldError>>,
    nearest: Nearest,
}

/// As many as anybody is warned of.
const UNKNOWN: usize = 100;

impl Walk {
    pub(super) fn new() -> Self {
        Self { errors: Faults::default(), unknown: None, nearest: Nearest::new() }
    }

    /// One that takes fields which it does not know for those of a newer version.
    pub(super) fn of_stored() -> Self {
        Self { unknown: Some(Vec::new()), ..Self::new() }
    }

    /// Checks a value against its schema.
    pub(super) fn check(&mut self, value: &Value, schema: &Node, at: &At<'_>) {
        if self.errors.is_full() {
            return;
        }
        match (&schema.kind, value) {
            (_, Value::Null) if schema.nullable => {}
            (Kind::Untyped, _) => self.check_untyped(value, at),
            (Kind::Object(object), Value::Object(fields)) => self.check_object(fields, object, at),
            (Kind::Array(array), Value::Array(items)) => self.check_array(items, array, at),
            (Kind::String(wanted), Value::String(text)) => self.check_string(text, wanted, at),
            (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Integer(integer), Value::Number(number)) if !number.is_f64() => {
                self.check_integer(number, integer, at);
            }
            (Kind::Number(range), Value::Number(number)) => self.check_range(number, range, at),
            (Kind::IntOrString, _) if value.is_string() || value.is_i64() => {}
            (wanted, _) => self.errors.push(mismatch::error(words(wanted), value, at.path())),
        }
    }

    /// Refuses a field that is not there, with the nearest that is.
    pub(super) fn unknown<'a>(
        &mut self,
        value: &Value,
        known: impl Iterator<Item = &'a str> + Clone,
        at: &At<'_>,
    ) {
        let At::Key(_, name) = at else { return };
        if self.unknown.as_ref().is_some_and(|unknown| unknown.len() >= UNKNOWN) {
            return;
        }
        let help = match self.nearest.find(name, known.clone()) {
            Some(near) => format!("there is a field {near:?}"),
            None if known.clone().count() <= 12 => {
                format!("the fields here are {}", known.collect::<Vec<_>>().join(", "))
            }
            None => "remove it".to_owned(),
        };
        let message = format!("there is no field {:?} here", shorten(name));
        let error = FieldError::new(at.path(), FieldErrorKind::Unknown, message).value(value).help(help);
        match &mut self.unknown {
            Some(unknown) => unknown.push(error),
            None => self.errors.push(error),
        }
    }

    fn check_object(&mut self, fields: &Map<String, Value>, object: &Object, at: &At<'_>) {
        if let Some(most) = object.most.filter(|most| fields.len() > *most) {
            self.too_many(fields.len(), most, at);
        }
        for (name, value) in fields {
            if self.errors.is_full() {
                return;
            }
            let at = At::Key(at, name);
            match (object.field(name), &object.values) {
                // As the API server does it: a null that a field does not take counts as absent.
                (Some(field), _) if value.is_null() && !field.is_required => {}
                (Some(field), _) => self.check(value, &field.node, &at),
                (None, Some(values)) => self.check(value, values, &at),
                (None, None) if object.fields.is_empty() => self.check_untyped(value, &at),
                (None, None) => self.unknown(value, object.fields.iter().map(|field| &*field.name), &at),
            }
        }
        let required = object.required.iter().filter_map(|position| object.fields.get(*position));
        for Field { name, node, .. } in required.filter(|field| !fields.contains_key(&field.name)) {
            let wanted = match &node.kind {
                Kind::Untyped | Kind::IntOrString => "a value",
                wanted => words(wanted),
            };
            self.errors.push(
                FieldError::new(at.path().key(name), FieldErrorKind::Required, format!("{name} is missing"))
                    .help(format!("add the field {name}, {wanted}")),
            );
        }
    }

    fn check_array(&mut self, items: &[Value], array: &Array, at: &At<'_>) {
        if let Some(most) = array.most.filter(|most| items.len() > *most) {
            self.too_many(items.len(), most, at);
        }
        if let Some(least) = array.least.filter(|least| items.len() < *least) {
            let path = at.path();
            let name = match path.segments().last() {
                Some(Segment::Key(name)) => name,
                _ => "the list",
            };
            let message = format!("{name} must have at least {}", counted(least as u64, "item", "items"));
            let help = format!("add one to {name}");
            self.errors.push(FieldError::new(path, FieldErrorKind::Required, message).help(help));
        }
        let Some(item) = &array.item else { return };
        for (index, value) in items.iter().enumerate() {
            self.check(value, item, &At::Index(at, index));
        }
    }

    fn check_string(&mut self, text: &str, wanted: &Text, at: &At<'_>) {
        let (most, is_time) = match wanted {
            Text::OneOf(known) => {
                let known = known.iter().map(String::as_str);
                if !known.clone().any(|known| known == text) {
                    self.not_supported(text, known, at);
                }
                return;
            }
            Text::Free { most, is_time } => (*most, *is_time),
        };
        if let Some(most) = most.filter(|most| table::is_longer(text, Some(*most))) {
            let message = format!(
                "the text has {} characters; at most {} are allowed",
                grouped(text.chars().count() as u64),
                grouped(most as u64)
            );
            self.errors.push(
                FieldError::new(at.path(), FieldErrorKind::TooLong, message).value(text).help("shorten it"),
            );
        }
        if is_time && !table::is_time(text) {
            self.errors.push(
                FieldError::new(at.path(), FieldErrorKind::Invalid, "this is no point in time")
                    .value(text)
                    .help("write it like 2030-01-31T12:00:00Z, or leave it out"),
            );
        }
    }

    fn not_supported<'a>(&mut self, text: &str, known: impl Iterator<Item = &'a str> + Clone, at: &At<'_>) {
        let list = known.clone().collect::<Vec<_>>().join(", ");
        let message = format!("{:?} is none of {list}", shorten(text));
        let help = match self.nearest.find(text, known) {
            Some(near) => format!("write {near}"),
            None => format!("write one of {list}"),
        };
        self.errors
            .push(FieldError::new(at.path(), FieldErrorKind::NotSupported, message).value(text).help(help));
    }

    fn check_integer(&mut self, number: &Number, integer: &Integer, at: &At<'_>) {
        if number.as_i64().is_some_and(|number| integer.holds(number)) {
            self.check_range(number, &integer.range, at);
            return;
        }
        let message = format!("the number must be at most {}", integer.most);
        self.errors.push(
            FieldError::new(at.path(), FieldErrorKind::Invalid, message)
                .value(number)
                .help("write a smaller number"),
        );
    }

    fn check_range(&mut self, number: &Number, range: &Range, at: &At<'_>) {
        let (message, help) = match range.passed_by(number.as_f64().unwrap_or(f64::NAN)) {
            None => return,
            Some(Passed::Least(least)) => {
                (format!("the number must be at least {least}"), format!("write {least} or more"))
            }
            Some(Passed::Most(most)) => {
                (format!("the number must be at most {most}"), format!("write {most} or less"))
            }
        };
        self.errors
            .push(FieldError::new(at.path(), FieldErrorKind::Invalid, message).value(number).help(help));
    }

    fn check_untyped(&mut self, value: &Value, at: &At<'_>) {
        let mut left = vec![(value, 0)];
        while let Some((value, depth)) = left.pop() {
            if depth > MAX_DEPTH {
                let message = format!("the value is nested more than {MAX_DEPTH} levels deep");
                self.errors.push(
                    FieldError::new(at.path(), FieldErrorKind::TooMany, message)
                        .help("nest it less, or put the data into a file and read it from there"),
                );
                return;
            }
            match value {
                Value::Array(items) => left.extend(items.iter().map(|item| (item, depth + 1))),
                Value::Object(fields) => left.extend(fields.values().map(|field| (field, depth + 1))),
                _ => {}
            }
        }
    }

    fn too_many(&mut self, count: usize, most: usize, at: &At<'_>) {
        let message = format!(
            "there are {}; at most {} are allowed",
            counted(count as u64, "item", "items"),
            grouped(most as u64)
        );
        self.errors.push(
            FieldError::new(at.path(), FieldErrorKind::TooMany, message)
                .help("split the Execution into several"),
        );
    }
}

fn words(wanted: &Kind) -> &'static str {
    match wanted {
        Kind::String(_) => mismatch::STRING,
        Kind::Integer(_) => mismatch::INTEGER,
        Kind::Number(_) => mismatch::NUMBER,
        Kind::Boolean => mismatch::BOOLEAN,
        Kind::Array(_) => mismatch::LIST,
        Kind::IntOrString => "a string or a whole number",
        Kind::Object(_) | Kind::Untyped => mismatch::OBJECT,
    }
}
