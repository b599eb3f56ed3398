//! One document of a file: its JSON value, and beside it where each part of it stands.

use gene_types::field::{FieldPath, Segment};
use serde_json::Value;

use super::source::Span;

/// A document, as the API server would be sent it, and where its parts stand in the text.
#[derive(Debug)]
pub struct Document {
    /// The value.
    pub value: Value,
    /// Where it and what is in it stand; of the same shape as `value`.
    pub node: Node,
}

/// Where a value stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value's own text: from the first to the last byte of what stands for it.
    pub span: Span,
    /// Where the values in it stand.
    pub children: Children,
}

/// Where the values in a value stand.
#[derive(Clone, Debug)]
pub enum Children {
    /// It is a text, a number, a boolean or null.
    None,
    /// The items of a list.
    List(Vec<Node>),
    /// The fields of an object, sorted by name: an object may have a million, with a fault in each.
    Map(Vec<Entry>),
}

/// Where a field of an object stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub key: Box<str>,
    /// Where its name stands.
    pub key_span: Span,
    /// Where its value stands.
    pub node: Node,
}

/// What was found of a path.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// Whether the whole path is there; else the rest speaks of its nearest parent.
    pub exact: bool,
    /// Where the field's name stands, if it is the field of an object.
    pub key: Option<Span>,
    /// Where the value stands.
    pub node: &'a Node,
}

impl Node {
    /// The place of what stands in no text.
    pub fn nowhere() -> Self {
        Self { span: Span::default(), children: Children::None }
    }

    /// The place of a path, or of the part of it that is there. Where no field has exactly the name, one that differs
    /// in case alone is meant: a workflow's may be written so, and in an Execution it is what was meant.
    pub fn find(&self, path: &FieldPath) -> Found<'_> {
        let mut found = Found { exact: true, key: None, node: self };
        for segment in path.segments() {
            let next = match (segment, &found.node.children) {
                (Segment::Index(index), Children::List(items)) => items.get(*index).map(|node| (None, node)),
                (Segment::Key(key), Children::Map(_)) => found.node.field(key),
                // A server writes the name of a field and the place in a list alike: `volumes[0]`.
                (Segment::Index(index), Children::Map(_)) => found.node.field(&index.to_string()),
                _ => None,
            };
            match next {
                Some((key, node)) => found = Found { exact: true, key, node },
                None => return Found { exact: false, ..found },
            }
        }
        found
    }

    fn field(&self, key: &str) -> Option<(Option<Span>, &Self)> {
        let Children::Map(entries) = &self.children else { return None };
        let exact = entries.binary_search_by(|entry| (*entry.key).cmp(key));
        let entry = match exact {
            Ok(index) => entries.get(index),
            Err(_) => entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key)),
        };
        entry.map(|entry| (Some(entry.key_span), &entry.node))
    }
}
