//! What ended an Execution of the original wrongly, or never: told twice, expanded twice, begun twice, begun too much at once.

use gene_engine::Phase;
use serde_json::json;

use crate::world::{Outcome::Prints, World, at};

#[test]
fn a_success_that_is_told_again_counts_once() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1"]},
        {"name": "b", "commands": ["1"], "dependents": [{"target": "a"}]},
        {"name": "c", "commands": ["1"], "dependents": [{"target": "b"}]},
    ]}));
    world.act();
    world.finish("a[0]");
    // A label, a finalizer, a status that could not be written: each tells of the same Job once more.
    let again = world.event_of(world.vertex("a[0]"), 0);
    for _ in 0..3 {
        world.run.observe(again.clone());
        world.act();
    }
    let status = world.status();
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Running", "1/3"));
    assert_eq!(world.run_to_end(), ["a[0]", "b[0]", "c[0]"]);
    assert_eq!((world.phase(), world.status().progress.as_str()), (Phase::Succeeded, "3/3"));
}

#[test]
fn what_has_ended_is_not_begun_again_though_its_jobs_are_gone() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1"]}, {"name": "b", "commands": ["1"], "dependents": [{"target": "a"}]}]}));
    world.run_to_end();
    let recorded = world.status();
    world.jobs.clear();
    let mut again = world.rebuilt(&recorded);
    assert_eq!(again.next(at(world.now), 9), []);
    assert_eq!((again.phase(), again.status()), (Phase::Succeeded, recorded));
}

#[test]
fn a_root_may_iterate() {
    let mut world = World::new(
        json!({"tasks": [{"name": "a", "commandsIter": {"command": "echo ${1}", "varsIter": [[1, 2]]}}]}),
    );
    assert_eq!(world.run_to_end(), ["a[0]", "a[1]"]);
    assert_eq!(world.phase(), Phase::Succeeded);
}

#[test]
fn what_expands_keeps_within_parallelism() {
    let mut world = World::new(json!({"parallelism": 1, "tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "s", " "]]},
         "dependents": [{"target": "s"}]},
        {"name": "t", "commands": ["1", "2"], "condition": {"condition": ["check_result", "s", "1 2 3 4 5 6"]},
         "dependents": [{"target": "s"}]},
    ]}))
    .let_it("s", Prints("1 2 3 4 5 6".into()));
    let mut began = 0;
    loop {
        world.act();
        let running = world.running_names();
        let Some(first) = running.first() else { break };
        assert_eq!(running.len(), 1, "{running:?}");
        began += 1;
        world.finish(first);
    }
    assert_eq!((began, world.phase()), (9, Phase::Succeeded));
}

#[test]
fn parents_that_end_together_expand_a_task_once() {
    let mut world = World::new(json!({"tasks": [
        {"name": "p", "commands": ["1"]},
        {"name": "q", "commands": ["1"]},
        {"name": "t", "commands": ["1", "2", "3"], "condition": {"condition": [true]},
         "dependents": [{"target": "p"}, {"target": "q"}]},
    ]}));
    world.act();
    world.finish("p[0]");
    world.finish("q[0]");
    world.act();
    assert_eq!(world.running_names(), ["t[0]", "t[1]", "t[2]"]);
    world.run_to_end();
    assert_eq!(world.task_lines(), ["p Succeeded 1/1", "q Succeeded 1/1", "t Succeeded 3/3"]);
    assert_eq!((world.phase(), world.status().progress.as_str()), (Phase::Succeeded, "5/5"));
}
