//! A new engine that takes over from a recorded status.

use gene_engine::{Action, Event, Options, Phase, Run, Steering};
use serde_json::json;

use crate::world::{
    Outcome::{Exits, Prints},
    World, at,
};

/// Both know the same; when each last looked at the clock is no part of that.
fn check_same(one: &mut Run, two: &mut Run) {
    assert_eq!(one.unfinished().collect::<Vec<_>>(), two.unfinished().collect::<Vec<_>>());
    let [one, two] = [one, two].map(|run| {
        let mut status = run.status();
        for condition in &mut status.conditions {
            condition.last_transition_time = None;
        }
        status
    });
    assert_eq!(one, two);
}

#[test]
fn it_goes_on_where_the_other_stopped() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1", "2"]},
        {"name": "b", "commands": ["1", "2"], "dependents": [{"target": "a", "type": "iterate"}]},
    ]}));
    world.act();
    world.finish("a[1]");
    world.act();
    world.now += 5;
    let recorded = world.status();
    world.jobs.retain(|_, job| job.finished.is_none()); // finished Jobs may be gone
    let mut again = world.rebuilt(&recorded);
    assert_eq!(again.next(at(world.now), 9), []);
    check_same(&mut again, &mut world.run);
    world.run = again;
    world.finish("b[1]");
    assert_eq!(world.run_to_end(), ["a[0]", "a[1]", "b[1]", "b[0]"]);
    assert_eq!(world.phase(), Phase::Succeeded);
    assert_eq!(world.status().vertices["x.a.1"].finished_at.as_ref().map(|time| time.0), Some(at(1000)));
}

#[test]
fn a_dynamic_task_is_expanded_from_the_stored_result_alone() {
    let mut world = World::new(json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "s", " "]]},
         "dependents": [{"target": "s"}]},
    ]}))
    .let_it("s", Prints("1 2 3".into()));
    world.act();
    world.finish("s[0]");
    world.act();
    world.finish("d[1]");
    world.act();
    let recorded = world.status();
    // Before the result is told again, what is known of the vertices waits for the width.
    let mut again = Run::new(world.valid.clone(), Options::default());
    again.recall(&recorded);
    assert_eq!(again.status().tasks[1].total, None);
    let vertex = world.vertex("s[0]");
    again.observe(Event::Result { vertex, text: Ok("1 2 3".into()) });
    assert_eq!(again.status().tasks[1].succeeded_indexes, "1");

    let mut again = world.rebuilt(&recorded);
    assert_eq!(again.next(at(world.now), 9), []);
    check_same(&mut again, &mut world.run);
}

#[test]
fn an_attempt_counts_only_from_its_own_number() {
    let mut world =
        World::new(json!({"tasks": [{"name": "a", "commands": ["1", "2"]}]})).let_it("a[0]", Exits(1));
    let vertex = world.vertex("a[0]");
    world.run.observe(Event::Retry { vertex, attempt: 2 });
    let stale = Event::Failed {
        vertex,
        attempt: 1,
        started: None,
        finished: at(900),
        failure: gene_engine::Failure::default(),
    };
    world.run.observe(stale);
    let starts = world.act();
    assert_eq!(starts[0], Action::Start { vertex, attempt: 2 });
    let status = world.status();
    assert_eq!(status.vertices["x.a.0-2"].attempt, Some(2));
    assert_eq!(status.tasks[0].attempts.get("0"), Some(&2));

    let mut again = Run::new(world.valid.clone(), Options::default());
    again.recall(&status);
    assert!(again.next(at(1000), 9).contains(&Action::Start { vertex, attempt: 2 }));
}

#[test]
fn a_deadline_counts_from_when_it_was_opened_again() {
    let spec = json!({"activeDeadlineSeconds": 60, "tasks": [{"name": "a", "commands": ["1"]}]});
    let options = Options { started_at: Some(at(10)), deadline_from: Some(at(1000)), parallelism: None };
    let mut world = World::with(spec, options, gene_types::Limits::CLUSTER);
    world.act();
    assert_eq!(world.wake, Some(1060));
    world.run_to_end();
    assert_eq!(world.status().started_at.map(|time| time.0), Some(at(10)));
}

