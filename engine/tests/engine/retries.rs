//! `retry`: another attempt after a pause, as long as the budget lasts.

use gene_engine::{Action, Event, Failure, Phase, Run, Steering};
use serde_json::{Value, json};

use crate::world::{
    Outcome::{Exits, Flaky, Prints},
    World, at,
};

fn one(retry: Value) -> World {
    World::new(json!({"tasks": [{"name": "a", "commands": ["1", "2"], "retry": retry}]}))
}

#[test]
fn it_is_tried_again_after_ever_longer_pauses() {
    let mut world = one(json!({"limit": 2, "backoff": {"seconds": 10, "factor": 3, "maxSeconds": 25}}))
        .let_it("a[0]", Flaky(2, String::new()));
    let vertex = world.vertex("a[0]");
    world.act();
    world.now = 1005;
    world.finish("a[0]");
    // It waits: it is pending, takes no place, and says why.
    assert_eq!(world.act(), [Action::WakeAt(at(1015))]);
    let status = world.status();
    let task = &status.tasks[0];
    assert_eq!((task.pending, task.running, task.failed), (1, 1, 0));
    assert_eq!((status.phase.as_str(), status.message.as_str()), ("Running", "execution is running"));
    assert_eq!(task.reason, "Error");
    assert_eq!(task.message, "a[0]: attempt 1 of 3 failed, next at 1970-01-01T00:16:55Z: exit code 1");
    assert_eq!(task.attempts.get("0"), Some(&1));

    world.now = 1014;
    assert_eq!(world.act(), []);
    world.now = 1015;
    assert_eq!(world.act(), [Action::Start { vertex, attempt: 1 }]);
    assert_eq!(world.status().tasks[0].message, "");
    assert_eq!(world.status().vertices["x.a.0-1"].phase, "Running");

    world.now = 1020;
    world.finish("a[0]");
    // Thirty seconds would be the pause, 25 are the longest.
    assert_eq!(world.act(), [Action::WakeAt(at(1045))]);
    world.now = 1045;
    world.act();
    world.now = 1050;
    world.finish("a[0]");
    world.finish("a[1]");
    world.act();
    assert_eq!(world.phase(), Phase::Succeeded);
    assert_eq!(world.task_lines(), ["a Succeeded 2/2"]);
}

#[test]
fn when_the_budget_is_spent_it_has_failed() {
    let mut world = one(json!({"limit": 1, "backoff": {"seconds": 0}})).let_it("a[0]", Exits(3));
    let starts = world.run_to_end();
    assert_eq!(starts, ["a[0]", "a[1]", "a[0]"]);
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.message.as_str()), ("Failed", "a[0]: exit code 3"));
    assert_eq!(status.vertices["x.a.0-1"].exit_code, Some(3));
    assert_eq!(status.tasks[0].failed_indexes, "0");
    assert_eq!(status.finished_at, status.vertices["x.a.0-1"].finished_at);
}

#[test]
fn the_executions_retry_holds_unless_the_task_has_its_own() {
    let mut world = World::new(
        json!({"failurePolicy": "Continue", "retry": {"limit": 2, "backoff": {"seconds": 0}}, "tasks": [
            {"name": "a", "commands": ["1"]},
            {"name": "b", "commands": ["1"], "retry": {"limit": 0}},
            {"name": "c", "commands": ["1"], "retry": {"limit": 1, "backoff": {"seconds": 1}}},
        ]}),
    )
    .let_it("a", Exits(1))
    .let_it("b", Exits(1))
    .let_it("c", Exits(1));
    let mut starts = world.run_to_end();
    starts.sort();
    assert_eq!(starts, ["a[0]", "a[0]", "a[0]", "b[0]", "c[0]", "c[0]"]);
}

#[test]
fn what_depends_on_it_waits_for_the_attempt_that_succeeds() {
    let mut world = World::new(json!({"retry": {"limit": 3, "backoff": {"seconds": 2}}, "tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "s", " "]]},
         "dependents": [{"target": "s"}]},
    ]}))
    .let_it("s", Flaky(2, "x y".into()))
    .let_it("d[1]", Flaky(1, String::new()));
    assert_eq!(world.run_to_end(), ["s[0]", "s[0]", "s[0]", "d[0]", "d[1]", "d[1]"]);
    assert_eq!(world.task_lines(), ["s Succeeded 1/1", "d Succeeded 2/2"]);
}

