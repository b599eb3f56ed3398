//! What the status shows.

use gene_engine::Options;
use gene_types::Limits;
use serde_json::json;

use crate::world::{Outcome::Exits, World};

#[test]
fn the_seed_example_as_the_original_showed_it() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["echo A"]},
        {"name": "b", "commands": ["echo B"], "dependents": [{"target": "a"}]},
        {"name": "c", "commands": ["echo C"], "dependents": [{"target": "a"}]},
        {"name": "d", "commands": ["echo D"], "dependents": [{"target": "b"}]},
    ]}));
    world.run_to_end();
    let status = serde_json::to_value(world.status()).unwrap();
    assert_eq!(status["phase"], "Succeeded");
    assert_eq!(status["message"], "execution has run successfully");
    assert_eq!(status["startedAt"], "1970-01-01T00:16:40Z");
    assert_eq!(status["finishedAt"], "1970-01-01T00:16:44Z");
    assert_eq!(status["progress"], "4/4");
    assert_eq!(status["observedGeneration"], 1);
    assert_eq!(status["conditions"][0]["type"], "Complete");
    assert_eq!(
        status["vertices"]["x.a.0"],
        json!({"id": "x.a.0", "name": "x.a.0", "type": "Job", "phase": "Succeeded", "message": "success",
               "startedAt": "1970-01-01T00:16:40Z", "finishedAt": "1970-01-01T00:16:41Z",
               "children": ["x.b.0", "x.c.0"]})
    );
    assert_eq!(status["vertices"]["x.b.0"]["children"], json!(["x.d.0"]));
    assert_eq!(status["vertices"]["x.d.0"].get("children"), None);
    assert_eq!(
        status["tasks"][0],
        json!({"name": "a", "phase": "Succeeded", "total": 1, "pending": 0, "running": 0, "succeeded": 1,
               "failed": 0, "skipped": 0, "cancelled": 0, "succeededIndexes": "0"})
    );
    assert!(status["planDigest"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn only_created_jobs_are_listed_and_children_of_the_same_index() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1", "2"]},
        {"name": "b", "commands": ["1", "2"], "dependents": [{"target": "a", "type": "iterate"}]},
        {"name": "never", "commands": ["1"], "dependents": [{"target": "a"}], "condition": {"condition": [false]}},
    ]}));
    world.act();
    let status = world.status();
    assert_eq!(status.vertices.keys().collect::<Vec<_>>(), ["x.a.0", "x.a.1"]);
    let running = &status.vertices["x.a.1"];
    assert_eq!((running.phase.as_str(), running.message.as_str()), ("Running", "vertex is running"));
    assert_eq!(running.children, ["x.b.1"]);
    assert_eq!(status.progress, "1/5");
    assert_eq!((status.tasks[0].running, status.tasks[0].running_indexes.as_str()), (2, "0,1"));
}

#[test]
fn beyond_a_thousand_vertices_only_notable_ones_are_listed() {
    let many = |count: u32| {
        json!({"failurePolicy": "Continue", "tasks": [
        {"name": "a", "commandsIter": {"command": "echo ${item}", "count": count}}]})
    };
    let mut world = World::new(many(1000));
    world.act();
    assert_eq!(world.status().vertices.len(), 1000);

    let options = Options { parallelism: Some(3), ..Options::default() };
    let mut world = World::with(many(1001), options, Limits::CLUSTER).let_it("a[1]", Exits(1));
    world.act();
    world.finish("a[1]");
    world.finish("a[0]");
    world.act();
    let status = world.status();
    assert_eq!(status.vertices.keys().collect::<Vec<_>>(), ["x.a.1", "x.a.2", "x.a.3", "x.a.4"]);
    assert_eq!(status.conditions[0].type_, "VerticesOmitted");
    assert_eq!((status.tasks[0].succeeded, status.tasks[0].pending), (1, 996));
}

#[test]
fn beyond_ten_thousand_names_of_children_only_notable_ones_are_listed() {
    let two = |count: u32| {
        json!({"tasks": [
        {"name": "a", "commandsIter": {"command": "a", "count": count}},
        {"name": "b", "commandsIter": {"command": "b", "count": 100}, "dependents": [{"target": "a"}]}]})
    };
    let mut world = World::new(two(100));
    world.act();
    assert_eq!(world.status().vertices["x.a.0"].children.len(), 100);
    let mut world = World::new(two(101));
    world.act();
    assert!(world.status().vertices["x.a.0"].children.is_empty());
}

#[test]
fn what_shrinks_on_expansion_is_listed_whole_again() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commandsIter": {"command": "a", "count": 999}},
        {"name": "s", "commands": ["s"]},
        {"name": "d", "dependents": [{"target": "s"}],
         "commandsIter": {"command": "d", "varsIter": [["get_result", "s", " "]]}},
    ]}));
    world.act();
    assert_eq!(world.status().conditions[0].reason, "TooManyVertices");
    world.finish("s[0]");
    world.act();
    let status = world.status();
    assert_eq!(status.vertices.len(), 1000);
    let condition = &status.conditions[0];
    assert_eq!((condition.status.as_str(), condition.reason.as_str()), ("False", "AllListed"));
}
