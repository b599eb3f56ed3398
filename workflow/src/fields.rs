//! Objects, lists and texts of a document, read as the original read them: the case of keys makes no difference, a
//! null counts as absent, and where a text is wanted a number or boolean is its own text.

use std::borrow::Cow;

use gene_types::{
    cell,
    field::{FieldErrorKind, shorten},
};
use serde_json::{Map, Value};

use crate::report::{At, Report};

/// The keys of one kind of object.
pub(crate) struct Keys {
    /// Those that mean something.
    pub(crate) known: &'static [&'static str],
    /// Those that the original knew and ignored, each with the reason why they still have no effect.
    pub(crate) ignored: &'static [(&'static str, &'static str)],
}

/// An object whose keys were checked.
pub(crate) struct Fields<'a> {
    at: At<'a>,
    found: Vec<(&'static str, &'a str, &'a Value)>,
    /// A field that is missing may be the one that is spelled wrong.
    has_unknown: bool,
}

impl<'a> Fields<'a> {
    /// Checks the keys of an object.
    pub(crate) fn read(value: &'a Value, at: At<'a>, keys: &Keys, report: &mut Report) -> Option<Self> {
        let object = object(value, &at, report)?;
        let mut found: Vec<(&'static str, &'a str, &'a Value)> = Vec::with_capacity(object.len());
        let mut has_unknown = false;
        for (written, value) in object {
            let at = at.key(written);
            let matches = |key: &str| key.eq_ignore_ascii_case(written);
            if let Some((key, why)) = keys.ignored.iter().find(|(key, _)| matches(key)) {
                let fault = at.fault(FieldErrorKind::Forbidden, format!("{key:?} has no effect: {why}"));
                report.warn(at.origin(), fault.value(value).help("remove it"));
                continue;
            }
            let Some(key) = keys.known.iter().copied().find(|key| matches(key)) else {
                has_unknown = true;
                refuse_unknown(written, value, &at, keys, report);
                continue;
            };
            if let Some((_, other, _)) = found.iter().find(|(given, ..)| *given == key) {
                let fault = at.fault(
                    FieldErrorKind::Duplicate,
                    format!("{written:?} and {other:?} are the same field: the case of letters makes no difference"),
                );
                report.error(at.origin(), fault.value(value).help("remove one of the two"));
                continue;
            }
            if key != written {
                let fault = at.fault(FieldErrorKind::Unknown, format!("{written:?} is taken for {key:?}"));
                report.warn(at.origin(), fault.help(format!("write {key}")));
            }
            found.push((key, written, value));
        }
        Some(Self { at, found, has_unknown })
    }

    /// A field; null counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<(&'a Value, At<'_>)> {
        let (_, written, value) = self.found.iter().find(|(known, ..)| *known == key)?;
        (!value.is_null()).then(|| (*value, self.at.key(written)))
    }

    /// The place of a field, written or not.
    pub(crate) fn place(&self, key: &'static str) -> At<'_> {
        let written =
            self.found.iter().find(|(known, ..)| *known == key).map_or(key, |(_, written, _)| written);
        At::Key(&self.at, written)
    }

    /// Says that a field is missing, unless one that is there may be meant for it.
    pub(crate) fn missing(&self, key: &'static str, message: &str, help: &str, report: &mut Report) {
        if !self.has_unknown {
            let at = self.place(key);
            report.error(at.origin(), at.fault(FieldErrorKind::Required, message).help(help));
        }
    }

    /// Says that something is missing in the object, unless a field that is there may be meant for it.
    pub(crate) fn incomplete(&self, message: &str, help: &str, report: &mut Report) {
        if !self.has_unknown {
            report.error(self.at.origin(), self.at.fault(FieldErrorKind::Required, message).help(help));
        }
    }

    /// The text of a field.
    pub(crate) fn text(&self, key: &str, report: &mut Report) -> Option<Cow<'a, str>> {
        let (value, at) = self.get(key)?;
        text(value, &at, report)
    }
}

/// An object.
pub(crate) fn object<'a>(
    value: &'a Value,
    at: &At<'_>,
    report: &mut Report,
) -> Option<&'a Map<String, Value>> {
    let object = value.as_object();
    if object.is_none() {
        refuse(value, "an object", "write its fields, each as NAME: VALUE", at, report);
    }
    object
}

/// A list.
pub(crate) fn list<'a>(value: &'a Value, at: &At<'_>, report: &mut Report) -> Option<&'a [Value]> {
    let list = value.as_array();
    if list.is_none() {
        let help = match value {
            Value::Object(_) => "write a list: one \"- \" before each item".to_owned(),
            value => format!("put it in brackets: [{}]", shorten(&value.to_string())),
        };
        refuse(value, "a list", &help, at, report);
    }
    list.map(Vec::as_slice)
}

/// A text, or a number or boolean as a text.
pub(crate) fn text<'a>(value: &'a Value, at: &At<'_>, report: &mut Report) -> Option<Cow<'a, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => cell::text(value).map(Cow::Owned),
        _ => {
            refuse(value, "a text", "write a text in quotes", at, report);
            None
        }
    }
}

fn refuse(value: &Value, wanted: &str, help: &str, at: &At<'_>, report: &mut Report) {
    let fault =
        at.fault(FieldErrorKind::TypeInvalid, format!("{wanted} is wanted, not {}", described(value)));
    report.error(at.origin(), fault.value(value).help(help));
}

/// What a value is, in words.
pub(crate) fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {:?}", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn refuse_unknown(written: &str, value: &Value, at: &At<'_>, keys: &Keys, report: &mut Report) {
    let help = match report.nearest(written, keys.known.iter().copied()) {
        Some(near) => format!("there is a field {near:?}"),
        None => format!("the fields here are {}", keys.known.join(", ")),
    };
    let fault = at.fault(FieldErrorKind::Unknown, format!("there is no field {:?} here", shorten(written)));
    report.error(at.origin(), fault.value(value).help(help));
}
