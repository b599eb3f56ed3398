//! Where the parts of an Execution come from, so that what is said of them is said of the workflow, in its words.

use std::collections::HashMap;

use gene_types::field::{FieldError, FieldPath, Note, Segment};

use crate::{Fault, Origin, report::path_of};

/// Where the parts of an Execution come from.
#[derive(Clone, Debug, Default)]
pub struct Places {
    parts: HashMap<Vec<Segment>, Part>,
}

#[derive(Clone, Debug)]
struct Part {
    origin: Origin,
    source: FieldPath,
    shape: Shape,
}

/// How what is within a part corresponds to what is within its source.
#[derive(Clone, Debug)]
enum Shape {
    /// The source made all of it.
    Whole,
    /// The same fields and items stand there.
    Same,
    /// Rows: so many as they stand at the source, and beyond them those of `vars_zip`, there.
    Rows(usize, FieldPath),
}

impl Places {
    /// Says that what stands at this path of the Execution was made of that.
    pub fn insert(&mut self, path: &FieldPath, origin: Origin, source: FieldPath) {
        self.put(path, origin, source, Shape::Whole);
    }

    /// The same where the fields and items within correspond to each other.
    pub(crate) fn insert_same(&mut self, path: &FieldPath, origin: Origin, source: FieldPath) {
        self.put(path, origin, source, Shape::Same);
    }

    /// The same for rows, those of `vars` before those of `vars_zip`.
    pub(crate) fn insert_rows(
        &mut self,
        path: &FieldPath,
        origin: Origin,
        source: FieldPath,
        written: usize,
        zipped: FieldPath,
    ) {
        self.put(path, origin, source, Shape::Rows(written, zipped));
    }

    fn put(&mut self, path: &FieldPath, origin: Origin, source: FieldPath, shape: Shape) {
        self.parts.insert(path.segments().to_vec(), Part { origin, source, shape });
    }

    /// What the part of the Execution at this path was made of: that of its nearest parent where it has no source of
    /// its own; the workflow itself at least. The path may lead further than the document does.
    pub fn origin_of(&self, path: &FieldPath) -> (Origin, FieldPath) {
        let segments = path.segments();
        let nearest = (0..=segments.len()).rev().find_map(|length| {
            let (start, rest) = segments.split_at_checked(length)?;
            Some((self.parts.get(start)?, rest))
        });
        let Some((part, rest)) = nearest else { return (Origin::Workflow, FieldPath::root()) };
        let source = match (&part.shape, rest) {
            (Shape::Whole, _) => part.source.clone(),
            (Shape::Rows(written, zipped), [Segment::Index(row), rest @ ..]) if row >= written => {
                match rest {
                    [Segment::Index(column), ..] => zipped.index(*column).index(row - written),
                    _ => zipped.clone(),
                }
            }
            (Shape::Same | Shape::Rows(..), rest) => {
                let mut segments = part.source.segments().to_vec();
                segments.extend(rest.iter().map(spelled));
                path_of(&segments)
            }
        };
        (part.origin, source)
    }

    /// What is said of the Execution, said of what that was made of, in the words of the grammar.
    pub fn fault(&self, mut error: FieldError) -> Fault {
        let (origin, path) = self.origin_of(&error.path);
        error.path = path;
        error.message = in_words_of_workflows(&error.message);
        error.label = error.label.map(|note| self.note(note, origin));
        error.help = error.help.map(|note| self.note(note, origin));
        Fault { origin, error }
    }

    fn note(&self, note: Note, of: Origin) -> Note {
        let at = note.at.map(|at| self.origin_of(&at)).filter(|(origin, _)| *origin == of);
        Note { text: in_words_of_workflows(&note.text), at: at.map(|(_, path)| path) }
    }
}

/// The names of an Execution's fields that a workflow spells otherwise.
const SPELLINGS: [(&str, &str); 11] = [
    ("dependents", "depends"),
    ("commandSet", "commands"),
    ("commandsIter", "commands_iter"),
    ("varsIter", "vars_iter"),
    ("genericCondition", "generic_condition"),
    ("dependJobName", "depend_job_name"),
    ("matchRules", "match_rules"),
    ("mountPath", "mount_path"),
    ("mountFrom", "mount_from"),
    ("onSkipped", "on_skipped"),
    ("Execution", "workflow"),
];

fn spelled(segment: &Segment) -> Segment {
    match segment {
        Segment::Key(key) => Segment::Key(spelling(key).to_owned()),
        index @ Segment::Index(_) => index.clone(),
    }
}

fn spelling(word: &str) -> &str {
    SPELLINGS.iter().find(|(execution, _)| *execution == word).map_or(word, |(_, workflow)| workflow)
}

/// The same sentence with the grammar's names of fields; what stands in quotes is the user's own.
fn in_words_of_workflows(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut word = String::new();
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = |word: &mut String, said: &mut String, is_quoted: bool| {
        said.push_str(if is_quoted { word } else { spelling(word) });
        word.clear();
    };
    for c in text.chars() {
        if c.is_alphanumeric() {
            word.push(c);
            is_escaped = false;
            continue;
        }
        end(&mut word, &mut said, is_quoted);
        if c == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        said.push(c);
    }
    end(&mut word, &mut said, is_quoted);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_grammars_outside_of_quotes() {
        for (said, expected) in [
            ("write dependents: [{target: a}]", "write depends: [{target: a}]"),
            (
                r#""dependents" waits for "a\"commandSet", commandSet"#,
                r#""dependents" waits for "a\"commandSet", commands"#,
            ),
            ("element 1 of varsIter is empty", "element 1 of vars_iter is empty"),
        ] {
            assert_eq!(in_words_of_workflows(said), expected);
        }
    }

    #[test]
    fn rows_beyond_those_written_are_the_zipped_ones() {
        let mut places = Places::default();
        let root = FieldPath::root();
        let vars = root.key("vars");
        places.insert_rows(&root.key("rows"), Origin::Workflow, vars.clone(), 2, root.key("vars_zip"));
        let of = |row, column| places.origin_of(&root.key("rows").index(row).index(column)).1;
        assert_eq!(of(1, 0), vars.index(1).index(0));
        assert_eq!(of(3, 0), root.key("vars_zip").index(0).index(1));
    }
}
