//! Who may start when, and who goes first.

use gene_engine::{Options, Phase};
use gene_types::Limits;
use serde_json::json;

use crate::world::World;

fn check(spec: serde_json::Value, starts: &[&str]) {
    let mut world = World::new(spec);
    assert_eq!(world.run_to_end(), starts);
    assert_eq!(world.phase(), Phase::Succeeded);
}

#[test]
fn the_seed_example() {
    let spec = json!({"tasks": [
        {"name": "a", "commands": ["echo A"], "dependents": null},
        {"name": "b", "commands": ["echo B"], "dependents": [{"target": "a", "type": "whole"}]},
        {"name": "c", "commands": ["echo C"], "dependents": [{"target": "a", "type": "whole"}]},
        {"name": "d", "commands": ["echo D"], "dependents": [{"target": "b", "type": "whole"}]},
    ]});
    check(spec, &["a[0]", "b[0]", "c[0]", "d[0]"]);
}

#[test]
fn whole_waits_for_all_and_iterate_for_its_index() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1", "2"]},
        {"name": "i", "commands": ["1", "2"], "dependents": [{"target": "a", "type": "iterate"}]},
        {"name": "w", "commands": ["1", "2"], "dependents": [{"target": "a"}]},
    ]}));
    world.act();
    assert_eq!(world.running_names(), ["a[0]", "a[1]"]);
    world.finish("a[1]");
    world.act();
    assert_eq!(world.running_names(), ["a[0]", "i[1]"]);
    world.finish("a[0]");
    world.act();
    assert_eq!(world.running_names(), ["i[0]", "i[1]", "w[0]", "w[1]"]);
}

#[test]
fn a_mix_of_whole_and_iterate_needs_both() {
    let mut world = World::new(json!({"tasks": [
        {"name": "p", "commands": ["p"]},
        {"name": "a", "commands": ["1", "2"]},
        {"name": "c", "commands": ["1", "2"],
         "dependents": [{"target": "a", "type": "iterate"}, {"target": "p", "type": "whole"}]},
    ]}));
    world.act();
    world.finish("a[1]");
    world.act();
    assert_eq!(world.running_names(), ["p[0]", "a[0]"]);
    world.finish("p[0]");
    world.act();
    assert_eq!(world.running_names(), ["a[0]", "c[1]"]);
}

#[test]
fn both_bounds_of_parallelism_hold() {
    let spec = json!({"parallelism": 3, "tasks": [
        {"name": "a", "commands": ["1", "2", "3", "4"], "parallelism": 2},
        {"name": "b", "commands": ["1", "2", "3"]},
    ]});
    let mut world = World::new(spec.clone());
    world.act();
    assert_eq!(world.running_names(), ["a[0]", "a[1]", "b[0]"]);
    world.finish("b[0]");
    world.act();
    assert_eq!(world.running_names(), ["a[0]", "a[1]", "b[1]"]);
    world.finish("a[0]");
    world.act();
    assert_eq!(world.running_names(), ["a[1]", "a[2]", "b[1]"]);

    let options = Options { parallelism: Some(2), ..Options::default() };
    let mut world = World::with(spec, options, Limits::CLUSTER);
    world.act();
    assert_eq!(world.running_names(), ["a[0]", "a[1]"]);
}

#[test]
fn parallelism_zero_starts_nothing_and_says_so() {
    let mut world = World::new(json!({"parallelism": 0, "tasks": [{"name": "a", "commands": ["1"]}]}));
    assert_eq!(world.act(), []);
    assert_eq!(world.status().message, "execution is running; nothing new starts: parallelism is 0");

    let mut world = World::new(json!({"tasks": [{"name": "a", "commands": ["1"], "parallelism": 0}]}));
    assert_eq!(world.act(), []);
    let task = world.status().tasks.remove(0);
    assert_eq!((task.reason.as_str(), task.pending), ("ParallelismZero", 1));
}

#[test]
fn the_longest_remaining_path_goes_first() {
    let mut world = World::new(json!({"parallelism": 1, "tasks": [
        {"name": "short", "commands": ["1"]},
        {"name": "long", "commands": ["1"]},
        {"name": "after", "commands": ["1"], "dependents": [{"target": "long"}]},
    ]}));
    assert_eq!(world.run_to_end(), ["long[0]", "short[0]", "after[0]"]);

    let mut world = World::new(json!({"parallelism": 1, "tasks": [
        {"name": "short", "commands": ["1"], "estimate": {"seconds": 100}},
        {"name": "long", "commands": ["1"], "estimate": {"seconds": 1}},
        {"name": "after", "commands": ["1"], "estimate": {"seconds": 2.5}, "dependents": [{"target": "long"}]},
    ]}));
    assert_eq!(world.run_to_end(), ["short[0]", "long[0]", "after[0]"]);
}

#[test]
fn ten_thousand_tasks_in_a_chain_run_to_the_end() {
    let tasks: Vec<_> = (0..10_000)
        .map(|n| {
            let dependents = if n == 0 { json!([]) } else { json!([{"target": format!("t{}", n - 1)}]) };
            json!({"name": format!("t{n}"), "commands": ["true"], "dependents": dependents})
        })
        .collect();
    let mut world = World::with(json!({"tasks": tasks}), Options::default(), Limits::LOCAL);
    assert_eq!(world.run_to_end().len(), 10_000);
    assert_eq!(world.phase(), Phase::Succeeded);
}
