//! The commands against a server that a test plays.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{change, delete, retry, submit};
use crate::{
    cli::{Cli, Command, SubmitArgs},
    cluster::{
        Session,
        fixture::{self, Answer, Asked, run, session},
    },
    manifest::{Refused, Wanted},
};

/// What was typed.
fn typed(words: &[&str]) -> Command {
    use clap::Parser as _;
    Cli::try_parse_from([&["kubectl-gene"], words].concat()).unwrap().command
}

fn failed(version: &str) -> Value {
    json!({"metadata": {"name": "wgs", "namespace": "lab", "uid": "u", "resourceVersion": version},
           "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
           "spec": {"tasks": [{"name": "a", "image": "i:1", "commands": ["c"]}]},
           "status": {"phase": "Failed", "retryGeneration": 0}})
}

/// What `submit` would send.
fn prepared(args: &SubmitArgs) -> Result<Vec<submit::Submission>, Refused> {
    submit::prepare(&args.files.options, submit::load(&args.files, Wanted::Any)?)
}

/// A session with a server that gives these answers, one after the other.
fn scripted(answers: Vec<Answer>) -> (Session, std::sync::Arc<std::sync::Mutex<Vec<Asked>>>) {
    let mut answers = VecDeque::from(answers);
    session(move |_| answers.pop_front().expect("an answer"))
}

#[test]
fn a_retry_that_was_overtaken_reads_anew() {
    let (session, asked) = scripted(vec![
        Answer::json(&failed("10")),
        Answer::refusal(409, "Conflict", "changed", "wgs"),
        Answer::json(&failed("11")),
        Answer::json(&failed("12")),
    ]);
    let line = run(retry::retry(&session, "wgs")).unwrap();
    assert_eq!(line, "execution.execution.kubegene.io/wgs retried\n");
    let asked = asked.lock().unwrap();
    let expected = json!({"metadata": {"resourceVersion": "11"}, "spec": {"retryGeneration": 1}});
    assert_eq!(asked[3].body, expected);
    assert!(
        asked[3]
            .line
            .starts_with("PATCH /apis/execution.kubegene.io/v1alpha1/namespaces/lab/executions/wgs?")
    );
}

#[test]
fn a_switch_writes_nothing_but_itself() {
    let running = json!({"metadata": {"name": "wgs"}, "spec": {"tasks": []}, "status": {"phase": "Running"}});
    let (session, asked) = scripted(vec![Answer::json(&running), Answer::json(&running)]);
    let line = run(change::apply(&session, "wgs", change::Change::Suspend)).unwrap();
    assert_eq!(line, "execution.execution.kubegene.io/wgs suspended\n");
    assert_eq!(asked.lock().unwrap()[1].body, json!({"spec": {"suspend": true}}));

    let (session, _) = scripted(vec![Answer::refusal(404, "NotFound", "x", "wgs")]);
    let error = run(change::apply(&session, "wgs", change::Change::Cancel)).unwrap_err();
    assert!(error.report().starts_with("error: there is no execution \"wgs\" in namespace \"lab\"\n"));
}

#[test]
fn a_deletion_waits_for_jobs_and_pods() {
    let Command::Delete(args) = typed(&["delete", "wgs", "--wait", "--timeout", "30s"]) else { panic!() };
    let list = |items: Value| Answer::json(&json!({"metadata": {}, "items": items}));
    let deleting = failed("10");
    let job = json!([{"metadata": {"name": "wgs.a.0", "uid": "job"}}]);
    let pod = json!([{"metadata": {"name": "p", "uid": "pod", "ownerReferences": [{"uid": "job"}]}}]);
    let stranger = json!([{"metadata": {"name": "q", "uid": "q", "ownerReferences": [{"uid": "other"}]}}]);
    let (session, asked) = scripted(vec![
        Answer::json(&deleting),
        list(job.clone()),
        Answer::json(&deleting),
        Answer::lines(&[json!({"type": "DELETED", "object": failed("11")})]),
        list(job),
        list(json!(null)),
        list(pod),
        list(json!(null)),
        list(stranger),
    ]);
    let line = run(delete::delete(&session, &args, "wgs")).unwrap();
    assert_eq!(line, "execution.execution.kubegene.io \"wgs\" deleted\n");
    assert_eq!(asked.lock().unwrap()[0].body["propagationPolicy"], "Foreground");
    assert!(asked.lock().unwrap()[1].line.contains("labelSelector=controller-uid%3Du"));
    assert_eq!(fixture::lines(&asked).len(), 9);
}

