//! Failure policies, deadlines, suspension and cancelling.

use gene_engine::{Action, Event, Phase, Steering};
use gene_types::v1alpha1::Condition;
use serde_json::{Value, json};

use crate::world::{Outcome::Exits, World, at};

/// `bad` fails; `long` runs beside it; `next` waits for `long`; `after` for `bad`.
fn failing(policy: Value) -> World {
    let spec = json!({"failurePolicy": policy, "tasks": [
        {"name": "bad", "commands": ["b"]},
        {"name": "long", "commands": ["l"]},
        {"name": "next", "commands": ["n"], "dependents": [{"target": "long"}]},
        {"name": "after", "commands": ["a"], "dependents": [{"target": "bad"}]},
    ]});
    let mut world = World::new(spec).let_it("bad", Exits(7));
    world.act();
    world.now += 1;
    world.finish("bad[0]");
    world.act();
    world
}

fn condition<'a>(conditions: &'a [Condition], type_: &str) -> &'a Condition {
    conditions.iter().find(|condition| condition.type_ == type_).unwrap()
}

#[test]
fn fail_fast_lets_finish_what_runs_and_starts_nothing() {
    let mut world = failing(json!(null));
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.message.as_str()), ("Running", "bad[0]: exit code 7"));
    assert_eq!(world.running_names(), ["long[0]"]);
    world.now += 1;
    world.finish("long[0]");
    assert_eq!(world.act(), []);
    assert_eq!(
        world.task_lines(),
        ["bad Failed 0/1", "long Succeeded 1/1", "next Pending 0/1", "after Pending 0/1"]
    );
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.message.as_str()), ("Failed", "bad[0]: exit code 7"));
    assert_eq!(status.finished_at.map(|time| time.0), Some(at(1002)));
    assert_eq!(condition(&status.conditions, "Failed").reason, "VertexFailed");
    let failed = &status.vertices["x.bad.0"];
    assert_eq!(
        (failed.phase.as_str(), failed.reason.as_str(), failed.exit_code),
        ("Failed", "Error", Some(7))
    );
    assert_eq!(failed.finished_at.as_ref().map(|time| time.0), Some(at(1001)));
    assert_eq!(status.tasks[0].message, "bad[0]: exit code 7");
}

#[test]
fn abort_ends_what_runs() {
    let mut world = failing(json!("Abort"));
    assert_eq!(world.running_names(), Vec::<String>::new());
    assert_eq!(world.phase(), Phase::Failed);
    let lines = ["bad Failed 0/1", "long Cancelled 0/1", "next Cancelled 0/1", "after Cancelled 0/1"];
    assert_eq!(world.task_lines(), lines);
    assert_eq!(world.status().message, "bad[0]: exit code 7");
    assert_eq!(world.status().tasks[2].cancelled, 1);
}

#[test]
fn continue_runs_all_that_does_not_depend_on_it() {
    let mut world = failing(json!("Continue"));
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Failed);
    let lines = ["bad Failed 0/1", "long Succeeded 1/1", "next Succeeded 1/1", "after Pending 0/1"];
    assert_eq!(world.task_lines(), lines);
}

#[test]
fn continue_waits_for_what_has_no_room_yet() {
    let spec = json!({"failurePolicy": "Continue", "parallelism": 1,
                      "tasks": [{"name": "a", "commands": ["1", "2", "3"]}]});
    let mut world = World::new(spec).let_it("a[0]", Exits(1));
    assert_eq!(world.run_to_end(), ["a[0]", "a[1]", "a[2]"]);
    assert_eq!(world.task_lines(), ["a Failed 2/3"]);
    let task = world.status().tasks.remove(0);
    assert_eq!((task.succeeded_indexes.as_str(), task.failed_indexes.as_str()), ("1,2", "0"));
}

#[test]
fn the_earliest_failure_is_the_message() {
    let spec = json!({"tasks": [{"name": "a", "commands": ["1", "2"]}]});
    let mut world = World::new(spec).let_it("a[0]", Exits(1)).let_it("a[1]", Exits(2));
    world.act();
    world.finish("a[1]");
    world.now += 1;
    world.finish("a[0]");
    world.act();
    assert_eq!(world.status().message, "a[1]: exit code 2");
}

#[test]
fn a_deadline_ends_everything() {
    let spec = json!({"activeDeadlineSeconds": 60, "tasks": [
        {"name": "a", "commands": ["1"]}, {"name": "b", "commands": ["1"], "dependents": [{"target": "a"}]}]});
    let mut world = World::new(spec);
    world.act();
    assert_eq!(world.wake, Some(1060));
    world.now = 1059;
    assert_eq!(world.act(), []);
    world.now = 1060;
    assert_eq!(world.act(), [Action::End { vertex: world.vertex("a[0]"), attempt: 0 }]);
    assert_eq!(world.task_lines(), ["a Cancelled 0/1", "b Cancelled 0/1"]);
    let status = world.status();
    assert_eq!(status.message, "execution exceeded its deadline of 60 s");
    assert_eq!(condition(&status.conditions, "Failed").reason, "DeadlineExceeded");
    assert_eq!(status.finished_at.map(|time| time.0), Some(at(1060)));
}

