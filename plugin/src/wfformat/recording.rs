//! What of a recording is used, each value of the type that it must have.

use std::collections::{BTreeMap, HashMap};

use gene_types::{
    field::{FieldError, FieldErrorKind, FieldPath, grouped},
    limits::Limits,
};
use serde_json::{Map, Value};

use super::{
    faults::Faults,
    values::{Reader, given, kind},
};

/// The version of `WfFormat` that is read.
pub(super) const SCHEMA_VERSION: &str = "1.5";

/// A recorded run.
#[derive(Debug)]
pub(super) struct Recording {
    pub name: Option<String>,
    pub tasks: Vec<Recorded>,
    pub warnings: Vec<String>,
}

/// One recorded task.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub id: String,
    /// Where it stands.
    pub path: FieldPath,
    /// Absent where the recording has no such list.
    pub parents: Option<Vec<String>>,
    /// Absent where the recording has no such list.
    pub children: Option<Vec<String>>,
    pub seconds: Option<f64>,
    pub memory: Option<u64>,
    pub command: Option<RecordedCommand>,
}

/// A recorded command, not empty.
#[derive(Debug)]
pub(super) struct RecordedCommand {
    pub program: String,
    pub arguments: Vec<String>,
    /// Where it stands.
    pub path: FieldPath,
}

/// Takes what is used from a document.
pub(super) fn understand(document: &Value) -> Result<Recording, Faults> {
    let mut reader = Reader::default();
    let recording = reader.recording(document);
    match recording {
        Some(recording) if reader.faults.count() == 0 => Ok(recording),
        _ => Err(reader.faults),
    }
}

impl Reader {
    fn recording(&mut self, document: &Value) -> Option<Recording> {
        let path = FieldPath::root();
        let root = self.object(document, &path)?;
        // What another version means by the other fields is not for this reader to say.
        if !self.is_supported(root) {
            return None;
        }
        let name = self.text_at(root, "name", &path);
        let workflow = self.required_object(root, "workflow", &path)?;
        let path = path.key("workflow");
        let specification = self.required_object(workflow, "specification", &path);
        let (mut tasks, warnings) = (self.tasks(specification?, &path.key("specification"))?, Vec::new());
        let mut recording = Recording { name, tasks: Vec::new(), warnings };
        if let Some(execution) = given(workflow, "execution") {
            let path = path.key("execution");
            let execution = self.object(execution, &path)?;
            self.measurements(execution, &path, &mut tasks, &mut recording.warnings);
        }
        recording.tasks = tasks;
        Some(recording)
    }

    fn is_supported(&mut self, root: &Map<String, Value>) -> bool {
        let path = FieldPath::root().key("schemaVersion");
        let fault = match given(root, "schemaVersion") {
            Some(Value::String(version)) if version == SCHEMA_VERSION => return true,
            Some(Value::String(version)) => {
                let message =
                    format!("this recording is in WfFormat {:?}", gene_types::field::shorten(version));
                FieldError::new(path, FieldErrorKind::NotSupported, message).value(version)
            }
            Some(other) => FieldError::new(
                path,
                FieldErrorKind::TypeInvalid,
                format!("schemaVersion is {}", kind(other)),
            ),
            None => FieldError::new(
                path,
                FieldErrorKind::Required,
                "this is no WfFormat recording: it has no schemaVersion",
            ),
        };
        self.faults.push(fault.help(format!(
            "only WfFormat {SCHEMA_VERSION:?} is read: convert the recording with WfCommons first"
        )));
        false
    }

    fn tasks(&mut self, specification: &Map<String, Value>, path: &FieldPath) -> Option<Vec<Recorded>> {
        let path = path.key("tasks");
        let Some(value) = given(specification, "tasks") else {
            self.fault(
                &path,
                FieldErrorKind::Required,
                "the recording has no list of tasks",
                "a recording has at least one task",
            );
            return None;
        };
        let list = self.list(value, &path)?;
        if list.is_empty() {
            self.fault(
                &path,
                FieldErrorKind::Required,
                "the recording has no tasks",
                "a recording has at least one task",
            );
        }
        let most = Limits::LOCAL.tasks as usize;
        if list.len() > most {
            let message = format!("the recording has {} tasks", grouped(list.len() as u64));
            self.fault(
                &path,
                FieldErrorKind::TooMany,
                &message,
                &format!("an Execution has at most {}", grouped(most as u64)),
            );
            return None;
        }
        let tasks = list.iter().enumerate().filter_map(|(at, task)| self.task(task, path.index(at)));
        Some(tasks.collect())
    }

    fn task(&mut self, value: &Value, path: FieldPath) -> Option<Recorded> {
        let task = self.object(value, &path)?;
        let id = self.id(task, &path);
        let parents = self.texts_at(task, "parents", &path);
        let children = self.texts_at(task, "children", &path);
        Some(Recorded { id: id?, path, parents, children, ..Recorded::default() })
    }

    /// What was measured of the tasks, by id.
    fn measurements(
        &mut self,
        execution: &Map<String, Value>,
        path: &FieldPath,
        tasks: &mut [Recorded],
        warnings: &mut Vec<String>,
    ) {
        let path = path.key("tasks");
        let Some(list) = given(execution, "tasks").and_then(|value| self.list(value, &path)) else { return };
        let places: HashMap<String, usize> =
            tasks.iter().enumerate().map(|(at, task)| (task.id.clone(), at)).collect();
        let mut seen = BTreeMap::new();
        let mut strangers = 0_usize;
        for (at, value) in list.iter().enumerate() {
            let path = path.index(at);
            let Some(measured) = self.object(value, &path) else { continue };
            let Some(id) = self.id(measured, &path) else { continue };
            if let Some(first) = seen.insert(id.clone(), at) {
                let message = format!("the execution of {id:?} is recorded twice");
                let help = format!("keep one of the two; the first is tasks[{first}]");
                self.fault(&path.key("id"), FieldErrorKind::Duplicate, &message, &help);
            }
            let seconds = self.amount_at(measured, "runtimeInSeconds", &path);
            // No memory is measured to a fraction of a byte, yet some are written so.
            #[allow(clippy::cast_sign_loss, reason = "an amount is not negative")]
            let memory = self.amount_at(measured, "memoryInBytes", &path).map(|bytes| bytes.ceil() as u64);
            let command = self.command(measured, &path);
            match places.get(&id).and_then(|place| tasks.get_mut(*place)) {
                Some(task) => (task.seconds, task.memory, task.command) = (seconds, memory, command),
                None => strangers += 1,
            }
        }
        if strangers > 0 {
            let of = list.len();
            warnings.push(format!(
                "{path}: left out what names no task of the specification ({strangers} of {of})"
            ));
        }
    }

    fn command(&mut self, measured: &Map<String, Value>, path: &FieldPath) -> Option<RecordedCommand> {
        let path = path.key("command");
        let command = self.object(given(measured, "command")?, &path)?;
        let program = self.text_at(command, "program", &path).unwrap_or_default();
        let arguments = self.texts_at(command, "arguments", &path).unwrap_or_default();
        let is_empty = program.trim().is_empty() && arguments.is_empty();
        (!is_empty).then_some(RecordedCommand { program, arguments, path })
    }

    fn id(&mut self, object: &Map<String, Value>, path: &FieldPath) -> Option<String> {
        let id = match given(object, "id") {
            Some(_) => self.text_at(object, "id", path)?,
            None => String::new(),
        };
        if id.is_empty() {
            self.fault(
                &path.key("id"),
                FieldErrorKind::Required,
                "the task has no id",
                "every recorded task has an id of its own",
            );
            return None;
        }
        Some(id)
    }
}
