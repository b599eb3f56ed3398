//! Graphs whose course depends on what is printed: each where nothing goes wrong, and with a controller that dies
//! before or after each of its calls.

use gene_tests::fake::{
    Options,
    fault::{Fault, Schedule},
    resource::Resource,
};
use gene_types::v1alpha1::{ExecutionStatus, TaskStatus};
use serde_json::{Value, json};

use crate::{
    laws,
    world::{CONTROLLER, World},
};

/// An Execution, and what must come of it.
struct Graph {
    what: &'static str,
    tasks: Value,
    /// Of each task its phase, how many of its vertices succeeded of how many, and what is said of it.
    ends: &'static [&'static str],
    /// The commands of the tasks that are made from output, in order.
    commands: &'static [&'static str],
}

/// A task that waits for the whole of others.
fn task(name: &str, after: &[&str], more: Value) -> Value {
    let dependents: Vec<Value> = after.iter().map(|target| json!({"target": target})).collect();
    let mut task = json!({"name": name, "commands": ["do"], "dependents": dependents, "backoffLimit": 0});
    if more.get("commandsIter").is_some() {
        task.as_object_mut().unwrap().remove("commands");
    }
    let Value::Object(more) = more else { panic!("fields of a task are an object") };
    task.as_object_mut().unwrap().extend(more);
    task
}

fn prints(name: &str, text: &str) -> Value {
    task(name, &[], json!({"commands": [format!("print {text}")]}))
}

/// One vertex for each word that another printed.
fn each(name: &str, source: &str, command: &str) -> Value {
    let iter = json!({"command": command, "varsIter": [["get_result", source, " "]]});
    task(name, &[source], json!({"commandsIter": iter}))
}

fn cased(name: &str, source: &str, expected: &str) -> Value {
    let condition = json!({"condition": ["check_result", source, expected]});
    task(name, &[source], json!({"condition": condition}))
}

fn ruled(name: &str, source: &str, operator: &str, values: &[&str]) -> Value {
    let rule = json!({"key": "k", "operator": operator, "values": values});
    let condition = json!({"dependJobName": source, "matchRules": [rule]});
    task(name, &[source], json!({"genericCondition": condition}))
}

fn join(name: &str, after: &[&str]) -> Value {
    let dependents: Vec<Value> =
        after.iter().map(|target| json!({"target": target, "onSkipped": "Ignore"})).collect();
    task(name, &[], json!({"dependents": dependents}))
}

fn iterates(name: &str, over: &str, width: usize) -> Value {
    let commands: Vec<String> = (0..width).map(|index| format!("on {index}")).collect();
    task(name, &[], json!({"commands": commands, "dependents": [{"target": over, "type": "iterate"}]}))
}

