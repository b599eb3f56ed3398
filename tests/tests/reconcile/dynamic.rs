//! Graphs whose course depends on what is printed: each where nothing goes wrong, and with a controller that dies
//! before or after each of its calls.

mod graphs;

use gene_tests::fake::{
    Options,
    fault::{Fault, Schedule},
    resource::Resource,
};
use gene_types::v1alpha1::{ExecutionStatus, TaskStatus};
use serde_json::{Value, json};

use self::graphs::{Graph, graphs};
use crate::{
    laws,
    world::{CONTROLLER, World},
};

fn line(task: &TaskStatus) -> String {
    let total = task.total.map_or("?".to_owned(), |total| total.to_string());
    let said = if task.message.is_empty() { String::new() } else { format!(": {}", task.message) };
    format!("{} {} {}/{total}{said}", task.name, task.phase, task.succeeded)
}

/// The commands of the Jobs of tasks that are made from output, in the order of tasks and indexes.
fn made(world: &World, tasks: &Value) -> Vec<String> {
    let mut made = Vec::new();
    for task in tasks.as_array().unwrap() {
        if task["commandsIter"]["varsIter"][0][0] != "get_result" {
            continue;
        }
        for index in 0.. {
            let name = format!("x.{}.{index}", task["name"].as_str().unwrap());
            let Some(job) = world.fake.get(Resource::Jobs, "default", &name) else { break };
            let command = job.pointer("/spec/template/spec/containers/0/command/2").unwrap();
            made.push(command.as_str().unwrap().to_owned());
        }
    }
    made
}

fn check(graph: &Graph, world: &World, status: &ExecutionStatus, when: &str) {
    let ends: Vec<String> = status.tasks.iter().map(line).collect();
    assert_eq!(ends, graph.ends, "{}: {when}", graph.what);
    assert_eq!(made(world, &graph.tasks), graph.commands, "{}: {when}", graph.what);
    let jobs = world.fake.journal().jobs.len();
    let vertices: i32 = status.tasks.iter().map(|task| task.succeeded).sum();
    assert_eq!(jobs, vertices.unsigned_abs() as usize, "{}: {when}: each vertex has one Job", graph.what);
    let has_failed = graph.ends.iter().any(|end| end.contains(" Failed "));
    assert_eq!(status.phase, if has_failed { "Failed" } else { "Succeeded" }, "{}: {when}", graph.what);
    laws::hold(world);
}

#[tokio::test(start_paused = true)]
async fn what_was_printed_decides() {
    for graph in graphs() {
        let world = World::new();
        let _controller = world.controller();
        world.submit("x", json!({"tasks": graph.tasks})).await;
        let status = world.ended("x").await;
        check(&graph, &world, &status, "where nothing goes wrong");
        // One write of a ConfigMap for each output that is read, and one create for each vertex.
        let kept = status.tasks.iter().filter(|task| task.result.is_some()).count();
        assert_eq!(world.fake.all(Resource::ConfigMaps).len(), kept, "{}", graph.what);
        let jobs = world.fake.journal().jobs.len();
        let statuses = world.fake.audit().count(CONTROLLER, |call| call.subresource == "status");
        assert_eq!(laws::writes(&world), jobs + kept + statuses, "{}", graph.what);
    }
}

/// The controller dies before or after each call of its life, once; another goes on.
#[tokio::test(start_paused = true)]
async fn a_death_at_any_call_expands_nothing_twice_or_otherwise() {
    for graph in graphs() {
        let mut number = 0;
        loop {
            let mut is_over = false;
            for is_done in [false, true] {
                let faults = Schedule::at_call(CONTROLLER, number, Fault::Crash { is_done });
                let world = World::with(Options { faults, ..Options::default() });
                let first = world.controller();
                world.submit("x", json!({"tasks": graph.tasks})).await;
                let status = tokio::select! {
                    status = world.ended("x") => {
                        // So many calls are made in all.
                        is_over = true;
                        status
                    }
                    () = first.process.killed() => {
                        drop(first);
                        let _second = world.controller();
                        world.ended("x").await
                    }
                };
                check(&graph, &world, &status, &format!("killed at call {number}, done: {is_done}"));
            }
            if is_over {
                break;
            }
            number += 1;
        }
        assert!(number > 8, "{}: {number}", graph.what);
    }
}

/// What was kept counts, also where the status does not speak of it yet and the pod is gone.
#[tokio::test(start_paused = true)]
async fn what_is_kept_is_read_where_the_pod_is_gone() {
    let graph = &graphs()[0];
    // After the first Job that is made from it, whatever the status says.
    let mut jobs = 0;
    let world = World::faulty(Schedule::calls(move |point| {
        let is_create = point.request.resource == Resource::Jobs && point.request.verb.as_str() == "create";
        if point.user != CONTROLLER || !is_create {
            return None;
        }
        jobs += 1;
        (jobs == 2).then_some(Fault::Crash { is_done: true })
    }));
    let first = world.controller();
    world.submit("x", json!({"tasks": graph.tasks})).await;
    first.process.killed().await;
    drop(first);
    let source = world
        .fake
        .all(Resource::Pods)
        .into_iter()
        .find(|pod| gene_tests::fake::object::label(pod, "execution.kubegene.io/task") == Some("a"));
    let key = gene_tests::fake::store::key_of(&source.unwrap());
    world.fake.with_store(|store| store.remove(Resource::Pods, &key));
    let _second = world.controller();
    let status = world.ended("x").await;
    check(graph, &world, &status, "killed at the second create, the first pod gone");
}
