//! The key `<<`: the fields of other objects become this one's.

use serde_json::{Map, Value};

use super::Built;
use crate::manifest::{
    document::{Children, Entry, Node},
    report::Diagnostic,
    source::Span,
};

/// The objects that `<<` brings, the strongest first.
pub(super) fn objects(
    built: Built,
    span: Span,
    before: &Map<String, Value>,
) -> Result<Vec<Built>, Box<Diagnostic>> {
    let parts = match (built.value, built.node.children) {
        (Value::Array(values), Children::List(nodes)) => values.into_iter().zip(nodes).collect(),
        (value, children) => vec![(value, Node { span: built.node.span, children })],
    };
    let mut found = Vec::with_capacity(parts.len());
    for (value, node) in parts {
        let Value::Object(fields) = &value else {
            let fault = Diagnostic::error("<< takes an object, an alias of one, or a list of them").at(span);
            return Err(Box::new(fault.help("write an alias such as *name after <<")));
        };
        // YAML's own rule is that the field beside << wins; kubectl lets the later of the two win.
        if let Some(name) = fields.keys().find(|name| before.contains_key(*name)) {
            let fault =
                Diagnostic::error(format!("\"{name}\" stands before <<, which brings it too")).at(span);
            return Err(Box::new(fault.help("put << first, so that the field after it wins")));
        }
        found.push(Built { value, node, height: 0, memory: 0 });
    }
    Ok(found)
}

/// Adds the fields that are not there yet.
pub(super) fn add(values: &mut Map<String, Value>, entries: &mut Vec<Entry>, value: Value, node: Node) {
    let (Value::Object(fields), Children::Map(places)) = (value, node.children) else { return };
    let mut fields = fields;
    for place in places {
        if values.contains_key(&*place.key) {
            continue;
        }
        if let Some(value) = fields.remove(&*place.key) {
            values.insert(place.key.to_string(), value);
            entries.push(place);
        }
    }
}
