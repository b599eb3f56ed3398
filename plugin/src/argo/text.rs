//! `{{…}}` in a text of a Workflow: cut once, filled once. What was filled in is not looked at again.

use gene_types::field::{FieldErrorKind, FieldPath};

use super::{
    budget::{Budget, Kind, Stop},
    notes::Notes,
    scope::{Resolved, Scope},
};

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Literal(&'a str),
    /// What stands between `{{` and `}}`, without the blanks around it.
    Reference(&'a str),
}

/// The `{{` that has no `}}` after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unclosed;

/// Cuts a text into its pieces.
///
/// # Errors
/// A reference is not closed.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Unclosed> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, next) = after.split_once("}}").ok_or(Unclosed)?;
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        pieces.push(Piece::Reference(name.trim()));
        rest = next;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    Ok(pieces)
}

/// The text with every reference filled in; `None` where one cannot be, which is noted.
///
/// # Errors
/// The text grows beyond what may be made of one Workflow.
pub fn fill(
    text: &str,
    scope: &Scope<'_>,
    path: &FieldPath,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<String>, Stop> {
    let Ok(pieces) = pieces(text) else {
        unclosed(path, notes);
        return Ok(None);
    };
    let mut filled = String::new();
    let mut is_whole = true;
    for piece in pieces {
        let resolved = match piece {
            Piece::Literal(text) => {
                budget.take(Kind::Text, text.len() as u64, path, notes)?;
                filled.push_str(text);
                continue;
            }
            Piece::Reference(name) => scope.resolve(name),
        };
        match resolved {
            Ok(Resolved::Text(text)) if text.contains("{{") => {
                is_whole = false;
                let message = "a value that is put in here holds \"{{\", which Argo would fill in again";
                notes.error(path, FieldErrorKind::NotSupported, message, "write here what it stands for");
            }
            Ok(Resolved::Text(text)) => {
                budget.take(Kind::Text, text.len() as u64, path, notes)?;
                filled.push_str(&text);
            }
            Ok(Resolved::ResultOf(task)) => {
                is_whole = false;
                notes.error(
                    path,
                    FieldErrorKind::NotSupported,
                    format!("what \"{task}\" prints cannot be put in here"),
                    "let the task write it to a volume, and read it there; or write the Execution by hand, with get_result",
                );
            }
            Err(trouble) => {
                is_whole = false;
                notes.error(path, FieldErrorKind::NotFound, trouble.message, trouble.help);
            }
        }
    }
    Ok(is_whole.then_some(filled))
}

/// Notes a `{{` that is not closed.
pub fn unclosed(path: &FieldPath, notes: &mut Notes) {
    let help = "close it with }}; Argo has no way to write {{ itself";
    notes.error(path, FieldErrorKind::Invalid, "a \"{{\" is never closed", help);
}
