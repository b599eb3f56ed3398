//! A value and its schema, walked together. The depth is the schema's; untyped values are measured
//! without recursion.

use std::collections::BTreeMap;

use k8s_openapi::{
    apiextensions_apiserver::pkg::apis::apiextensions::v1::{
        JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
    },
    apimachinery::pkg::apis::meta::v1::Time,
};
use serde_json::{Map, Number, Value};

use super::{MAX_DEPTH, mismatch};
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
    pub(super) fn check(&mut self, value: &Value, schema: &JSONSchemaProps, at: &At<'_>) {
        if self.errors.is_full() {
            return;
        }
        match (schema.type_.as_deref(), value) {
            (_, Value::Null) if schema.nullable == Some(true) => {}
            (None, _) if schema.x_kubernetes_int_or_string == Some(true) => {
                if !(value.is_string() || value.is_i64()) {
                    self.errors.push(mismatch::error("a string or a whole number", value, at.path()));
                }
            }
            (None, _) => self.check_untyped(value, at),
            (Some("object"), Value::Object(fields)) => self.check_object(fields, schema, at),
            (Some("array"), Value::Array(items)) => self.check_array(items, schema, at),
            (Some("string"), Value::String(text)) => self.check_string(text, schema, at),
            (Some("boolean"), Value::Bool(_)) => {}
            (Some("integer"), Value::Number(number)) if !number.is_f64() => {
                self.check_integer(number, schema, at);
            }
            (Some("number"), Value::Number(number)) => self.check_range(number, schema, at),
            (Some(wanted), _) => self.errors.push(mismatch::error(words(wanted), value, at.path())),
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

    fn check_object(&mut self, fields: &Map<String, Value>, schema: &JSONSchemaProps, at: &At<'_>) {
        let values = match &schema.additional_properties {
            Some(JSONSchemaPropsOrBool::Schema(values)) => Some(values.as_ref()),
            _ => None,
        };
        if let Some(most) = bound(schema.max_properties).filter(|most| fields.len() > *most) {
            self.too_many(fields.len(), most, at);
        }
        let none = BTreeMap::new();
        let known = schema.properties.as_ref().unwrap_or(&none);
        let required = schema.required.as_deref().unwrap_or_default();
        for (name, value) in fields {
            if self.errors.is_full() {
                return;
            }
            let at = At::Key(at, name);
            match (known.get(name), values) {
                // As the API server does it: a null that a field does not take counts as absent.
                (Some(_), _) if value.is_null() && !required.contains(name) => {}
                (Some(field), _) => self.check(value, field, &at),
                (None, Some(values)) => self.check(value, values, &at),
                (None, None) if known.is_empty() => self.check_untyped(value, &at),
                (None, None) => self.unknown(value, known.keys().map(String::as_str), &at),
            }
        }
        for name in required.iter().filter(|name| !fields.contains_key(*name)) {
            let wanted = known.get(name).and_then(|field| field.type_.as_deref()).map_or("a value", words);
            self.errors.push(
                FieldError::new(at.path().key(name), FieldErrorKind::Required, format!("{name} is missing"))
                    .help(format!("add the field {name}, {wanted}")),
            );
        }
    }

    fn check_array(&mut self, items: &[Value], schema: &JSONSchemaProps, at: &At<'_>) {
        if let Some(most) = bound(schema.max_items).filter(|most| items.len() > *most) {
            self.too_many(items.len(), most, at);
        }
        if let Some(least) = bound(schema.min_items).filter(|least| items.len() < *least) {
            let path = at.path();
            let name = match path.segments().last() {
                Some(Segment::Key(name)) => name,
                _ => "the list",
            };
            let message = format!("{name} must have at least {}", counted(least as u64, "item", "items"));
            let help = format!("add one to {name}");
            self.errors.push(FieldError::new(path, FieldErrorKind::Required, message).help(help));
        }
        let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items else { return };
        for (index, value) in items.iter().enumerate() {
            self.check(value, item, &At::Index(at, index));
        }
    }

    fn check_string(&mut self, text: &str, schema: &JSONSchemaProps, at: &At<'_>) {
        if let Some(known) = &schema.enum_ {
            let known = known.iter().filter_map(|value| value.0.as_str());
            if !known.clone().any(|known| known == text) {
                self.not_supported(text, known, at);
            }
            return;
        }
        // Characters are counted only where there might be too many.
        if let Some(most) = bound(schema.max_length).filter(|most| text.len() > *most)
            && text.chars().count() > most
        {
            let message = format!(
                "the text has {} characters; at most {} are allowed",
                grouped(text.chars().count() as u64),
                grouped(most as u64)
            );
            self.errors.push(
                FieldError::new(at.path(), FieldErrorKind::TooLong, message).value(text).help("shorten it"),
            );
        }
        if schema.format.as_deref() == Some("date-time")
            && serde_json::from_value::<Time>(text.into()).is_err()
        {
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

    fn check_integer(&mut self, number: &Number, schema: &JSONSchemaProps, at: &At<'_>) {
        let most = if schema.format.as_deref() == Some("int32") { i64::from(i32::MAX) } else { i64::MAX };
        match number.as_i64() {
            Some(integer) if (-most - 1..=most).contains(&integer) => self.check_range(number, schema, at),
            _ => {
                let message = format!("the number must be at most {most}");
                self.errors.push(
                    FieldError::new(at.path(), FieldErrorKind::Invalid, message)
                        .value(number)
                        .help("write a smaller number"),
                );
            }
        }
    }

    fn check_range(&mut self, number: &Number, schema: &JSONSchemaProps, at: &At<'_>) {
        let value = number.as_f64().unwrap_or(f64::NAN);
        let fault = match (schema.minimum, schema.maximum) {
            (Some(least), _) if value < least => ("at least", least),
            (_, Some(most)) if value > most => ("at most", most),
            _ => return,
        };
        let message = format!("the number must be {} {}", fault.0, fault.1);
        self.errors.push(
            FieldError::new(at.path(), FieldErrorKind::Invalid, message).value(number).help(format!(
                "write {} or {}",
                fault.1,
                if fault.0 == "at least" { "more" } else { "less" }
            )),
        );
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

/// A bound of the schema, which are never negative.
fn bound(bound: Option<i64>) -> Option<usize> {
    usize::try_from(bound?).ok()
}

fn words(type_: &str) -> &'static str {
    match type_ {
        "string" => mismatch::STRING,
        "integer" => mismatch::INTEGER,
        "number" => mismatch::NUMBER,
        "boolean" => mismatch::BOOLEAN,
        "array" => mismatch::LIST,
        _ => mismatch::OBJECT,
    }
}
