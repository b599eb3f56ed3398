//! One task of the workflow: what it becomes in the Execution, and what it is with everything filled in.

use std::{borrow::Cow, collections::HashSet};

use gene_types::{
    Limits,
    field::{FieldErrorKind, FieldPath, shorten},
};
use serde_json::{Map, Value, json};

use crate::{
    condition,
    fields::{Fields, Keys, list, text},
    iter::{self, For, Iter},
    places::Places,
    report::{At, Report},
    resources::Resources,
    scope::{Part, Scope, Unknown, written},
    tool::{Tool, Tools},
    volume::Volumes,
};

const KEYS: Keys = Keys {
    known: &[
        "tool",
        "description",
        "resources",
        "commands",
        "commands_iter",
        "depends",
        "condition",
        "generic_condition",
    ],
    ignored: &[("image", "a task has the image of its tool"), ("type", "every task runs as a Job")],
};
const RESOURCES: Keys = Keys { known: &["cpu", "memory"], ignored: &[] };
const DEPEND: Keys = Keys { known: &["target", "type", "on_skipped"], ignored: &[] };

/// The longest name that the grammar allows.
const LONGEST_NAME: usize = 40;

/// A task, twice.
#[derive(Debug, Default)]
pub(crate) struct Task {
    /// As the Execution has it.
    pub(crate) execution: Map<String, Value>,
    /// As the workflow has it, everything filled in, save its commands.
    pub(crate) workflow: Map<String, Value>,
    /// Something in it is at fault, and stands as a placeholder of itself.
    pub(crate) is_broken: bool,
    /// The names of the tasks that it waits for.
    pub(crate) targets: HashSet<String>,
}

/// What tasks are read with.
pub(crate) struct Reader<'a, 'd> {
    pub(crate) scope: &'a Scope,
    pub(crate) tools: &'a mut Tools<'d>,
    pub(crate) volumes: &'a Volumes,
    pub(crate) limits: &'a Limits,
    pub(crate) places: &'a mut Places,
    pub(crate) report: &'a mut Report,
}

impl Reader<'_, '_> {
    /// Reads a task, to stand at this path of the Execution.
    pub(crate) fn task(&mut self, name: &str, value: &Value, at: At<'_>, path: &FieldPath) -> Task {
        self.scope.take_touched_faulty();
        let before = self.report.len();
        self.places.insert(path, at.origin(), at.path());
        check_name(name, &at, self.report);
        let mut task = Task::default();
        if let Some(fields) = Fields::read(value, at, &KEYS, self.report) {
            self.fields(&fields, path, &mut task);
        }
        task.execution.insert("name".to_owned(), name.into());
        task.is_broken = self.report.len() > before || self.scope.take_touched_faulty();
        if task.is_broken {
            let stand_in = [("image", json!("-")), ("commandSet", json!(["-"]))];
            task.execution.extend(stand_in.map(|(key, value)| (key.to_owned(), value)));
            for key in ["commandsIter", "condition", "genericCondition", "resources"] {
                task.execution.remove(key);
            }
        }
        task
    }

    fn fields(&mut self, fields: &Fields<'_>, path: &FieldPath, task: &mut Task) {
        if let Some(description) = fields.text("description", self.report) {
            self.same(fields, "description", path, "description");
            task.put("description", "description", Value::from(&*description));
        }
        let tool = self.tool(fields, path, task);
        self.resources(fields, tool.as_ref(), path, task);
        self.commands(fields, tool.as_ref(), path, task);
        self.depends(fields, path, task);
        if let Some((value, at)) = fields.get("condition") {
            self.places.insert(&path.key("condition"), at.origin(), at.path());
            if let Some(list) = condition::read(value, &at, self.scope, self.report) {
                task.execution.insert("condition".to_owned(), json!({"condition": list}));
                let condition = match list.get(0) {
                    Some(literal @ Value::Bool(_)) => literal.clone(),
                    _ => list,
                };
                task.workflow.insert("condition".to_owned(), condition);
            }
        }
        if let Some((value, at)) = fields.get("generic_condition") {
            self.same(fields, "generic_condition", path, "genericCondition");
            if let Some(generic) = condition::read_generic(value, at, self.report) {
                task.execution.insert("genericCondition".to_owned(), generic.execution);
                task.workflow.insert("generic_condition".to_owned(), generic.workflow);
            }
        }
        if !self.volumes.execution.is_empty() {
            task.execution.insert("volumes".to_owned(), self.volumes.execution.clone().into());
        }
    }

