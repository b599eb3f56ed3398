//! Tools: what a task runs in, found by `name:version`. Only those that a task uses must be sound.

use std::collections::{HashMap, HashSet};

use gene_types::field::{FieldErrorKind, FieldPath, shorten};
use serde_json::Value;

use crate::{
    Origin,
    fields::{Fields, Keys},
    report::{At, Report},
    resources::Resources,
};

const KEYS: Keys = Keys {
    known: &["name", "version", "image", "command", "cpu", "memory", "description"],
    ignored: &[("type", "every tool runs as a Job")],
};

/// The documents of a tool repository.
pub(crate) struct Tools<'a> {
    documents: &'a [&'a Value],
    /// By `name:version` all documents that say so, in order.
    positions: HashMap<String, Vec<usize>>,
    /// Read already: the tool, or that it is at fault.
    read: HashMap<usize, Option<Tool>>,
    warned: HashSet<usize>,
}

/// A tool that was read.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) origin: Origin,
    /// Where its image stands.
    pub(crate) image_path: FieldPath,
    /// Where its command stands.
    pub(crate) command_path: FieldPath,
    pub(crate) image: String,
    /// For a task that has none of its own.
    pub(crate) command: Option<String>,
    /// For a task that has none of its own.
    pub(crate) resources: Resources,
}

impl<'a> Tools<'a> {
    pub(crate) fn new(documents: &'a [&'a Value]) -> Self {
        let mut positions: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, document) in documents.iter().enumerate() {
            if let Some(key) = key(document) {
                positions.entry(key).or_default().push(position);
            }
        }
        Self { documents, positions, read: HashMap::new(), warned: HashSet::new() }
    }

    /// The tool of a name and version; of several the last one.
    pub(crate) fn find(
        &mut self,
        key: &str,
        value: &Value,
        at: &At<'_>,
        report: &mut Report,
    ) -> Option<Tool> {
        let Some(positions) = self.positions.get(key) else {
            self.refuse_unknown(key, value, at, report);
            return None;
        };
        let position = *positions.last()?;
        if positions.len() > 1 && self.warned.insert(position) {
            let origin = Origin::Tool(position);
            let message = format!(
                "tool {:?} is there {} times; this one, the last, holds",
                shorten(key),
                positions.len()
            );
            let fault = At::Root(origin).key("name").fault(FieldErrorKind::Duplicate, message);
            report.warn(origin, fault.help("remove the others, or give each a version of its own"));
        }
        if let Some(tool) = self.read.get(&position) {
            return tool.clone();
        }
        let tool = self.documents.get(position).and_then(|document| read(document, position, report));
        self.read.insert(position, tool.clone());
        tool
    }

    fn refuse_unknown(&self, key: &str, value: &Value, at: &At<'_>, report: &mut Report) {
        let shown = shorten(key);
        let known = self.positions.keys().map(String::as_str);
        let mut of_name: Vec<&str> = known.clone().filter(|known| name_of(known) == name_of(key)).collect();
        of_name.sort_unstable();
        let help = if key.contains("${") {
            "name the tool itself: a variable cannot stand here".to_owned()
        } else if let [first, ..] = of_name[..] {
            format!("there is {first:?}")
        } else if self.documents.is_empty() {
            "name the directory of your tools with --tool-repo".to_owned()
        } else {
            let mut known: Vec<&str> = known.collect();
            known.sort_unstable();
            match report.nearest(key, known) {
                Some(near) => format!("there is {near:?}"),
                None => "write name:version of a tool of the repository".to_owned(),
            }
        };
        let fault = at.fault(FieldErrorKind::NotFound, format!("there is no tool {shown:?}")).value(value);
        report.error(at.origin(), fault.help(help));
    }
}

fn name_of(key: &str) -> &str {
    key.rsplit_once(':').map_or(key, |(name, _)| name)
}

/// `name:version` of a document, however little else of it is sound.
fn key(document: &Value) -> Option<String> {
    let field = |wanted: &str| {
        let (_, value) = document.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted))?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => gene_types::cell::text(value),
            _ => None,
        }
    };
    Some(format!("{}:{}", field("name")?, field("version")?))
}

fn read(document: &Value, position: usize, report: &mut Report) -> Option<Tool> {
    let before = report.len();
    let origin = Origin::Tool(position);
    let fields = Fields::read(document, At::Root(origin), &KEYS, report)?;
    let image = fields.text("image", report).filter(|image| !image.is_empty());
    if image.is_none() && report.len() == before {
        fields.missing("image", "the tool has no image", "write image: NAME:VERSION", report);
    }
    let command = fields.text("command", report).filter(|command| !command.is_empty()).map(String::from);
    let resources = Resources::read(&fields, None, report);
    let tool = Tool {
        origin,
        image_path: fields.place("image").path(),
        command_path: fields.place("command").path(),
        image: image?.into_owned(),
        command,
        resources,
    };
    (report.len() == before).then_some(tool)
}
