//! How long it takes, with room for slow machines and builds without optimisation.

use std::time::{Duration, Instant};

use gene_types::Limits;
use gene_workflow::{Request, compile};
use serde_json::{Value, json};

use super::{examples, request};

/// What the builds of tests may take more than those that are shipped.
const UNOPTIMISED: u32 = if cfg!(debug_assertions) { 40 } else { 1 };

fn least(times: u32, mut work: impl FnMut()) -> Duration {
    let once = |()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..times).map(|_| ()).map(once).min().unwrap()
}

#[test]
fn a_whole_genome_is_expanded_in_5_ms() {
    let took = least(10, || drop(examples::example("gatk4-practices/gatk4-practices.yaml")));
    println!("98 jobs: {took:?}");
    assert!(took <= Duration::from_millis(5) * UNOPTIMISED, "{took:?}");
}

#[test]
fn a_hundred_thousand_commands_take_200_ms_or_are_refused() {
    let tools = super::tools();
    let tools: Vec<&Value> = tools.iter().collect();
    let cells = |count: usize| (0..count).map(|number| format!("sample-{number}")).collect::<Vec<_>>();
    let iter = |fields: Value| json!({"tool": "u:1", "commands_iter": fields});
    for (what, task, limits, is_allowed) in [
        ("commands", json!({"tool": "u:1", "commands": cells(100_000)}), Limits::LOCAL, true),
        (
            "a product",
            iter(json!({"command": "echo ${1} ${2}", "vars_iter": ["range(0,1000)", cells(100)]})),
            Limits::CLUSTER,
            true,
        ),
        ("a range", iter(json!({"command": "${1}", "vars_iter": ["range(0,100000)"]})), Limits::LOCAL, true),
        (
            "rows",
            iter(json!({"command": "echo ${1}${q}", "vars_zip": [cells(100_000), "range(0,100000)"]})),
            Limits::LOCAL,
            true,
        ),
        (
            "over the bound",
            iter(json!({"command": "echo ${1} ${2}", "vars_iter": ["range(0,1001)", cells(100)]})),
            Limits::CLUSTER,
            false,
        ),
        (
            "far over it",
            iter(json!({"command": "${1}", "vars_iter": vec![json!("range(0,100000)"); 60]})),
            Limits::CLUSTER,
            false,
        ),
    ] {
        let workflow = json!({"inputs": {"q": {"value": "${1}"}}, "workflow": {"t": task}});
        let request = Request { limits: &limits, ..request(&workflow, &tools) };
        let took = least(3, || assert_eq!(compile(&request).is_ok(), is_allowed, "{what}"));
        println!("{what}: {took:?}");
        assert!(took <= Duration::from_millis(200) * UNOPTIMISED, "{what}: {took:?}");
    }
}
