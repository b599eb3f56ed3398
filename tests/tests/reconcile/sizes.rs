//! Many results, long ones, and such that are too long: counted, not timed.

use std::time::Duration;

use gene_tests::fake::{
    FakeCluster, Options,
    fault::{Fault, Schedule},
    request::Verb,
    resource::Resource,
    simulator::{Play, Script},
};
use gene_types::limits::MAX_RESULT_BYTES;
use serde_json::{Value, json};

use crate::{
    laws,
    world::{CONTROLLER, World},
};

/// Tasks called `s` and more print this; all else is silent.
fn printing(text: String) -> Script {
    Script::new(move |attempt| {
        let is_source = attempt.label("execution.kubegene.io/task").starts_with('s');
        if is_source { Play::print(text.clone()) } else { Play::succeed(Duration::from_millis(10)) }
    })
}

fn source(name: &str) -> Value {
    json!({"name": name, "commands": ["print"], "backoffLimit": 0})
}

fn reader(name: &str, source: &str, separator: &str) -> Value {
    let iter = json!({"command": "do \"$GENE_ARG_1\"", "varsIter": [["get_result", source, separator]]});
    json!({"name": name, "commandsIter": iter, "dependents": [{"target": source}], "backoffLimit": 0})
}

fn logs(fake: &FakeCluster) -> Vec<jiff::Timestamp> {
    let audit = fake.audit();
    let logs = audit.calls.iter().filter(|call| call.user == CONTROLLER && call.subresource == "log");
    logs.map(|call| call.at).collect()
}

#[tokio::test(start_paused = true)]
async fn one_result_is_read_once_for_five_hundred_tasks() {
    let world = World::scripted(printing("x y\n".into()), Options::default());
    let _controller = world.controller();
    let mut tasks = vec![source("s")];
    tasks.extend((0..500).map(|number| reader(&format!("d{number}"), "s", " ")));
    world.submit("x", json!({"tasks": tasks})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "1001/1001"));
    assert!(status.tasks[1..].iter().all(|task| task.total == Some(2) && task.succeeded == 2));
    assert_eq!(logs(&world.fake).len(), 1);
    assert_eq!(world.fake.all(Resource::ConfigMaps).len(), 1);
    laws::hold(&world);
}

/// Each is read once, and no more than eight at a time, however slowly that goes.
#[tokio::test(start_paused = true)]
async fn five_hundred_results_are_read_a_few_at_a_time() {
    const AT_ONCE: usize = 8;
    let takes = Duration::from_secs(1);
    let faults = Schedule::calls(move |point| {
        let slow = Fault::Slow { before: takes, after: Duration::ZERO };
        (point.user == CONTROLLER && point.request.subresource == "log").then_some(slow)
    });
    let options = Options { faults, ..Options::default() };
    let world = World::scripted(printing("x y\n".into()), options);
    let _controller = world.controller();
    let sources = (0..500).map(|number| source(&format!("s{number}")));
    let readers = (0..500).map(|number| reader(&format!("d{number}"), &format!("s{number}"), " "));
    let tasks: Vec<Value> = sources.chain(readers).collect();
    world.submit("x", json!({"tasks": tasks})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "1500/1500"));
    let logs = logs(&world.fake);
    assert_eq!(logs.len(), 500);
    for window in logs.windows(AT_ONCE + 1) {
        let within = window[AT_ONCE].duration_since(window[0]);
        assert!(within >= jiff::SignedDuration::try_from(takes).unwrap(), "{window:?}");
    }
    let kept = |call: &gene_tests::fake::audit::Call| {
        call.resource == Resource::ConfigMaps && call.verb == Verb::Create
    };
    assert_eq!(world.fake.audit().count(CONTROLLER, kept), 500);
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn a_result_of_a_mebibyte_is_kept_and_used_to_the_letter() {
    // Of no pattern, so that it does not get much shorter, in pieces that a variable can hold.
    let mut rng = fastrand::Rng::with_seed(7);
    let mut text: String = std::iter::repeat_with(|| rng.char('!'..='~')).take(MAX_RESULT_BYTES).collect();
    for cut in 1..16 {
        let at = cut * MAX_RESULT_BYTES / 16;
        text.replace_range(at..=at, "\n");
    }
    let world = World::scripted(printing(text.clone()), Options::default());
    let _controller = world.controller();
    world.submit("x", json!({"tasks": [source("s"), reader("d", "s", "\n")]})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "17/17"));
    for (index, piece) in text.split('\n').enumerate() {
        let job = world.fake.get(Resource::Jobs, "default", &format!("x.d.{index}")).unwrap();
        let env = job.pointer("/spec/template/spec/containers/0/env").unwrap().as_array().unwrap();
        let argument = env.iter().find(|variable| variable["name"] == "GENE_ARG_1").unwrap();
        // What the kubelet makes of it.
        let seen = argument["value"].as_str().unwrap().replace("$$", "$");
        assert!(seen == piece, "{index}");
    }
    let kept = world.fake.all(Resource::ConfigMaps);
    assert_eq!(kept.len(), 1);
    assert!((800_000..1_500_000).contains(&kept[0].to_string().len()));
    assert!(status.tasks[0].result.as_ref().unwrap().digest.starts_with("sha256:"));
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn one_byte_more_fails_who_reads_it_and_says_so() {
    let world = World::scripted(printing("x".repeat(MAX_RESULT_BYTES + 1)), Options::default());
    let _controller = world.controller();
    world.submit("x", json!({"failurePolicy": "Continue", "tasks": [
        source("s"), reader("d", "s", "\n"), {"name": "other", "commands": ["do"], "dependents": [{"target": "s"}]}]})).await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Failed");
    let said =
        "the output of \"s\" cannot be used: it has over 1 MiB (1,048,576 bytes), the most that is read";
    assert_eq!(status.message, format!("task \"d\": {said}"));
    assert_eq!((status.tasks[1].reason.as_str(), status.tasks[1].message.as_str()), ("ResultUnusable", said));
    assert_eq!(status.tasks[2].phase, "Succeeded");
    assert_eq!(world.fake.all(Resource::ConfigMaps).len(), 0);
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn a_result_of_a_hundred_thousand_lines_is_more_than_an_execution_may_have() {
    let world = World::scripted(printing("x\n".repeat(100_000)), Options::default());
    let _controller = world.controller();
    world.submit("x", json!({"tasks": [source("s"), reader("d", "s", "\n")]})).await;
    let status = world.ended("x").await;
    let said = "expands to 100000 vertices beside 1 others; an Execution may have at most 100000";
    assert_eq!(status.message, format!("task \"d\": {said}"));
    assert_eq!((status.tasks[1].reason.as_str(), status.tasks[1].total), ("TooManyVertices", None));
    assert_eq!(world.fake.journal().jobs.len(), 1);
    laws::hold(&world);
}

/// So many vertices that the status lists only what runs; created one after the other as there is room.
#[tokio::test(start_paused = true)]
async fn a_result_of_thousands_of_lines_becomes_as_many_vertices() {
    let lines: Vec<String> = (0..3_000).map(|line| format!("line-{line}")).collect();
    let world = World::scripted(printing(lines.join("\n")), Options::default());
    let _controller = world.controller();
    world.submit("x", json!({"tasks": [source("s"), reader("d", "s", "\n")]})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "3001/3001"));
    assert_eq!(status.tasks[1].succeeded_indexes, "0-2999");
    assert!(status.conditions.iter().any(|c| c.type_ == "VerticesOmitted" && c.status == "True"));
    assert_eq!(world.fake.journal().jobs.len(), 3_001);
    laws::hold(&world);
}
