//! The variables of a command: the caller's, `GENE_*`, and the task's own `env` as a kubelet would
//! expand it.

use std::{borrow::Cow, ffi::OsString};

use gene_types::plan::Command;

/// Variables whose names begin so hold the row's cells; those of an outer run must not show through.
const ARGUMENT_PREFIX: &str = "GENE_ARG_";
/// The variable by which processes that outlived their run are found.
pub const RUN_ID: &str = "GENE_RUN_ID";

/// The variables of one task's commands.
#[derive(Clone, Debug)]
pub struct Environment {
    execution: String,
    task: String,
    run_id: String,
    own: Vec<Own>,
}

/// One entry of the task's `env`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its name.
    pub name: String,
    /// Its value as it stands in the file or was given.
    pub value: String,
    /// Whether `$(NAME)` and `$$` in it mean something: they do in `value`, not in what
    /// `valueFrom` brings.
    pub is_expanded: bool,
}

impl Environment {
    /// The variables of a task; `own` in the order of the file.
    pub fn new(execution: &str, task: &str, run_id: &str, own: Vec<Own>) -> Self {
        Self { execution: execution.to_owned(), task: task.to_owned(), run_id: run_id.to_owned(), own }
    }

    /// The task's own variables and `GENE_*`, in order; where a name comes twice the last one counts.
    pub fn variables(
        &self,
        index: u32,
        attempt: u32,
        command: &Command,
    ) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
        let mut variables: Vec<(Cow<str>, Cow<str>)> =
            Vec::with_capacity(self.own.len() + command.arguments.len() + 5);
        variables.push(("GENE_EXECUTION".into(), self.execution.as_str().into()));
        variables.push(("GENE_TASK".into(), self.task.as_str().into()));
        variables.push(("GENE_INDEX".into(), index.to_string().into()));
        variables.push(("GENE_ATTEMPT".into(), attempt.to_string().into()));
        for (position, argument) in command.arguments.iter().enumerate() {
            let name = format!("{ARGUMENT_PREFIX}{}", position + 1);
            variables.push((name.into(), argument.clone().into()));
        }
        for own in &self.own {
            let value = if own.is_expanded && own.value.contains('$') {
                expand(&own.value, |name| {
                    variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
                })
                .into()
            } else {
                own.value.as_str().into()
            };
            variables.push((own.name.as_str().into(), value));
        }
        variables.push((RUN_ID.into(), self.run_id.as_str().into()));
        variables
    }
}

/// The caller's variables that must not reach a command: the cells of a row of an outer run.
pub fn foreign_arguments() -> Vec<OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.as_encoded_bytes().starts_with(ARGUMENT_PREFIX.as_bytes()))
        .collect()
}

/// Expands `$(NAME)` and `$$` as a kubelet does: one pass; a name that nobody knows, an unclosed
/// `$(` and any other `$` stay as they are.
fn expand<'a>(text: &str, lookup: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((name, after)) = after.strip_prefix('(').and_then(|after| after.split_once(')')) {
            match lookup(name) {
                Some(value) => expanded.push_str(value),
                None => expanded.extend(["$(", name, ")"]),
            }
            rest = after;
        } else {
            expanded.push('$');
            rest = after;
        }
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_expand(text: &str, expected: &str) {
        let lookup = |name: &str| match name {
            "A" => Some("a"),
            "EMPTY" => Some(""),
            "DOLLAR" => Some("$(A)"),
            _ => None,
        };
        assert_eq!(expand(text, lookup), expected, "{text:?}");
    }

    #[test]
    fn references_are_expanded_as_a_kubelet_does() {
        // The cases of Kubernetes' own expansion, in our words.
        check_expand("", "");
        check_expand("plain", "plain");
        check_expand("$(A)", "a");
        check_expand("x$(A)y$(A)", "xaya");
        check_expand("$(EMPTY)|", "|");
        check_expand("$$(A)", "$(A)");
        check_expand("$$$(A)", "$a");
        check_expand("$$$$(A)", "$$(A)");
        check_expand("$(UNKNOWN)", "$(UNKNOWN)");
        check_expand("$(A", "$(A");
        check_expand("$((A))", "$((A))");
        check_expand("$()", "$()");
        check_expand("$A ${A} $", "$A ${A} $");
        check_expand("$(DOLLAR)", "$(A)");
        check_expand("ä$(A)ö", "äaö");
    }

    fn own(name: &str, value: &str) -> Own {
        Own { name: name.into(), value: value.into(), is_expanded: true }
    }

    /// The value that a process sees: the last of a name.
    fn seen<'a>(variables: &'a [(Cow<str>, Cow<str>)], name: &str) -> Option<&'a str> {
        variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    #[test]
    fn own_variables_see_earlier_ones_and_ours() {
        let env = vec![
            own("FIRST", "$(GENE_TASK)-$(GENE_INDEX)-$(GENE_ARG_2)"),
            own("SECOND", "<$(FIRST)>$(LATER)"),
            own("LATER", "1"),
            own("LATER", "$(LATER)2"),
            Own { name: "GIVEN".into(), value: "$(FIRST)$$".into(), is_expanded: false },
            own("HOME_OF_CALLER", "$(HOME)"),
        ];
        let environment = Environment::new("wgs", "align", "r-1", env);
        let command = Command { text: String::new(), arguments: vec!["s1".into(), "$$x".into()] };
        let variables = environment.variables(7, 2, &command);
        for (name, expected) in [
            ("GENE_EXECUTION", "wgs"),
            ("GENE_TASK", "align"),
            ("GENE_INDEX", "7"),
            ("GENE_ATTEMPT", "2"),
            ("GENE_ARG_1", "s1"),
            ("GENE_ARG_2", "$$x"),
            ("GENE_RUN_ID", "r-1"),
            ("FIRST", "align-7-$$x"),
            ("SECOND", "<align-7-$$x>$(LATER)"),
            ("LATER", "12"),
            ("GIVEN", "$(FIRST)$$"),
            ("HOME_OF_CALLER", "$(HOME)"),
        ] {
            assert_eq!(seen(&variables, name), Some(expected), "{name}");
        }
        assert_eq!(seen(&variables, "GENE_ARG_3"), None);
    }
}