#[test]
fn failures_beyond_those_that_are_listed_stay_behind_them() {
    let spec = json!({"failurePolicy": "Continue", "tasks": [
        {"name": "a", "commandsIter": {"command": "echo ${item}", "count": 1001}}]});
    let options = Options { parallelism: Some(1), ..Options::default() };
    let mut world = World::with(spec, options, gene_types::Limits::CLUSTER).let_it("a", Exits(1));
    for index in 0..250 {
        world.act();
        world.now += 1;
        world.finish(&format!("a[{index}]"));
    }
    world.act();
    let recorded = world.status();
    assert_eq!((recorded.message.as_str(), recorded.vertices.len()), ("a[0]: exit code 1", 200));

    // Where their Jobs are gone, what was listed is known and the rest is not mistaken for the first.
    let finished: Vec<_> = world.jobs.iter().map(|(key, job)| (*key, job.clone())).collect();
    world.jobs.retain(|_, job| job.finished.is_none());
    let status = world.rebuilt(&recorded).status();
    assert_eq!(status.message, recorded.message);
    assert_eq!(status.vertices, recorded.vertices);
    assert_eq!(status.tasks, recorded.tasks);

    // Where they are there still, all is known again.
    world.jobs.extend(finished);
    let mut again = world.rebuilt(&recorded);
    assert_eq!(again.next(at(world.now), 9), []);
    check_same(&mut again, &mut world.run);
}

#[test]
fn what_has_begun_has_begun_after_a_restart_too() {
    let spec = json!({"activeDeadlineSeconds": 60, "tasks": [{"name": "a", "commands": ["1"]}]});
    let mut world = World::new(spec);
    world.act();
    let suspend = Event::Steer(Steering { suspend: true, ..Steering::default() });
    world.run.observe(suspend.clone());
    world.jobs.clear(); // deleted by hand
    world.run.observe(Event::Gone { vertex: world.vertex("a[0]"), attempt: 0, at: at(1001) });
    assert_eq!(world.act(), []);
    let recorded = world.status();
    world.run = world.rebuilt(&recorded);
    world.run.observe(suspend);
    assert_eq!(world.run.next(at(1059), 9), [Action::WakeAt(at(1060))]);
    assert_eq!(world.status(), recorded);
    world.now = 1060;
    world.act();
    assert_eq!(world.phase(), Phase::Failed);
}

#[test]
fn a_job_of_a_task_that_is_left_out_changes_nothing() {
    let mut world = World::new(json!({"tasks": [
        {"name": "out", "commands": ["1", "2"], "condition": {"condition": [false]}},
        {"name": "each", "commands": ["1", "2"],
         "dependents": [{"target": "out", "type": "iterate", "onSkipped": "Ignore"}]},
    ]}));
    let vertex = world.vertex("out[0]");
    let (started, finished, message) = (None, at(1000), None);
    world.run.observe(Event::Succeeded { vertex, attempt: 0, started, finished, message });
    assert_eq!(world.run_to_end(), ["each[0]", "each[1]"]);
    assert_eq!(world.status().progress, "4/4");
}

#[test]
fn a_result_that_contradicts_what_ran_does_no_harm() {
    let mut world = World::new(json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "case", "commands": ["1", "2"], "dependents": [{"target": "s"}],
         "condition": {"condition": ["check_result", "s", "yes"]}},
        {"name": "each", "commands": ["1", "2"],
         "dependents": [{"target": "case", "type": "iterate", "onSkipped": "Ignore"}]},
    ]}))
    .let_it("s", Prints("no".into()));
    let vertex = world.vertex("case[1]");
    let (started, finished, message) = (None, at(1000), None);
    world.run.observe(Event::Succeeded { vertex, attempt: 0, started, finished, message });
    assert_eq!(world.run_to_end(), ["s[0]", "each[0]", "each[1]"]);
    assert_eq!(world.phase(), Phase::Succeeded);
}

#[test]
fn an_end_that_is_known_stays_whoever_tells_another() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1"]},
        {"name": "b", "commands": ["1"], "dependents": [{"target": "a"}]},
    ]}));
    world.act();
    let vertex = world.vertex("a[0]");
    let succeeded = |finished| Event::Succeeded {
        vertex,
        attempt: 0,
        started: None,
        finished: at(finished),
        message: None,
    };
    // Its pod's end, by which its child is started; then its Job's, live and after a restart.
    world.run.observe(succeeded(1005));
    world.now = 1005;
    world.act();
    world.run.observe(succeeded(1007));
    let recorded = world.status();
    let mut again = Run::new(world.valid.clone(), Options::default());
    again.recall(&recorded);
    again.observe(succeeded(1007));
    for status in [recorded, again.status()] {
        assert_eq!(status.vertices["x.a.0"].finished_at.as_ref().map(|time| time.0), Some(at(1005)));
    }
}

#[test]
fn an_execution_begins_no_later_than_its_first_vertex() {
    let mut world = World::new(json!({"tasks": [{"name": "a", "commands": ["1"]}]}));
    world.act();
    // Its create was carried out for another who was gone before the answer.
    let (vertex, started) = (world.vertex("a[0]"), Some(at(990)));
    world.run.observe(Event::Succeeded { vertex, attempt: 0, started, finished: at(1005), message: None });
    assert_eq!(world.status().started_at.map(|time| time.0), Some(at(990)));
}
