//! Workflow files: what they need beside themselves is read here, and they become Executions whose parts are still known
//! by their places in the files that they came from.
//!
//! A tool repository and a sheet of samples are others' data. What they can do is bound where they are read: bytes, files,
//! cells, redirects and time; and nothing in them is more than a value or a tool's own text.

mod compile;
mod fetch;
mod inputs;
mod instantiated;
mod name;
mod names;
mod origin;
mod repository;
mod sheet;

use std::{
    cell::{Cell, OnceCell},
    path::Path,
    rc::Rc,
    sync::Arc,
};

use gene_workflow::is_workflow;
use serde_json::Value;

pub use self::{compile::compile, instantiated::Instantiated, origin::Origin};
use self::{inputs::read_inputs, repository::Tools};
use crate::{
    cli::WorkflowArgs,
    manifest::{Document, Refused, Source, Wanted, is_stdin},
    print,
    render::text::printable,
};

/// What workflows need beside themselves: inputs, what was set on the command line, tools. Tools are read when the first
/// workflow is met.
#[derive(Clone, Debug, Default)]
pub struct Materials(Rc<Given>);

#[derive(Debug, Default)]
struct Given {
    inputs: Option<Part>,
    sets: Vec<(String, String)>,
    /// Where tools are; none: nowhere, not even in the usual place.
    repositories: Option<Vec<String>>,
    reads_stdin: bool,
    tools: OnceCell<Tools>,
    was_asked_for: bool,
    is_used: Cell<bool>,
}

/// A document, and the text that it stands in.
#[derive(Debug)]
struct Part {
    source: Arc<Source>,
    document: Document,
}

impl Materials {
    /// Reads what the command line names.
    ///
    /// # Errors
    /// Something cannot be read, and that has been printed.
    pub fn read(args: &WorkflowArgs) -> Result<Self, Refused> {
        let mut sets = Vec::with_capacity(args.set.len());
        for set in &args.set {
            let Some((name, value)) = set.split_once('=') else {
                print::talk(&format!(
                    "error: --set {} gives no value\nhelp: write --set NAME=VALUE\n",
                    printable(set)
                ));
                return Err(Refused);
            };
            sets.push((name.to_owned(), value.to_owned()));
        }
        let inputs = match &args.input {
            Some(path) => read_inputs(path)?,
            None => None,
        };
        Ok(Self(Rc::new(Given {
            inputs,
            sets,
            repositories: Some(args.tool_repo.clone()),
            reads_stdin: args.input.as_deref().is_some_and(is_stdin),
            tools: OnceCell::new(),
            was_asked_for: args.input.is_some() || !args.set.is_empty() || !args.tool_repo.is_empty(),
            is_used: Cell::new(false),
        })))
    }

    /// Whether the inputs were read from standard input.
    pub fn took_stdin(&self) -> bool {
        self.0.reads_stdin
    }

    /// Whether something was given, and no workflow was met that could use it.
    pub fn are_idle(&self) -> bool {
        self.0.was_asked_for && !self.0.is_used.get()
    }

    fn tools(&self) -> &Tools {
        self.0.tools.get_or_init(|| match &self.0.repositories {
            Some(named) => Tools::read(named, self.rank_of_tool(0)),
            None => Tools::default(),
        })
    }

    /// What is wrong with the workflow is told first, then what is wrong with the inputs, the command line, the tools.
    fn rank_of_set(position: usize) -> usize {
        1 + position
    }

    fn rank_of_tool(&self, position: usize) -> usize {
        1 + self.0.sets.len() + position
    }
}

/// Whether a document is to be read as a workflow.
pub fn is_meant(document: &Value, wanted: Wanted) -> bool {
    let is_object_of_api = document.get("apiVersion").is_some() && document.get("kind").is_some();
    match wanted {
        Wanted::Any => is_workflow(document) && !is_object_of_api,
        // Without the key it is one that is wrong.
        Wanted::Workflows => document.is_object() && document.get("kind").is_none(),
    }
}

/// What the extension of a file says, in lower case.
fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}
