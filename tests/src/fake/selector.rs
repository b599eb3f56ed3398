//! Label and field selectors, as far as lists and watches here use them.

use serde_json::Value;

use super::{object, refusal::Refusal, resource::Resource, store::Key};

/// What a list or a watch is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    namespace: Option<String>,
    labels: Vec<Requirement>,
    fields: Vec<FieldRequirement>,
}

#[derive(Clone, Debug)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

#[derive(Clone, Debug)]
struct FieldRequirement {
    pointer: &'static str,
    value: String,
    is_equal: bool,
}

impl Selection {
    /// Reads the selectors of a query.
    ///
    /// # Errors
    /// A selector that cannot be read, or a field that the resource does not offer.
    pub fn parse(
        resource: Resource,
        namespace: Option<String>,
        labels: &str,
        fields: &str,
    ) -> Result<Self, Refusal> {
        Ok(Self { namespace, labels: parse_labels(labels)?, fields: parse_fields(resource, fields)? })
    }

    /// Whether an object is selected.
    pub fn takes(&self, key: &Key, object: &Value) -> bool {
        self.namespace.as_ref().is_none_or(|namespace| *namespace == key.0)
            && self.labels.iter().all(|requirement| requirement.takes(object))
            && self.fields.iter().all(|f| (object::text(object, f.pointer) == f.value) == f.is_equal)
    }
}

impl Requirement {
    fn takes(&self, object: &Value) -> bool {
        match self {
            Self::In(key, values) => {
                object::label(object, key).is_some_and(|value| values.iter().any(|v| v == value))
            }
            Self::NotIn(key, values) => {
                object::label(object, key).is_none_or(|value| values.iter().all(|v| v != value))
            }
            Self::Exists(key) => object::label(object, key).is_some(),
            Self::Absent(key) => object::label(object, key).is_none(),
        }
    }
}

fn parse_labels(text: &str) -> Result<Vec<Requirement>, Refusal> {
    split_outside_parentheses(text).into_iter().map(|part| parse_label(part.trim())).collect()
}

fn parse_label(part: &str) -> Result<Requirement, Refusal> {
    let unreadable = || Refusal::bad_request(format!("unable to parse requirement: \"{part}\""));
    let key = |text: &str| {
        let key = text.trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            Err(unreadable())
        } else {
            Ok(key.to_owned())
        }
    };
    if let Some((left, right)) = part.split_once('(') {
        let values = right.strip_suffix(')').ok_or_else(unreadable)?;
        let values = values.split(',').map(|v| v.trim().to_owned()).collect();
        let left = left.trim();
        if let Some(name) = left.strip_suffix(" notin") {
            return Ok(Requirement::NotIn(key(name)?, values));
        }
        return Ok(Requirement::In(key(left.strip_suffix(" in").ok_or_else(unreadable)?)?, values));
    }
    if let Some((name, value)) = part.split_once("!=") {
        return Ok(Requirement::NotIn(key(name)?, vec![value.trim().to_owned()]));
    }
    if let Some((name, value)) = part.split_once('=') {
        let value = value.strip_prefix('=').unwrap_or(value).trim();
        return Ok(Requirement::In(key(name)?, vec![value.to_owned()]));
    }
    match part.strip_prefix('!') {
        Some(name) => Ok(Requirement::Absent(key(name)?)),
        None => Ok(Requirement::Exists(key(part)?)),
    }
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .filter(|part| !part.trim().is_empty())
    .collect()
}

fn parse_fields(resource: Resource, text: &str) -> Result<Vec<FieldRequirement>, Refusal> {
    text.split(',').filter(|part| !part.is_empty()).map(|part| parse_field(resource, part)).collect()
}

fn parse_field(resource: Resource, part: &str) -> Result<FieldRequirement, Refusal> {
    let (name, value, is_equal) = if let Some((name, value)) = part.split_once("!=") {
        (name, value, false)
    } else if let Some((name, value)) = part.split_once('=') {
        (name, value.strip_prefix('=').unwrap_or(value), true)
    } else {
        return Err(Refusal::bad_request(format!("invalid selector: '{part}'; can't understand '{part}'")));
    };
    let pointer = match (resource, name.trim()) {
        (_, "metadata.name") => "/metadata/name",
        (_, "metadata.namespace") => "/metadata/namespace",
        (Resource::Pods, "status.phase") => "/status/phase",
        (Resource::Pods, "spec.nodeName") => "/spec/nodeName",
        (Resource::Events, "regarding.uid" | "involvedObject.uid") => "/regarding/uid",
        (Resource::Events, "regarding.name" | "involvedObject.name") => "/regarding/name",
        (Resource::Events, "regarding.kind" | "involvedObject.kind") => "/regarding/kind",
        (Resource::Events, "reason") => "/reason",
        (Resource::Events, "type") => "/type",
        (_, other) => {
            return Err(Refusal::bad_request(format!("field label not supported: {other}")));
        }
    };
    Ok(FieldRequirement { pointer, value: value.trim().to_owned(), is_equal })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn takes(labels: &str, fields: &str) -> bool {
        let object = json!({"metadata": {"name": "a", "labels": {"x": "1"}}, "status": {"phase": "Running"}});
        let selection = Selection::parse(Resource::Pods, None, labels, fields).unwrap();
        selection.takes(&("n".into(), "a".into()), &object)
    }

    #[test]
    fn selects_by_labels_and_fields() {
        for (labels, fields, expected) in [
            ("", "", true),
            ("x", "", true),
            ("!x", "", false),
            ("x=1", "", true),
            ("x==2", "", false),
            ("x!=2,x", "", true),
            ("y!=2", "", true),
            ("x in (1, 2),!y", "", true),
            ("x notin (1,2)", "", false),
            ("", "metadata.name=a", true),
            ("", "metadata.name!=a", false),
            ("", "status.phase!=Pending,status.phase!=Running", false),
            ("", "status.phase=Running", true),
        ] {
            assert_eq!(takes(labels, fields), expected, "{labels} {fields}");
        }
        assert!(Selection::parse(Resource::Jobs, None, "", "spec.x=1").is_err());
    }
}
