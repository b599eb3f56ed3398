//! What a file held, once all of it was found sound; and what is said of it later, at its place in the file.

use std::sync::Arc;

use gene_types::{
    ValidExecution,
    field::{FieldError, counted},
};
use serde_json::Value;

use super::{
    SHOWN, check,
    report::{Diagnostic, Severity, render},
    show,
    source::Source,
};
use crate::grammar::{self, Instantiated};

/// One Execution of a file, checked: one that stands there, or one that was made of a workflow.
#[derive(Debug)]
pub struct Loaded {
    /// The Execution with defaults filled in.
    pub valid: ValidExecution,
    /// The document itself, without defaults, where it was asked for: what stands in the file, or what was made of the
    /// workflow there.
    pub document: Option<Value>,
    /// The file's name as a person would write it; `<stdin>` for `-`.
    pub file: String,
    pub(super) source: Arc<Source>,
    pub(super) origin: Origin,
}

/// Where an Execution comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// It stands in the file.
    Execution(check::Origin),
    /// It was made of a workflow of the file.
    Workflow(Box<grammar::Origin>),
}

impl Origin {
    fn locate(&self, source: &Source, severity: Severity, error: &FieldError) -> Diagnostic {
        match self {
            Self::Execution(origin) => origin.locate(source, severity, error),
            Self::Workflow(origin) => origin.locate(source, severity, error),
        }
    }

    /// A server judges what it has made of the file: what is not there is shown without a place.
    fn locate_if_there(&self, source: &Source, severity: Severity, error: &FieldError) -> Diagnostic {
        let mut diagnostic = self.locate(source, severity, error);
        let is_there = match self {
            Self::Execution(origin) => origin.holds(&error.path),
            Self::Workflow(origin) => origin.holds(&error.path),
        };
        if !is_there {
            diagnostic.at = None;
            diagnostic.path = error.path.to_string();
        }
        diagnostic
    }
}

impl Loaded {
    /// Whether it was made of a workflow.
    pub fn is_workflow(&self) -> bool {
        matches!(self.origin, Origin::Workflow(_))
    }

    /// The workflow with everything filled in, and this name where one is given. Absent where the file has the
    /// Execution itself, or where documents were not asked for.
    pub fn instantiated(&self, name: Option<&str>) -> Option<Instantiated> {
        match &self.origin {
            Origin::Workflow(origin) => origin.instantiated(name),
            Origin::Execution(_) => None,
        }
    }

    /// Refuses the Execution for what the command at hand asks of it: shows each fault at its place in the
    /// file, on standard error.
    pub fn refuse(&self, errors: &[FieldError]) {
        let located = |error| self.origin.locate(&self.source, Severity::Error, error);
        let held =
            Held { executions: u64::from(!self.is_workflow()), workflows: u64::from(self.is_workflow()) };
        show(&self.source, errors.iter().map(located).collect(), held);
    }

    /// The text that shows what a server refuses the Execution for.
    pub fn refused_by_server(&self, errors: &[FieldError]) -> String {
        let shown = self.told_by_server(Severity::Error, errors);
        let count = counted(errors.len() as u64, "error", "errors");
        format!("{shown}the server refused 1 Execution of {}: {count}\n", self.file)
    }

    /// The text that shows what a server takes and yet has a word about.
    pub fn warned_by_server(&self, warnings: &[FieldError]) -> String {
        self.told_by_server(Severity::Warning, warnings)
    }

    fn told_by_server(&self, severity: Severity, faults: &[FieldError]) -> String {
        let located = |fault| self.origin.locate_if_there(&self.source, severity, fault);
        let mut diagnostics: Vec<Diagnostic> = faults.iter().map(located).collect();
        diagnostics.sort_by_key(|diagnostic| (diagnostic.at.is_none(), diagnostic.order()));
        diagnostics.iter().take(SHOWN).map(|diagnostic| render(&self.source, diagnostic)).collect()
    }
}

/// A file without errors.
#[derive(Debug)]
pub struct Accepted {
    /// Its name as a person would write it, safe to print.
    pub file: String,
    /// Its Executions.
    pub loaded: Vec<Loaded>,
    /// How many warnings were printed.
    pub warnings: usize,
}

impl Accepted {
    /// What the file holds: `1 workflow and 2 Executions`.
    pub fn held(&self) -> Held {
        let workflows = self.loaded.iter().filter(|loaded| loaded.is_workflow()).count() as u64;
        Held { executions: self.loaded.len() as u64 - workflows, workflows }
    }
}

/// How much a file holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    /// Executions.
    pub executions: u64,
    /// Workflows.
    pub workflows: u64,
}

impl Held {
    /// Whether it is nothing.
    pub fn is_empty(self) -> bool {
        self.executions + self.workflows == 0
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let executions = counted(self.executions, "Execution", "Executions");
        let workflows = counted(self.workflows, "workflow", "workflows");
        match (self.workflows, self.executions) {
            (0, _) => f.write_str(&executions),
            (_, 0) => f.write_str(&workflows),
            _ => write!(f, "{workflows} and {executions}"),
        }
    }
}