#[test]
fn the_documents_own_text_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("e.yaml");
    let text = "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {generateName: wgs-}\n\
                spec: {parallelism: 3, tasks: [{name: a, image: 'i:1', commands: [x, z]}]}\n";
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let create = |words: &[&str], answer: Answer| {
        let Command::Submit(args) = typed(&[&["submit", file], words].concat()) else { panic!() };
        let submissions = prepared(&args).map_err(|_| "refused")?;
        let (session, asked) = scripted(vec![answer]);
        let created = run(submit::create(&session, &args.files.options, &submissions[0]));
        let asked = asked.lock().unwrap()[0].clone();
        Ok::<_, &str>((created, asked))
    };
    let stored = failed("1");
    let (created, asked) = create(&[], Answer::json(&stored)).unwrap();
    assert_eq!(created.unwrap().0, stored, "what the server stored is kept as it is");
    let address = "POST /apis/execution.kubegene.io/v1alpha1/namespaces/lab/executions?fieldManager=kubectl-gene&fieldValidation=Strict";
    assert_eq!(asked.line, address);
    // No defaults: they are the server's to fill in.
    let expected = json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
                          "metadata": {"generateName": "wgs-"},
                          "spec": {"parallelism": 3, "tasks": [{"name": "a", "image": "i:1", "commands": ["x", "z"]}]}});
    assert_eq!(asked.body, expected);

    let taken = || Answer::refusal(409, "AlreadyExists", "exists", "wgs");
    let (created, asked) = create(&["--name", "wgs", "--dry-run=server"], taken()).unwrap();
    assert_eq!(asked.line, format!("{address}&dryRun=All"));
    assert_eq!(asked.body["metadata"], json!({"name": "wgs"}));
    let report = created.unwrap_err().report();
    assert!(report.starts_with("error: there is an execution \"wgs\" in namespace \"lab\" already\nhelp: submit this one with --name wgs-2,"), "{report}");
    assert!(create(&["--name", &"x".repeat(70)], taken()).is_err(), "no Job of it could have a name");
}

/// What `submit` prints of a file whose Execution gets this answer: to standard output, and to standard error.
fn submitted(words: &[&str], answer: Answer) -> (String, String) {
    let text = "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {name: wgs}\nspec:\n  tasks:\n  - name: a\n    \
                image: ubuntu\n    commands: [x]\n    volumes:\n      0: {mountPath: /data, mountFrom: {pvc: reads}}\n";
    submitted_text(text, words, answer)
}

fn submitted_text(text: &str, words: &[&str], answer: Answer) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wgs.yaml");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let Command::Submit(args) = typed(&[&["submit", file], words].concat()) else { panic!() };
    let submissions = prepared(&args).unwrap();
    let (session, _) = scripted(vec![answer]);
    let outcome = run(submit::create(&session, &args.files.options, &submissions[0]));
    let talk = submit::told(&session, &submissions[0], &outcome);
    let talk = anstream::adapter::strip_str(&talk).to_string().replace(file, "wgs.yaml");
    assert_eq!(submit::told::<()>(&session, &submissions[0], &Ok(())), "", "each warning once");
    let data = outcome.map_or_else(
        |_| String::new(),
        |(object, metadata)| {
            submit::shown(&args.files.options, &object, &metadata.name, submissions[0].valid())
        },
    );
    (data, talk)
}

fn refused(code: u16, message: &str, causes: &Value) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": "Invalid",
                        "message": message, "details": {"name": "wgs", "causes": causes}});
    Answer::text(code, &status.to_string())
}

