//! Documents from what a YAML or JSON parser meets one after the other, within bounds that hold while
//! they are built: nothing here recurses, and nothing is built that is too deep or too large.

mod anchors;
mod merge;

use std::collections::HashMap;

use gene_types::field::grouped;
use serde_json::{Map, Value};

use super::{
    document::{Children, Document, Entry, Node},
    report::Diagnostic,
    source::{Source, Span},
};

/// The most lists and objects around a value. An Execution has about 15.
pub const MAX_DEPTH: usize = 64;

/// The most memory, by estimate, that the documents of one file may take.
const MEMORY: usize = 512 << 20;
/// The most faults of one file's markup: whoever has more has another kind of file.
pub const FAULTS: usize = 1000;
/// The fields of an object among which the first of two of one name is looked for.
const SEARCHED: usize = 10_000;
/// What a value takes beside its text: the value, its [`Node`], and the slack of the lists they are in.
const PER_VALUE: usize = 128;
/// What an object takes beside its fields: a node of the B-tree that holds them.
const PER_OBJECT: usize = 640;

/// The file is refused as a whole: reading on would break a bound.
#[derive(Debug)]
pub struct Stop(pub Box<Diagnostic>);

impl From<Diagnostic> for Stop {
    fn from(fault: Diagnostic) -> Self {
        Self(Box::new(fault))
    }
}

/// Builds documents.
pub struct Composer<'s> {
    source: &'s Source,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Built>,
    memory: usize,
    aliases: usize,
    /// The documents that are finished.
    pub documents: Vec<Document>,
    /// What is wrong but does not keep the rest from being read.
    pub faults: Vec<Diagnostic>,
}

/// A finished value, with what is needed to copy it within bounds.
#[derive(Clone, Debug)]
struct Built {
    value: Value,
    node: Node,
    /// Lists and objects on the longest way down, itself included.
    height: usize,
    memory: usize,
}

/// A list or object that is not finished.
struct Frame {
    start: usize,
    anchor: usize,
    height: usize,
    memory: usize,
    content: Content,
}

enum Content {
    List { values: Vec<Value>, nodes: Vec<Node> },
    Object { values: Map<String, Value>, entries: Vec<Entry>, key: Option<Key>, merged: Vec<Built> },
}

/// A field whose value comes next.
enum Key {
    Field(String, Span),
    /// `<<`: the value's fields become this object's.
    Merge(Span),
    /// The value is read and dropped, because its key was refused.
    Dropped,
}

