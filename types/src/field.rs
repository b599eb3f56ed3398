//! Where something is wrong in an Execution, what, and what to do about it.
//!
//! Whoever speaks to a person (lint, run, the webhook) renders these; whoever finds a fault builds
//! them. Messages are lower case without a final period, with the user's names in double quotes.

use std::{fmt, io};

use serde_json::{Number, Value};

/// One step from a value to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The field of an object.
    Key(String),
    /// The item of a list, from 0.
    Index(usize),
}

/// A path from the root of a document: `spec.tasks[1].dependents[0].target`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// The root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a field of the value at this path.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// The path of an item of the list at this path.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path of what is one step from the value at this path.
    #[must_use]
    pub(crate) fn with(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments)
    }
}

impl<const N: usize> From<[Segment; N]> for FieldPath {
    fn from(segments: [Segment; N]) -> Self {
        Self(segments.into())
    }
}

impl fmt::Display for FieldPath {
    /// Keys that are no plain names stand in brackets, as Kubernetes writes them: `volumes[a.b].mountPath`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) && position == 0 => f.write_str(key)?,
                Segment::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Segment::Key(key) => write!(f, "[{}]", key.escape_debug())?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// What kind of fault it is: the causes of `metav1.StatusCause`, so that the API server's clients know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldErrorKind {
    /// Something must be given and is not.
    Required,
    /// The value is not a legal one.
    Invalid,
    /// The value is none of a fixed set.
    NotSupported,
    /// The value names something that is not there.
    NotFound,
    /// The value is there already.
    Duplicate,
    /// The value may not be given here.
    Forbidden,
    /// The text is too long.
    TooLong,
    /// The list, or what it expands to, is too large.
    TooMany,
    /// The value is of another type: a number where a text is wanted.
    TypeInvalid,
    /// No field has this name.
    Unknown,
}

/// A text about another place: the printer of a file adds that place's line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// The text.
    pub text: String,
    /// The place that it speaks of, where there is one.
    pub at: Option<FieldPath>,
}

impl Note {
    /// A text about nothing else in the document.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }

    /// A text about another place.
    pub fn at(text: impl Into<String>, at: FieldPath) -> Self {
        Self { text: text.into(), at: Some(at) }
    }
}

/// One fault: where, what value, why it is refused, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldError {
    /// Where.
    pub path: FieldPath,
    /// What kind of fault.
    pub kind: FieldErrorKind,
    /// The offending value as [`Shown`]; absent where nothing was written.
    pub value: Option<String>,
    /// What is wrong, in full: `no task is called "trimm"`.
    pub message: String,
    /// A word on the value itself, shown beside it: `"align" waits for "merge", which waits for "align"`.
    pub label: Option<Note>,
    /// The one thing to do: `there is a task "trim"`. Every fault has one.
    pub help: Option<Note>,
}

impl FieldError {
    /// A fault at a path.
    pub fn new(path: FieldPath, kind: FieldErrorKind, message: impl Into<String>) -> Self {
        Self { path, kind, value: None, message: message.into(), label: None, help: None }
    }

    /// The offending value; long ones are shortened to about 64 characters.
    #[must_use]
    pub fn value(mut self, value: impl Into<Shown>) -> Self {
        self.value = Some(value.into().0);
        self
    }

    /// The remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(Note::plain(help));
        self
    }

    /// The remedy, speaking of another place.
    #[must_use]
    pub fn help_at(mut self, help: impl Into<String>, at: FieldPath) -> Self {
        self.help = Some(Note::at(help, at));
        self
    }

    /// A word on the value, speaking of another place.
    #[must_use]
    pub fn label_at(mut self, label: impl Into<String>, at: FieldPath) -> Self {
        self.label = Some(Note::at(label, at));
        self
    }
}

impl fmt::Display for FieldError {
    /// `spec.tasks[4].dependents[0].target: no task is called "trimm"; there is a task "trim"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.segments().is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, "; {}", help.text)?;
        }
        Ok(())
    }
}

/// A value as the API server's own refusals show it: a text in quotes, anything else as JSON, of either about
/// 64 characters at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self(format!("{:?}", shorten(text)))
    }
}

impl From<&String> for Shown {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&Value> for Shown {
    fn from(value: &Value) -> Self {
        match value {
            Value::String(text) => text.into(),
            value => Self(shorten(&beginning(value))),
        }
    }
}

impl From<Value> for Shown {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

macro_rules! shown_as_it_is {
    ($($type:ty),*) => {
        $(impl From<$type> for Shown {
            fn from(value: $type) -> Self {
                Self(value.to_string())
            }
        })*
    };
}

shown_as_it_is!(bool, i32, i64, u64, f64, &Number);

/// How the JSON of a value begins, which may be as large as the document: enough of it to be shortened.
fn beginning(value: &Value) -> String {
    const ENOUGH: usize = 512;
    struct Beginning(Vec<u8>);
    impl io::Write for Beginning {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.len() >= ENOUGH {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(ENOUGH - self.0.len());
            self.0.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut json = Beginning(Vec::new());
    // It ends with an error where there is more, which is no fault.
    let _ = serde_json::to_writer(&mut json, value);
    String::from_utf8_lossy(&json.0).into_owned()
}

/// The faults found so far: all are counted, the first [`Faults::KEPT`] kept, so that a large document
/// of nothing but faults costs no more memory than its own size.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    kept: Vec<FieldError>,
    count: usize,
}

impl Faults {
    /// More than anybody reads at once.
    pub(crate) const KEPT: usize = 1_000;

    pub(crate) fn push(&mut self, fault: FieldError) {
        if !self.is_full() {
            self.kept.push(fault);
        }
        self.count += 1;
    }

    /// Whether nothing that is pushed will be kept, so that looking for more can be given up.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() >= Self::KEPT
    }

    /// How many there were, those that were not kept included.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The faults in the order in which they were found; where there may be more, the last one says so.
    pub(crate) fn into_vec(mut self) -> Vec<FieldError> {
        if self.is_full() {
            let message =
                format!("these are the first {} faults; there may be more", grouped(Self::KEPT as u64));
            self.kept.push(
                FieldError::new(FieldPath::root(), FieldErrorKind::TooMany, message)
                    .help("correct these and look again"),
            );
        }
        self.kept
    }
}

/// A number as people read it: `131,071`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: `1 vertex`, `3 vertices`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A text of at most about 64 characters, with `…` where something was left out.
pub fn shorten(text: &str) -> String {
    const KEPT: usize = 64;
    match text.char_indices().nth(KEPT) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// A text of at most so many bytes as JSON, its quotes apart, ending in `…` where something was left out.
pub fn within_json(mut text: String, bytes: usize) -> String {
    const MARK: char = '…';
    let escaped = |character: char| match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..' ' => 6,
        character => character.len_utf8(),
    };
    let mut length = 0;
    let mut cut = 0;
    for (position, character) in text.char_indices() {
        if length + MARK.len_utf8() <= bytes {
            cut = position;
        }
        length += escaped(character);
        if length > bytes {
            text.truncate(cut);
            text.push(MARK);
            break;
        }
    }
    text
}

/// A text of at most so many bytes, ending in `…` where something was left out.
pub fn within(mut text: String, bytes: usize) -> String {
    const MARK: char = '…';
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes.saturating_sub(MARK.len_utf8())));
        text.push(MARK);
    }
    text
}