#[test]
fn a_refusal_of_the_server_is_shown_in_the_file() {
    let head = "Execution.execution.kubegene.io \"wgs\" is invalid";
    let policy = "executions.execution.kubegene.io \"wgs\" is forbidden: ValidatingAdmissionPolicy 'gene-executions' with binding \
                  'gene-executions' denied request: spec.tasks: these tasks cannot be; write others";
    let cases = [
        (
            refused(
                422,
                &format!("{head}: [...]"),
                &json!([
                    {"reason": "FieldValueInvalid", "field": "spec.tasks[0].image",
                     "message": "Invalid value: \"ubuntu\": the registry is not allowed; use another"},
                    {"reason": "FieldValueInvalid", "field": "spec.tasks[0].volumes[0].mountPath",
                     "message": "Invalid value: \"/data\": no such place"},
                    {"reason": "FieldValueForbidden", "field": "status.phase", "message": "Forbidden: not yours"}
                ]),
            ),
            "error: the registry is not allowed\n --> wgs.yaml:7:12 spec.tasks[0].image\n  |\n7 |     image: ubuntu\n  |            ^^^^^^\n  \
             = help: use another\n\n\
             error: no such place\n  --> wgs.yaml:10:22 spec.tasks[0].volumes[0].mountPath\n   |\n\
             10 |       0: {mountPath: /data, mountFrom: {pvc: reads}}\n   |                      ^^^^^\n\n\
             error: not yours\n --> wgs.yaml status.phase\n\n\
             the server refused 1 Execution of wgs.yaml: 3 errors\n",
        ),
        (
            refused(422, policy, &json!([{"message": policy}])),
            "error: these tasks cannot be\n --> wgs.yaml:5:3 spec.tasks\n  |\n5 |   tasks:\n  |   ^^^^^\n  = help: write others\n\n\
             the server refused 1 Execution of wgs.yaml: 1 error\n",
        ),
        (
            refused(
                400,
                "Execution in version \"v1alpha1\" cannot be handled as a Execution: strict decoding error: unknown field \"spec.tasks[0].commands\"",
                &json!([]),
            ),
            "error: the server refuses this: unknown field \"spec.tasks[0].commands\"\n --> wgs.yaml:8:5 spec.tasks[0].commands\n  |\n\
             8 |     commands: [x]\n  |     ^^^^^^^^\n  \
             = help: install this version's Executions: kubectl apply --server-side -k manifests\n\n\
             the server refused 1 Execution of wgs.yaml: 1 error\n",
        ),
        (
            refused(403, "exceeded quota: q", &json!([])),
            "error: exceeded quota: q\nhelp: ask whoever runs the cluster for a role that allows it\n",
        ),
    ];
    for (answer, expected) in cases {
        let (data, talk) = submitted(&[], answer);
        assert_eq!((data.as_str(), talk.as_str()), ("", expected));
    }
}

/// The same of a workflow: each at what that part of the Execution was made of.
#[test]
fn a_refusal_of_the_server_is_shown_in_the_workflow() {
    let tools = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&tools, "name: bwa\nversion: 1\nimage: bwa:1\n").unwrap();
    let tools = tools.path().to_str().unwrap();
    let text = "inputs: {namespace: {default: lab}}\nworkflow:\n  a:\n    Tool: bwa:1\n    commands: [x]\n    resources: {cpu: 2}\n";
    let cause = |field: &str, message: &str| json!({"reason": "FieldValueInvalid", "field": field, "message": message});
    let causes = json!([
        cause("metadata.labels", "a label is missing"),
        cause("metadata.namespace", "no such namespace"),
        cause("spec.tasks[0].commandSet", "commandSet: not these"),
        cause("spec.tasks[0].image", "the registry is not allowed; use another"),
        cause("spec.tasks[0].resources.cpu", "too many"),
    ]);
    let (_, talk) = submitted_text(
        text,
        &["--tool-repo", tools, "--set", "namespace=lab"],
        refused(422, "Execution.execution.kubegene.io \"x\" is invalid: [...]", &causes),
    );
    let expected = "\
error: commands: not these
 --> wgs.yaml:5:15 workflow.a.commands
  |
5 |     commands: [x]
  |               ^^^

error: too many
 --> wgs.yaml:6:22 workflow.a.resources.cpu
  |
6 |     resources: {cpu: 2}
  |                      ^

error: the registry is not allowed
 --> TOOLS:3:8 image
  |
3 | image: bwa:1
  |        ^^^^^
  = help: use another

error: a label is missing
 --> wgs.yaml metadata.labels

error: no such namespace
 --> --set namespace=lab

the server refused 1 Execution of wgs.yaml: 5 errors
";
    assert_eq!(talk.replace(tools, "TOOLS"), expected);
}

#[test]
fn warnings_of_the_server_are_shown_unless_the_file_had_them() {
    let own = "spec.tasks[0].image: image \"ubuntu\" has no tag, so another run may get another image; name a version: ubuntu:VERSION";
    let told =
        [own, "spec.tasks[0].name: short…", "the quota is almost used up", "the quota is almost used up"];
    let expected = "warning: short…\n --> wgs.yaml:6:11 spec.tasks[0].name\n  |\n6 |   - name: a\n  |           ^\n\n\
                    warning: the quota is almost used up\n --> wgs.yaml\n\n";
    let (data, talk) =
        submitted(&["--dry-run=server", "-o", "yaml"], Answer::json(&failed("1")).warning(&told));
    assert!(data.starts_with("apiVersion: execution.kubegene.io/v1alpha1\n"), "{data}");
    assert!(data.contains("image: i:1"), "the object as admitted: {data}");
    assert_eq!(talk, expected);
    let (data, talk) = submitted(&[], Answer::refusal(403, "Forbidden", "no", "wgs").warning(&told));
    let help = "help: ask whoever runs the cluster for a role that allows it\n";
    assert_eq!((data.as_str(), talk), ("", format!("{expected}error: no\n{help}")));
}
