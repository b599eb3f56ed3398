//! From a document to Executions: other kinds are refused, lists are taken apart, and the API's own
//! checks get the places of the file.

use gene_types::{
    ValidExecution, default,
    field::{FieldError, FieldErrorKind, FieldPath, Note, Segment},
    v1alpha1::{API_VERSION, KIND},
    validate_document,
};
use serde_json::Value;

use super::{
    Reading,
    compose::FAULTS,
    document::{Children, Document, Found, Node},
    report::{Diagnostic, Severity, Text},
    source::{Source, Span},
};

/// What every file must hold.
pub const WANTED: &str = "an Execution begins with \"apiVersion: execution.kubegene.io/v1alpha1\" and \"kind: Execution\", and a workflow has the key \"workflow\"";

/// An Execution as it stands in a file.
pub struct Object {
    value: Value,
    node: Node,
    /// The object's own path in its document: `items[2]` in a list.
    base: FieldPath,
}

/// Where an Execution stands in its file.
#[derive(Debug)]
pub struct Origin {
    node: Node,
    base: FieldPath,
}

impl Origin {
    /// A fault of the Execution, at its place in the file.
    pub fn locate(&self, source: &Source, severity: Severity, error: &FieldError) -> Diagnostic {
        place(source, &self.node, &self.base, severity, error)
    }

    /// Whether the path leads anywhere in the file, be it only to what the missing field would stand in.
    pub fn holds(&self, path: &FieldPath) -> bool {
        let Some(Segment::Key(first)) = path.segments().first() else { return false };
        self.node.find(&FieldPath::root().key(first.as_str())).exact
    }
}

/// A fault of a document as a whole, at its place in the file.
pub fn locate(source: &Source, node: &Node, severity: Severity, error: &FieldError) -> Diagnostic {
    place(source, node, &FieldPath::root(), severity, error)
}

/// The Executions of a document. What else it holds is refused.
pub fn objects(source: &Source, document: Document, diagnostics: &mut Vec<Diagnostic>) -> Vec<Object> {
    let Document { value, node } = document;
    // What `---` separates from nothing.
    if value.is_null() {
        return Vec::new();
    }
    let is_list = matches!(
        (text(&value, "apiVersion"), text(&value, "kind")),
        (Some("v1"), Some("List")) | (Some(API_VERSION), Some("ExecutionList"))
    );
    if is_list {
        items(source, value, node, diagnostics)
    } else {
        one(source, value, node, FieldPath::root(), diagnostics)
    }
}

/// Refuses a document that cannot be taken for a workflow.
pub fn no_workflow(source: &Source, document: &Document) -> Option<Diagnostic> {
    let Document { value, node } = document;
    // What `---` separates from nothing.
    if value.is_null() {
        return None;
    }
    let (path, message, help) = match text(value, "kind") {
        Some(kind) => {
            let help = "leave out the word \"workflow\" to submit Executions";
            (
                FieldPath::root().key("kind"),
                format!("this is an object of kind \"{kind}\", no workflow"),
                help,
            )
        }
        None => (FieldPath::root(), "this is no workflow".to_owned(), WANTED),
    };
    Some(Diagnostic::error(message).at(highlight(source, node.find(&path), false)).help(help))
}

