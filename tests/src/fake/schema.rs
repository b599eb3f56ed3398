//! The schema of Executions, applied as the API server does: prune, fill in defaults, validate.
//!
//! It is the definition that is shipped, so that a status that a real API server refuses is refused here, too. Of the
//! language of schemas only what the definition uses is known.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{object, refusal::Refusal, resource::Resource};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let crd = serde_json::to_value(gene_types::crd::crd()).unwrap_or_default();
    crd.pointer("/spec/versions/0/schema/openAPIV3Schema").cloned().unwrap_or_default()
});

/// Drops what the definition does not know and fills in what it has defaults for.
pub fn complete(execution: &mut Value) {
    for part in ["spec", "status"] {
        if let (Some(schema), Some(value)) = (SCHEMA["properties"].get(part), execution.get_mut(part)) {
            complete_value(schema, value);
        }
    }
}

/// Checks what the definition says.
///
/// # Errors
/// 422 with one cause for each place that is wrong.
pub fn check(execution: &Value) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    for part in ["spec", "status"] {
        match (SCHEMA["properties"].get(part), execution.get(part)) {
            (Some(schema), Some(value)) => check_value(part, schema, value, &mut causes),
            (Some(_), None) if part == "spec" => causes.push((part.to_owned(), "Required value".to_owned())),
            _ => {}
        }
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(Resource::Executions, object::name(execution), &causes))
}

fn keeps_unknown(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"] == true
}

fn complete_value(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(map) => complete_map(schema, map),
        Value::Array(list) => {
            if let Some(items) = schema.get("items") {
                for item in list {
                    complete_value(items, item);
                }
            }
        }
        _ => {}
    }
}

fn complete_map(schema: &Value, map: &mut Map<String, Value>) {
    if let Some(each) = schema.get("additionalProperties").filter(|each| each.is_object()) {
        map.values_mut().for_each(|value| complete_value(each, value));
        return;
    }
    let none = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&none);
    if !keeps_unknown(schema) {
        map.retain(|key, _| known.contains_key(key));
    }
    for (key, schema) in known {
        if map.get(key).is_some_and(Value::is_null) && schema["nullable"] != true && !keeps_unknown(schema) {
            map.remove(key);
        }
        if let Some(default) = schema.get("default")
            && !map.contains_key(key)
        {
            map.insert(key.clone(), default.clone());
        }
        if let Some(value) = map.get_mut(key) {
            complete_value(schema, value);
        }
    }
}

fn check_value(path: &str, schema: &Value, value: &Value, causes: &mut Vec<(String, String)>) {
    if value.is_null() && (schema["nullable"] == true || keeps_unknown(schema)) {
        return;
    }
    let mut wrong = |body: String| causes.push((path.to_owned(), body));
    let expected = schema["type"].as_str().unwrap_or_default();
    let int_or_string = schema["x-kubernetes-int-or-string"] == true;
    let fits = match expected {
        "" if int_or_string => value.is_string() || value.is_i64() || value.is_u64(),
        "" => true,
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "number" => value.is_number(),
        other => type_of(value) == other,
    };
    if !fits {
        let found = type_of(value);
        wrong(format!("Invalid value: \"{found}\": {path} in body must be of type {expected}: \"{found}\""));
        return;
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        let list: Vec<String> = choices.iter().map(Value::to_string).collect();
        wrong(format!("Unsupported value: {value}: supported values: {}", list.join(", ")));
    }
    check_bounds(path, schema, value, &mut wrong);
    match value {
        Value::Object(map) => check_map(path, schema, map, causes),
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                check_value(&format!("{path}[{index}]"), &schema["items"], item, causes);
            }
        }
        _ => {}
    }
}

fn check_bounds(path: &str, schema: &Value, value: &Value, wrong: &mut impl FnMut(String)) {
    let (number, minimum) = (value.as_f64(), schema["minimum"].as_f64());
    if let (Some(number), Some(minimum)) = (number, minimum)
        && number < minimum
    {
        wrong(format!("Invalid value: {value}: {path} in body should be greater than or equal to {minimum}"));
    }
    if let (Some(number), Some(maximum)) = (number, schema["maximum"].as_f64())
        && number > maximum
    {
        wrong(format!("Invalid value: {value}: {path} in body should be less than or equal to {maximum}"));
    }
    let size = |key: &str| schema[key].as_u64().map(|n| n as usize);
    match value {
        Value::Array(list) => {
            if let Some(least) = size("minItems").filter(|least| list.len() < *least) {
                let found = list.len();
                wrong(format!("Invalid value: {found}: {path} in body should have at least {least} items"));
            }
            if let Some(most) = size("maxItems").filter(|most| list.len() > *most) {
                wrong(format!("Too many: {}: must have at most {most} items", list.len()));
            }
        }
        Value::Object(map) => {
            if let Some(most) = size("maxProperties").filter(|most| map.len() > *most) {
                wrong(format!("Too many: {}: must have at most {most} items", map.len()));
            }
        }
        Value::String(text) => {
            let length = text.chars().count();
            if let Some(most) = size("maxLength").filter(|most| length > *most) {
                wrong(format!("Too long: may not be more than {most} bytes"));
            }
            if let Some(least) = size("minLength").filter(|least| length < *least) {
                wrong(format!(
                    "Invalid value: {value}: {path} in body should be at least {least} chars long"
                ));
            }
            if schema["format"] == "date-time" && text.parse::<jiff::Timestamp>().is_err() {
                wrong(format!("Invalid value: {value}: {path} in body must be of type date-time: {value}"));
            }
        }
        _ => {}
    }
}

fn check_map(path: &str, schema: &Value, map: &Map<String, Value>, causes: &mut Vec<(String, String)>) {
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(required) {
            causes.push((format!("{path}.{required}"), "Required value".to_owned()));
        }
    }
    let each = schema.get("additionalProperties").filter(|each| each.is_object());
    for (key, value) in map {
        if let Some(schema) = schema["properties"].get(key).or(each) {
            check_value(&format!("{path}.{key}"), schema, value, causes);
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
