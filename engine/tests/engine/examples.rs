//! The Executions under `examples/` in every order in which their vertices can end: each of them is
//! legal, and there are as many as there must be.

use std::{collections::BTreeSet, fs, path::Path};

use gene_engine::Phase;
use serde_json::Value;

use crate::world::{Outcome::Prints, World};

/// A world of the example in which `echo` prints what it is given.
fn world(spec: &Value) -> World {
    let mut world = World::new(spec.clone());
    for task in spec["tasks"].as_array().into_iter().flatten() {
        let command = task["commands"][0].as_str().unwrap_or_default();
        if let (Some(name), Some(text)) = (task["name"].as_str(), command.strip_prefix("echo ")) {
            world = world.let_it(name, Prints(format!("{text}\n")));
        }
    }
    world
}

/// Every order in which the vertices can end, as `a[0] b[0] …`.
fn orders(spec: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(ended) = left.pop() {
        let mut world = world(spec);
        world.act();
        for who in &ended {
            world.finish(who);
            world.act();
        }
        let running = world.running_names();
        if running.is_empty() {
            assert_eq!(world.phase(), Phase::Succeeded, "after {ended:?}");
            found.insert(ended.join(" "));
        }
        left.extend(running.into_iter().map(|next| [ended.as_slice(), &[next]].concat()));
    }
    found
}

fn check(file: &str, count: usize, one: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(file);
    let document: Value = serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let orders = orders(&document["spec"]);
    assert_eq!(orders.len(), count, "{file}: {orders:#?}");
    assert!(orders.contains(one), "{file}: {orders:#?}");
}

#[test]
fn they_end_in_every_legal_order_and_in_no_other() {
    check("test-exec.yaml", 3, "a[0] c[0] b[0] d[0]");
    check("join.yaml", 16, "e[0] a[0] c[0] f[0] b[0] d[0]");
    check("check-result.yaml", 6, "prepare[0] each[1] checked[0] each[0] before-finish[0] finish[0]");
    check("generic-condition.yaml", 1, "prepare[0] matched[0] before-finish[0] finish[0]");
    check("get-result.yaml", 6, "list[0] work[2] work[0] work[1] finish[0]");
    check("check-result-fan-out.yaml", 2, "prepare[0] work[1] work[0] finish[0]");
    let one = "prepare[0] each[1] checked[1] each[0] checked[0] before-finish[0] finish[0]";
    check("condition-and-result.yaml", 24, one);
    check("condition-with-result.yaml", 2, "prepare[0] work[1] work[0] before-finish[0] finish[0]");
    check("generic-condition-fan-out.yaml", 2, "prepare[0] work[1] work[0] finish[0]");
    check("if-else.yaml", 1, "kind[0] exome[0] report[0]");
    // Three pairs, each in its order: 6! / 2^3.
    check("iterate.yaml", 90, "a[0] b[2] c[2] b[0] b[1] c[1] c[0] d[0]");
}
