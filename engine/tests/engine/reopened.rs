//! `retryGeneration`: an Execution that ended, or is ending, is opened once more.

use std::collections::BTreeMap;

use gene_engine::{Action, Event, Options, Phase, Run, Steering};
use gene_types::v1alpha1::KeptResult;
use serde_json::json;

use crate::world::{
    Outcome::{Exits, Prints},
    World, at,
};

fn attempts(pairs: &[(&str, i32)]) -> BTreeMap<String, i32> {
    pairs.iter().map(|(index, attempt)| ((*index).to_owned(), *attempt)).collect()
}

#[test]
fn what_failed_gets_another_attempt_and_what_succeeded_stays() {
    let mut world = World::new(json!({"activeDeadlineSeconds": 500, "tasks": [
        {"name": "a", "commands": ["1", "2"]},
        {"name": "b", "commands": ["1", "2"], "dependents": [{"target": "a", "type": "iterate"}]},
        {"name": "c", "commands": ["1"], "condition": {"condition": [false]}},
    ]}))
    .let_it("a[0]", Exits(3));
    assert_eq!(world.run_to_end(), ["a[0]", "a[1]"]);
    let recorded = world.status();
    assert_eq!(recorded.phase, "Failed");

    // After a restart it has ended, and its status is what was recorded.
    let mut again = Run::new(world.valid.clone(), Options::default());
    again.recall(&recorded);
    assert_eq!((again.phase(), again.next(at(9000), 9)), (Phase::Failed, vec![]));
    assert_eq!(again.status(), recorded);

    world.now = 2000;
    world.outcomes.clear();
    world.run = world.reopened(&recorded, 4);
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.message.as_str()), ("Running", "execution is running"));
    assert_eq!(status.retry_generation, Some(4));
    assert_eq!(status.retried_at.as_ref().map(|time| time.0), Some(at(2000)));
    assert_eq!((&status.started_at, &status.finished_at), (&recorded.started_at, &None));
    assert!(status.conditions.iter().all(|condition| condition.type_ != "Failed"), "{:?}", status.conditions);
    assert_eq!(status.tasks[0].attempts, attempts(&[("0", 1)]));
    assert_eq!(status.tasks[0].retried_from, attempts(&[("0", 1)]));
    let starts = world.act();
    assert_eq!(
        starts,
        [
            Action::Start { vertex: world.vertex("a[0]"), attempt: 1 },
            Action::Start { vertex: world.vertex("b[1]"), attempt: 0 },
            Action::WakeAt(at(2500)),
        ]
    );
    world.finish("b[1]");
    world.finish("a[0]");
    world.act();
    world.finish("b[0]");
    world.act();
    assert_eq!(world.phase(), Phase::Succeeded);
    assert_eq!(world.task_lines(), ["a Succeeded 2/2", "b Succeeded 2/2", "c Skipped 0/1"]);
}

#[test]
fn what_was_ended_is_numbered_even_after_a_restart() {
    for policy in ["Abort", "FailFast"] {
        let mut world = World::new(json!({"failurePolicy": policy, "tasks": [
            {"name": "a", "commands": ["1"]},
            {"name": "b", "commands": ["1", "2"], "parallelism": 1},
        ]}))
        .let_it("a", Exits(3));
        world.act();
        world.finish("a[0]");
        if policy == "FailFast" {
            world.run.observe(Event::Steer(Steering { cancel: true, ..Steering::default() }));
        }
        world.act();
        assert_eq!(world.phase(), Phase::Failed);
        let status = world.status();
        assert_eq!((status.tasks[1].cancelled, status.tasks[1].cancelled_indexes.as_str()), (2, "0"));

        let mut again = world.rebuilt(&status);
        assert_eq!(again.status(), status);
        let recorded = again.status();
        world.outcomes.clear();
        world.run = world.reopened(&recorded, 1);
        assert_eq!(world.status().tasks[1].attempts, attempts(&[("0", 1)]));
        world.run_to_end();
        assert_eq!(world.phase(), Phase::Succeeded);
        assert_eq!(world.status().tasks[1].attempts, attempts(&[("0", 1)]));
    }
}

#[test]
fn what_was_being_ended_when_all_restarted_is_numbered_too() {
    let mut world = World::new(json!({"tasks": [{"name": "b", "commands": ["1"]}]}));
    world.act();
    let recorded = world.status();
    let cancel = Steering { cancel: true, ..Steering::default() };
    world.run.observe(Event::Steer(cancel));
    world.act(); // the Job is deleted, and nobody is left to record it
    world.steering = Some(cancel);
    world.now = 1010;
    world.run = world.rebuilt(&recorded);
    world.act();
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.tasks[0].cancelled_indexes.as_str()), ("Failed", "0"));
    world.steering = None;
    world.run = world.reopened(&status, 1);
    assert_eq!(world.act()[0], Action::Start { vertex: world.vertex("b[0]"), attempt: 1 });
}

