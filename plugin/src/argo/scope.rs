//! What a reference stands for where it is written.

use std::{borrow::Cow, collections::BTreeMap};

use gene_types::{cell, field::shorten};
use serde_json::Value;

/// Parameters by name.
pub type Parameters = BTreeMap<String, String>;

/// What is known everywhere in a Workflow.
#[derive(Clone, Debug, Default)]
pub struct Globals {
    /// The Execution's name, where it is known before it is submitted.
    pub name: Option<String>,
    /// The namespace, where it is given.
    pub namespace: Option<String>,
    /// The service account, where it is given.
    pub service_account: Option<String>,
    /// The Workflow's own parameters.
    pub parameters: Parameters,
}

/// What is known at one place.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What is known everywhere.
    pub globals: &'a Globals,
    /// The parameters of the template.
    pub inputs: &'a Parameters,
    /// The item of the loop.
    pub item: Option<&'a Value>,
}

/// What a reference stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// What the task or step of this name prints.
    ResultOf(&'a str),
}

/// Why a reference stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl<'a> Scope<'a> {
    /// What the text between `{{` and `}}` stands for.
    ///
    /// # Errors
    /// Nothing has this name here, or it is not known before the Workflow runs.
    pub fn resolve(&self, name: &'a str) -> Result<Resolved<'a>, Trouble> {
        let text = |text: &'a str| Ok(Resolved::Text(Cow::Borrowed(text)));
        let shown = shorten(name);
        let trouble = |message: String, help: &str| Err(Trouble { message, help: help.to_owned() });
        if name.starts_with('=') {
            let message = format!("the expression \"{shown}\" is not worked out");
            return trouble(message, "write the value itself, or work it out in the command");
        }
        if let Some(parameter) = name.strip_prefix("inputs.parameters.") {
            return match self.inputs.get(parameter) {
                Some(value) => text(value),
                None => trouble(
                    format!("the template has no input parameter \"{}\"", shorten(parameter)),
                    "add it to inputs.parameters of the template",
                ),
            };
        }
        if let Some(parameter) = name.strip_prefix("workflow.parameters.") {
            return match self.globals.parameters.get(parameter) {
                Some(value) => text(value),
                None => trouble(
                    format!("the Workflow has no parameter \"{}\"", shorten(parameter)),
                    "add it to spec.arguments.parameters",
                ),
            };
        }
        if name == "item" || name.starts_with("item.") {
            return self.item(name);
        }
        if let Some(task) = result_of(name) {
            return Ok(Resolved::ResultOf(task));
        }
        let known = match name {
            "workflow.name" => Some((&self.globals.name, "give it metadata.name, not generateName")),
            "workflow.namespace" => Some((&self.globals.namespace, "give it metadata.namespace")),
            "workflow.serviceAccountName" => {
                Some((&self.globals.service_account, "give it spec.serviceAccountName"))
            }
            _ => None,
        };
        match known {
            Some((Some(value), _)) => text(value),
            Some((None, help)) => {
                trouble(format!("{{{{{shown}}}}} is not known before the Workflow runs"), help)
            }
            None => trouble(
                format!("{{{{{shown}}}}} stands for nothing that an Execution has"),
                "write the value itself; what a task leaves for another goes through a volume",
            ),
        }
    }

    fn item(&self, name: &str) -> Result<Resolved<'a>, Trouble> {
        let Some(item) = self.item else {
            let message = format!("{{{{{}}}}} stands here without a loop", shorten(name));
            return Err(Trouble { message, help: "give the task withItems".to_owned() });
        };
        let value = match name.strip_prefix("item.") {
            None => Some(item),
            Some(key) => item.get(key),
        };
        let text = value.and_then(|value| match value {
            Value::String(text) => Some(Cow::Borrowed(text.as_str())),
            other => cell::text(other).map(Cow::Owned),
        });
        text.map(Resolved::Text).ok_or_else(|| Trouble {
            message: format!(
                "an item has nothing for {{{{{}}}}}: {}",
                shorten(name),
                shorten(&cell::text(item).unwrap_or_default())
            ),
            help: "give every item this field".to_owned(),
        })
    }
}

/// `tasks.NAME.outputs.result`, `steps.NAME.outputs.result`.
pub fn result_of(name: &str) -> Option<&str> {
    let task = name.strip_prefix("tasks.").or_else(|| name.strip_prefix("steps."))?;
    task.strip_suffix(".outputs.result").filter(|task| !task.is_empty())
}
