//! Where a fault of a workflow stands: in the workflow's own file, in the inputs, in a tool, or on the command line.

use std::sync::Arc;

use gene_types::field::{FieldError, FieldPath, shorten};
use gene_workflow::{Compiled, Fault, Origin as Of};
use serde_json::Value;

use super::{Instantiated, Materials};
use crate::manifest::{Diagnostic, Node, Severity, Source, locate};

/// Where an Execution comes from that was made of a workflow.
#[derive(Debug)]
pub struct Origin {
    pub(super) node: Node,
    pub(super) materials: Materials,
    pub(super) compiled: Compiled,
}

impl Origin {
    /// A fault of the Execution, at the place of what that part of it was made of.
    pub fn locate(&self, source: &Source, severity: Severity, error: &FieldError) -> Diagnostic {
        let fault = self.compiled.places.fault(error.clone());
        place(source, &self.node, &self.materials, severity, &fault)
    }

    /// Whether the workflow, or what it needs, has anything that this part of the Execution was made of.
    pub fn holds(&self, path: &FieldPath) -> bool {
        self.compiled.places.origin_of(path) != (Of::Workflow, FieldPath::root())
    }

    /// The Execution's document.
    pub fn document(&self) -> Value {
        self.compiled.execution.clone()
    }

    /// The workflow with everything filled in, and this name where one is given; absent where the document was not kept.
    pub fn instantiated(&self, name: Option<&str>) -> Option<Instantiated> {
        let execution = &self.compiled.execution;
        (!execution.is_null()).then(|| Instantiated::new(self.compiled.instantiated(), execution, name))
    }
}

/// A fault, at its place; `node` is the workflow's.
pub(super) fn place(
    source: &Source,
    node: &Node,
    materials: &Materials,
    severity: Severity,
    fault: &Fault,
) -> Diagnostic {
    let part = |part: &super::Part, rank| {
        locate(&part.source, &part.document.node, severity, &fault.error).elsewhere(&part.source, rank)
    };
    let given = &materials.0;
    let elsewhere = match fault.origin {
        Of::Workflow => None,
        Of::Inputs => given.inputs.as_ref().map(|inputs| part(inputs, 0)),
        Of::Set(position) => given.sets.get(position).map(|(name, value)| {
            let typed = Source::new(format!("--set {}={}", shorten(name), shorten(value)), "");
            let rank = Materials::rank_of_set(position);
            let mut diagnostic = locate(&typed, &Node::nowhere(), severity, &fault.error);
            diagnostic.at = None;
            diagnostic.elsewhere(&Arc::new(typed), rank)
        }),
        Of::Tool(position) => {
            let tool = materials.tools().parts.get(position);
            tool.map(|tool| part(tool, materials.rank_of_tool(position)))
        }
    };
    elsewhere.unwrap_or_else(|| locate(source, node, severity, &fault.error))
}
