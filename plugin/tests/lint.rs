//! `kubectl gene lint` as a person meets it: the built program, its exit code, and what it says.

use std::{
    fs::File,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// No bad file may hold the program up; this is long even for an unoptimised build on a busy machine.
const BOUND: Duration = Duration::from_secs(30);

fn lint(arguments: &[&str], stdin: &[u8]) -> Output {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"))
        .arg("lint")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("a pipe");
    let stdin = stdin.to_vec();
    // The program may refuse the input before its end, which closes the pipe.
    let feeder = std::thread::spawn(move || drop(input.write_all(&stdin)));
    let output = child.wait_with_output().expect("the program ends");
    feeder.join().expect("the input was given");
    assert!(began.elapsed() < BOUND, "took {:?}", began.elapsed());
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// An Execution with these tasks.
fn execution(tasks: &str) -> String {
    format!(
        "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {{name: wgs}}\nspec:\n  tasks: {tasks}\n"
    )
}

/// The input is refused with exit 1 and nothing on stdout, and each of these is said.
fn refused(input: impl AsRef<[u8]>, expected: &[&str]) -> String {
    let output = lint(&["-"], input.as_ref());
    let said = text(&output.stderr).to_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(text(&output.stdout), "");
    for part in expected {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
    assert!(said.contains("= help: "), "no remedy in:\n{said}");
    said
}

#[test]
fn the_seed_example_is_clean() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/test-exec.yaml");
    let file = file.to_str().expect("UTF-8");
    let output = lint(&[file], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let expected = format!("{file}: 1 Execution, 4 tasks, 4 vertices: ");
    assert!(text(&output.stdout).starts_with(&expected), "{}", text(&output.stdout));
}

#[test]
fn an_execution_that_cannot_run_is_refused_with_path_and_remedy() {
    let task = |name: &str, rest: &str| format!("{{name: {name}, image: 'i:1', {rest}}}");
    let cyclic = [
        task("a", "commands: [x], dependents: [{target: c}]"),
        task("b", "commands: [x], dependents: [{target: a}]"),
        task("c", "commands: [x], dependents: [{target: b}]"),
    ];
    refused(
        execution(&format!("[{}]", cyclic.join(", "))),
        &["a -> c -> b -> a", "<stdin>:5:", " spec.tasks[0].dependents[0].target"],
    );
    let dangling = [task("trim", "commands: [x]"), task("b", "commands: [x], dependents: [{target: trimm}]")];
    refused(
        execution(&format!("[{}]", dangling.join(", "))),
        &["no task is called \"trimm\"", "spec.tasks[1].dependents[0].target", "\"trim\""],
    );
    let twice = [task("a", "commands: [x]"), task("a", "commands: [x]")];
    refused(execution(&format!("[{}]", twice.join(", "))), &["spec.tasks[1].name", "\"a\""]);
    let uneven = [
        task("a", "commands: [u, v]"),
        task("b", "commands: [u, v, w], dependents: [{target: a, type: iterate}]"),
    ];
    refused(execution(&format!("[{}]", uneven.join(", "))), &["spec.tasks[1].dependents[0]", "2", "3"]);
    refused(execution("[]"), &["spec.tasks"]);
    refused(execution(""), &["spec.tasks"]);
    refused(
        "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {name: wgs}\n",
        &["spec"],
    );
}

#[test]
fn all_faults_of_a_file_are_said_at_once() {
    let said = refused(
        "\
apiVersion: execution.kubegene.io/v1alpha1
kind: Execution
metadata: {name: wgs}
spec:
  tasks:
  - name: yes
    image: 'bwa:1'
    comands: [echo A]
  - name: merge
    image: 'bwa:1'
    commands: [echo, 010]
---
apiVersion: v1
kind: Pod
---
a: b: c
",
        &[],
    );
    assert_eq!(
        said,
        r#"error: a string is wanted, not the boolean true
 --> <stdin>:6:11 spec.tasks[0].name
  |
6 |   - name: yes
  |           ^^^
  = help: write "yes" in quotes: "yes"

error: there is no field "comands" here
 --> <stdin>:8:5 spec.tasks[0].comands
  |
8 |     comands: [echo A]
  |     ^^^^^^^
  = help: there is a field "commands"

error: a string is wanted, not the number 8
  --> <stdin>:11:22 spec.tasks[1].commands[1]
   |
11 |     commands: [echo, 010]
   |                      ^^^
   = help: write "010" in quotes: "010"

error: kind "Pod" of v1 is not for this command
  --> <stdin>:14:7 kind
   |
14 | kind: Pod
   |       ^^^
   = help: want kind Execution of execution.kubegene.io/v1alpha1; take other objects out of the file

error: a ": " is not allowed here
  --> <stdin>:16:5
   |
16 | a: b: c
   |     ^
   = help: put the value in quotes if the colon is part of it, else check the indentation

<stdin>: 5 errors in 1 Execution
"#
    );
}

#[test]
fn a_cycle_and_a_dangling_name_are_shown_at_their_lines() {
    let said = refused(
        "\
apiVersion: execution.kubegene.io/v1alpha1
kind: Execution
metadata: {name: wgs}
spec:
  tasks:
  - name: align
    image: 'bwa:1'
    commands: [echo A]
    dependents:
    - target: merge
  - name: merge
    image: 'bwa:1'
    commands: [echo B]
    dependents:
    - target: align
    - target: trimm
  - name: trim
    image: 'bwa:1'
    commands: [echo C]
",
        &[],
    );
    assert_eq!(
        said,
        r#"error: dependents form a cycle: align -> merge -> align
  --> <stdin>:10:15 spec.tasks[0].dependents[0].target
   |
10 |     - target: merge
   |               ^^^^^ "align" waits for "merge", which waits for "align" (line 15)
   = help: remove one of the two dependents

error: no task is called "trimm"
  --> <stdin>:16:15 spec.tasks[1].dependents[1].target
   |
16 |     - target: trimm
   |               ^^^^^
   = help: there is a task "trim" (line 17)

<stdin>: 2 errors in 1 Execution
"#
    );
}

#[test]
fn what_is_no_manifest_is_refused() {
    refused("", &["<stdin>", "the file is empty", "apiVersion: execution.kubegene.io/v1alpha1"]);
    refused("# nothing\n---\n", &["the file holds no Execution"]);
    refused("a: \0b", &["<stdin>:1:4", "U+0000 (NUL)"]);
    refused(b"a: b\nc: \xffd\n", &["<stdin>:2:4", "byte 0xFF is no UTF-8"]);
    refused("spec:\n\ttasks: []\n", &["<stdin>:2:1", "a tab cannot indent"]);
    refused(
        "kind: A\nspec: {}\nkind: B\n",
        &["<stdin>:3:1", "the key \"kind\" stands twice (lines 1 and 3)"],
    );
    refused(
        "apiVersion: v1\nkind: Pod\n",
        &["<stdin>:2:7 kind", "kind \"Pod\" of v1", "want kind Execution"],
    );
    refused("apiVersion: batch/v1\nkind: Execution\n", &["<stdin>:1:13 apiVersion", "\"batch/v1\""]);
    refused("just a text\n", &["this is no Kubernetes object"]);
    refused("{\"kind\": \"Execution\" \"spec\": {}}", &["<stdin>:1:22", "a \",\" or \"}\" is missing here"]);
}

#[test]
fn what_is_too_large_or_too_deep_is_refused_soon() {
    refused("[".repeat(200_000), &["nested more than 64 levels deep"]);
    refused("{\"a\":".repeat(200_000), &["nested more than 64 levels deep"]);
    refused("- ".repeat(200_000), &["nested more than 64 levels deep"]);
    let indented: Vec<String> = (0..2_000).map(|level| format!("{:level$}a:\n", "")).collect();
    refused(indented.concat(), &["nested more than 64 levels deep"]);
    let bomb: Vec<String> =
        (1..12).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","))).collect();
    refused(format!("a0: &a0 lol\n{}", bomb.concat()), &["aliases make this file grow"]);
    refused("--- 1\n".repeat(50_000), &["reading ends here, after 1,000 faults"]);
    let keys: Vec<String> = (0..20_000).map(|key| format!("k{key}: 1\n")).collect();
    refused(keys.concat() + &keys.concat(), &["the key \"k0\" stands twice (lines 1 and 20001)"]);
    refused(vec![b' '; 17 << 20], &["the file may have 16 MiB at most, and goes on beyond that"]);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let large = directory.path().join("large.yaml");
    File::create(&large).and_then(|file| file.set_len(100 << 20)).expect("a large file");
    let good = directory.path().join("good.yaml");
    std::fs::write(&good, execution("[{name: a, image: 'i:1', commands: [x]}]")).expect("a file");
    let absent = directory.path().join("absent.yaml");
    let names = [&large, &absent, &good, directory.path()].map(|path| path.to_str().expect("UTF-8"));
    let output = lint(&names, b"");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    for part in [
        "the file may have 16 MiB at most, and has 100 MiB",
        "no such file or directory",
        "it is a directory",
    ] {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
    // What is right is still said to be so.
    let line = text(&output.stdout);
    assert!(line.starts_with(&format!("{}: 1 Execution, 1 task, 1 vertex: ", names[2])), "{line}");
    refused_twice();
}

fn refused_twice() {
    let output = lint(&["-", "-"], execution("[{name: a, image: 'i:1', commands: [x]}]").as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("standard input can be read only once"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn colours_are_for_terminals_or_where_asked_for() {
    let plain = lint(&["-"], b"");
    assert!(!text(&plain.stderr).contains('\u{1b}'));
    let asked = lint(&["--color", "always", "-"], b"");
    assert!(text(&asked.stderr).contains('\u{1b}'));
}

#[test]
fn a_reader_that_has_gone_away_is_no_fault() {
    for arguments in [&["version", "--client"][..], &["completion", "bash"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"))
            .args(arguments)
            .stdout(writer)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn a_full_disk_is_a_fault() {
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-gene"))
        .args(["version", "--client"])
        .stdout(full)
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).starts_with("error: cannot write to standard output: "),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn version_and_completion_go_to_stdout() {
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_kubectl-gene")).args(arguments).output().expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let version = format!("Client Version: v{}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&["version", "--client"]), version);
    for (shell, mark) in
        [("bash", "complete -F"), ("zsh", "#compdef kubectl-gene"), ("fish", "complete -c kubectl-gene")]
    {
        let script = run(&["completion", shell]);
        assert!(script.contains(mark), "{mark:?} is missing in the script of {shell}");
    }
}
