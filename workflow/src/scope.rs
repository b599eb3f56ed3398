//! What `${name}` stands for, and texts filled with it: once, in one pass, within a bound.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashSet},
};

use gene_types::field::{FieldErrorKind, shorten};
use serde_json::Value;

use crate::{
    report::{At, Report},
    text::{Piece, Text},
};

/// An input that has a value.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) value: Value,
    /// The value as it stands in a text.
    pub(crate) text: String,
    /// Whether anything refers to it.
    pub(crate) is_used: Cell<bool>,
}

/// The inputs by name; `None`: at fault, and said so.
pub(crate) type Inputs = BTreeMap<String, Option<Input>>;

/// The inputs, and how much may still be made of them.
#[derive(Debug)]
pub(crate) struct Scope {
    inputs: Inputs,
    /// Bytes that may still be filled in.
    budget: Cell<usize>,
    is_exhausted: Cell<bool>,
    /// Whether something at fault was asked for.
    touched_faulty: Cell<bool>,
}

/// The most bytes that all values put in for placeholders and all values of ranges have together: inputs that name
/// inputs double with every step, and any of them may stand in a hundred thousand commands.
const BUDGET: usize = 64 << 20;

/// What is taken for one value of a list, whatever its text.
const CELL_BYTES: usize = 32;

/// What has a name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named<'a> {
    Input(&'a Input),
    /// An input that is at fault, which was said.
    Faulty,
    Nothing,
}

/// A piece of a text with its inputs filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    /// `item` or a number, which no input is called.
    Hole(String),
}

/// What becomes of a name that nothing is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    Refused,
    /// It stays as it stands, with a warning.
    Kept,
}

impl Scope {
    pub(crate) fn new(inputs: Inputs) -> Self {
        Self {
            inputs,
            budget: Cell::new(BUDGET),
            is_exhausted: Cell::new(false),
            touched_faulty: Cell::new(false),
        }
    }

    pub(crate) fn into_inputs(self) -> Inputs {
        self.inputs
    }

    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Whether anything at fault was asked for since it was last taken.
    pub(crate) fn touched_faulty(&self) -> bool {
        self.touched_faulty.get()
    }

    /// The same, from now on anew.
    pub(crate) fn take_touched_faulty(&self) -> bool {
        self.touched_faulty.replace(false)
    }

    /// Notes that something at fault was asked for.
    pub(crate) fn touch_faulty(&self) {
        self.touched_faulty.set(true);
    }

