//! What is made from kept output, by a controller that is killed again and again: once, and always the same.
//!
//! Pods on fake nodes print nothing, so that the test keeps what their tasks are to have printed, as another controller
//! would have that was faster.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use gene_controller::{kept, owner::Owner};
use gene_tests::resources;
use kube::api::PostParams;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    cluster::{BOUND, Place, on_fake_nodes},
    process::{Controller, Log},
    record::{self, Record, Seen},
};

/// How often the controller is killed, and after how many milliseconds of life.
const KILLS: u32 = 8;
const LIFE: std::ops::RangeInclusive<u64> = 50..=1500;

fn spec() -> Value {
    let task = |name: &str, after: &str, more: Value| {
        let mut task = json!({"name": name, "image": "busybox", "dependents": [{"target": after}]});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        task
    };
    let each = |source: &str| {
        let iter = json!({"command": "echo \"$GENE_ARG_1\"", "varsIter": [["get_result", source, "\n"]]});
        json!({"commandsIter": iter})
    };
    let checks = |expected: &str| {
        json!({"commands": ["echo a", "echo b"],
        "condition": {"condition": ["check_result", "list", expected]}})
    };
    on_fake_nodes(json!({"tasks": [
        {"name": "list", "image": "busybox", "commands": ["echo list"]},
        task("one", "list", each("list")),
        task("many", "one", each("one")),
        task("yes", "list", checks("x")),
        task("no", "list", checks("y")),
        task("below", "no", json!({"commands": ["echo never"]})),
        {"name": "end", "image": "busybox", "commands": ["echo end"], "dependents": [
            {"target": "many"}, {"target": "yes"}, {"target": "below", "onSkipped": "Ignore"}]},
    ]}))
}

/// `GENE_CRASH_SEED` replays one run, as far as the machine lets it.
#[tokio::test]
async fn what_is_made_from_output_is_made_once_whenever_the_controller_is_killed() {
    let seed = std::env::var("GENE_CRASH_SEED").ok().map(|seed| seed.parse().expect("a number"));
    let seed = seed.unwrap_or_else(|| Rng::new().u64(..) >> 1);
    eprintln!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let place = Place::new("dynamic").await;
    let log = Log::new(Some(seed));
    let record = Record::default();
    let namespace = place.name().to_owned();
    let keep = tokio::spawn(record::keep(place.client.clone(), namespace.clone(), Arc::clone(&record)));
    place.create("run", &spec()).await;
    let uid = place.executions().get("run").await.unwrap().metadata.uid.unwrap();
    let owner = Owner { namespace: namespace.clone(), name: "run".to_owned(), uid };
    let lines: Vec<String> = (0..40).map(|line| format!("line {line}")).collect();
    for (task, text) in [("list", "x\n".to_owned()), ("one", lines.join("\n"))] {
        for map in kept::config_maps(&owner, task, &text) {
            let map = resources::object(serde_json::to_value(map).unwrap());
            let api = resources::config_maps(&place.client, &namespace);
            api.create(&PostParams::default(), &map).await.unwrap();
        }
    }
    for _ in 0..KILLS {
        let controller = Controller::start(&namespace, "controller", &log);
        sleep(Duration::from_millis(rng.u64(LIFE))).await;
        controller.kill().await;
    }
    let controller = Controller::start(&namespace, "controller", &log);
    let ended = timeout(BOUND, place.ended("run")).await;
    let status = ended.unwrap_or_else(|_| panic!("seed {seed}: it has not ended"));
    controller.kill().await;
    assert!(!keep.is_finished(), "seed {seed}: the test has stopped looking");
    keep.abort();

    let line = |task: &Value| {
        let said = |name: &str| task[name].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {}/{} {}",
            said("name"),
            said("phase"),
            task["succeeded"],
            task["total"],
            said("message")
        )
    };
    let tasks: Vec<String> = status["tasks"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(
        tasks,
        [
            "list Succeeded 1/1 ",
            "one Succeeded 1/1 ",
            "many Succeeded 40/40 ",
            "yes Succeeded 2/2 ",
            "no Skipped 0/2 condition: \"list\" printed \"x\", not \"y\"",
            "below Skipped 0/1 it depends on \"no\", which was skipped",
            "end Succeeded 1/1 "
        ],
        "seed {seed}"
    );
    let jobs: Vec<Seen> = record.lock().unwrap().values().cloned().collect();
    let mut names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
    names.sort_unstable();
    let width =
        |task: &str, width: usize| (0..width).map(move |index| format!("run.{task}.{index}")).collect();
    let expected: [Vec<String>; 5] =
        [width("list", 1), width("one", 1), width("many", 40), width("yes", 2), width("end", 1)];
    let mut expected: Vec<String> = expected.concat();
    expected.sort_unstable();
    assert_eq!(names, expected, "seed {seed}: each is made once, and nothing else");
    let order =
        |task: &str| jobs.iter().filter(|job| job.task == task).map(|job| job.order).collect::<Vec<_>>();
    for (before, after) in [("list", "one"), ("one", "many"), ("many", "end"), ("yes", "end")] {
        assert!(
            order(before).iter().max() < order(after).iter().min(),
            "seed {seed}: {before} before {after}"
        );
    }
    place.namespace.delete().await.unwrap();
}
