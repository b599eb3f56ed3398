use clap::Parser;
use gene_types::{Limits, validate_document};
use proptest::prelude::*;

use super::*;

#[derive(Parser)]
enum Typed {
    Job(JobArgs),
    Repjob(RepjobArgs),
}

fn typed(words: &[&str]) -> Typed {
    let words = [&["x"], words, &["--tool", "t:1", "--pvc", "claim"]].concat();
    Typed::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"))
}

fn job_of(words: &[&str]) -> Result<Scripted, Refused> {
    let Typed::Job(args) = typed(&[&["job"], words].concat()) else { panic!() };
    job(&args)
}

/// The workflow of a script with this text.
fn repjob_of(text: &str) -> Result<Scripted, Refused> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rep_job.sh");
    std::fs::write(&file, text).unwrap();
    let Typed::Repjob(args) = typed(&["repjob", file.to_str().unwrap()]) else { panic!() };
    repjob(&args)
}

/// The Execution of a workflow.
fn execution(workflow: &Value) -> Value {
    let tool = json!({"name": "t", "version": "1", "image": "t:1"});
    let request = gene_workflow::Request {
        workflow,
        task_order: &[],
        inputs: None,
        sets: &[],
        tools: &[&tool],
        name: "x",
        limits: &Limits::CLUSTER,
    };
    let compiled = gene_workflow::compile(&request).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
    validate_document(compiled.execution.clone(), &Limits::CLUSTER).unwrap();
    compiled.execution
}

#[test]
fn a_job_runs_its_script_with_its_shell() {
    let made = job_of(&["/data/print.sh", "--shell", "bash -e", "--memory", "2g", "--cpu", "0.5"]).unwrap();
    let expected = json!({
        "version": "genecontainer_0_1",
        "workflow": {"print": {"tool": "t:1", "resources": {"cpu": "0.5", "memory": "2g"},
                               "commands": ["bash -e /data/print.sh"]}},
        "volumes": {"sample-data": {"mount_path": "/data", "mount_from": {"pvc": "claim"}}},
    });
    assert_eq!(made.workflow, expected);
    assert_eq!((made.name.as_str(), made.title.as_str()), ("print", "<workflow of /data/print.sh>"));
    let execution = execution(&made.workflow);
    assert_eq!(execution["spec"]["tasks"][0]["resources"], json!({"cpu": "0.5", "memory": "2G"}));
}

#[test]
fn a_path_reaches_the_shell_whole() {
    for (path, expected) in [
        ("/data/a-b_1.sh", "sh /data/a-b_1.sh"),
        ("/data/my file.sh", "sh '/data/my file.sh'"),
        ("/data/it's;rm.sh", r"sh '/data/it'\''s;rm.sh'"),
        ("/data/${x}.sh", "sh '/data/${x}.sh'"),
    ] {
        let execution = execution(&job_of(&[path]).unwrap().workflow);
        assert_eq!(execution["spec"]["tasks"][0]["commandSet"], json!([expected]));
    }
    let execution = execution(&job_of(&["/a/${1}/x.sh"]).unwrap().workflow);
    assert_eq!(execution["spec"]["tasks"][0]["volumes"]["sample-data"]["mountPath"], "/a/${1}");
}

#[test]
fn where_the_claim_is_mounted_is_never_guessed() {
    assert_eq!(job_of(&["/print.sh"]), Err(Refused));
    assert!(job_of(&["/print.sh", "--mount-path", "/data"]).is_ok());
    for (script, expected) in [
        ("/data/a/x.sh", Some("/data/a")),
        ("//x.sh", None),
        ("/x.sh", None),
        ("x.sh", None),
        ("data/x.sh", None),
        ("-", None),
    ] {
        assert_eq!(folder(Path::new(script)).as_deref(), expected, "{script}");
    }
}

#[test]
fn every_line_that_calls_a_shell_is_a_job() {
    let text = "#!/bin/bash\r\n\r\n  # a comment\r\n\tbash /data/a.sh one: two # three\r\nsh /data/b.sh \"${x}\" ${1} $2 >out  \r\n";
    let made = repjob_of(text).unwrap();
    assert_eq!(made.name, "rep-job");
    let execution = execution(&made.workflow);
    let expected = json!(["bash /data/a.sh one: two # three", "sh /data/b.sh \"${x}\" ${1} $2 >out"]);
    assert_eq!(execution["spec"]["tasks"][0]["commandSet"], expected);
    assert_eq!(execution["spec"]["tasks"][0].get("commandsIter"), None);
    assert!(made.text().contains("dollar"), "{}", made.text());
}

proptest! {
    #[test]
    fn no_line_breaks_the_workflow(
        arguments in prop::collection::vec("[^\\p{Cc}'\"\\\\]{0,30}|[-:#${}1x |>&*!%@`,\\[\\]]{0,20}", 1..8),
    ) {
        let text = arguments.iter().fold(String::new(), |text, argument| text + "sh /x.sh " + argument + "\n");
        let made = repjob_of(&text).unwrap();
        let execution = execution(&made.workflow);
        let expected: Vec<String> =
            arguments.iter().map(|argument| format!("sh /x.sh {argument}").trim_end().to_owned()).collect();
        prop_assert_eq!(&execution["spec"]["tasks"][0]["commandSet"], &json!(expected));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "([^\\p{Cc}]|[ \t\n\r\\\\'\"#]|bash |sh /){0,60}") {
        let lines = lines::read(&text);
        prop_assert!(!lines.commands.is_empty() || lines.notes.iter().any(Diagnostic::is_error));
        for command in &lines.commands {
            prop_assert!(!command.contains(['\n', '\r']), "{command:?}");
        }
    }
}
