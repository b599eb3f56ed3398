//! The types of inputs: which values have them, and what a text of `--set` means.

use gene_types::field::{FieldError, FieldErrorKind, FieldPath, shorten};
use serde_json::Value;

use crate::{
    fields::described,
    report::{At, Report},
};

/// The type that an input was declared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Number,
    Bool,
    Array,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::String, Self::Number, Self::Bool, Self::Array];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Array => "array",
        }
    }

    /// Whether the value is of this type.
    pub(super) fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Bool => value.is_boolean(),
            Self::Array => value.is_array(),
        }
    }

    /// The value of a text as `--set` has it: a list as JSON, or its values between commas.
    pub(super) fn parse(self, name: &str, text: &str, at: &At<'_>, report: &mut Report) -> Option<Value> {
        let value = match self {
            Self::String => Some(Value::String(text.to_owned())),
            Self::Number | Self::Bool => serde_json::from_str(text).ok(),
            Self::Array if text.trim_start().starts_with('[') => serde_json::from_str(text).ok(),
            Self::Array if text.is_empty() => Some(Value::Array(Vec::new())),
            Self::Array => Some(text.split(',').map(Value::from).collect()),
        };
        let value = value.filter(|value| self.fits(value));
        if value.is_none() {
            let shown = shorten(name);
            let wanted = match self {
                Self::Number => "a number, like",
                Self::Bool => "true or false, like",
                _ => "a list as JSON or values between commas, like",
            };
            let example = match self {
                Self::Number => "4",
                Self::Bool => "true",
                _ => "a,b",
            };
            let fault = at.fault(
                FieldErrorKind::TypeInvalid,
                format!("input {shown:?} is of type {}, and {:?} is none", self.word(), shorten(text)),
            );
            report.error(
                at.origin(),
                fault.value(text).help(format!("write {wanted} --set {shown}={example}")),
            );
        }
        value
    }
}

/// A value of another type than the declared one.
pub(super) fn type_fault(name: &str, kind: Kind, value: &Value, path: FieldPath) -> FieldError {
    let message =
        format!("input {:?} is of type {}, and this is {}", shorten(name), kind.word(), described(value));
    let help = match (kind, value) {
        (Kind::String, Value::Number(_) | Value::Bool(_)) => {
            format!("write type: {}, or put it in quotes", kind_of(value).word())
        }
        (_, Value::Null | Value::Object(_)) => format!("write {}", kind.example()),
        _ => format!("write {}, or type: {}", kind.example(), kind_of(value).word()),
    };
    FieldError::new(path, FieldErrorKind::TypeInvalid, message).value(value).help(help)
}

impl Kind {
    fn example(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Number => "a number without quotes",
            Self::Bool => "true or false without quotes",
            Self::Array => "a list, like [a, b]",
        }
    }
}

/// The type that a value has by itself.
pub(super) fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Number(_) => Kind::Number,
        Value::Bool(_) => Kind::Bool,
        Value::Array(_) => Kind::Array,
        _ => Kind::String,
    }
}
