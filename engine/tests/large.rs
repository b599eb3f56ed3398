//! Results of the greatest length, and as many tasks as are made from them: what is held in memory is bounded. A process
//! of its own, so that nothing else counts.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, sync::Arc};

use gene_engine::{Action, Event, Options, Phase, Run, Vertex};
use gene_types::{Limits, limits::MAX_RESULT_BYTES, validate_document};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

/// What the process has had at once.
fn peak_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

fn run(tasks: &Value) -> Run {
    let document = json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
        "metadata": {"name": "x", "namespace": "default"}, "spec": {"tasks": tasks}});
    let valid = validate_document(document, &Limits::CLUSTER).unwrap();
    Run::new(Arc::new(valid), Options::default())
}

fn source(name: &str) -> Value {
    json!({"name": name, "image": "i", "commands": ["print"]})
}

fn reader(name: &str, source: &str, command: &str) -> Value {
    let iter = json!({"command": command, "varsIter": [["get_result", source, "\n"]]});
    json!({"name": name, "image": "i", "commandsIter": iter, "dependents": [{"target": source}]})
}

/// Every vertex succeeds at once, and prints this. The number of starts, and the most bytes that a status had.
fn carry_out(run: &mut Run, printed: &str) -> (usize, usize) {
    let now = Timestamp::from_second(1000).unwrap();
    let (mut starts, mut most) = (0, 0);
    while !run.phase().is_terminal() {
        for action in run.next(now, 1_000) {
            match action {
                Action::Start { vertex, attempt } => {
                    starts += 1;
                    let command = run.command(vertex);
                    assert!(command.text.len() + command.arguments.concat().len() < 1 << 17);
                    let finished = now;
                    run.observe(Event::Succeeded { vertex, attempt, started: None, finished, message: None });
                }
                Action::ReadResult { vertex } => {
                    run.observe(Event::Result { vertex, text: Ok(printed.to_owned()) });
                }
                Action::End { .. } | Action::WakeAt(_) => {}
            }
        }
        if starts % 10_000 < 1_000 {
            most = most.max(serde_json::to_string(&run.status()).unwrap().len());
        }
    }
    (starts, most)
}

/// Everything that may start does, and succeeds at once.
fn start_all(run: &mut Run) {
    let now = Timestamp::from_second(1000).unwrap();
    loop {
        let actions = run.next(now, 1_000);
        if actions.is_empty() {
            return;
        }
        for action in actions {
            if let Action::Start { vertex, attempt } = action {
                let finished = now;
                run.observe(Event::Succeeded { vertex, attempt, started: None, finished, message: None });
            }
        }
    }
}

#[test]
fn memory_is_bounded_by_what_is_printed_and_not_by_who_reads_it() {
    // A hundred and ninety-nine lines of some 5 kB: five hundred tasks of them have 99,500 vertices.
    let line = "x".repeat(MAX_RESULT_BYTES / 199 - 1);
    let printed = [line.as_str(); 199].join("\n");
    assert!(printed.len() > MAX_RESULT_BYTES - 1000 && printed.len() <= MAX_RESULT_BYTES);
    let mut tasks = vec![source("s")];
    tasks.extend((0..500).map(|n| reader(&format!("d{n}"), "s", "do \"$GENE_ARG_1\"")));
    let mut one = run(&json!(tasks));
    let (starts, _) = carry_out(&mut one, &printed);
    assert_eq!((one.phase(), starts), (Phase::Succeeded, 99_501));

    // Each with a source of its own: what is used up is not held any more.
    let sources = (0..500).map(|n| source(&format!("s{n}")));
    let readers = (0..500).map(|n| reader(&format!("d{n}"), &format!("s{n}"), "do \"$GENE_ARG_1\""));
    let conditional = (0..500).map(|n| {
        json!({"name": format!("c{n}"), "image": "i", "commands": ["do"], "dependents": [{"target": format!("s{n}")}],
               "condition": {"condition": ["check_result", format!("s{n}"), "y"]}})
    });
    let line = "x".repeat(MAX_RESULT_BYTES / 9 - 1);
    let printed = [line.as_str(); 9].join("\n");
    let mut many = run(&json!(sources.chain(readers).chain(conditional).collect::<Vec<_>>()));
    // All succeed before any is read; then one after the other is.
    start_all(&mut many);
    for task in 0..500 {
        many.observe(Event::Result { vertex: Vertex { task, index: 0 }, text: Ok(printed.clone()) });
        start_all(&mut many);
    }
    assert_eq!(many.phase(), Phase::Succeeded, "{}", many.status().message);
    assert_eq!(many.status().progress, "5500/5500");
    let skipped = &many.status().tasks[1_000];
    assert_eq!(skipped.phase, "Skipped");
    assert!(skipped.message.starts_with("condition: \"s0\" printed \"xxx"), "{}", skipped.message);

    // As many lines as there may be: nothing is larger than the API server takes.
    let lines: Vec<String> = (0..99_998).map(|line| line.to_string()).collect();
    let mut wide = run(&json!([source("s"), reader("d", "s", "do ${1}")]));
    let (starts, most) = carry_out(&mut wide, &lines.join("\n"));
    assert_eq!((wide.phase(), starts), (Phase::Succeeded, 99_999));
    assert!(most < 1_400_000, "{most}");

    let peak = peak_bytes();
    assert!(peak < 150_000_000, "{peak}");
}