#[test]
fn cancel_ends_everything_and_is_not_taken_back() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1", "2"]}, {"name": "b", "commands": ["1"], "dependents": [{"target": "a"}]}]}));
    world.act();
    world.finish("a[0]");
    world.run.observe(Event::Steer(Steering { cancel: true, ..Steering::default() }));
    world.run.observe(Event::Steer(Steering::default()));
    world.act();
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.task_lines(), ["a Cancelled 1/2", "b Cancelled 0/1"]);
    let status = world.status();
    assert_eq!(status.message, "execution was cancelled");
    assert_eq!(condition(&status.conditions, "Failed").reason, "Cancelled");
    assert_eq!(status.vertices["x.a.1"].phase, "Cancelled");
}

#[test]
fn what_ends_by_itself_while_it_is_cancelled_is_recorded() {
    let mut world =
        World::new(json!({"tasks": [{"name": "a", "commands": ["1"]}, {"name": "b", "commands": ["1"]}]}));
    world.act();
    world.run.observe(Event::Steer(Steering { cancel: true, ..Steering::default() }));
    assert_eq!(world.run.next(at(world.now), 9).len(), 2);
    world.finish("a[0]");
    world.perform(Action::End { vertex: world.vertex("b[0]"), attempt: 0 });
    world.act();
    assert_eq!(world.task_lines(), ["a Succeeded 1/1", "b Cancelled 0/1"]);
    assert_eq!(world.status().message, "execution was cancelled");
}

#[test]
fn all_done_before_the_cancelling_is_seen_is_success() {
    let mut world = World::new(json!({"tasks": [{"name": "a", "commands": ["1"]}]}));
    world.act();
    world.finish("a[0]");
    world.run.observe(Event::Steer(Steering { cancel: true, ..Steering::default() }));
    world.act();
    assert_eq!(world.phase(), Phase::Succeeded);
}

#[test]
fn suspended_from_the_start_it_does_not_begin() {
    let mut world = World::new(
        json!({"suspend": true, "activeDeadlineSeconds": 10, "tasks": [{"name": "a", "commands": ["1"]}]}),
    );
    assert_eq!(world.act(), []);
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.started_at), ("", None));
    assert_eq!(condition(&status.conditions, "Suspended").status, "True");
    world.now += 100;
    world.run.observe(Event::Steer(Steering::default()));
    assert_eq!(world.run_to_end(), ["a[0]"]);
    let status = world.status();
    assert_eq!(status.started_at.map(|time| time.0), Some(at(1100)));
    assert_eq!(condition(&status.conditions, "Suspended").status, "False");
}

#[test]
fn suspended_on_the_way_it_lets_finish_what_runs() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1"]}, {"name": "b", "commands": ["1"], "dependents": [{"target": "a"}]}]}));
    world.act();
    world.run.observe(Event::Steer(Steering { suspend: true, ..Steering::default() }));
    world.finish("a[0]");
    assert_eq!(world.act(), []);
    assert_eq!(world.status().phase, "Running");
    world.run.observe(Event::Steer(Steering::default()));
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Succeeded);
}

#[test]
fn terminal_is_terminal() {
    let mut world = failing(json!(null));
    world.finish("long[0]");
    world.act();
    let end = world.status();
    let vertex = world.vertex("bad[0]");
    let finished = at(5000);
    world.run.observe(Event::Succeeded { vertex, attempt: 0, started: None, finished, message: None });
    world.run.observe(Event::Steer(Steering { cancel: true, ..Steering::default() }));
    world.now = 6000;
    assert_eq!(world.act(), []);
    assert_eq!(world.status(), end);
}

#[test]
fn a_start_that_could_not_be_made_is_asked_for_again() {
    let mut world = World::new(json!({"parallelism": 1, "tasks": [{"name": "a", "commands": ["1"]}]}));
    let start = Action::Start { vertex: world.vertex("a[0]"), attempt: 0 };
    assert_eq!(world.run.next(at(1000), 9), [start]);
    assert_eq!(world.run.next(at(1000), 9), []);
    world.run.observe(Event::NotStarted { vertex: world.vertex("a[0]"), attempt: 0 });
    assert_eq!(world.run.next(at(1001), 9), [start]);
}

#[test]
fn a_job_deleted_by_hand_runs_again() {
    let mut world = World::new(json!({"tasks": [{"name": "a", "commands": ["1"]}]}));
    world.act();
    let vertex = world.vertex("a[0]");
    world.jobs.clear();
    world.run.observe(Event::Gone { vertex, attempt: 0, at: at(1001) });
    assert_eq!(world.act(), [Action::Start { vertex, attempt: 0 }]);
    world.finish("a[0]");
    world.run.observe(Event::Gone { vertex, attempt: 0, at: at(1002) });
    world.act();
    assert_eq!(world.phase(), Phase::Succeeded);
}
