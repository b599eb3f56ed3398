//! A new engine that takes over from a recorded status.

use gene_engine::{Action, Event, Options, Phase, Run};
use serde_json::json;

use crate::world::{
    Outcome::{Exits, Prints},
    World, at,
};

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
    assert!(again.knows_the_same(&mut world.run));
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
    assert!(again.knows_the_same(&mut world.run));
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
