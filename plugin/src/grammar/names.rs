//! Names that YAML does not read as they are written: unquoted, `n` means false and `010` means 8, as it did for the
//! original.

use gene_types::field::FieldPath;

use crate::manifest::{Children, Diagnostic, Node, Source, plain_scalar};

/// What has names of the user's own below it.
const SECTIONS: [&str; 4] = ["inputs", "workflow", "volumes", "outputs"];
/// So many are told.
const SHOWN: usize = 100;

/// A word of warning for each name of an input, task, volume or output that means something else than it says.
pub(super) fn misread(source: &Source, workflow: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for section in SECTIONS {
        let section = workflow.find(&FieldPath::root().key(section));
        let Children::Map(entries) = &section.node.children else { continue };
        for entry in entries.iter().filter(|_| section.exact) {
            let written = source.slice(entry.key_span);
            let is_misread = *entry.key != *written
                && plain_scalar(written).is_ok_and(|value| value.is_boolean() || value.is_number());
            if is_misread && found.len() < SHOWN {
                let warning = Diagnostic::error(format!("the name {written} is read as \"{}\"", entry.key));
                let help = format!("write \"{written}\" in quotes: \"{written}\"");
                found.push(warning.at(entry.key_span).help(help).into_warning());
            }
        }
    }
    found
}