/// Completes and checks one Execution.
pub fn execution(
    source: &Source,
    object: Object,
    reading: Reading<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(ValidExecution, Option<Value>, Origin)> {
    let Object { mut value, node, base } = object;
    let origin = Origin { node, base };
    let document = reading.keeps_documents.then(|| value.clone());
    default::apply(&mut value);
    let (valid, errors, severity) = match validate_document(value, reading.limits) {
        Ok(valid) => {
            let warnings = (reading.doubts)(&valid);
            (Some(valid), warnings, Severity::Warning)
        }
        Err(errors) => (None, errors, Severity::Error),
    };
    diagnostics.extend(errors.iter().map(|error| origin.locate(source, severity, error)));
    valid.map(|valid| (valid, document, origin))
}

fn items(source: &Source, value: Value, node: Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Object> {
    let path = FieldPath::root().key("items");
    let place = highlight(source, node.find(&path), true);
    let (Value::Object(mut fields), Children::Map(entries)) = (value, node.children) else {
        return Vec::new();
    };
    let nodes = entries.into_iter().find(|entry| &*entry.key == "items").map(|entry| entry.node.children);
    let (Some(Value::Array(values)), Some(Children::List(nodes))) = (fields.remove("items"), nodes) else {
        let error = Diagnostic::error("a List must have its objects in \"items\"").at(place).help(WANTED);
        diagnostics.push(error);
        return Vec::new();
    };
    let mut objects = Vec::new();
    let known = diagnostics.len();
    for (index, (value, node)) in values.into_iter().zip(nodes).enumerate() {
        objects.extend(one(source, value, node, path.index(index), diagnostics));
        if diagnostics.len() - known >= FAULTS {
            break;
        }
    }
    objects
}

fn one(
    source: &Source,
    value: Value,
    node: Node,
    base: FieldPath,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Object> {
    let mut refuse = |field: Option<&str>, message: String, help: String| {
        let path = field.map_or_else(FieldPath::root, |field| FieldPath::root().key(field));
        let mut error = Diagnostic::error(message).at(highlight(source, node.find(&path), false)).help(help);
        error.path = join(&base, &path);
        diagnostics.push(error);
    };
    if !value.is_object() {
        refuse(None, "this is no Kubernetes object".to_owned(), WANTED.to_owned());
        return Vec::new();
    }
    let (api_version, kind) = (text(&value, "apiVersion"), text(&value, "kind"));
    match (api_version, kind) {
        (Some(API_VERSION), Some(KIND)) => return vec![Object { value, node, base }],
        (_, None) => {
            let message = "\"kind\" is missing or no text: this is no Kubernetes object".to_owned();
            refuse(Some("kind"), message, WANTED.to_owned());
        }
        (None, Some(_)) => {
            let message = "\"apiVersion\" is missing or no text: this is no Kubernetes object".to_owned();
            refuse(Some("apiVersion"), message, WANTED.to_owned());
        }
        (Some(api_version), Some(KIND)) => {
            let message = format!("apiVersion \"{api_version}\" is not known here");
            refuse(Some("apiVersion"), message, format!("write apiVersion: {API_VERSION}"));
        }
        (Some(api_version), Some(kind)) => {
            let message = format!("kind \"{kind}\" of {api_version} is not for this command");
            let help = format!("want kind {KIND} of {API_VERSION}; take other objects out of the file");
            refuse(Some("kind"), message, help);
        }
    }
    Vec::new()
}

fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str)
}

/// A fault, at its place in the file.
fn place(
    source: &Source,
    node: &Node,
    base: &FieldPath,
    severity: Severity,
    error: &FieldError,
) -> Diagnostic {
    let found = node.find(&error.path);
    let by_key = matches!(error.kind, FieldErrorKind::Unknown) || !found.exact;
    let said = |said: &Note| Text {
        text: said.text.clone(),
        at: said.at.as_ref().map(|path| highlight(source, node.find(path), false)),
    };
    Diagnostic {
        severity,
        elsewhere: None,
        message: error.message.clone(),
        at: Some(highlight(source, found, by_key)),
        path: join(base, &error.path),
        label: error.label.as_ref().map(said),
        help: quoted(source, found, error).map(Text::plain).or_else(|| error.help.as_ref().map(said)),
    }
}

/// Where a text was wanted and a plain scalar means something else, or a name of a field does: quoting
/// it is the remedy, and the text is as the user wrote it, not as it was understood (`yes`, not `true`).
fn quoted(source: &Source, found: Found<'_>, error: &FieldError) -> Option<String> {
    let span = match error.kind {
        FieldErrorKind::TypeInvalid if found.exact && wants_text(error) => found.node.span,
        FieldErrorKind::Unknown if found.exact => found.key?,
        _ => return None,
    };
    let written = source.slice(span);
    let is_plain_scalar =
        !written.is_empty() && !written.starts_with(['"', '\'', '|', '>', '[', '{', '&', '*', '!']);
    // What means nothing (`~`) was hardly meant as a text.
    let is_taken_for_more = !written.contains('\n')
        && super::scalar::plain(written).is_ok_and(|value| value.is_boolean() || value.is_number());
    (is_plain_scalar && is_taken_for_more).then(|| format!("write \"{written}\" in quotes: \"{written}\""))
}

/// Whether the fault is that something else stands where a text must stand.
fn wants_text(error: &FieldError) -> bool {
    error.message.starts_with(gene_types::shape::WANTS_STRING)
}

/// What to mark: the value; or the name of its field, where that is asked for, or the value is empty or
/// goes over many lines.
fn highlight(source: &Source, found: Found<'_>, by_key: bool) -> Span {
    let Found { key, node, .. } = found;
    let is_empty = node.span.start == node.span.end;
    match key {
        Some(key) if by_key || is_empty || is_block(source, node) => key,
        _ => first_line(node),
    }
}

/// Whether a list or object is written without brackets.
fn is_block(source: &Source, node: &Node) -> bool {
    let first = source.text().as_bytes().get(node.span.start as usize);
    match &node.children {
        Children::None => false,
        // The place of a list without brackets may be that of its first item.
        Children::List(items) => {
            first != Some(&b'[') || items.first().is_some_and(|item| item.span.start == node.span.start)
        }
        Children::Map(_) => first != Some(&b'{'),
    }
}

/// A value that stands in no field is shown by how it begins.
fn first_line(node: &Node) -> Span {
    let Children::Map(entries) = &node.children else { return node.span };
    entries.iter().min_by_key(|entry| entry.key_span.start).map_or(node.span, |entry| {
        let value = &entry.node;
        let end = if matches!(value.children, Children::None) { value.span.end } else { entry.key_span.end };
        Span { start: entry.key_span.start, end: end.max(entry.key_span.end) }
    })
}

fn join(base: &FieldPath, path: &FieldPath) -> String {
    let (base, path) = (base.to_string(), path.to_string());
    match (base.is_empty(), path.is_empty()) {
        (true, _) => path,
        (_, true) => base,
        _ => format!("{base}.{path}"),
    }
}