    /// The input of a name.
    pub(crate) fn input(&self, name: &str) -> Named<'_> {
        match self.inputs.get(name) {
            Some(Some(input)) => {
                input.is_used.set(true);
                Named::Input(input)
            }
            Some(None) => {
                self.touched_faulty.set(true);
                Named::Faulty
            }
            None => Named::Nothing,
        }
    }

    /// The input that a whole text refers to; an unknown one is an error.
    pub(crate) fn required(&self, name: &str, at: &At<'_>, report: &mut Report) -> Option<&Input> {
        match self.input(name) {
            Named::Input(input) => Some(input),
            Named::Faulty => None,
            Named::Nothing => {
                self.refuse_unknown(name, at, report);
                None
            }
        }
    }

    /// Takes so many values of so many bytes out of what may still be made.
    pub(crate) fn charge(&self, values: usize, bytes: usize, at: &At<'_>, report: &mut Report) -> Option<()> {
        let cost = values.saturating_mul(CELL_BYTES).saturating_add(bytes);
        if let Some(left) = self.budget.get().checked_sub(cost) {
            self.budget.set(left);
            return Some(());
        }
        self.touched_faulty.set(true);
        if !self.is_exhausted.replace(true) {
            let message = format!("what is filled in here and before has over {} MiB", BUDGET >> 20);
            let fault = at.fault(FieldErrorKind::TooMany, message);
            report.error(at.origin(), fault.help("put the data into a file and read it from there"));
        }
        None
    }

    /// Fills in the inputs; numbers and `item` stay as holes.
    pub(crate) fn parts(
        &self,
        text: &str,
        unknown: Unknown,
        at: &At<'_>,
        report: &mut Report,
    ) -> Option<Vec<Part>> {
        if !text.contains("${") {
            return Some(vec![Part::Literal(text.to_owned())]);
        }
        let text = Text::new(text);
        let filled = text.names().map(|name| match self.input(name) {
            Named::Input(input) => input.text.len(),
            Named::Faulty | Named::Nothing => 0,
        });
        self.charge(0, filled.sum(), at, report)?;
        let mut parts = Vec::with_capacity(text.pieces.len());
        let mut is_sound = true;
        let mut refused = HashSet::new();
        for piece in text.pieces {
            match piece {
                Piece::Literal(text) => push(&mut parts, &text),
                Piece::Unterminated(rest) => {
                    refuse_unterminated(&rest, at, report);
                    is_sound = false;
                }
                Piece::Placeholder(name) => match self.input(&name) {
                    Named::Input(input) => push(&mut parts, &input.text),
                    Named::Faulty => is_sound = false,
                    Named::Nothing if is_hole(&name) => parts.push(Part::Hole(name)),
                    Named::Nothing if unknown == Unknown::Kept => {
                        self.warn_kept(&name, at, report);
                        push(&mut parts, &format!("${{{name}}}"));
                    }
                    Named::Nothing => {
                        is_sound = false;
                        if refused.insert(name.clone()) {
                            self.refuse_unknown(&name, at, report);
                        }
                    }
                },
            }
        }
        is_sound.then_some(parts)
    }

    /// Fills in the inputs; numbers and `item` stay as they stand.
    pub(crate) fn fill(
        &self,
        text: &str,
        unknown: Unknown,
        at: &At<'_>,
        report: &mut Report,
    ) -> Option<String> {
        Some(written(&self.parts(text, unknown, at, report)?))
    }

    fn refuse_unknown(&self, name: &str, at: &At<'_>, report: &mut Report) {
        self.touched_faulty.set(true);
        let shown = shorten(name);
        let fault = at
            .fault(FieldErrorKind::NotFound, format!("no input is called {shown:?}"))
            .value(format!("${{{name}}}"));
        let help = match report.nearest(name, self.inputs.keys().map(String::as_str)) {
            Some(near) => format!("there is an input {near:?}"),
            None if is_shell_name(name) => {
                format!("declare it under inputs; a variable of the shell is written without braces: ${name}")
            }
            None => "declare it under inputs".to_owned(),
        };
        report.error(at.origin(), fault.help(help));
    }

    fn warn_kept(&self, name: &str, at: &At<'_>, report: &mut Report) {
        let message =
            format!("no input is called {:?}, so ${{{}}} stays as it is", shorten(name), shorten(name));
        let fault = at.fault(FieldErrorKind::NotFound, message);
        let help = match report.nearest(name, self.inputs.keys().map(String::as_str)) {
            Some(near) => format!("there is an input {near:?}"),
            None => "declare it under inputs, if one is meant".to_owned(),
        };
        report.warn(at.origin(), fault.help(help));
    }
}

/// The parts as one text, holes as they stand.
pub(crate) fn written(parts: &[Part]) -> String {
    let texts = parts.iter().map(|part| match part {
        Part::Literal(text) => text.clone(),
        Part::Hole(name) => format!("${{{name}}}"),
    });
    texts.collect()
}

/// Whether the name is one that rows give a meaning to: `item` or a number.
pub(crate) fn is_hole(name: &str) -> bool {
    name == "item" || (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Appends literal text, so that no two literal parts stand side by side.
pub(crate) fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Literal(last)) => last.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

/// Refuses a placeholder that nothing ends.
pub(crate) fn refuse_unterminated(rest: &str, at: &At<'_>, report: &mut Report) {
    let shown = format!("${{{rest}");
    let fault = at.fault(FieldErrorKind::Invalid, "\"${\" has no \"}\" that ends it").value(shown);
    report.error(at.origin(), fault.help("end it with \"}\", or remove \"${\""));
}

fn is_shell_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