    fn same(&mut self, fields: &Fields<'_>, key: &'static str, path: &FieldPath, name: &str) {
        let at = fields.place(key);
        self.places.insert_same(&path.key(name), at.origin(), at.path());
    }

    fn tool(&mut self, fields: &Fields<'_>, path: &FieldPath, task: &mut Task) -> Option<Tool> {
        let Some((value, at)) = fields.get("tool") else {
            fields.missing("tool", "the task names no tool", "write tool: NAME:VERSION", self.report);
            return None;
        };
        let key = text(value, &at, self.report)?;
        let tool = self.tools.find(&key, value, &at, self.report);
        let Some(tool) = tool else {
            // A tool at fault is complained of once, and yet its tasks cannot be judged.
            task.is_broken = true;
            self.scope.touch_faulty();
            return None;
        };
        self.places.insert(&path.key("image"), tool.origin, tool.image_path.clone());
        task.execution.insert("image".to_owned(), Value::from(&*tool.image));
        task.workflow.insert("tool".to_owned(), Value::from(&*key));
        Some(tool)
    }

    fn resources(&mut self, fields: &Fields<'_>, tool: Option<&Tool>, path: &FieldPath, task: &mut Task) {
        let mut resources = Resources::default();
        self.same(fields, "resources", path, "resources");
        if let Some((value, at)) = fields.get("resources")
            && let Some(given) = Fields::read(value, at, &RESOURCES, self.report)
        {
            resources = Resources::read(&given, Some(self.scope), self.report);
        }
        let resources = resources.or(tool.map(|tool| tool.resources.clone()).unwrap_or_default());
        let given = [("cpu", resources.cpu), ("memory", resources.memory)];
        let given: Map<String, Value> =
            given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))).collect();
        if !given.is_empty() {
            task.put("resources", "resources", given.into());
        }
    }

    fn commands(&mut self, fields: &Fields<'_>, tool: Option<&Tool>, path: &FieldPath, task: &mut Task) {
        let before = self.report.len();
        let mut commands = self.literal(fields);
        let iter = fields.get("commands_iter").and_then(|(value, at)| {
            iter::read(value, at, For::Commands, self.limits.vertices, self.scope, self.report)
        });
        self.same(fields, "commands", path, "commandSet");
        let is_sound = self.report.len() == before && !self.scope.touched_faulty();
        if commands.is_empty() && iter.is_none() && is_sound {
            let Some((tool, command)) = tool.and_then(|tool| Some((tool, tool.command.clone()?))) else {
                if tool.is_some() {
                    let message = "the task has no commands, and its tool has none";
                    fields.missing(
                        "commands",
                        message,
                        "write commands: [COMMAND], or commands_iter",
                        self.report,
                    );
                }
                return;
            };
            self.places.insert(&path.key("commandSet"), tool.origin, tool.command_path.clone());
            commands.push(Value::from(command));
        }
        if !commands.is_empty() {
            task.execution.insert("commandSet".to_owned(), commands.into());
        }
        if let Some(iter) = iter {
            self.iter_places(fields, &iter, &path.key("commandsIter"));
            task.put_iter(iter);
        }
    }

    fn literal(&mut self, fields: &Fields<'_>) -> Vec<Value> {
        let Some((value, at)) = fields.get("commands") else { return Vec::new() };
        let items = list(value, &at, self.report).unwrap_or_default();
        let mut commands = Vec::with_capacity(items.len());
        let mut is_warned = false;
        for (position, item) in items.iter().enumerate() {
            if self.report.is_full() {
                break;
            }
            let at = at.index(position);
            let Some(command) = text(item, &at, self.report) else { continue };
            let Some(parts) = self.scope.parts(&command, Unknown::Refused, &at, self.report) else {
                continue;
            };
            let hole = parts.iter().find_map(|part| match part {
                Part::Hole(name) => Some(name),
                Part::Literal(_) => None,
            });
            if let Some(name) = hole
                && !is_warned
            {
                is_warned = true;
                let message = format!("${{{}}} stays as it is: only commands_iter has rows", shorten(name));
                let fault = at.fault(FieldErrorKind::Invalid, message);
                self.report.warn(at.origin(), fault.help("move the command to commands_iter"));
            }
            commands.push(Value::String(written(&parts)));
        }
        commands
    }

    fn iter_places(&mut self, fields: &Fields<'_>, iter: &Iter, path: &FieldPath) {
        let Some((value, at)) = fields.get("commands_iter") else { return };
        let (origin, source) = (at.origin(), at.path());
        self.places.insert(path, origin, source.clone());
        // The keys as they are written; they were read without fault.
        let written = |key: &str| {
            let mut keys = value.as_object().into_iter().flat_map(|object| object.keys());
            source.key(keys.find(|written| written.eq_ignore_ascii_case(key)).map_or(key, String::as_str))
        };
        self.places.insert(&path.key("command"), origin, written("command"));
        self.places.insert_same(&path.key("varsIter"), origin, written("vars_iter"));
        let vars = written("vars");
        self.places.insert_rows(&path.key("vars"), origin, vars, iter.written_rows, written("vars_zip"));
    }

    fn depends(&mut self, fields: &Fields<'_>, path: &FieldPath, task: &mut Task) {
        self.same(fields, "depends", path, "dependents");
        let Some((value, at)) = fields.get("depends") else { return };
        let Some(items) = list(value, &at, self.report) else { return };
        let (mut dependents, mut depends) = (Vec::new(), Vec::new());
        for (position, item) in items.iter().enumerate() {
            if self.report.is_full() {
                return;
            }
            let Some(fields) = Fields::read(item, at.index(position), &DEPEND, self.report) else { continue };
            let (mut dependent, mut depend) = (Map::new(), Map::new());
            for (key, name) in [("target", "target"), ("type", "type"), ("on_skipped", "onSkipped")] {
                let text = fields.text(key, self.report).map(Cow::into_owned);
                let Some(text) = text.or_else(|| (key == "target").then(String::new)) else { continue };
                if key == "target" {
                    task.targets.insert(text.clone());
                }
                dependent.insert(name.to_owned(), Value::from(&*text));
                depend.insert(key.to_owned(), text.into());
            }
            dependents.push(dependent);
            depends.push(depend);
        }
        if !dependents.is_empty() {
            task.execution.insert("dependents".to_owned(), dependents.into());
            task.workflow.insert("depends".to_owned(), depends.into());
        }
    }
}