impl<'s> Composer<'s> {
    /// Builds the documents of a file.
    pub fn new(source: &'s Source) -> Self {
        Self {
            source,
            stack: Vec::new(),
            anchors: HashMap::new(),
            memory: MEMORY,
            aliases: anchors::ALIASES,
            documents: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Whether the next scalar is the name of a field.
    pub fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { content: Content::Object { key: None, .. }, .. }))
    }

    /// A list begins.
    pub fn open_list(&mut self, span: Span, anchor: usize) -> Result<(), Stop> {
        self.open(span, anchor, Content::List { values: Vec::new(), nodes: Vec::new() }, PER_VALUE)
    }

    /// An object begins.
    pub fn open_object(&mut self, span: Span, anchor: usize) -> Result<(), Stop> {
        let content =
            Content::Object { values: Map::new(), entries: Vec::new(), key: None, merged: Vec::new() };
        self.open(span, anchor, content, PER_VALUE + PER_OBJECT)
    }

    /// The list or object that was opened last ends; `end` is where its closing bracket ends, if it has one.
    pub fn close(&mut self, end: Option<usize>) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let last = |node: Option<&Node>| node.map_or(frame.start, |node| node.span.end as usize);
        let (value, node) = match frame.content {
            Content::List { values, nodes } => {
                let span = Span::new(frame.start, end.unwrap_or_else(|| last(nodes.last())));
                (Value::Array(values), Node { span, children: Children::List(nodes) })
            }
            Content::Object { mut values, mut entries, merged, .. } => {
                let span = Span::new(
                    frame.start,
                    end.unwrap_or_else(|| last(entries.last().map(|entry| &entry.node))),
                );
                for Built { value, node, .. } in merged {
                    merge::add(&mut values, &mut entries, value, node);
                }
                entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
                (Value::Object(values), Node { span, children: Children::Map(entries) })
            }
        };
        let built = Built { value, node, height: frame.height + 1, memory: frame.memory };
        self.place(built, frame.anchor)
    }

    /// The name of a field.
    pub fn key(&mut self, name: String, span: Span) -> Result<(), Stop> {
        self.spend(name.len() * 2 + PER_VALUE, span)?;
        let source = self.source;
        let Some(Frame { memory, content: Content::Object { values, entries, key, .. }, .. }) =
            self.stack.last_mut()
        else {
            return Ok(());
        };
        *memory += name.len() * 2 + PER_VALUE;
        if !values.contains_key(&name) {
            *key = Some(Key::Field(name, span));
            return Ok(());
        }
        *key = Some(Key::Dropped);
        // Among more fields than any Execution has, looking for each first one would take minutes.
        let first = entries.iter().take(SEARCHED).find(|entry| *entry.key == *name);
        let lines = first.map(|first| (source.line(first.key_span.start), source.line(span.start)));
        let lines = match lines {
            None => String::new(),
            Some((first, second)) if first == second => " in this line".to_owned(),
            Some((first, second)) => format!(" (lines {first} and {second})"),
        };
        let fault = Diagnostic::error(format!("the key \"{name}\" stands twice{lines}")).at(span);
        self.fault(fault.help("keep one of the two"))
    }

    /// Something is wrong that does not keep the rest from being read.
    pub fn fault(&mut self, fault: Diagnostic) -> Result<(), Stop> {
        let span = fault.at.unwrap_or_default();
        self.faults.push(fault);
        if self.faults.len() < FAULTS {
            return Ok(());
        }
        Err(Stop::from(too_many(span)))
    }

    /// A name that cannot be one; its value is read and dropped.
    pub fn refused_key(&mut self, fault: Diagnostic) -> Result<(), Stop> {
        if let Some(Frame { content: Content::Object { key, .. }, .. }) = self.stack.last_mut() {
            *key = Some(Key::Dropped);
        }
        self.fault(fault)
    }

    /// The name `<<`: the fields of the object that follows become this one's.
    pub fn merge_key(&mut self, span: Span) {
        if let Some(Frame { content: Content::Object { key, .. }, .. }) = self.stack.last_mut() {
            *key = Some(Key::Merge(span));
        }
    }

    /// A text, number, boolean or null.
    pub fn scalar(&mut self, value: Value, span: Span, anchor: usize) -> Result<(), Stop> {
        let memory = PER_VALUE + value.as_str().map_or(0, str::len);
        self.spend(memory, span)?;
        let node = Node { span, children: Children::None };
        self.place(Built { value, node, height: 0, memory }, anchor)
    }

    /// The document ends. Anchors hold no further.
    pub fn end_document(&mut self) {
        self.anchors.clear();
    }

    /// What is unfinished is dropped.
    pub fn abandon(&mut self) {
        self.stack.clear();
        self.anchors.clear();
    }

    fn open(&mut self, span: Span, anchor: usize, content: Content, memory: usize) -> Result<(), Stop> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.spend(memory, span)?;
        self.stack.push(Frame { start: span.start as usize, anchor, height: 0, memory, content });
        Ok(())
    }

    /// Takes memory, for a part of the file that stands at `span`.
    fn spend(&mut self, memory: usize, span: Span) -> Result<(), Stop> {
        let left = self.memory.checked_sub(memory);
        self.memory = left.ok_or_else(|| {
            let fault =
                Diagnostic::error(format!("this file holds more values than fit in {} MiB", MEMORY >> 20));
            Stop::from(fault.at(span).help("split it, or let commandsIter make the commands"))
        })?;
        Ok(())
    }

    /// A finished value goes where it belongs.
    fn place(&mut self, built: Built, anchor: usize) -> Result<(), Stop> {
        self.keep(&built, anchor)?;
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(Document { value: built.value, node: built.node });
            return Ok(());
        };
        frame.height = frame.height.max(built.height);
        frame.memory += built.memory;
        match &mut frame.content {
            Content::List { values, nodes } => {
                values.push(built.value);
                nodes.push(built.node);
            }
            Content::Object { values, entries, key, merged } => match key.take() {
                Some(Key::Field(name, key_span)) => {
                    entries.push(Entry { key: name.as_str().into(), key_span, node: built.node });
                    values.insert(name, built.value);
                }
                Some(Key::Merge(span)) => {
                    let found = merge::objects(built, span, values);
                    match found {
                        Ok(found) => merged.extend(found),
                        Err(fault) => return self.fault(*fault),
                    }
                }
                Some(Key::Dropped) | None => {}
            },
        }
        Ok(())
    }
}

/// The last of [`FAULTS`] faults and more.
pub fn too_many(span: Span) -> Diagnostic {
    let fault =
        Diagnostic::error(format!("reading ends here, after {} faults", grouped(FAULTS as u64))).at(span);
    fault.help("check that this is the file that was meant")
}

/// The refusal of what is nested beyond [`MAX_DEPTH`].
pub fn too_deep(span: Span) -> Stop {
    let fault = Diagnostic::error(format!("lists and objects are nested more than {MAX_DEPTH} levels deep"));
    Stop::from(
        fault.at(span).help("an Execution needs about 15 levels: look for a bracket that is not closed"),
    )
}