#[test]
fn a_waiting_vertex_takes_no_place() {
    let spec = json!({"parallelism": 1, "tasks": [
        {"name": "a", "commands": ["1", "2"], "parallelism": 1, "retry": {"limit": 1, "backoff": {"seconds": 60}}}]});
    let mut world = World::new(spec).let_it("a[0]", Flaky(1, String::new()));
    world.act();
    world.finish("a[0]");
    assert_eq!(world.act()[0], Action::Start { vertex: world.vertex("a[1]"), attempt: 0 });
    world.now = 1060;
    assert_eq!(world.act(), [], "the other holds the place");
    world.finish("a[1]");
    assert_eq!(world.act(), [Action::Start { vertex: world.vertex("a[0]"), attempt: 1 }]);
}

#[test]
fn nothing_is_tried_again_when_another_has_failed() {
    for (policy, phase) in [("FailFast", "Pending"), ("Abort", "Cancelled")] {
        let mut world = World::new(json!({"failurePolicy": policy, "tasks": [
            {"name": "a", "commands": ["1"], "retry": {"limit": 1, "backoff": {"seconds": 60}}},
            {"name": "b", "commands": ["1"]},
        ]}))
        .let_it("a", Exits(4))
        .let_it("b", Exits(5));
        world.act();
        world.finish("a[0]");
        world.act();
        world.finish("b[0]");
        assert_eq!(world.act(), []);
        assert_eq!(world.phase(), Phase::Failed);
        let status = world.status();
        assert_eq!(status.message, "b[0]: exit code 5");
        let task = &status.tasks[0];
        assert_eq!((task.phase.as_str(), task.failed), (phase, 0));
        assert_eq!(task.message, "a[0]: attempt 1 of 2 failed: exit code 4");
    }
}

#[test]
fn what_waits_is_cancelled_by_cancel_and_deadline() {
    let spec = json!({"activeDeadlineSeconds": 30, "tasks": [
        {"name": "a", "commands": ["1"], "retry": {"limit": 1, "backoff": {"seconds": 60}}}]});
    for cancels in [true, false] {
        let mut world = World::new(spec.clone()).let_it("a", Exits(4));
        world.act();
        world.finish("a[0]");
        assert_eq!(world.act(), [], "the deadline comes first");
        assert_eq!(world.wake, Some(1030));
        if cancels {
            world.run.observe(Event::Steer(Steering { cancel: true, ..Steering::default() }));
        } else {
            world.now = 1030;
        }
        assert_eq!(world.act(), []);
        assert_eq!(world.phase(), Phase::Failed);
        assert_eq!((world.status().tasks[0].cancelled, world.status().tasks[0].failed), (1, 0));
    }
}

#[test]
fn suspended_it_waits_on() {
    let mut world =
        one(json!({"limit": 1, "backoff": {"seconds": 5}})).let_it("a[0]", Flaky(1, String::new()));
    world.act();
    world.finish("a[0]");
    world.run.observe(Event::Steer(Steering { suspend: true, ..Steering::default() }));
    world.now = 1100;
    world.act();
    assert_eq!(world.running_names(), ["a[1]"]);
    world.run.observe(Event::Steer(Steering::default()));
    assert_eq!(world.act(), [Action::Start { vertex: world.vertex("a[0]"), attempt: 1 }]);
}

#[test]
fn a_restart_neither_loses_nor_repeats_an_attempt() {
    let mut world = one(json!({"limit": 2, "backoff": {"seconds": 10}}))
        .let_it("a[0]", Exits(1))
        .let_it("a[1]", Prints(String::new()));
    let vertex = world.vertex("a[0]");
    world.act();
    let before = world.status();
    world.now = 1005;
    world.finish("a[0]");
    world.act();
    let after = world.status();
    for recorded in [before, after] {
        // With the failed Job still there, it waits as long as it would have.
        let mut again = world.rebuilt(&recorded);
        assert_eq!(again.next(at(1006), 9), [Action::WakeAt(at(1015))]);
        assert_eq!(again.status(), world.status());
        assert_eq!(again.next(at(1015), 9), [Action::Start { vertex, attempt: 1 }]);
    }
    // Where the failed Job is gone, its number is still known.
    let recorded = world.status();
    world.jobs.remove(&(vertex, 0));
    let mut again = world.rebuilt(&recorded);
    assert_eq!(again.next(at(1006), 9), [Action::Start { vertex, attempt: 1 }]);
}

