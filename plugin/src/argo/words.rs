//! The words of a container, and how a task of an Execution runs exactly these.
//!
//! A task is a `shell`, to which each command is given as the last word. So `[python3, align.py, s1]` becomes the shell
//! `[python3, align.py]` with the command `s1`: the same words, and no shell needs to be in the image.

use std::collections::BTreeMap;

use crate::render::shell;

/// How the commands of one task are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// The words of a program's command line.
    Words(Vec<String>),
    /// The text of a script, given to its interpreter.
    Script {
        /// The interpreter with what makes it take a script as its next word.
        shell: Vec<String>,
        /// The script.
        text: String,
    },
}

/// The `shell` of a task and its commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// `None`: the default, `sh -c`.
    pub shell: Option<Vec<String>>,
    /// The commands.
    pub lines: Vec<String>,
    /// Whether an image is asked to have a shell that the Workflow did not ask for.
    pub needs_a_shell: bool,
}

/// Words of a `shell`, and bytes of each, that the API takes.
const MAX_WORDS: usize = 64;
const MAX_WORD: usize = 4096;

/// How several forms are run by one task; `None` where only tasks of their own can.
pub fn together(forms: &[&Form]) -> Option<Commands> {
    let script = |form: &&Form| match form {
        Form::Script { shell, text } => Some((shell.clone(), text.clone())),
        Form::Words(words) => {
            let (last, shell) = words.split_last()?;
            let fits = (1..=MAX_WORDS).contains(&shell.len())
                && shell.iter().all(|word| word.len() <= MAX_WORD)
                && shell.first().is_some_and(|program| !program.is_empty());
            fits.then(|| (shell.to_vec(), last.clone()))
        }
    };
    let scripts: Option<Vec<_>> = forms.iter().map(script).collect();
    if let Some(scripts) = scripts
        && let Some((shell, _)) = scripts.first()
        && scripts.iter().all(|(other, _)| other == shell)
    {
        let shell = Some(shell.clone()).filter(|shell| *shell != ["sh", "-c"]);
        let lines = scripts.into_iter().map(|(_, text)| text).collect();
        return Some(Commands { shell, lines, needs_a_shell: false });
    }
    let lines = forms.iter().map(|form| match form {
        // exec, so that the program is the container's first process as it was.
        Form::Words(words) => {
            Some(format!("exec {}", words.iter().map(|word| shell::word(word)).collect::<Vec<_>>().join(" ")))
        }
        Form::Script { .. } => None,
    });
    lines.collect::<Option<_>>().map(|lines| Commands { shell: None, lines, needs_a_shell: true })
}

/// What makes an interpreter take a script as its next word.
pub fn takes_script(interpreter: &str) -> Option<&'static str> {
    match interpreter.rsplit('/').next().unwrap_or_default() {
        "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "python" | "python2" | "python3" => Some("-c"),
        "node" | "ruby" | "perl" => Some("-e"),
        _ => None,
    }
}

/// A word as the kubelet passes it on: `$(NAME)` is the variable's value, where the container has it, and `$$` is `$`.
///
/// # Errors
/// The variable whose value is known in the pod only.
pub fn expanded(word: &str, env: &BTreeMap<String, Option<String>>) -> Result<String, String> {
    let mut text = String::with_capacity(word.len());
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        if let Some(next) = after.strip_prefix('$') {
            text.push('$');
            rest = next;
            continue;
        }
        rest = after;
        let name = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        match name.and_then(|(name, next)| Some((name, next, env.get(name)?))) {
            Some((_, next, Some(value))) if !value.contains('$') => {
                text.push_str(value);
                rest = next;
            }
            Some((name, ..)) => return Err(name.to_owned()),
            None => text.push('$'),
        }
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Form {
        Form::Words(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_task_runs_the_words_of_its_container() {
        let check = |forms: &[Form], shell: Option<&[&str]>, commands: &[&str], needs_a_shell: bool| {
            let found = together(&forms.iter().collect::<Vec<_>>()).unwrap();
            let shell = shell.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
            assert_eq!((found.shell, found.needs_a_shell), (shell, needs_a_shell));
            assert_eq!(found.lines, commands);
        };
        check(&[words(&["sh", "-c", "echo hi"])], None, &["echo hi"], false);
        check(&[words(&["echo", "it's"])], Some(&["echo"]), &["it's"], false);
        check(&[words(&["a", "b", ""]), words(&["a", "b", "c"])], Some(&["a", "b"]), &["", "c"], false);
        check(
            &[words(&["a", "1", "x"]), words(&["a", "2 3", "x"])],
            None,
            &["exec a 1 x", "exec a '2 3' x"],
            true,
        );
        check(&[words(&["true"])], None, &["exec true"], true);
        let long = words(&["x"; 70]);
        assert!(together(&[&long]).unwrap().lines[0].starts_with("exec x x x"));
        let script = |shell: &str| Form::Script {
            shell: vec![shell.to_owned(), "-c".to_owned()],
            text: "t".to_owned(),
        };
        assert_eq!(together(&[&script("bash"), &script("sh")]), None);
    }

    #[test]
    fn variables_are_put_in_as_the_kubelet_puts_them_in() {
        let env: BTreeMap<String, Option<String>> = [
            ("A".to_owned(), Some("one".to_owned())),
            ("SECRET".to_owned(), None),
            ("B".to_owned(), Some("$(A)".to_owned())),
        ]
        .into();
        for (word, expected) in [
            ("$(A)$(A)", Ok("oneone")),
            ("$$(A)", Ok("$(A)")),
            ("$(date) $A ${A} $", Ok("$(date) $A ${A} $")),
            ("$$$(A)", Ok("$one")),
            ("$(A", Ok("$(A")),
            ("$(SECRET)", Err("SECRET")),
            ("$(B)", Err("B")),
        ] {
            let found = expanded(word, &env);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{word}");
        }
    }
}
