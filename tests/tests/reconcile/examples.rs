//! Executions as people write them, when nothing goes wrong.

use std::path::Path;

use serde_json::{Value, json};

use crate::{laws, world::World};

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let execution: Value = serde_saphyr::from_str(&text).unwrap();
    execution["spec"].clone()
}

#[tokio::test(start_paused = true)]
async fn the_seed_example_runs_in_order() {
    let world = World::new();
    let _controller = world.controller();
    world.submit("test-exec", example("test-exec.yaml")).await;
    let status = world.ended("test-exec").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "4/4"), "{status:?}");
    assert_eq!(status.message, "execution has run successfully");
    let names: Vec<&str> = status.vertices.keys().map(String::as_str).collect();
    assert_eq!(names, ["test-exec.a.0", "test-exec.b.0", "test-exec.c.0", "test-exec.d.0"]);
    assert_eq!(status.vertices["test-exec.a.0"].children, ["test-exec.b.0", "test-exec.c.0"]);
    laws::hold(&world);
    assert_eq!(laws::reads(&world), Vec::<String>::new(), "nothing is read that the watches bring");
}

#[tokio::test(start_paused = true)]
async fn the_gatk_shape_costs_little_more_than_its_jobs() {
    for start_on in ["JobComplete", "PodSucceeded"] {
        let world = World::new();
        let _controller = world.controller();
        let mut spec = example("gatk-shape.yaml");
        spec["startOn"] = json!(start_on);
        world.submit("gatk", spec).await;
        let status = world.ended("gatk").await;
        assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "98/98"));
        laws::hold(&world);
        assert_eq!(laws::reads(&world), Vec::<String>::new());
        let writes = laws::writes(&world);
        assert!(writes <= 98 + 20, "{start_on}: {writes} writes for 98 vertices");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_independent_vertices_take_one_write_each() {
    let world = World::new();
    let _controller = world.controller();
    let task = json!({"name": "a", "commandsIter": {"command": "do ${item}", "count": 1000}});
    world.submit("wide", json!({"tasks": [task]})).await;
    let status = world.ended("wide").await;
    assert_eq!(status.progress, "1000/1000");
    laws::hold(&world);
    let writes = laws::writes(&world);
    assert!(writes <= 1100, "{writes} writes for 1000 vertices");
    assert_eq!(laws::reads(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_small_execution_does_not_wait_for_a_large_one() {
    let world = World::new();
    let _controller = world.controller();
    let wide = json!({"name": "a", "commandsIter": {"command": "sleep 600", "count": 3000}});
    world.submit("wide", json!({"tasks": [wide]})).await;
    let began = world.fake.elapsed();
    world.submit("small", json!({"tasks": [{"name": "a", "commands": ["do"]}]})).await;
    world.job("small.a.0").await;
    assert!(world.created("wide.a.2999") == 0);
    let took = world.fake.elapsed().saturating_sub(began);
    assert!(took.as_millis() < 200, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn parallelism_bounds_what_is_unfinished() {
    let world = World::new();
    let _controller = world.controller();
    let task = |name: &str, bound: u32| json!({"name": name, "parallelism": bound, "commandsIter": {"command": "sleep 3", "count": 6}});
    world.submit("x", json!({"parallelism": 3, "tasks": [task("a", 2), task("b", 2)]})).await;
    let mut most = 0;
    let mut revisions = world.fake.with_store(|store| store.revisions());
    while !crate::world::is_terminal(&world.status("x").phase) {
        let journal = world.fake.journal();
        let running: Vec<_> = journal.runs.iter().filter(|run| run.ended.is_none()).collect();
        most = most.max(running.len());
        for task in ["x.a.", "x.b."] {
            assert!(running.iter().filter(|run| run.job.starts_with(task)).count() <= 2);
        }
        revisions.changed().await.unwrap();
    }
    assert_eq!(most, 3);
    laws::hold(&world);
}
