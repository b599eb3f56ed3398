//! `run` of workflows, the examples among them, on this machine.

use std::{fs, process::Command};

use crate::place::{Place, called, examples};

/// Volumes of processes are mounted by bubblewrap; without it the examples cannot run as processes.
fn has_bubblewrap() -> bool {
    let works = Command::new("bwrap").args(["--ro-bind", "/", "/", "true"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    assert!(works || std::env::var_os("CI").is_none(), "bubblewrap is needed in CI");
    if !works {
        eprintln!("not run: the examples, which have volumes: bubblewrap does not work here");
    }
    works
}

const WORKFLOW: &str = "\
inputs:
  count: {type: number, default: 2}
workflow:
  last: {tool: 'bwa:0.7', commands: ['echo last >> ran'], depends: [{target: first}]}
  first: {tool: 'bwa:0.7', commands_iter: {command: 'echo ${1} >> ran', vars_iter: ['range(0, ${count})']}}
";

#[test]
fn a_workflow_is_named_after_its_file_and_found_again() {
    let place = Place::new();
    place.write("Sample_1.v2.yaml", WORKFLOW);
    let called = place.expect("run Sample_1.v2.yaml --tool-repo tools --set count=3", 0);
    assert!(called.out.contains("sample-1-v2 Succeeded 4/4"), "{}", called.out);
    let mut ran: Vec<_> = place.read("ran").lines().map(str::to_owned).collect();
    ran[..3].sort();
    assert_eq!(ran, ["0", "1", "2", "last"]);
    assert!(place.path(".gene/sample-1-v2").is_dir());
    let again = place.expect("run Sample_1.v2.yaml --tool-repo tools --set count=3 --resume", 0);
    assert!(again.out.contains("nothing is left to do"), "{}", again.out);
    assert_eq!(place.read("ran").lines().count(), 4);
    let other = place.expect("run Sample_1.v2.yaml --tool-repo tools --resume", 1);
    assert!(other.err.contains("is not the one that was run"), "{}", other.err);
}

#[test]
fn what_to_type_next_has_all_that_the_workflow_needs() {
    let place = Place::with(&WORKFLOW.replace("echo last", "test -e mended && echo last"));
    place.write("i.json", r#"{"count": 1}"#);
    let called = place.expect("run w.yaml --tool-repo tools --input i.json --set executionName=x", 3);
    let next =
        "next: kubectl gene run w.yaml --input i.json --set executionName=x --tool-repo tools --resume";
    assert!(called.out.contains(next), "{}", called.out);
    place.write("mended", "");
    place.expect("run w.yaml --input i.json --set executionName=x --tool-repo tools --resume", 0);
    assert_eq!(place.read("ran"), "0\nlast\n");
}

#[test]
fn a_workflow_from_standard_input_has_a_name() {
    let place = Place::with(WORKFLOW);
    let mut command = place.command(&["run", "-", "--tool-repo", "tools"]);
    command.stdin(fs::File::open(place.path("w.yaml")).unwrap());
    let called = called(command);
    assert!(called.out.contains("workflow Succeeded 3/3"), "{called:?}");
    assert!(place.path(".gene/workflow").is_dir());
}

/// What each example writes: the lines whose order is fixed stand alone, of the others any order is right.
#[test]
fn the_examples_run_in_a_legal_order() {
    if !has_bubblewrap() {
        return;
    }
    let orders: [(&str, &str, &[&[&str]]); 6] = [
        // Between the two, c[i] need only follow a[i].
        ("simple-sample/simple-sample", "result/sample-x/test-result.txt", &[&["prepare"]]),
        (
            "simple-sample-getresult/simple-sample-getresult",
            "get-result.txt",
            &[&["JOBMOD1", "JOBMOD2", "JOBMOD3"], &["JOBFINISH"]],
        ),
        (
            "conditional-sample/simple-sample-chkresult",
            "check-result.txt",
            &[&["CHK20", "CHK21"], &["JOBFINISH"]],
        ),
        (
            "conditional-getresult-combination/simple-sample-get-chkresult",
            "get-check-result.txt",
            &[
                &["CHKRESULT55", "CHKRESULT66", "GETRESULT1", "GETRESULT3"],
                &["JOBBEFOREFINISH"],
                &["JOBFINISH"],
            ],
        ),
        (
            "samejob-condition-getresult/samejob-condition-getresult",
            "result.txt",
            &[&["ABC1", "ABC3"], &["JOBBEFOREFINISH"], &["JOBFINISH"]],
        ),
        (
            "generic-condition/generic-condition-workflow",
            "generic-condition.txt",
            &[&["ABC20", "ABC21"], &["JOBFINISH"]],
        ),
    ];
    for (example, file, steps) in orders {
        let place = Place::new();
        fs::create_dir(place.path("shared")).unwrap();
        let (tools, path) = (examples().join("tools"), examples().join(format!("{example}.yaml")));
        let called = place.expect(
            &format!("run {} --tool-repo {} --volume samplepv=shared", path.display(), tools.display()),
            0,
        );
        assert!(called.out.contains(" Succeeded "), "{example}: {}", called.out);
        let written = place.read(&format!("shared/{file}"));
        let mut lines: Vec<&str> = written.lines().collect();
        assert!(!lines.is_empty(), "{example} wrote nothing to {file}");
        for step in steps {
            let rest = lines.split_off(step.len().min(lines.len()));
            lines.sort_unstable();
            assert_eq!(lines, *step, "{example}: {written}");
            lines = rest;
        }
    }
}
