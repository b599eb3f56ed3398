//! The documents and examples do what they say: commands are run, links lead somewhere, Executions are accepted, and
//! faulty ones refused for the reason that they are there to show.
//!
//! In a `console` block a line that begins with `$ ` is a command; `# exit N` at its end is its exit code, else 0. The
//! lines up to the next command are what it prints on standard output and error; `…` stands for any text in a line, and
//! alone for any lines. Without such lines the output is not compared. The commands of one document run in order in one
//! directory of their own, with `examples/` and the recordings in it.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kubectl-gene");

/// What is not run, and why.
const NOT_RUN: [(&str, &str); 4] = [
    ("cargo install ", "installs into the caller's home directory"),
    ("cargo xtask test", "runs this test"),
    ("cargo xtask bench ", "needs an optimised build and takes minutes"),
    ("apt-get ", "changes the machine"),
];

/// What commands may use beside the program.
const KNOWN: [&str; 15] = [
    "kubectl-gene",
    "cat",
    "cd",
    "cp",
    "echo",
    "find",
    "grep",
    "head",
    "ls",
    "mkdir",
    "printf",
    "rm",
    "sort",
    "touch",
    "wc",
];

#[test]
fn commands_print_what_the_documents_say() {
    let mut failures = Vec::new();
    for document in documents() {
        let place = site();
        for step in steps(&document) {
            let at = format!("{}:{}: $ {}", document.name, step.line, step.command);
            match run(place.path(), &step) {
                Ok(()) => {}
                Err(why) => failures.push(format!("{at}\n{why}")),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for document in documents() {
        let folder = root().join(&document.name).parent().expect("a file has a folder").to_owned();
        for (line, target) in links(&document.text) {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = if file.is_empty() { root().join(&document.name) } else { folder.join(file) };
            if !path.exists() || !(anchor.is_empty() || anchors(&path).contains(anchor)) {
                dead.push(format!("{}:{line}: {target}", document.name));
            }
        }
    }
    assert!(dead.is_empty(), "these lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn executions_in_documents_are_accepted() {
    let mut checked = 0;
    for document in documents() {
        for block in blocks(&document.text, "yaml") {
            let text: String = block.lines.iter().map(|line| format!("{line}\n")).collect();
            if text.starts_with("apiVersion") {
                let (code, said) = sh(&root(), "kubectl-gene lint -", &text);
                assert_eq!(code, Some(0), "{}:{}:\n{said}", document.name, block.line);
                checked += 1;
            }
        }
    }
    assert!(checked > 3, "only {checked} Executions were found");
}

#[test]
fn faulty_examples_are_refused_for_what_is_wrong() {
    let expected: [(&str, &[&str]); 19] = [
        ("bad-condition", &["check_result needs a task and the expected text, both strings"]),
        ("bad-quantity", &[r#""4gb" is no quantity"#]),
        (
            "bad-volume",
            &[
                "mountPath must be an absolute path",
                r#""My Claim" cannot be the name of a PersistentVolumeClaim"#,
            ],
        ),
        ("commands-twice", &["commandSet must not stand beside commands: they are two names of one field"]),
        (
            "condition-without-wait",
            &[r#"check_result reads the output of "check", so the task must wait for it"#],
        ),
        ("cycle", &["dependents form a cycle: align -> merge -> align"]),
        ("dangling", &[r#"no task is called "trimm""#]),
        ("duplicate-task", &[r#"two tasks are called "align""#]),
        ("empty", &["the list must have at least 1 item"]),
        (
            "iterate-mismatch",
            &[r#"iterate needs equally many vertices on both sides: "sort" has 3, "align" has 2"#],
        ),
        (
            "long-name",
            &[
                r#"Job names of task "mark-duplicates-and-recalibrate" would have 75 bytes ("whole-genome-sequencing-of-sample-na12878.mark-duplicates-and-recalibrate.0"), at most 63 are allowed"#,
            ],
        ),
        (
            "many-faults",
            &[
                r#"the name "Many_Faults" is no DNS label"#,
                "image must not be empty",
                "the task has no commands",
                r#"no task is called "aling""#,
                r#"task "merge" waits for itself"#,
            ],
        ),
        (
            "no-commands",
            &[
                "the task has no commands: element 2 of varsIter is empty, and so is every combination with it",
            ],
        ),
        ("self-dependent", &[r#"task "align" waits for itself"#]),
        (
            "too-many-vertices",
            &[
                r#"the tasks have 1,010,000 vertices together, "call" the most with 1,010,000; at most 1,000,000 are allowed"#,
            ],
        ),
        ("two-sources", &["the volume can come from one place only, not from pvc and hostPath"]),
        ("unknown-field", &[r#"there is no field "paralelism" here"#, r#"there is no field "comands" here"#]),
        (
            "unknown-operator",
            &[r#""GreaterThan" is none of In, NotIn, Exists, DoesNotExist, Gt, Lt, =, ==, !="#],
        ),
        (
            "wrong-type",
            &[
                r#"a whole number is wanted, not the string "four""#,
                "a string is wanted, not the boolean true",
                "a string is wanted, not the number 8",
            ],
        ),
    ];
    let there = files(&root().join("examples/rejected"));
    assert_eq!(there, expected.iter().map(|(name, _)| format!("{name}.yaml")).collect());
    for (name, messages) in expected {
        let (code, said) = sh(&root(), &format!("kubectl-gene lint examples/rejected/{name}.yaml"), "");
        let errors: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
        assert_eq!((code, &errors[..]), (Some(1), messages), "{name}:\n{said}");
        assert_eq!(said.matches("= help: ").count(), messages.len(), "{name} says what to do:\n{said}");
    }
}

#[test]
fn examples_run_to_their_end() {
    let place = site();
    for file in files(&root().join("examples")) {
        let expected = if file == "mend.yaml" { 3 } else { 0 };
        let (code, said) = sh(place.path(), &format!("kubectl-gene lint examples/{file}"), "");
        assert_eq!(code, Some(0), "{file}: {said}");
        let (code, said) = sh(place.path(), &format!("kubectl-gene run examples/{file}"), "");
        assert_eq!(code, Some(expected), "{file}: {said}");
    }
}

struct Document {
    /// Its path from the root of the repository.
    name: String,
    text: String,
}

struct Block<'a> {
    /// Of its first line, from 1.
    line: usize,
    lines: Vec<&'a str>,
}

struct Step<'a> {
    line: usize,
    command: &'a str,
    code: i32,
    expected: Vec<&'a str>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of the files of a directory.
fn files(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"));
    let is_file = |entry: &fs::DirEntry| entry.file_type().expect("a type").is_file();
    entries.filter(is_file).map(|entry| entry.file_name().into_string().expect("UTF-8")).collect()
}

fn documents() -> Vec<Document> {
    let pages = files(&root().join("docs")).into_iter().map(|name| format!("docs/{name}"));
    let names = ["README.md", "ARCHITECTURE.md"].map(str::to_owned).into_iter().chain(pages);
    let read =
        |name: String| Document { text: fs::read_to_string(root().join(&name)).expect("a document"), name };
    names.map(read).collect()
}

/// The fenced blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<Block<'a>> {
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

fn steps(document: &Document) -> Vec<Step<'_>> {
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
fn links(text: &str) -> Vec<(usize, String)> {
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
fn anchors(path: &Path) -> BTreeSet<String> {
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

/// A directory with what the documents' commands name.
fn site() -> tempfile::TempDir {
    let site = tempfile::tempdir().expect("a directory");
    for folder in ["examples", "examples/rejected", "plugin/tests/recordings"] {
        let to = site.path().join(folder);
        fs::create_dir_all(&to).expect("a directory");
        for file in files(&root().join(folder)) {
            fs::copy(root().join(folder).join(&file), to.join(&file)).expect("a copy");
        }
    }
    site
}

fn run(place: &Path, step: &Step) -> Result<(), String> {
    if NOT_RUN.iter().any(|(begin, _)| step.command.starts_with(begin)) {
        return Ok(());
    }
    let command = step.command.replace("cargo run --release -p kubectl-gene --", "kubectl-gene");
    let command = command.replace("kubectl gene", "kubectl-gene");
    let simple = command.split(['|', ';', '&']).filter_map(|simple| simple.split_whitespace().next());
    if let Some(unknown) = simple.into_iter().find(|program| !KNOWN.contains(program)) {
        return Err(format!("{unknown:?} is neither among what may be used nor among what is not run"));
    }
    let (code, said) = sh(place, &command, "");
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    if code != Some(step.code) {
        return Err(format!("expected exit {}, got {code:?}:\n{said}", step.code));
    }
    if !step.expected.is_empty() && !are_lines(&step.expected, &lines) {
        return Err(format!("expected:\n{}\ngot:\n{said}", step.expected.join("\n")));
    }
    Ok(())
}

/// Runs a command, and returns its exit code and everything that it printed.
fn sh(place: &Path, command: &str, input: &str) -> (Option<i32>, String) {
    let folder = Path::new(PROGRAM).parent().expect("a file has a folder");
    let path = std::env::join_paths(
        [folder.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let (mut reader, writer) = io::pipe().expect("a pipe");
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(place).stdin(Stdio::piped());
    shell.env("PATH", path.expect("a search path")).env("NO_COLOR", "1");
    shell.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
    let mut child = shell.spawn().expect("sh starts");
    drop(shell); // With it the pipe's other end, without which reading would not end.
    // What does not read its input closes the pipe.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let mut said = String::new();
    reader.read_to_string(&mut said).expect("UTF-8");
    (child.wait().expect("sh ends").code(), said)
}

fn are_lines(expected: &[&str], got: &[&str]) -> bool {
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
