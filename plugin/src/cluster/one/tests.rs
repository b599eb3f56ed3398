use std::{cell::Cell, collections::VecDeque};

use serde_json::{Value, json};

use super::*;
use crate::cluster::{
    execution::Summary,
    fixture::{self, Answer, run, session},
};

fn execution(version: &str, phase: &str) -> Value {
    json!({"metadata": {"name": "wgs", "uid": "u", "resourceVersion": version},
           "spec": {"tasks": []}, "status": {"phase": phase}})
}

fn event(type_: &str, object: &Value) -> Value {
    json!({"type": type_, "object": object})
}

/// The phases that were seen until `Succeeded`, and what the server was asked.
fn seen(answers: Vec<Answer>) -> (Result<Vec<String>, Error>, Vec<String>, usize) {
    let mut answers = VecDeque::from(answers);
    let (session, asked) = session(move |_| answers.pop_front().expect("an answer"));
    let mut phases = Vec::new();
    let told = Cell::new(0);
    let found = |summary: Option<Summary>| {
        let phase = summary.map_or_else(|| "gone".to_owned(), |summary| summary.status.phase);
        let is_last = phase == "Succeeded";
        phases.push(phase);
        is_last.then_some(())
    };
    let tell = |_: &Error| told.set(told.get() + 1);
    let result = run(until(&session, &session.executions(), "wgs", found, tell));
    (result.map(|()| phases), fixture::lines(&asked), told.get())
}

#[test]
fn a_watch_goes_on_from_where_it_was() {
    let (phases, asked, told) = seen(vec![
        Answer::json(&execution("10", "")),
        Answer::lines(&[
            event("MODIFIED", &execution("11", "Running")),
            event("BOOKMARK", &json!({"metadata": {"resourceVersion": "15"}})),
        ]),
        // It ended; the next one breaks.
        Answer::lines(&[event("MODIFIED", &execution("16", "Running"))]).breaks(),
        // That the server is away is told once.
        Answer::refusal(500, "", "starting", ""),
        Answer::refusal(500, "", "starting", ""),
        Answer::lines(&[event("MODIFIED", &execution("17", "Succeeded"))]),
    ]);
    assert_eq!(phases.unwrap(), ["", "Running", "Running", "Succeeded"]);
    assert_eq!(told, 1);
    let versions: Vec<_> = asked
        .iter()
        .filter_map(|line| line.split_once("resourceVersion="))
        .map(|(_, version)| version)
        .collect();
    assert_eq!(versions, ["10", "15", "16", "16", "16"]);
    assert!(asked[1].contains("fieldSelector=metadata.name%3Dwgs"), "{}", asked[1]);
}

#[test]
fn what_the_server_forgot_is_read_anew() {
    let gone = json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"});
    let (phases, asked, _) = seen(vec![
        Answer::json(&execution("10", "Running")),
        Answer::lines(&[event("ERROR", &gone)]),
        Answer::json(&execution("90", "Running")),
        Answer::refusal(410, "Gone", "too old", ""),
        Answer::json(&execution("95", "Succeeded")),
    ]);
    assert_eq!(phases.unwrap(), ["Running", "Running", "Succeeded"]);
    assert_eq!(asked.len(), 5);
}

#[test]
fn one_that_is_not_there_yet_may_come_and_go() {
    let (phases, _, _) = seen(vec![
        Answer::refusal(404, "NotFound", "not found", "wgs"),
        Answer::lines(&[
            event("ADDED", &execution("5", "")),
            event("DELETED", &execution("6", "")),
            event("ADDED", &execution("7", "Succeeded")),
        ]),
    ]);
    assert_eq!(phases.unwrap(), ["gone", "", "gone", "Succeeded"]);
}

#[test]
fn a_refusal_ends_it() {
    let (result, _, _) = seen(vec![
        Answer::json(&execution("10", "Running")),
        Answer::refusal(403, "Forbidden", "cannot watch", ""),
    ]);
    assert!(result.expect_err("refused").report().contains("cannot watch"));
    let (result, _, _) = seen(vec![Answer::refusal(500, "", "broken", "")]);
    assert!(result.is_err());
}
