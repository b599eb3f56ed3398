//! What stands in a document: commands with what they print, Executions, links.

use std::{collections::BTreeSet, fs, path::Path};

use crate::place::{files, root};

/// A document of the repository.
pub struct Document {
    /// Its path from the root of the repository.
    pub name: String,
    pub text: String,
}

/// A fenced block.
pub struct Block<'a> {
    /// Of its first line, from 1.
    pub line: usize,
    pub lines: Vec<&'a str>,
}

/// One command, and what it should do.
pub struct Step<'a> {
    /// In the document, from 1.
    pub line: usize,
    pub command: &'a str,
    pub code: i32,
    pub expected: Vec<&'a str>,
}

/// Every document.
pub fn documents() -> Vec<Document> {
    let pages = files(&root().join("docs")).into_iter().map(|name| format!("docs/{name}"));
    let names = ["README.md", "ARCHITECTURE.md"].map(str::to_owned).into_iter().chain(pages);
    let read =
        |name: String| Document { text: fs::read_to_string(root().join(&name)).expect("a document"), name };
    names.map(read).collect()
}

/// The fenced blocks of a language.
pub fn blocks<'a>(text: &'a str, language: &str) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(opened) = line.strip_prefix("```") {
            let inside: Vec<_> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            if opened == language {
                blocks.push(Block { line: number + 2, lines: inside });
            }
        }
    }
    blocks
}

/// The commands of a document, in order.
pub fn steps(document: &Document) -> Vec<Step<'_>> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks(&document.text, "console") {
        let mut of_block = Vec::new();
        for (line, text) in (block.line..).zip(block.lines) {
            if let Some(typed) = text.strip_prefix("$ ") {
                let (command, code) = match typed.rsplit_once("# exit ") {
                    Some((command, code)) => (command.trim_end(), code.parse().expect("an exit code")),
                    None => (typed, 0),
                };
                of_block.push(Step { line, command, code, expected: Vec::new() });
            } else {
                let step = of_block.last_mut();
                step.unwrap_or_else(|| panic!("{}:{line}: no command before this", document.name))
                    .expected
                    .push(text);
            }
        }
        steps.extend(of_block);
    }
    steps
}

/// Relative links outside of code, with their lines.
pub fn links(text: &str) -> Vec<(usize, String)> {
    let mut is_code = false;
    let mut links = Vec::new();
    for (number, line) in text.lines().enumerate() {
        is_code ^= line.starts_with("```");
        let targets = line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        let relative = targets.filter(|target| !is_code && !target.contains("://"));
        links.extend(relative.map(|target| (number + 1, target.to_owned())));
    }
    links
}

/// What `#…` can name in a document: its headings, as a forge makes anchors of them.
pub fn anchors(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).expect("a document");
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let kept = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    let anchor = |heading: &str| {
        let words: String =
            heading.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect();
        words.replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// Whether these lines were printed, where `…` stands for any text or any lines.
pub fn are_lines(expected: &[&str], got: &[&str]) -> bool {
    match expected.split_first() {
        None => got.is_empty(),
        Some((&"…", rest)) => (0..=got.len()).any(|skipped| are_lines(rest, &got[skipped..])),
        Some((first, rest)) => {
            got.split_first().is_some_and(|(line, more)| is_line(first, line) && are_lines(rest, more))
        }
    }
}

fn is_line(expected: &str, got: &str) -> bool {
    let Some((begin, rest)) = expected.split_once('…') else { return expected == got };
    got.strip_prefix(begin).is_some_and(|got| {
        got.char_indices().map(|(at, _)| at).chain([got.len()]).any(|at| is_line(rest, &got[at..]))
    })
}

#[test]
fn an_ellipsis_stands_for_anything() {
    for (expected, got, is) in [
        ("a\nb", "a\nb", true),
        ("a", "a\nb", false),
        ("a\n…", "a", true),
        ("…\nc", "a\nb\nc", true),
        ("…\nc", "a\nc\nb", false),
        ("x … y", "x 1 y 2 y", true),
        ("x … y", "x 1 y 2", false),
        ("…", "", true),
    ] {
        let lines = |text: &'static str| text.lines().collect::<Vec<_>>();
        assert_eq!(are_lines(&lines(expected), &lines(got)), is, "{expected:?} {got:?}");
    }
}
