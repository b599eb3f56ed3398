//! A Workflow as it stands in its document: which kind, which templates, which parameters.

use std::collections::HashMap;

use gene_types::field::{FieldErrorKind, FieldPath, shorten};
use serde_json::Value;

use super::{GROUP, known, notes::Notes, parameters, reading::Object, scope::Parameters, survey};

/// A Workflow.
#[derive(Debug)]
pub struct Workflow<'a> {
    /// `metadata` of the document.
    pub metadata: Option<Object<'a>>,
    /// The specification, wherever the kind has it.
    pub spec: Object<'a>,
    /// The templates.
    pub templates: Vec<Object<'a>>,
    /// Their positions by name.
    pub by_name: HashMap<&'a str, usize>,
    /// The values of the Workflow's parameters.
    pub parameters: Parameters,
    /// The template that it begins with.
    pub entrypoint: usize,
}

impl<'a> Workflow<'a> {
    /// Reads what holds for the whole of it.
    pub fn read(document: &'a Value, given: &[(String, String)], notes: &mut Notes) -> Option<Self> {
        let document = Object::of(document, FieldPath::root(), notes)?;
        let version = document.text("apiVersion", notes).unwrap_or_default();
        if !version.starts_with(GROUP) {
            let message = format!("apiVersion \"{}\" is none of Argo's", shorten(version));
            let help = format!("want {GROUP}v1alpha1");
            notes.error(&document.at("apiVersion"), FieldErrorKind::NotSupported, message, help);
            return None;
        }
        survey::check(&document, &known::DOCUMENT, notes);
        let metadata = document.object("metadata", notes);
        if let Some(metadata) = &metadata {
            survey::check(metadata, &known::METADATA, notes);
        }
        let kind = document.text("kind", notes).unwrap_or_default();
        let outer = document.object("spec", notes);
        let spec = match kind {
            "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" => outer,
            "CronWorkflow" => outer.and_then(|outer| {
                survey::check(&outer, &known::CRON, notes);
                outer.object("workflowSpec", notes)
            }),
            other => {
                let message = format!("kind \"{}\" is not converted", shorten(other));
                let help = "want a Workflow, WorkflowTemplate or CronWorkflow";
                notes.error(&document.at("kind"), FieldErrorKind::NotSupported, message, help);
                return None;
            }
        };
        let Some(spec) = spec else {
            if !notes.has_errors() {
                let help = "its templates stand in spec, those of a CronWorkflow in spec.workflowSpec";
                let message = format!("this {kind} has no specification");
                notes.error(&document.at("spec"), FieldErrorKind::Required, message, help);
            }
            return None;
        };
        survey::check(&spec, &known::SPEC, notes);
        let parameters = parameters::of_workflow(&spec, given, notes);
        let (templates, by_name) = templates(&spec, notes);
        let entrypoint = entrypoint(&spec, &templates, &by_name, notes);
        Some(Self { metadata, spec, templates, by_name, parameters, entrypoint: entrypoint? })
    }
}

fn templates<'a>(spec: &Object<'a>, notes: &mut Notes) -> (Vec<Object<'a>>, HashMap<&'a str, usize>) {
    let templates = spec.objects("templates", notes);
    let mut by_name = HashMap::new();
    for (position, template) in templates.iter().enumerate() {
        let Some(name) = template.text("name", notes) else { continue };
        if by_name.insert(name, position).is_some() {
            let message = format!("two templates are called \"{}\"", shorten(name));
            notes.error(&template.at("name"), FieldErrorKind::Duplicate, message, "rename one of the two");
        }
    }
    (templates, by_name)
}

fn entrypoint(
    spec: &Object<'_>,
    templates: &[Object<'_>],
    by_name: &HashMap<&str, usize>,
    notes: &mut Notes,
) -> Option<usize> {
    let path = spec.at("entrypoint");
    let Some(name) = spec.text("entrypoint", notes) else {
        let message = "no template is the one to begin with";
        notes.error(&path, FieldErrorKind::Required, message, "write entrypoint: and the template's name");
        return None;
    };
    let found = by_name.get(name).copied();
    if found.is_none() {
        notes.not_found(&path, "template", name, names(templates));
    }
    found
}

/// The names of templates, in the order of the file.
pub fn names<'t>(templates: &'t [Object<'_>]) -> impl Iterator<Item = &'t str> {
    templates.iter().filter_map(|template| template.get("name").and_then(Value::as_str))
}
