//! How much may be made of one Workflow. Everything that multiplies is counted here before it is built.

use gene_types::field::{FieldErrorKind, FieldPath, grouped};
use serde_json::{Map, Value};

use super::notes::Notes;

/// A bound was met, and has been noted: nothing more is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// Commands of one Execution: what a cluster takes.
pub const MAX_COMMANDS: u64 = 100_000;
/// Tasks of one Execution: what is read back from a file.
const MAX_TASKS: u64 = 10_000;
/// Uses of templates, those counted in that run nothing.
const MAX_USES: u64 = 250_000;
/// A dependency takes some 60 bytes of a file, and a file has 16 MiB at most.
const MAX_DEPENDENCIES: u64 = 250_000;
/// Text with its placeholders filled in, and the values read for it, over all uses of all templates.
const MAX_TEXT: u64 = 64 << 20;
/// Templates within templates.
pub const MAX_NESTING: usize = 32;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Tasks of the Execution.
    Tasks,
    /// Commands of all its tasks.
    Commands,
    /// Uses of templates.
    Uses,
    /// What waits for what.
    Dependencies,
    /// Bytes of filled-in text, and values that are read once more.
    Text,
}

/// What has been taken.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    taken: [u64; 5],
}

impl Budget {
    /// Counts `amount` more, for what stands at `path`.
    ///
    /// # Errors
    /// It would be too much, which is noted.
    pub fn take(&mut self, kind: Kind, amount: u64, path: &FieldPath, notes: &mut Notes) -> Result<(), Stop> {
        let (most, what, help) = match kind {
            Kind::Tasks => (MAX_TASKS, "tasks", "convert a smaller part of it"),
            Kind::Commands => {
                (MAX_COMMANDS, "commands", "use fewer items here, or convert a smaller part of it")
            }
            Kind::Uses => {
                (MAX_USES, "uses of templates", "use fewer items or fewer templates within templates")
            }
            Kind::Dependencies => {
                (MAX_DEPENDENCIES, "dependencies", "put a task between the many that wait for many")
            }
            Kind::Text => (MAX_TEXT, "bytes of text", "pass large texts in files or ConfigMaps"),
        };
        let [tasks, commands, uses, dependencies, text] = &mut self.taken;
        let taken = match kind {
            Kind::Tasks => tasks,
            Kind::Commands => commands,
            Kind::Uses => uses,
            Kind::Dependencies => dependencies,
            Kind::Text => text,
        };
        *taken = taken.saturating_add(amount);
        if *taken <= most {
            return Ok(());
        }
        let message = format!("the Execution would take more than {} {what}", grouped(most));
        notes.error(path, FieldErrorKind::TooMany, message, help);
        Err(Stop)
    }
}

/// How many values an object holds, itself included: what one more reading of it costs. Documents are nested 64 deep at
/// most, so that this ends.
pub fn weight(map: &Map<String, Value>) -> u64 {
    fn of(value: &Value) -> u64 {
        match value {
            Value::Array(items) => 1 + items.iter().map(of).sum::<u64>(),
            Value::Object(map) => weight(map),
            _ => 1,
        }
    }
    1 + map.values().map(of).sum::<u64>()
}
