//! The workflow with everything filled in: what a dry run shows, and what gives the same Execution again.
//!
//! A `${` that was meant literally, as in an input's value, cannot stand in a workflow; there it is the value of an input
//! of its own, `$`, before the brace.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    input::Kind,
    scope::is_hole,
    text::{Piece, Text},
};

/// What the instantiated workflow has that the Execution has not.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) version: Option<Value>,
    pub(crate) inputs: BTreeMap<String, (Kind, Value)>,
    pub(crate) volumes: Map<String, Value>,
    /// By name, without their commands: those are the Execution's, and may be many.
    pub(crate) tasks: BTreeMap<String, Map<String, Value>>,
    pub(crate) outputs: Map<String, Value>,
}

/// Puts the document together.
pub(crate) fn document(parts: &Parts, execution: &Value) -> Value {
    let mut dollar = Dollar::new(&parts.inputs);
    let mut tasks = Map::new();
    for compiled in execution["spec"]["tasks"].as_array().into_iter().flatten() {
        let name = compiled["name"].as_str().unwrap_or_default();
        let mut task = parts.tasks.get(name).cloned().unwrap_or_default();
        if let Some(commands) = compiled.get("commandSet") {
            task.insert("commands".to_owned(), commands.clone());
        }
        if let Some(iter) = compiled["commandsIter"].as_object() {
            let field = |(key, value): (&String, &Value)| match key.as_str() {
                "varsIter" => ("vars_iter".to_owned(), value.clone()),
                _ => (key.clone(), value.clone()),
            };
            task.insert("commands_iter".to_owned(), iter.iter().map(field).collect::<Map<_, _>>().into());
        }
        escape_task(&mut task, &mut dollar);
        tasks.insert(name.to_owned(), task.into());
    }
    let mut volumes = Value::Object(parts.volumes.clone());
    dollar.escape(&mut volumes, Holes::None);
    let mut inputs = Map::new();
    // Everything is filled in, so that one that shadowed a number would only do harm.
    for (name, (kind, value)) in parts.inputs.iter().filter(|(name, _)| !is_hole(name)) {
        let mut value = value.clone();
        dollar.escape(&mut value, Holes::None);
        inputs.insert(name.clone(), json!({"type": kind.word(), "value": value}));
    }
    let mut outputs = Map::new();
    for (name, paths) in &parts.outputs {
        let mut paths = paths.clone();
        dollar.escape(&mut paths, Holes::All);
        outputs.insert(name.clone(), json!({"paths": paths}));
    }
    if dollar.is_used {
        inputs.insert(dollar.name, json!({"type": "string", "value": "$"}));
    }
    let mut document = Map::new();
    if let Some(version) = &parts.version {
        document.insert("version".to_owned(), version.clone());
    }
    let sections = [("inputs", inputs.into()), ("volumes", volumes), ("outputs", outputs.into())];
    document.extend(
        sections
            .into_iter()
            .filter(|(_, value)| value.as_object().is_none_or(|section| !section.is_empty()))
            .map(|(key, value)| (key.to_owned(), value)),
    );
    document.insert("workflow".to_owned(), tasks.into());
    Value::Object(document)
}

fn escape_task(task: &mut Map<String, Value>, dollar: &mut Dollar) {
    for (key, value) in task {
        match key.as_str() {
            // Numbers and `item` stay as they stand.
            "commands" => dollar.escape(value, Holes::All),
            "commands_iter" => {
                let columns = columns(value);
                for (key, value) in value.as_object_mut().into_iter().flatten() {
                    dollar.escape(value, if key == "command" { Holes::UpTo(columns) } else { Holes::None });
                }
            }
            "condition" => dollar.escape(value, Holes::None),
            // In the others a variable means nothing.
            _ => {}
        }
    }
}

/// How many variables the rows have.
fn columns(iter: &Value) -> usize {
    let length = |list: &Value| list.as_array().map_or(0, Vec::len);
    iter["vars"].get(0).map_or_else(|| length(&iter["vars_iter"]), length)
}

/// Which of `${n}` and `${item}` are to be filled in later, and stay as they stand.
#[derive(Clone, Copy)]
enum Holes {
    None,
    /// Those of so many columns. What looks like one beyond them came from a value, as a workflow may not name it.
    UpTo(usize),
    All,
}

impl Holes {
    fn keep(self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::UpTo(columns) => {
                name == "item" || is_hole(name) && name.parse::<usize>().is_ok_and(|number| number <= columns)
            }
            Self::All => is_hole(name),
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
    fn new(inputs: &BTreeMap<String, (Kind, Value)>) -> Self {
        let is_dollar = |name: &str| inputs.get(name).is_some_and(|(_, value)| value == "$");
        let given = inputs.keys().find(|name| is_dollar(name) && !is_hole(name) && !name.contains('}'));
        let mut name = given.cloned().unwrap_or_else(|| "dollar".to_owned());
        while inputs.contains_key(&name) && !is_dollar(&name) {
            name.push('_');
        }
        Self { name, is_used: false }
    }

    /// Makes every `${` in the texts of a value one that stays as it is, but for these.
    fn escape(&mut self, value: &mut Value, holes: Holes) {
        match value {
            Value::String(text) if text.contains("${") => *text = self.escaped(text, holes),
            Value::Array(items) => items.iter_mut().for_each(|item| self.escape(item, holes)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.escape(field, holes)),
            _ => {}
        }
    }

    fn escaped(&mut self, text: &str, holes: Holes) -> String {
        let opened = format!("${{{}}}{{", self.name);
        let mut escaped = String::with_capacity(text.len() + opened.len());
        for piece in Text::new(text).pieces {
            match &piece {
                Piece::Literal(text) => escaped.push_str(text),
                Piece::Placeholder(name) if holes.keep(name) => escaped.push_str(&piece.source()),
                Piece::Placeholder(_) | Piece::Unterminated(_) => {
                    self.is_used = true;
                    escaped.push_str(&piece.source().replace("${", &opened));
                }
            }
        }
        escaped
    }
}
