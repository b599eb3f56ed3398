//! The workflow with everything filled in: what a dry run shows, and what gives the same Execution again.
//!
//! A `${` that was meant literally, as in an input's value, cannot stand in a workflow; there it is the value of an input
//! of its own, `$`, before the brace.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    input::Kind,
    scope::{Inputs, is_hole},
    task::Task,
    text::{Piece, Text},
    volume::Volumes,
};

/// All that the instantiated workflow is made of.
pub(crate) struct Parts<'a> {
    pub(crate) version: Option<&'a Value>,
    pub(crate) inputs: &'a Inputs,
    pub(crate) kinds: &'a BTreeMap<String, Kind>,
    pub(crate) volumes: Volumes,
    /// By name, in no order: a map of tasks has none.
    pub(crate) tasks: BTreeMap<String, Map<String, Value>>,
    pub(crate) outputs: &'a Map<String, Value>,
}

/// Puts the document together.
pub(crate) fn document(mut parts: Parts<'_>) -> Value {
    let mut dollar = Dollar::new(parts.inputs);
    for task in parts.tasks.values_mut() {
        escape_task(task, &mut dollar);
    }
    let mut volumes = Value::Object(parts.volumes.workflow);
    dollar.escape(&mut volumes, false);
    let mut inputs = Map::new();
    for (name, input) in parts.inputs {
        // Everything is filled in, so that one that shadowed a number would only do harm.
        if let Some(input) = input.as_ref().filter(|_| !is_hole(name)) {
            let kind = parts.kinds.get(name).map_or("string", |kind| kind.word());
            let mut value = input.value.clone();
            dollar.escape(&mut value, false);
            inputs.insert(name.clone(), json!({"type": kind, "value": value}));
        }
    }
    let mut outputs = Map::new();
    for (name, paths) in parts.outputs {
        let mut paths = paths.clone();
        dollar.escape(&mut paths, true);
        outputs.insert(name.clone(), json!({"paths": paths}));
    }
    if dollar.is_used {
        inputs.insert(dollar.name, json!({"type": "string", "value": "$"}));
    }
    let mut document = Map::new();
    if let Some(version) = parts.version {
        document.insert("version".to_owned(), version.clone());
    }
    let sections = [("inputs", inputs.into()), ("volumes", volumes), ("outputs", outputs.into())];
    document.extend(
        sections
            .into_iter()
            .filter(|(_, value)| value.as_object().is_none_or(|section| !section.is_empty()))
            .map(|(key, value)| (key.to_owned(), value)),
    );
    let tasks: Map<String, Value> =
        parts.tasks.into_iter().map(|(name, task)| (name, Value::Object(task))).collect();
    document.insert("workflow".to_owned(), tasks.into());
    Value::Object(document)
}

/// What the workflow has of these tasks.
pub(crate) fn tasks(tasks: impl IntoIterator<Item = (String, Task)>) -> BTreeMap<String, Map<String, Value>> {
    tasks.into_iter().map(|(name, task)| (name, task.workflow)).collect()
}

fn escape_task(task: &mut Map<String, Value>, dollar: &mut Dollar) {
    for (key, value) in task {
        match key.as_str() {
            // Numbers and `item` stay as they stand.
            "commands" => dollar.escape(value, true),
            "commands_iter" => {
                for (key, value) in value.as_object_mut().into_iter().flatten() {
                    dollar.escape(value, key == "command");
                }
            }
            "condition" => dollar.escape(value, false),
            // In the others a variable means nothing.
            _ => {}
        }
    }
}

/// The input whose value is `$`.
struct Dollar {
    name: String,
    is_used: bool,
}

impl Dollar {
    /// An input that there is with this value, or a new one.
    fn new(inputs: &Inputs) -> Self {
        let is_dollar =
            |name: &str| inputs.get(name).and_then(Option::as_ref).is_some_and(|input| input.value == "$");
        let given = inputs.keys().find(|name| is_dollar(name) && !is_hole(name) && !name.contains('}'));
        let mut name = given.cloned().unwrap_or_else(|| "dollar".to_owned());
        while inputs.contains_key(&name) && !is_dollar(&name) {
            name.push('_');
        }
        Self { name, is_used: false }
    }

    /// Makes every `${` in the texts of a value one that stays as it is; with `keeps_holes` those of numbers and `item`
    /// are left alone.
    fn escape(&mut self, value: &mut Value, keeps_holes: bool) {
        match value {
            Value::String(text) if text.contains("${") => *text = self.escaped(text, keeps_holes),
            Value::Array(items) => items.iter_mut().for_each(|item| self.escape(item, keeps_holes)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.escape(field, keeps_holes)),
            _ => {}
        }
    }

    fn escaped(&mut self, text: &str, keeps_holes: bool) -> String {
        let opened = format!("${{{}}}{{", self.name);
        let mut escaped = String::with_capacity(text.len() + opened.len());
        for piece in Text::new(text).pieces {
            match &piece {
                Piece::Literal(text) => escaped.push_str(text),
                Piece::Placeholder(name) if keeps_holes && is_hole(name) => escaped.push_str(&piece.source()),
                Piece::Placeholder(_) | Piece::Unterminated(_) => {
                    self.is_used = true;
                    escaped.push_str(&piece.source().replace("${", &opened));
                }
            }
        }
        escaped
    }
}