fn graphs() -> Vec<Graph> {
    vec![
        Graph {
            what: "b is made from a's output, c from b's",
            tasks: json!([
                prints("a", "x"),
                each("b", "a", "print ${1}1 ${1}2"),
                each("c", "b", "do ${1}"),
                join("d", &["c"])
            ]),
            ends: &["a Succeeded 1/1", "b Succeeded 1/1", "c Succeeded 2/2", "d Succeeded 1/1"],
            commands: &["print x1 x2", "do x1", "do x2"],
        },
        Graph {
            what: "b has two vertices, so that nobody can tell which of them c is made from",
            tasks: json!([prints("a", "x y"), each("b", "a", "print ${1}"), each("c", "b", "do ${1}")]),
            ends: &[
                "a Succeeded 1/1",
                "b Succeeded 2/2",
                "c Failed 0/?: reads what \"b\" printed, which must have exactly one vertex, but it has 2",
            ],
            commands: &["print x", "print y"],
        },
        Graph {
            what: "made from the output of a task that runs under a condition",
            tasks: json!([
                prints("ask", "yes"),
                task(
                    "tell",
                    &["ask"],
                    json!({"commands": ["print u v"], "condition": {"condition": ["check_result", "ask", "yes"]}})
                ),
                each("work", "tell", "do ${1}"),
            ]),
            ends: &["ask Succeeded 1/1", "tell Succeeded 1/1", "work Succeeded 2/2"],
            commands: &["do u", "do v"],
        },
        Graph {
            what: "made from the output of a task that is skipped: with it, or of no vertex",
            tasks: json!([
                prints("ask", "no"),
                cased("tell", "ask", "yes"),
                each("work", "tell", "do ${1}"),
                {"name": "none", "dependents": [{"target": "tell", "onSkipped": "Ignore"}],
                 "commandsIter": {"command": "do ${1}", "varsIter": [["get_result", "tell", " "]]}},
                join("end", &["work", "none"]),
            ]),
            ends: &[
                "ask Succeeded 1/1",
                "tell Skipped 0/1: condition: \"ask\" printed \"no\", not \"yes\"",
                "work Skipped 0/?: it depends on \"tell\", which was skipped",
                "none Succeeded 0/0",
                "end Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "iterated over, and over what iterates over it",
            tasks: json!([
                prints("s", "x y"),
                each("d", "s", "do ${1}"),
                iterates("e", "d", 2),
                iterates("f", "e", 2)
            ]),
            ends: &["s Succeeded 1/1", "d Succeeded 2/2", "e Succeeded 2/2", "f Succeeded 2/2"],
            commands: &["do x", "do y"],
        },
        Graph {
            what: "iterated over by a task of another width",
            tasks: json!([prints("s", "x y z"), each("d", "s", "do ${1}"), iterates("e", "d", 2)]),
            ends: &[
                "s Succeeded 1/1",
                "d Pending 0/3",
                "e Failed 0/2: has 2 vertices and iterates over \"d\", which has 3; both must have equally many",
            ],
            commands: &[],
        },
        Graph {
            what: "nothing was printed: no vertex, and done",
            tasks: json!([
                prints("s", ""),
                each("d", "s", "do ${1}"),
                each("e", "d", "do ${1}"),
                join("end", &["d", "e"])
            ]),
            ends: &["s Succeeded 1/1", "d Succeeded 0/0", "e Succeeded 0/0", "end Succeeded 1/1"],
            commands: &[],
        },
        Graph {
            what: "if and else, joined; by output",
            tasks: json!([
                prints("ask", "paired"),
                cased("paired", "ask", "paired"),
                cased("single", "ask", "single"),
                join("merge", &["paired", "single"])
            ]),
            ends: &[
                "ask Succeeded 1/1",
                "paired Succeeded 1/1",
                "single Skipped 0/1: condition: \"ask\" printed \"paired\", not \"single\"",
                "merge Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "switch and case, joined; by pairs",
            tasks: json!([
                prints("ask", "k:7,j:0"),
                ruled("low", "ask", "Lt", &["5"]),
                ruled("some", "ask", "In", &["6", "7"]),
                ruled("none", "ask", "DoesNotExist", &[]),
                join("end", &["low", "some", "none"]),
            ]),
            ends: &[
                "ask Succeeded 1/1",
                "low Skipped 0/1: genericCondition: \"ask\" printed \"k:7,j:0\"; no rule holds: k Lt 5",
                "some Succeeded 1/1",
                "none Skipped 0/1: genericCondition: \"ask\" printed \"k:7,j:0\"; no rule holds: k DoesNotExist",
                "end Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "skipped beside a parent that runs, which ends later",
            tasks: json!([
                task("off", &[], json!({"condition": {"condition": [false]}})),
                task("live", &[], json!({"commands": ["sleep 5"]})),
                task("both", &["off", "live"], json!({})),
                task("below", &["both"], json!({})),
                join("any", &["live", "below"]),
            ]),
            ends: &[
                "off Skipped 0/1: its condition is false",
                "live Succeeded 1/1",
                "both Skipped 0/1: it depends on \"off\", which was skipped",
                "below Skipped 0/1: it depends on \"both\", which was skipped",
                "any Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "roots with a condition, and with an iterator",
            tasks: json!([
                task("yes", &[], json!({"condition": {"condition": [true]}})),
                task("rows", &[], json!({"commandsIter": {"command": "do ${1}", "varsIter": [["p", "q"]]}})),
                task("two", &["yes", "rows"], json!({})),
            ]),
            ends: &["yes Succeeded 1/1", "rows Succeeded 2/2", "two Succeeded 1/1"],
            commands: &[],
        },
    ]
}

fn line(task: &TaskStatus) -> String {
    let total = task.total.map_or("?".to_owned(), |total| total.to_string());
    let said = if task.message.is_empty() { String::new() } else { format!(": {}", task.message) };
    format!("{} {} {}/{total}{said}", task.name, task.phase, task.succeeded)
}

/// The commands of the Jobs of tasks that are made from output, in the order of tasks and indexes.
fn made(world: &World, tasks: &Value) -> Vec<String> {
    let mut made = Vec::new();
    for task in tasks.as_array().unwrap() {
        if !task["commandsIter"]["varsIter"][0][0].as_str().is_some_and(|word| word == "get_result") {
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
