//! Why a Job failed, or that its pod had succeeded before.

use std::time::Duration;

use gene_tests::fake::{
    fault::{Fault, Point, Schedule, WatchFault},
    object,
    request::Verb,
    resource::Resource,
};
use serde_json::{Value, json};

use crate::{
    laws,
    world::{CONTROLLER, World},
};

#[tokio::test(start_paused = true)]
async fn a_job_fails_for_the_reason_of_its_pod() {
    let world = World::new();
    let _controller = world.controller();
    world
        .submit(
            "x",
            json!({"failurePolicy": "Continue", "tasks": [
                {"name": "oom", "commands": ["oom"], "backoffLimit": 0, "resources": {"memory": "1G"}},
                {"name": "late", "commands": ["sleep 100"], "activeDeadlineSeconds": 5},
                {"name": "again", "commands": ["exit 4"], "backoffLimit": 1},
            ]}),
        )
        .await;
    let status = world.ended("x").await;
    let reason = |name: &str| status.vertices[name].reason.clone();
    assert_eq!(reason("x.oom.0"), "OOMKilled", "{status:?}");
    assert_eq!(reason("x.late.0"), "DeadlineExceeded");
    assert!(!reason("x.again.0").is_empty());
    laws::hold(&world);
}

/// Whether the pods of one Job are asked for.
fn asks_why(point: &Point<'_>) -> bool {
    point.user == CONTROLLER
        && point.request.resource == Resource::Pods
        && point.request.verb == Verb::List
        && point.request.namespace.is_some()
}

/// A controller for which the pods of a Job cannot be listed before so many seconds are over.
fn no_pods(until: u64) -> World {
    World::faulty(Schedule::calls(move |point| {
        let is_away = asks_why(point) && point.elapsed < Duration::from_secs(until);
        is_away.then_some(Fault::Refuse { code: 503, retry_after: None })
    }))
}

#[tokio::test(start_paused = true)]
async fn why_a_job_failed_outlasts_an_api_server_that_starts_anew() {
    let bad = json!({"tasks": [{"name": "a", "commands": ["exit 3"], "backoffLimit": 0}]});
    for (away, expected) in [
        (60, ("Error", "exit code 3")),
        (600, ("BackoffLimitExceeded", "Job has reached the specified backoff limit")),
    ] {
        let world = no_pods(away);
        let _controller = world.controller();
        world.submit("x", bad.clone()).await;
        let status = world.ended("x").await;
        let vertex = &status.vertices["x.a.0"];
        assert_eq!((vertex.reason.as_str(), vertex.message.as_str()), expected, "away for {away} s");
        laws::hold(&world);
    }
}

/// One whose pod's success starts the next.
fn by_pods() -> Value {
    let task = json!({"name": "a", "commands": ["sleep 4.9"], "activeDeadlineSeconds": 5});
    let next = json!({"name": "b", "commands": ["sleep 30"], "dependents": [{"target": "a"}]});
    json!({"startOn": "PodSucceeded", "tasks": [task, next]})
}

/// As the Job controller may say: the deadline passes before it has counted the pod.
fn run_out_of_time(world: &World) {
    let mut job = (*world.fake.get(Resource::Jobs, "default", "x.a.0").unwrap()).clone();
    job["status"]["conditions"] = json!([{"type": "Failed", "status": "True", "reason": "DeadlineExceeded",
        "message": "Job was active longer than specified deadline", "lastTransitionTime": "2026-01-01T00:00:09Z"}]);
    world.fake.with_store(|store| _ = store.put(Resource::Jobs, job));
}

async fn counts_as_succeeded(world: &World) {
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.vertices["x.a.0"].phase.as_str()), ("Succeeded", "Succeeded"));
    let told = |reason: &str| world.events().iter().filter(|event| event.starts_with(reason)).count();
    assert_eq!((told("FailedAfterSuccess"), told("VertexFailed")), (1, 0), "{:?}", world.events());
}

/// Whether the pod of `x.a.0` is in this phase.
async fn pod_is(world: &World, phase: &str) {
    world
        .until(&format!("its pod is {phase}"), |fake| {
            fake.all(Resource::Pods)
                .iter()
                .any(|pod| object::text(pod, "/status/phase") == phase)
                .then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_after_its_pod_succeeded_counts_as_succeeded() {
    let world = World::new();
    let _controller = world.controller();
    world.submit("x", by_pods()).await;
    world.job("x.b.0").await;
    run_out_of_time(&world);
    counts_as_succeeded(&world).await;
}

#[tokio::test(start_paused = true)]
async fn so_it_does_where_the_pod_is_only_found_as_the_failure_is_looked_at() {
    let delays = |resource| {
        Schedule::new(
            |_| None,
            move |point| {
                let is_of_it = point.user == CONTROLLER && point.request.resource == resource;
                is_of_it.then_some(WatchFault::Delay(Duration::from_mins(1)))
            },
        )
    };
    let world = World::faulty(delays(Resource::Pods));
    let _controller = world.controller();
    world.submit("x", by_pods()).await;
    pod_is(&world, "Succeeded").await;
    run_out_of_time(&world);
    counts_as_succeeded(&world).await;
}

#[tokio::test(start_paused = true)]
async fn so_it_does_where_the_pod_succeeds_while_the_failure_is_looked_at() {
    // The answer tells of the pod as it was, and comes when the pod has ended.
    let world = World::faulty(Schedule::calls(|point| {
        asks_why(point).then_some(Fault::Slow { before: Duration::ZERO, after: Duration::from_secs(20) })
    }));
    let _controller = world.controller();
    world.submit("x", by_pods()).await;
    pod_is(&world, "Running").await;
    run_out_of_time(&world);
    counts_as_succeeded(&world).await;
}