#[test]
fn what_runs_goes_on_and_gets_another_attempt_if_it_is_ended() {
    let mut world = World::new(
        json!({"tasks": [{"name": "a", "commands": ["1"]}, {"name": "b", "commands": ["1", "2"]}]}),
    )
    .let_it("a", Exits(3));
    world.act();
    world.finish("a[0]");
    world.act();
    let draining = world.status();
    assert_eq!(draining.phase, "Running");
    world.outcomes.clear();
    world.now += 5;
    world.run = world.reopened(&draining, 1);
    assert_eq!(world.act(), [Action::Start { vertex: world.vertex("a[0]"), attempt: 1 }]);
    let (ended, runs) = (world.vertex("b[0]"), world.vertex("b[1]"));
    world.jobs.remove(&(ended, 0));
    world.run.observe(Event::Gone { vertex: ended, attempt: 0, at: at(world.now) });
    assert_eq!(world.act(), [Action::Start { vertex: ended, attempt: 1 }]);
    // Told late or not at all, it is the same.
    let recorded = world.status();
    world.jobs.remove(&(runs, 0));
    world.run = world.rebuilt(&recorded);
    assert_eq!(world.act(), [Action::Start { vertex: runs, attempt: 1 }]);
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Succeeded);
}

#[test]
fn the_budget_begins_anew() {
    let mut world = World::new(json!({"retry": {"limit": 1, "backoff": {"seconds": 0}}, "tasks": [{"name": "a", "commands": ["1"]}]}))
        .let_it("a", Exits(3));
    world.run_to_end();
    let recorded = world.status();
    world.run = world.reopened(&recorded, 1);
    assert_eq!(world.run_to_end().len(), 4);
    let status = world.status();
    assert_eq!(status.tasks[0].attempts, attempts(&[("0", 3)]));
    assert_eq!(status.tasks[0].retried_from, attempts(&[("0", 2)]));
    world.run = world.reopened(&status, 2);
    world.act();
    let halfway = world.status();
    world.run = world.rebuilt(&halfway);
    assert_eq!(world.run_to_end().len(), 6);
    assert_eq!(world.status().retry_generation, Some(2));
}

fn with_result() -> World {
    let mut world = World::new(json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "s", " "]]},
         "dependents": [{"target": "s"}]},
        {"name": "free", "commands": ["1", "2"], "parallelism": 1},
    ]}))
    .let_it("s", Prints("1 2 3".into()))
    .let_it("d[1]", Exits(1));
    let kept = KeptResult { config_map: "x.s.0".into(), digest: "sha256:00".into() };
    let source = world.vertex("s[0]");
    world.act();
    world.finish("s[0]");
    world.run.keep_result(source, kept);
    world
}

#[test]
fn nothing_starts_before_what_was_kept_is_read_again() {
    let mut world = with_result();
    world.act();
    world.finish("d[1]");
    world.finish("free[0]");
    world.act();
    let recorded = world.status();
    let source = world.vertex("s[0]");
    assert_eq!(recorded.tasks[0].result.as_ref().map(|kept| kept.config_map.as_str()), Some("x.s.0"));
    assert_eq!(world.run.kept_results().count(), 0, "it has been read");

    for reopens in [false, true] {
        let mut again = Run::new(world.valid.clone(), Options::default());
        if reopens {
            again = Run::reopened(world.valid.clone(), &recorded, 1, at(world.now), Options::default());
        } else {
            again.recall(&recorded);
        }
        assert_eq!(again.kept_results().map(|(vertex, _)| vertex).collect::<Vec<_>>(), [source]);
        assert_eq!(again.kept_result(source).map(|kept| kept.digest.as_str()), Some("sha256:00"));
        // It asks for that alone, and what it knows of the expanded task is not lost meanwhile.
        assert_eq!(again.next(at(world.now), 9), [Action::ReadResult { vertex: source }]);
        assert_eq!(again.next(at(world.now), 9), []);
        assert_eq!(again.status(), recorded);
        again.observe(Event::Result { vertex: source, text: Ok("1 2 3".into()) });
        let starts = again.next(at(world.now), 9).len();
        assert_eq!(
            starts,
            if reopens { 4 } else { 0 },
            "d's three, as their Jobs were not told, and free's next"
        );
        let status = again.status();
        assert_eq!((status.tasks[1].total, status.tasks[0].result.is_some()), (Some(3), true));
    }
}

#[test]
fn a_task_that_failed_as_such_is_decided_anew() {
    let mut world = World::new(json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "s", " "]]},
         "dependents": [{"target": "s"}]},
        {"name": "free", "commands": ["1", "2"], "parallelism": 1},
    ]}));
    let source = world.vertex("s[0]");
    world.act();
    world.finish("s[0]");
    assert_eq!(world.run.next(at(1000), 9), [Action::ReadResult { vertex: source }]);
    world.run.observe(Event::Result { vertex: source, text: Err("the pod is gone".into()) });
    world.act();
    let recorded = world.status();
    assert_eq!(recorded.tasks[1].phase, "Failed");
    // A restart starts nothing new before that is known again.
    world.finish("free[0]");
    let mut again = world.rebuilt(&recorded);
    assert_eq!(again.next(at(1001), 9), [Action::ReadResult { vertex: source }]);
    again.observe(Event::Result { vertex: source, text: Err("the pod is gone".into()) });
    assert_eq!(again.next(at(1001), 9), []);
    assert_eq!(again.phase(), Phase::Failed);

    world.run = world.reopened(&again.status(), 1);
    world.outcomes.insert("s".into(), Prints("x".into()));
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Succeeded);
    assert_eq!(world.task_lines()[1], "d Succeeded 1/1");
}

#[test]
fn a_cancel_that_is_still_set_cancels_again() {
    let mut world = World::new(json!({"cancel": true, "tasks": [{"name": "a", "commands": ["1"]}]}));
    world.act();
    let recorded = world.status();
    world.run = world.reopened(&recorded, 1);
    assert_eq!(world.act(), []);
    assert_eq!((world.phase(), world.status().message.as_str()), (Phase::Failed, "execution was cancelled"));
}
