//! `kubectl gene convert`, as a process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod argo;
mod recorded;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use gene_types::{Execution, Limits, names};
use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

/// The recordings with their tasks and edges, as their README says.
const RECORDINGS: [(&str, usize, usize); 7] = [
    ("helloworld-chain-5-chameleon.json", 5, 4),
    ("helloworld-forkjoin-10-chameleon.json", 10, 16),
    ("srasearch-chameleon-10a-001.json", 22, 30),
    ("blast-chameleon-small-001.json", 43, 120),
    ("1000genome-chameleon-2ch-100k-001.json", 52, 76),
    ("srasearch-chameleon-50a-001.json", 104, 152),
    ("1000genome-chameleon-6ch-250k-001.json", 246, 318),
];

fn path_of(recording: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(recording)
}

fn gene() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kubectl-gene"))
}

fn convert(file: &Path, options: &[&str]) -> Output {
    gene().arg("convert").arg(file).args(options).output().unwrap()
}

/// Converts what is given on standard input.
fn convert_text(text: &str, options: &[&str]) -> Output {
    let mut process = gene()
        .args(["convert", "-"])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

/// The Execution on standard output of a conversion that had nothing to say beside it.
fn converted(output: &Output) -> Execution {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    gene_types::decode(read_yaml(std::str::from_utf8(&output.stdout).unwrap())).unwrap()
}

/// What is said about a refused recording; nothing stands on standard output then.
fn refused(output: &Output, code: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(output.stdout, b"");
    said
}

/// A reader of YAML of its own: one document, no anchors, plain scalars as JSON has them.
fn read_yaml(text: &str) -> Value {
    let mut open: Vec<(Value, Option<String>)> = Vec::new();
    let mut done = None;
    for event in Parser::new_from_str(text) {
        let value = match event.unwrap().0 {
            Event::MappingStart(..) => {
                open.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceStart(..) => {
                open.push((json!([]), None));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => open.pop().unwrap().0,
            Event::Scalar(text, ScalarStyle::Plain, ..) => {
                serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
            }
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            _ => continue,
        };
        match open.last_mut() {
            None => done = Some(value),
            Some((Value::Array(list), _)) => list.push(value),
            Some((Value::Object(map), key)) => match key.take() {
                None => *key = Some(value.as_str().unwrap().to_owned()),
                Some(name) => assert!(map.insert(name, value).is_none(), "a key stands twice"),
            },
            Some(_) => unreachable!("only lists and maps are open"),
        }
    }
    done.unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

/// Compares an Execution with the recording itself.
fn check_against(recording: &Value, execution: &Execution) {
    let recorded = recording["workflow"]["specification"]["tasks"].as_array().unwrap();
    let tasks = &execution.spec.tasks;
    let ids: Vec<&str> = recorded.iter().map(|task| task["id"].as_str().unwrap()).collect();
    let described: Vec<&str> = tasks.iter().map(|task| task.description.as_deref().unwrap()).collect();
    assert_eq!(described, ids, "every task, in the recorded order");

    let id_of: BTreeMap<&str, &str> =
        tasks.iter().map(|task| task.name.as_str()).zip(ids.iter().copied()).collect();
    assert_eq!(id_of.len(), ids.len(), "no two tasks share a name");
    let execution_name = execution.metadata.name.as_deref().unwrap();
    assert!(names::is_dns_label(execution_name), "{execution_name}");
    for name in id_of.keys() {
        assert!(names::is_dns_label(name), "{name}");
        assert!(names::job_name(execution_name, name, 0, 0).len() <= names::MAX_NAME_BYTES, "{name}");
    }

    let waits: BTreeSet<(&str, &str)> = tasks
        .iter()
        .flat_map(|task| {
            task.dependents.iter().flatten().map(|dependent| (task.name.as_str(), dependent.target.as_str()))
        })
        .map(|(task, target)| (id_of[task], id_of[target]))
        .collect();
    let parents: BTreeSet<(&str, &str)> = recorded
        .iter()
        .flat_map(|task| {
            texts(&task["parents"]).into_iter().map(|parent| (task["id"].as_str().unwrap(), parent))
        })
        .collect();
    assert_eq!(waits, parents);

    let measured: BTreeMap<&str, &Value> = recording["workflow"]["execution"]["tasks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|task| (task["id"].as_str().unwrap(), task))
        .collect();
    for task in tasks {
        let measured = measured[id_of[task.name.as_str()]];
        let estimate = task.estimate.as_ref().unwrap();
        assert_eq!(estimate.seconds, measured["runtimeInSeconds"].as_f64());
        assert_eq!(estimate.memory.as_ref(), measured.get("memoryInBytes"));
    }
}

#[test]
fn every_recording_becomes_an_execution_that_is_accepted_everywhere() {
    let mut names = BTreeSet::new();
    for (recording, tasks, edges) in RECORDINGS {
        let file = path_of(recording);
        let output = convert(&file, &[]);
        let execution = converted(&output);
        assert_eq!(execution.spec.tasks.len(), tasks, "{recording}");
        let found: usize =
            execution.spec.tasks.iter().map(|task| task.dependents.iter().flatten().count()).sum();
        assert_eq!(found, edges, "{recording}");
        let document: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        check_against(&document, &execution);
        assert!(
            names.insert(execution.metadata.name.clone()),
            "{recording}: another recording has this name"
        );

        let valid = gene_types::validate(execution.clone(), &Limits::CLUSTER).unwrap();
        assert_eq!(gene_types::warnings(&valid), [], "{recording}");
        let valid = gene_types::validate(execution, &Limits::LOCAL).unwrap();
        assert_eq!(gene_types::warnings(&valid), [], "{recording}");

        assert_eq!(convert(&file, &[]).stdout, output.stdout, "{recording}: the same every time");
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(convert_text(&text, &[]).stdout, output.stdout, "{recording}: also from standard input");
        // However it is indented.
        assert_eq!(convert_text(&document.to_string(), &[]).stdout, output.stdout, "{recording}");
    }
}

#[test]
fn lint_accepts_what_convert_prints() {
    for (recording, _, _) in RECORDINGS {
        for commands in ["recorded", "sleep=0.001"] {
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("execution.yaml");
            std::fs::write(&file, convert(&path_of(recording), &["--commands", commands]).stdout).unwrap();
            let output = gene().arg("lint").arg(&file).output().unwrap();
            assert_eq!(
                output.status.code(),
                Some(0),
                "{recording}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

#[test]
fn commands_are_the_recorded_ones_or_sleep() {
    let lines = |recording: &str, options: &[&str]| -> Vec<String> {
        let execution = converted(&convert(&path_of(recording), options));
        execution.spec.tasks.into_iter().flat_map(|task| task.commands.unwrap()).collect()
    };
    let cpuhog = "cpuhog chain_00000001 --percent-cpu 0.6 --cpu-work 5000 \
                  --path-lock /var/lib/condor/execute/cores.txt.lock --path-cores /var/lib/condor/execute/cores.txt \
                  --out \"{\\\"chain_00000001_output.txt\\\":16666667}\" chain_00000001_input.txt";
    assert_eq!(lines("helloworld-chain-5-chameleon.json", &[])[0], cpuhog);
    assert_eq!(lines("helloworld-chain-5-chameleon.json", &["--commands", "recorded"])[0], cpuhog);
    assert_eq!(
        lines("blast-chameleon-small-001.json", &[])[1],
        "blastall ./blastall -p blastn -d nt/nt -i small.fasta.0 -o small.fasta.0.out 2> small.fasta.0.err"
    );

    let sleeps =
        |choice: &str| lines("helloworld-chain-5-chameleon.json", &["--commands", choice])[..2].to_vec();
    assert_eq!(sleeps("sleep"), ["sleep 100.376", "sleep 100.120"]);
    assert_eq!(sleeps("sleep=0.001"), ["sleep 0.100", "sleep 0.100"]);
    assert_eq!(sleeps("sleep=0"), ["sleep 0.000", "sleep 0.000"]);
    assert_eq!(sleeps("sleep=1e6"), ["sleep 100376000.000", "sleep 100120000.000"]);
}

#[test]
fn a_recorded_command_reaches_its_program_as_it_was() {
    let execution = converted(&convert(&path_of("helloworld-chain-5-chameleon.json"), &[]));
    let line = &execution.spec.tasks[0].commands.as_ref().unwrap()[0];
    let script = format!("cpuhog() {{ printf '%s\\n' \"$@\"; }}; {line}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        words.lines().collect::<Vec<_>>(),
        [
            "chain_00000001",
            "--percent-cpu",
            "0.6",
            "--cpu-work",
            "5000",
            "--path-lock",
            "/var/lib/condor/execute/cores.txt.lock",
            "--path-cores",
            "/var/lib/condor/execute/cores.txt",
            "--out",
            "{\"chain_00000001_output.txt\":16666667}",
            "chain_00000001_input.txt",
        ]
    );
}

#[test]
fn the_image_is_one_for_all_and_the_default_is_stated() {
    let images = |options: &[&str]| -> BTreeSet<String> {
        let execution = converted(&convert(&path_of("helloworld-chain-5-chameleon.json"), options));
        execution.spec.tasks.into_iter().map(|task| task.image).collect()
    };
    assert_eq!(images(&[]), ["busybox:1.37".to_owned()].into());
    assert_eq!(images(&["--image", "debian:13"]), ["debian:13".to_owned()].into());
    let help = gene().args(["convert", "--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("busybox:1.37"));
}

#[test]
fn a_mistake_in_the_command_line_is_named() {
    let file = path_of("helloworld-chain-5-chameleon.json");
    for (options, expected) in [
        (["--commands", "sleep=-1"], "SCALE is \"-1\"; want a number from 0, such as 0.001"),
        (["--commands", "sleep=inf"], "SCALE is \"inf\""),
        (["--commands", "replay"], "want recorded, sleep or sleep=SCALE"),
        (["--image", ""], "want the name of a container image"),
        (["--image", "a b"], "want the name of a container image"),
    ] {
        let said = refused(&convert(&file, &options), 2);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_recording_of_another_version_is_refused_by_its_version() {
    let said = refused(&convert_text(r#"{"schemaVersion": "1.4", "workflow": {"tasks": []}}"#, &[]), 1);
    assert_eq!(
        said,
        "error: this recording is in WfFormat \"1.4\"
 --> <stdin>:1:19 schemaVersion
  |
1 | {\"schemaVersion\": \"1.4\", \"workflow\": {\"tasks\": []}}
  |                   ^^^^^
  = help: only WfFormat \"1.5\" is read: convert the recording with WfCommons first

<stdin>: 1 error
"
    );
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_its_place() {
    let recording = json!({"schemaVersion": "1.5", "workflow": {"specification": {"tasks": [
        {"id": "a", "parents": ["b"], "children": []},
        {"id": "b", "parents": ["a", "gone\u{1b}[31m"], "children": []},
        {"id": "a", "parents": [], "children": []},
    ]}}});
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("odd.json");
    std::fs::write(&file, serde_json::to_string_pretty(&recording).unwrap()).unwrap();
    let said = refused(&convert(&file, &[]), 1).replace(file.to_str().unwrap(), "odd.json");
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let first = "error: no recorded task has the id \"gone\\u{1b}[31m\"
  --> odd.json:18:13 workflow.specification.tasks[1].parents[1]
   |
18 |             \"gone\\u001b[31m\"
   |             ^^^^^^^^^^^^^^^^
   = help: take it out, or record the task that it names
";
    assert!(said.starts_with(first), "{said}");
    assert!(said.contains("error: two tasks have the id \"a\"\n  --> odd.json:23:17 workflow"), "{said}");
    assert!(said.ends_with("odd.json: 2 errors\n"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for file in [directory.path().join("none.json"), directory.path().to_owned()] {
        let said = refused(&convert(&file, &[]), 1);
        assert!(said.starts_with("error: cannot read the file: "), "{said}");
        assert!(said.contains(&format!(" --> {}\n  = help: ", file.display())), "{said}");
    }
    let said = refused(&convert_text("", &[]), 1);
    assert!(said.starts_with("error: the file is empty\n --> <stdin>\n"), "{said}");
    let said = refused(&convert_text("{\"name\":\n nonsense}", &[]), 1);
    assert!(said.contains(" --> <stdin>:2:3\n  |\n2 |  nonsense}\n  |   ^\n  = help: "), "{said}");
    let said = refused(&convert_text("\u{feff}{\"é\": 1, nonsense}", &[]), 1);
    assert!(said.contains(" --> <stdin>:1:10\n"), "{said}");
    let deep = format!("{{\"other\": {}1{}}}", "[".repeat(100), "]".repeat(100));
    let said = refused(&convert_text(&deep, &[]), 1);
    assert!(said.contains(" --> <stdin> schemaVersion\n  = help: "), "{said}");
    let said = refused(&convert_text(&" ".repeat((64 << 20) + 1), &[]), 1);
    assert!(said.contains("64 MiB at most") && said.contains("help: "), "{said}");
}

#[test]
fn an_execution_that_no_command_would_read_is_not_written() {
    let ids: Vec<String> = (0..200).map(|at| format!("task-{at}")).collect();
    let tasks: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let long = "x".repeat(100_000);
    let measured: Vec<Value> = ids.iter().map(|id| json!({"id": id, "command": {"program": long}})).collect();
    let recording = json!({"schemaVersion": "1.5", "workflow": {
        "specification": {"tasks": tasks}, "execution": {"tasks": measured},
    }});
    let said = refused(&convert_text(&recording.to_string(), &[]), 1);
    assert!(
        said.contains("would have 19 MiB; it may have 16 MiB") && said.contains("--commands sleep"),
        "{said}"
    );
}

#[test]
fn ids_of_any_length_and_script_become_names_that_fit() {
    let long = "x".repeat(300);
    let ids = [
        long.clone() + "1",
        long.clone() + "2",
        "ID 1".to_owned(),
        "id_1".to_owned(),
        "配列".to_owned(),
        "010".to_owned(),
        "on".to_owned(),
        " \u{1b}[31m# a: b\t\u{2028}".to_owned(),
        "several\nlines\n".to_owned(),
    ];
    let tasks: Vec<Value> = ids.iter().map(|id| json!({"id": id, "parents": [], "children": []})).collect();
    let recording = json!({"name": long, "schemaVersion": "1.5", "workflow": {
        "specification": {"tasks": tasks},
        "execution": {"tasks": ids.iter().map(|id| json!({"id": id, "runtimeInSeconds": 1})).collect::<Vec<_>>()},
    }});
    let output = convert_text(&recording.to_string(), &["--commands", "sleep"]);
    let execution = converted(&output);
    check_against(&recording, &execution);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &output.stdout).unwrap();
    let output = gene().arg("lint").arg(file.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    gene_types::validate(execution, &Limits::LOCAL).unwrap();
}