impl Task {
    fn put(&mut self, execution: &str, workflow: &str, value: Value) {
        self.execution.insert(execution.to_owned(), value.clone());
        self.workflow.insert(workflow.to_owned(), value);
    }

    fn put_iter(&mut self, iter: Iter) {
        let mut fields = Map::new();
        fields.insert("command".to_owned(), iter.template.into());
        // Lists without a value for any row are said of, not left out.
        if !iter.rows.is_empty() || iter.axes.is_empty() {
            fields.insert("vars".to_owned(), iter.rows.into());
        }
        if !iter.axes.is_empty() {
            fields.insert("varsIter".to_owned(), iter.axes.into());
        }
        self.execution.insert("commandsIter".to_owned(), fields.into());
    }
}

/// `^[a-z]([-a-z0-9]*[a-z0-9])?$`, at most 40 characters.
fn check_name(name: &str, at: &At<'_>, report: &mut Report) {
    let is_label =
        gene_types::names::is_dns_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase());
    let shown = shorten(name);
    let (kind, message, help) = if name.chars().count() > LONGEST_NAME {
        let message = format!(
            "the name {shown:?} has {} characters; at most {LONGEST_NAME} are allowed",
            name.chars().count()
        );
        (FieldErrorKind::TooLong, message, "shorten it".to_owned())
    } else if is_label {
        return;
    } else {
        let rule =
            "a task's name has a-z, 0-9 and \"-\", begins with a letter and ends with a letter or digit";
        let help = match gene_types::names::nearest_dns_label(name) {
            Some(label) if label.starts_with(|c: char| c.is_ascii_lowercase()) => {
                format!("{rule}; {label:?} would do")
            }
            _ => rule.to_owned(),
        };
        (FieldErrorKind::Invalid, format!("{shown:?} cannot be the name of a task"), help)
    };
    report.error(at.origin(), at.fault(kind, message).help(help));
}
