//! The resources of a task, as a container has them.

use std::collections::BTreeMap;

use gene_types::{quantity, v1alpha1::Resources};
use serde_json::{Map, Value};

/// The container's `resources`; `None` where nothing is asked for.
///
/// The short form is `cpu` as a request and `memory` as request and limit. A quantity of 0 is unset; but
/// a request of 0 beside a limit stays, as the limit would be the request without it.
pub(super) fn resources(given: &Resources) -> Option<Value> {
    let mut requests: BTreeMap<&str, &Value> = named(given.requests.as_ref());
    let mut limits = named(given.limits.as_ref());
    requests.extend(given.cpu.as_ref().map(|cpu| ("cpu", cpu)));
    for quantities in [&mut requests, &mut limits] {
        quantities.extend(given.memory.as_ref().map(|memory| ("memory", memory)));
    }
    limits.retain(|_, value| !is_zero(value));
    requests.retain(|name, value| !is_zero(value) || limits.contains_key(name));

    let mut resources = Map::new();
    for (field, quantities) in [("requests", requests), ("limits", limits)] {
        if !quantities.is_empty() {
            let texts = quantities.into_iter().map(|(name, value)| (name.to_owned(), text(value)));
            resources.insert(field.to_owned(), texts.collect::<Map<_, _>>().into());
        }
    }
    (!resources.is_empty()).then(|| resources.into())
}

fn named(quantities: Option<&BTreeMap<String, Value>>) -> BTreeMap<&str, &Value> {
    quantities.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

fn is_zero(value: &Value) -> bool {
    quantity::parse(value) == Ok(0.0)
}

/// As the API server writes it: a text.
fn text(value: &Value) -> Value {
    match value {
        Value::String(text) => text.as_str().into(),
        number => number.to_string().into(),
    }
}
