//! How Executions and what belongs to them are named on the command line.

use std::str::FromStr;

use gene_types::{names, v1alpha1::GROUP};

/// Whether the word is the kind, as it may stand before a name with a slash or a blank between them, and as kubectl
/// takes it: in any case, with the group, and the version before that, or without.
pub fn is_kind(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let (kind, group) = word.split_once('.').unwrap_or((&word, ""));
    let is_group = group.is_empty() || group == GROUP || group.strip_prefix("v1alpha1.") == Some(GROUP);
    is_group && !word.ends_with('.') && ["execution", "executions", "exec"].contains(&kind)
}

/// A name as it is typed: `wgs`, `execution/wgs`.
pub fn object_name(text: &str) -> Result<String, String> {
    let name = without_kind_before(text);
    if names::is_dns_subdomain(name) || is_kind(text) {
        Ok(name.to_owned())
    } else if name.contains('/') {
        Err("want the name of an Execution: wgs, or execution/wgs".to_owned())
    } else {
        Err("a name has only a-z, 0-9, \"-\" and \".\"".to_owned())
    }
}

/// What is left where the kind stands before it with a slash.
fn without_kind_before(text: &str) -> &str {
    match text.split_once('/') {
        Some((kind, rest)) if is_kind(kind) => rest,
        _ => text,
    }
}

/// The names without the kind before them: `executions wgs` means `wgs`.
pub fn without_kind(typed: &[String]) -> &[String] {
    match typed.split_first() {
        Some((kind, names)) if is_kind(kind) => names,
        _ => typed,
    }
}

/// An Execution, a task or a vertex: `wgs`, `wgs/align`, `wgs/align/3` or `wgs/align[3]`, the kind before it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The Execution's name.
    pub execution: String,
    /// The task's name.
    pub task: Option<String>,
    /// The index in the task.
    pub index: Option<u32>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = without_kind_before(text);
        let (name, rest) = text.split_once('/').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let execution = object_name(name)?;
        let Some(rest) = rest else { return Ok(Self { execution, task: None, index: None }) };
        let of_brackets = rest.strip_suffix(']').and_then(|rest| rest.split_once('['));
        let (task, index) = of_brackets
            .or_else(|| rest.split_once('/'))
            .map_or((rest, None), |(task, index)| (task, Some(index)));
        if !names::is_dns_label(task) {
            return Err(format!("{task:?} cannot be a task; want NAME/TASK or NAME/TASK/INDEX"));
        }
        let index = index.map(|index| {
            index.parse().map_err(|_| {
                format!("{index:?} cannot be an index; want a number, as in {execution}/{task}/0")
            })
        });
        Ok(Self { execution, task: Some(task.to_owned()), index: index.transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_people_write_them() {
        let target = |execution: &str, task: Option<&str>, index| {
            Some(Target { execution: execution.to_owned(), task: task.map(str::to_owned), index })
        };
        let cases = [
            ("wgs", target("wgs", None, None)),
            ("wgs/align", target("wgs", Some("align"), None)),
            ("wgs/align/3", target("wgs", Some("align"), Some(3))),
            ("execution/wgs", target("wgs", None, None)),
            ("execution.execution.kubegene.io/wgs/align/3", target("wgs", Some("align"), Some(3))),
            ("exec/exec/align", target("exec", Some("align"), None)),
            ("wgs/align[3]", target("wgs", Some("align"), Some(3))),
            ("", None),
            ("wgs/", None),
            ("/align", None),
            ("wgs/align/", None),
            ("wgs/align/-1", None),
            ("wgs/align/3/4", None),
            ("wgs/align[3", None),
            ("../secrets", None),
            ("wgs/al ign", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Target>().ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn the_kind_may_stand_before_a_name() {
        for (typed, expected) in [
            (vec!["executions"], vec![]),
            (vec!["execution", "wgs"], vec!["wgs"]),
            (vec!["exec", "exec"], vec!["exec"]),
            (vec!["wgs", "exec"], vec!["wgs", "exec"]),
            (vec!["Executions", "wgs", "e"], vec!["wgs", "e"]),
            (vec!["executions.v1alpha1.execution.kubegene.io", "wgs"], vec!["wgs"]),
            (vec!["execution.batch", "wgs"], vec!["execution.batch", "wgs"]),
            (vec!["execution.", "wgs"], vec!["execution.", "wgs"]),
            (vec![], vec![]),
        ] {
            let typed: Vec<String> = typed.into_iter().map(str::to_owned).collect();
            assert_eq!(without_kind(&typed), expected);
        }
        assert_eq!(object_name("execution.execution.kubegene.io/wgs").as_deref(), Ok("wgs"));
        assert_eq!(
            object_name("wgs/align"),
            Err("want the name of an Execution: wgs, or execution/wgs".to_owned())
        );
        for wrong in ["pod/x", "a b", "../x", "", "execution/", "A"] {
            assert!(object_name(wrong).is_err(), "{wrong:?}");
        }
    }
}
