//! The examples of `examples/kubegene`: the engine lets their jobs run in every order that their graphs allow, and in
//! no other.

use std::collections::{BTreeMap, BTreeSet};

use gene_engine::Phase;
use serde_json::Value;

use crate::{
    graphs::{Graph, all},
    world::{Outcome::Prints, World},
};

/// An example, and the spec of its Execution.
struct Case {
    graph: Graph,
    spec: Value,
}

/// Up to so many orders every one of them is gone through.
const MANY: usize = 1000;

fn world(case: &Case) -> World {
    let mut world = World::new(case.spec.clone());
    for (task, text) in &case.graph.prints {
        world = world.let_it(task, Prints(format!("{text}\n")));
    }
    world
}

/// The world after these jobs have ended, in this order.
fn after(case: &Case, ended: &[String]) -> World {
    let mut world = world(case);
    world.act();
    for job in ended {
        world.finish(job);
        world.act();
    }
    world
}

fn running(world: &World) -> BTreeSet<String> {
    world.running_names().into_iter().collect()
}

/// Those that are Executions or are made into one.
fn cases() -> Vec<Case> {
    let graphs = all().into_iter().filter(|graph| graph.submit.is_none());
    let cases: Vec<Case> =
        graphs.map(|graph| Case { spec: graph.execution()["spec"].clone(), graph }).collect();
    assert_eq!(cases.len(), 14);
    cases
}

/// Goes through all orders at once, by what has ended: that is what decides what runs.
#[test]
fn whatever_has_ended_exactly_what_may_run_does() {
    for case in cases() {
        let graph = &case.graph;
        let Some(orders) = graph.orders else { continue };
        // What has ended, with an order in which it did, and how many there are.
        let mut sets = BTreeMap::from([(BTreeSet::new(), (Vec::new(), 1))]);
        for _ in graph.vertices() {
            let mut next: BTreeMap<BTreeSet<String>, (Vec<String>, usize)> = BTreeMap::new();
            for (ended, (order, ways)) in &sets {
                let running = running(&after(&case, order));
                assert_eq!(running, graph.ready(ended), "{} after {order:?}", graph.file);
                for job in running {
                    let larger: BTreeSet<String> = ended.iter().chain([&job]).cloned().collect();
                    let longer = || ([order.as_slice(), &[job]].concat(), 0);
                    next.entry(larger).or_insert_with(longer).1 += ways;
                }
            }
            sets = next;
        }
        let (all, (order, ways)) = sets.pop_first().unwrap();
        assert_eq!((all, ways), (graph.vertices(), orders), "{}", graph.file);
        assert_eq!(after(&case, &order).phase(), Phase::Succeeded, "{}", graph.file);
    }
}

/// The orders of these jobs that the engine makes possible, after these have ended.
fn orders(case: &Case, ended: &mut Vec<String>, found: &mut BTreeSet<Vec<String>>) {
    let world = after(case, ended);
    if world.phase() == Phase::Succeeded {
        found.insert(ended.clone());
    }
    for job in running(&world) {
        ended.push(job);
        orders(case, ended, found);
        ended.pop();
    }
}

#[test]
fn each_order_is_gone_through_and_legal() {
    let mut counted = 0;
    for case in cases() {
        let graph = &case.graph;
        let Some(count) = graph.orders.filter(|count| *count <= MANY) else { continue };
        let mut found = BTreeSet::new();
        orders(&case, &mut Vec::new(), &mut found);
        let faults: Vec<String> = found.iter().filter_map(|order| graph.fault(order)).collect();
        assert_eq!((found.len(), faults), (count, Vec::new()), "{}", graph.file);
        counted += 1;
    }
    assert_eq!(counted, 12);
}

#[test]
fn letters_come_in_the_orders_that_can_be_written_down() {
    let expected: [(&str, &[&str]); 2] = [
        ("execution/exec-1.yaml", &["ABCD", "ABDC", "ACBD"]),
        (
            "execution/exec-2.yaml",
            &[
                "ABDECF", "ABECDF", "ABECFD", "ABEDCF", "AEBCDF", "AEBCFD", "AEBDCF", "AECBDF", "AECBFD",
                "AECFBD", "EABCDF", "EABCFD", "EABDCF", "EACBDF", "EACBFD", "EACFBD",
            ],
        ),
    ];
    let cases = cases();
    for (file, expected) in expected {
        let case = cases.iter().find(|case| case.graph.file == file).unwrap();
        let mut found = BTreeSet::new();
        orders(case, &mut Vec::new(), &mut found);
        let word = |order: &Vec<String>| order.iter().map(|job| &*case.graph.lines[job]).collect::<String>();
        assert_eq!(found.iter().map(word).collect::<Vec<_>>(), expected, "{file}");
    }
}

/// A job that never ends holds back all that comes after it by the edges, and nothing else; and the status lists the edges.
#[test]
fn each_job_holds_back_what_comes_after_it_and_nothing_else() {
    for case in cases() {
        let graph = &case.graph;
        let mut world = world(&case);
        world.run_to_end();
        assert_eq!(world.phase(), Phase::Succeeded, "{}", graph.file);
        let children = world.status().vertices.into_iter().flat_map(|(parent, status)| {
            status.children.into_iter().map(move |child| (called(&parent), called(&child)))
        });
        assert_eq!(children.collect::<BTreeSet<_>>(), graph.edges, "{}", graph.file);
        for stuck in graph.vertices() {
            let never = all_but(&case, &stuck);
            assert_eq!(never, below(graph, &stuck), "{}: {stuck} never ends", graph.file);
        }
    }
}

/// What never runs where everything ends but this one.
fn all_but(case: &Case, stuck: &str) -> BTreeSet<String> {
    let (mut world, graph) = (world(case), &case.graph);
    loop {
        world.act();
        let running = world.running_names();
        assert!(!running.is_empty(), "{}: {stuck} was never reached", graph.file);
        if running == [stuck] {
            break;
        }
        running.iter().filter(|job| *job != stuck).for_each(|job| world.finish(job));
    }
    let ran: BTreeSet<String> = world.starts.iter().map(|(vertex, _)| world.name(*vertex)).collect();
    graph.vertices().difference(&ran).cloned().collect()
}

/// What comes after a job, over however many edges.
fn below(graph: &Graph, job: &str) -> BTreeSet<String> {
    let mut below = BTreeSet::new();
    let mut left = vec![job.to_owned()];
    while let Some(from) = left.pop() {
        let children = graph.edges.iter().filter(|(parent, _)| *parent == from);
        left.extend(
            children.filter(|(_, child)| below.insert(child.clone())).map(|(_, child)| child.clone()),
        );
    }
    below
}

/// `task[index]` for the Job `x.task.index`.
fn called(job: &str) -> String {
    let (task, index) = job.trim_start_matches("x.").split_once('.').unwrap();
    format!("{task}[{index}]")
}