#[test]
fn attempts_may_be_told_in_any_order() {
    let mut world = one(json!({"limit": 2, "backoff": {"seconds": 10}})).let_it("a[0]", Exits(1));
    let vertex = world.vertex("a[0]");
    let failed = |attempt, second| Event::Failed {
        vertex,
        attempt,
        started: Some(at(second - 1)),
        finished: at(second),
        failure: Failure::new("Error", format!("attempt {attempt}")),
    };
    let events = [failed(0, 1001), failed(1, 1020), Event::Started { vertex, attempt: 1, at: at(1019) }];
    let mut statuses = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut run = Run::new(world.valid.clone(), world.options);
        for index in order {
            run.observe(events[index].clone());
            run.observe(events[index].clone());
        }
        let actions = run.next(at(1021), 9);
        assert_eq!(actions.last(), Some(&Action::WakeAt(at(1040))), "{order:?}");
        statuses.push(run.status());
    }
    assert!(statuses.windows(2).all(|pair| pair[0] == pair[1]), "{statuses:#?}");
    assert_eq!(
        statuses[0].tasks[0].message,
        "a[0]: attempt 2 of 3 failed, next at 1970-01-01T00:17:20Z: attempt 1"
    );
    world.act();
}

#[test]
fn what_is_known_of_attempts_before_the_width_is_kept() {
    let spec = json!({"retry": {"limit": 1, "backoff": {"seconds": 0}}, "tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "s", " "]]},
         "dependents": [{"target": "s"}]},
    ]});
    let mut world = World::new(spec).let_it("s", Prints("x".into())).let_it("d", Exits(1));
    world.run_to_end();
    assert_eq!(world.status().tasks[1].attempts.get("0"), Some(&1));
    // From scratch, and in the worst order: the latest first, the width last.
    let mut again = Run::new(world.valid.clone(), world.options);
    for (vertex, attempt) in world.jobs.keys().rev() {
        again.observe(world.event_of(*vertex, *attempt));
    }
    for (vertex, text) in &world.results {
        again.observe(Event::Result { vertex: *vertex, text: Ok(text.clone()) });
    }
    assert_eq!(again.next(at(world.now), 9), []);
    let (again, before) = (again.status(), world.status());
    assert_eq!((again.phase, again.tasks), (before.phase, before.tasks));
}

#[test]
fn a_pause_is_not_shorter_for_a_fraction_of_a_second() {
    let mut world = one(json!({"limit": 1, "backoff": {"seconds": 1}}));
    let vertex = world.vertex("a[0]");
    world.act();
    let finished = "1970-01-01T00:16:40.9Z".parse().unwrap();
    world.run.observe(Event::Failed {
        vertex,
        attempt: 0,
        started: None,
        finished,
        failure: Failure::default(),
    });
    assert_eq!(world.act(), [Action::WakeAt(at(1002))]);
}

#[test]
fn what_is_asked_of_a_run() {
    let mut world =
        one(json!({"limit": 1, "backoff": {"seconds": 0}})).let_it("a[0]", Flaky(1, String::new()));
    let vertex = world.vertex("a[0]");
    assert_eq!(world.run.vertex_of("a", 0), Some(vertex));
    assert_eq!(world.run.vertex_of("a", 2), None);
    assert_eq!(world.run.vertex_of("b", 0), None);
    let actions = world.run.next(at(1000), 9);
    assert_eq!(world.run.starting().count(), 2);
    assert!(!world.run.has_started(vertex, 0));
    for action in actions {
        world.perform(action);
    }
    assert_eq!(world.run.starting().count(), 0);
    assert!(world.run.has_started(vertex, 0) && !world.run.has_started(vertex, 1));
    assert_eq!(world.run.job_name(vertex).as_deref(), Some("x.a.0"));
    world.finish("a[0]");
    assert_eq!(
        (world.run.attempt(vertex), world.run.job_name(vertex).as_deref()),
        (Some(1), Some("x.a.0-1"))
    );
    assert!(world.run.has_started(vertex, 0) && !world.run.has_started(vertex, 1));
    let none = gene_engine::Vertex { task: 0, index: 9 };
    assert_eq!((world.run.attempt(none), world.run.job_name(none)), (None, None));
}

#[test]
fn nothing_is_said_of_a_pause_that_is_over() {
    // There is no room for the next attempt when it may start.
    let spec = json!({"parallelism": 1, "tasks": [
        {"name": "a", "commands": ["1", "2"], "retry": {"limit": 1, "backoff": {"seconds": 10}}}]});
    let mut world = World::new(spec).let_it("a[0]", Flaky(1, String::new()));
    world.act();
    world.finish("a[0]");
    world.act();
    assert!(world.status().tasks[0].message.starts_with("a[0]: attempt 1 of 2 failed, next at "));
    world.now = 1010;
    world.act();
    assert_eq!((world.status().tasks[0].message.as_str(), world.status().tasks[0].reason.as_str()), ("", ""));
    // Told again, as after a reconnect, it neither waits nor says anything again.
    let vertex = world.vertex("a[0]");
    world.run.observe(world.event_of(vertex, 0));
    world.finish("a[1]");
    assert_eq!(world.act(), [Action::Start { vertex, attempt: 1 }]);
    assert_eq!(world.status().tasks[0].message, "");
}
