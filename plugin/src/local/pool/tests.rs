use std::{
    fs,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::*;
use crate::local::{
    fixture::{Fixture, execution, exited, failed, launch, wait_for_line, wait_until},
    orphans::table,
};

const QUICK: Timing = Timing { grace: Duration::from_secs(1), first_pause: Duration::from_millis(20) };
/// Nothing that takes as long as this is going to happen in a test.
const PATIENT: Timing = Timing { grace: Duration::from_hours(1), first_pause: Duration::from_hours(1) };

struct Started {
    fixture: Fixture,
    pool: Pool,
    receiver: mpsc::Receiver<Message>,
}

/// Starts the first vertex of each task.
fn start(tasks: Value, timing: Timing) -> Started {
    let fixture = Fixture::new();
    let valid = execution(tasks);
    let (sender, receiver) = mpsc::channel();
    let pool = Pool::with_timing(fixture.prepare(&valid), sender, timing);
    for task in 0..valid.plan().tasks.len() {
        pool.start(launch(&valid, task as u32, 0));
    }
    Started { fixture, pool, receiver }
}

fn first() -> Vertex {
    Vertex { task: 0, index: 0 }
}

#[test]
fn ends_are_told_with_their_reason() {
    for (command, expected) in [
        ("true", Outcome::Succeeded),
        ("exit 3", failed("Error", "exit code 3", Some(3))),
        ("kill -9 $$", failed("Error", "killed by signal 9 (SIGKILL)", Some(137))),
        ("kill -TERM $$", failed("Error", "killed by signal 15 (SIGTERM)", Some(143))),
        ("no-such-program", failed("Error", "exit code 127", Some(127))),
    ] {
        assert_eq!(Fixture::new().run_first(json!([{"commands": [command]}])), expected, "{command}");
    }
}

#[test]
fn a_start_and_its_end_are_told_once_each() {
    let Started { receiver, pool, fixture: _fixture } = start(json!([{"commands": ["true"]}]), PATIENT);
    let Message::Started { vertex, attempt: 0, restarts: 0, process: Some(_), at } = receiver.recv().unwrap()
    else {
        panic!("no start")
    };
    let Message::Exited { vertex: same, attempt: 0, started, finished, outcome } = receiver.recv().unwrap()
    else {
        panic!("no end")
    };
    assert_eq!((vertex, same, started, outcome), (first(), first(), Some(at), Outcome::Succeeded));
    assert!(finished >= at);
    drop(pool);
    assert!(receiver.recv().is_err(), "nothing more");
}

#[test]
fn both_outputs_go_to_the_log_in_order() {
    let fixture = Fixture::new();
    fixture
        .run_first(json!([{"commands": ["echo 1; echo 2 >&2; echo 3; cat; echo 4 >>/dev/stdout; echo 5"]}]));
    assert_eq!(fixture.log("a.0.0.log"), "1\n2\n3\n4\n5\n");
}

#[test]
fn the_environment_is_the_callers_and_the_tasks() {
    let fixture = Fixture::new();
    let command = "echo $GENE_EXECUTION $GENE_TASK $GENE_INDEX $GENE_ATTEMPT $GENE_RUN_ID; \
                   echo \"$GENE_ARG_1|$OWN|$TWICE\"; test -n \"$PATH\" && pwd";
    let outcome = fixture.run_first(json!([{
        "commandsIter": {"command": command, "vars": [["a 'b' $HOME"]]},
        "env": [
            {"name": "OWN", "value": "$(GENE_TASK)/$(GENE_ARG_1)/$(NO)$$(x)"},
            {"name": "TWICE", "value": "1"}, {"name": "TWICE", "value": "2"}
        ]
    }]));
    assert_eq!(outcome, Outcome::Succeeded);
    let expected = format!(
        "test a 0 0 {}\na 'b' $HOME|a/a 'b' $HOME/$(NO)$(x)|2\n{}\n",
        fixture.run_id,
        fixture.path("called").display()
    );
    assert_eq!(fixture.log("a.0.0.log"), expected);
}

#[test]
fn a_shell_and_a_working_directory_of_ones_own() {
    let fixture = Fixture::new();
    let outcome = fixture.run_first(json!([{
        "shell": ["env", "X=1", "sh", "-e", "-c"], "workingDir": "/usr", "commands": ["pwd; echo $X; false; echo no"]
    }]));
    assert_eq!(outcome, failed("Error", "exit code 1", Some(1)));
    assert_eq!(fixture.log("a.0.0.log"), "/usr\n1\n");
}

#[test]
fn what_cannot_be_started_says_why() {
    let huge: Vec<String> = (0..40).map(|n| format!("{n}{}", "x".repeat(100_000))).collect();
    for (task, expected) in [
        (
            json!({"workingDir": "/no/such", "commands": ["true"]}),
            "workingDir \"/no/such\": no such file or directory",
        ),
        (
            json!({"workingDir": "/etc/passwd", "commands": ["true"]}),
            "workingDir \"/etc/passwd\" is not a directory",
        ),
        (
            json!({"shell": ["no-such-shell", "-c"], "commands": ["true"]}),
            "shell \"no-such-shell\" was not found in PATH",
        ),
        (json!({"shell": ["/no/such", "-c"], "commands": ["true"]}), "shell \"/no/such\" is no program"),
        (
            json!({"shell": ["/etc/passwd", "-c"], "commands": ["true"]}),
            "shell \"/etc/passwd\" is no program",
        ),
        (
            json!({"commandsIter": {"command": "true", "vars": [huge]}}),
            "the command is too long for this machine: ",
        ),
    ] {
        let Outcome::Failed(failure) = Fixture::new().run_first(json!([task])) else { panic!("{expected}") };
        assert_eq!((failure.reason.as_str(), failure.exit_code), ("StartError", None));
        assert!(failure.message.starts_with(expected), "{}", failure.message);
    }
}

#[test]
fn what_is_to_end_gets_its_chance() {
    let command = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 1000 & wait; done";
    let Started { fixture, pool, receiver } = start(json!([{"commands": [command]}]), PATIENT);
    wait_for_line(&fixture.path("run/logs/a.0.0.log"));
    pool.end(first(), 0);
    assert_eq!(exited(&receiver), (first(), Outcome::Ended));
    assert_eq!(fixture.log("a.0.0.log"), "ready\nbye\n");
}

#[test]
fn what_does_not_heed_is_killed_after_the_grace() {
    let command = "trap '' TERM; echo ready; sleep 1000; sleep 1000";
    let Started { fixture, pool, receiver } = start(json!([{"commands": [command]}]), QUICK);
    wait_for_line(&fixture.path("run/logs/a.0.0.log"));
    let before = Instant::now();
    pool.end_all();
    assert_eq!(exited(&receiver), (first(), Outcome::Ended));
    assert!(before.elapsed() >= QUICK.grace);
}

#[test]
fn who_asks_twice_does_not_wait() {
    let command = "trap '' TERM; echo ready; sleep 1000";
    let Started { fixture, pool, receiver } = start(json!([{"commands": [command]}]), PATIENT);
    wait_for_line(&fixture.path("run/logs/a.0.0.log"));
    pool.end(first(), 7); // no such attempt
    pool.end(first(), 0);
    pool.end(first(), 0);
    assert_eq!(exited(&receiver), (first(), Outcome::Ended));
}

#[test]
fn what_is_killed_while_it_starts_is_killed() {
    // The log says `ready` before the pool knows of the process, or after: each often enough.
    for _ in 0..20 {
        let Started { fixture, pool, receiver } =
            start(json!([{"commands": ["trap '' TERM; echo ready; sleep 1000"]}]), PATIENT);
        wait_until("it does not start", || fixture.path("run/logs/a.0.0.log").exists());
        pool.end_all();
        pool.kill_all();
        assert_eq!(exited(&receiver).1, Outcome::Ended);
    }
}

#[test]
fn nothing_is_left_of_a_group_when_its_end_is_told() {
    let command = "(trap '' HUP TERM; echo $$ >pid; exec sleep 1000) & while ! test -s pid; do :; done";
    let Started { fixture, receiver, pool: _pool } =
        start(json!([{"commands": [format!("sh -c '{}'; true", command)]}]), PATIENT);
    assert_eq!(exited(&receiver).1, Outcome::Succeeded);
    let variable = format!("GENE_RUN_ID={}", fixture.run_id);
    wait_until("a child is left", || {
        !table::all().iter().any(|entry| !entry.is_zombie && table::has_variable(entry.pid, &variable))
    });
}

#[test]
fn dropping_the_pool_ends_everything() {
    let tasks = json!([
        {"name": "a", "commands": ["trap '' TERM; echo; sleep 1000"]},
        {"name": "b", "commands": ["echo; exit 1"], "backoffLimit": 9}
    ]);
    let Started { fixture, pool, receiver } = start(tasks, PATIENT);
    wait_for_line(&fixture.path("run/logs/a.0.0.log"));
    wait_for_line(&fixture.path("run/logs/b.0.0.log"));
    drop(pool);
    let outcomes: Vec<_> = receiver
        .iter()
        .filter_map(|message| match message {
            Message::Exited { outcome, .. } => Some(outcome),
            Message::Started { .. } => None,
        })
        .collect();
    assert_eq!(outcomes, [Outcome::Ended, Outcome::Ended]);
}

#[test]
fn a_failed_command_is_started_again() {
    let tasks = json!([{"backoffLimit": 3, "commands": ["echo x >>tries; wc -l <tries; test $(wc -l <tries) -ge 3"]}]);
    let Started { fixture, pool, receiver } = start(tasks, QUICK);
    let mut starts = Vec::new();
    let (started, outcome) = loop {
        match receiver.recv().unwrap() {
            Message::Started { restarts, at, .. } => starts.push((restarts, at)),
            Message::Exited { started, outcome, .. } => break (started, outcome),
        }
    };
    assert_eq!(outcome, Outcome::Succeeded);
    assert_eq!(starts.iter().map(|(restarts, _)| *restarts).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(starts.iter().all(|(_, at)| Some(*at) == started), "the attempt has one start");
    for (log, expected) in [("a.0.0.try1.log", "1"), ("a.0.0.try2.log", "2"), ("a.0.0.log", "3")] {
        assert_eq!(fixture.log(log).trim(), expected, "{log}");
    }
    drop(pool);
}

#[test]
fn tries_are_counted() {
    let Started { fixture, receiver, pool: _pool } =
        start(json!([{"backoffLimit": 2, "commands": ["echo x >>tries; exit 4"]}]), QUICK);
    assert_eq!(exited(&receiver).1, failed("Error", "exit code 4", Some(4)));
    assert_eq!(fs::read_to_string(fixture.path("called/tries")).unwrap(), "x\nx\nx\n");
}

#[test]
fn pauses_grow_to_five_minutes() {
    let timing = Timing { first_pause: Duration::from_secs(1), ..QUICK };
    let pauses: Vec<u64> = [0, 1, 2, 8, 9, 31, 32, u32::MAX].map(|n| timing.pause(n).as_secs()).into();
    assert_eq!(pauses, [1, 2, 4, 256, 300, 300, 300, 300]);
}

#[test]
fn a_pause_between_two_tries_can_be_ended() {
    let Started { fixture, pool, receiver } =
        start(json!([{"backoffLimit": 1, "commands": ["echo; exit 1"]}]), PATIENT);
    wait_for_line(&fixture.path("run/logs/a.0.0.log"));
    pool.end_all();
    assert_eq!(exited(&receiver).1, Outcome::Ended);
}

#[test]
fn a_deadline_ends_the_whole_group_and_fails() {
    let deadline = failed("DeadlineExceeded", "Job was active longer than specified deadline", None);
    for (task, timing) in [
        (json!({"activeDeadlineSeconds": 1, "commands": ["sleep 1000 & sleep 1000"]}), PATIENT),
        // Over all tries, the pauses between them included.
        (json!({"activeDeadlineSeconds": 1, "backoffLimit": 5, "commands": ["exit 1"]}), PATIENT),
        (json!({"activeDeadlineSeconds": 1, "commands": ["trap '' TERM; sleep 1000"]}), QUICK),
        (json!({"activeDeadlineSeconds": 0, "commands": ["sleep 1000"]}), PATIENT),
    ] {
        let Started { receiver, pool: _pool, fixture: _fixture } = start(json!([task]), timing);
        assert_eq!(exited(&receiver).1, deadline, "{task}");
    }
    let far = json!([{"activeDeadlineSeconds": i64::MAX, "commands": ["true"]}]);
    assert_eq!(Fixture::new().run_first(far), Outcome::Succeeded);
}

#[test]
fn many_run_beside_each_other() {
    let tasks: Vec<Value> = (0..40)
        .map(|n| json!({"name": format!("t{n}"), "commands": [format!("touch {n}; until [ -e {} ]; do sleep 0.01; done", 39 - n)]}))
        .collect();
    let Started { receiver, pool, fixture: _fixture } = start(Value::Array(tasks), PATIENT);
    for _ in 0..40 {
        assert_eq!(exited(&receiver).1, Outcome::Succeeded);
    }
    drop(pool);
}

#[test]
fn threads_are_used_again() {
    let fixture = Fixture::new();
    let valid = execution(json!([{"commandsIter": {"command": "true", "count": 50}}]));
    let (sender, receiver) = mpsc::channel::<Message>();
    let pool = Pool::new(fixture.prepare(&valid), sender);
    for index in 0..50 {
        pool.start(launch(&valid, 0, index));
        exited(&receiver);
        wait_until("the thread does not wait", || {
            let state = pool.shared.lock();
            state.idle == state.workers
        });
    }
    assert_eq!(pool.shared.lock().workers, 1);
    assert!(Arc::strong_count(&pool.shared) <= 3);
}
