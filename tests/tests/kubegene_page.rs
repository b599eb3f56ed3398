//! `docs/kubegene.md`: each thing that was decided or went wrong in the original is there once, and every test that is
//! named is one.

use std::{fs, path::Path};

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).ok()
}

fn page() -> String {
    read("docs/kubegene.md").expect("the page is there")
}

/// The cells of the rows of all tables.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let inner = page.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    inner.map(|line| line.split(" | ").map(str::trim).collect()).collect()
}

/// The tests that a text names, as `path::name` between backticks.
fn tests_of(text: &str) -> Vec<(&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(".rs::")).collect()
}

/// Whether a source has a test of this name: a function under an attribute that makes it one.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_function = |line: &&str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    };
    let Some(at) = lines.iter().position(is_function) else { return false };
    let attributes =
        lines[..at].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
    attributes.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

#[test]
fn every_item_is_there_once_with_a_test() {
    let page = page();
    let ids: Vec<String> =
        (1..=17).map(|n| format!("D{n}")).chain((1..=20).map(|n| format!("B{n}"))).collect();
    let rows: Vec<Vec<&str>> = rows(&page)
        .into_iter()
        .filter(|row| row[0].starts_with(['D', 'B']) && row[0][1..].parse::<u32>().is_ok())
        .collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), ids);
    for row in rows {
        assert!(row.len() == 4 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        assert!(!tests_of(row[3]).is_empty(), "{} names no test", row[0]);
    }
}

#[test]
fn every_test_that_is_named_is_one() {
    let page = page();
    let named = tests_of(&page);
    assert!(named.len() > 60, "{}", named.len());
    let missing: Vec<String> = named
        .into_iter()
        .filter(|(path, name)| !read(&format!("{path}.rs")).is_some_and(|source| has_test(&source, name)))
        .map(|(path, name)| format!("{path}.rs::{name}"))
        .collect();
    assert!(missing.is_empty(), "these are no tests:\n{}", missing.join("\n"));
}

#[test]
fn a_test_is_told_from_what_only_looks_like_one() {
    let source = "fn held() {}\n#[test]\nfn held_too() {}\n    #[tokio::test(start_paused = true)]\n    async fn other() {}\n";
    assert!(has_test(source, "held_too") && has_test(source, "other"));
    assert!(!has_test(source, "held") && !has_test(source, "othe") && !has_test(source, "none"));
}
