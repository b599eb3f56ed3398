//! The commands against a server that a test plays.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{change, delete, retry, submit};
use crate::{
    cli::{Cli, Command},
    cluster::{
        Session,
        fixture::{self, Answer, Asked, run, session},
    },
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
        let submissions = submit::prepare(&args).map_err(|_| "refused")?;
        let (session, asked) = scripted(vec![answer]);
        let created = run(submit::create(&session, &args, &submissions[0]));
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
