//! Controllers that come, go, stop and meet; and an API server that says no.

use std::time::Duration;

use gene_tests::fake::{
    fault::{Fault, Schedule, WatchFault},
    request::Verb,
    resource::Resource,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    laws,
    world::{CONTROLLER, World},
};

fn levels() -> Value {
    let level = |name: &str, after: Value| json!({"name": name, "commandsIter": {"command": "sleep 3", "count": 10}, "dependents": after});
    json!({"tasks": [level("a", json!([])), level("b", json!([{"target": "a", "type": "iterate"}])),
                     level("c", json!([{"target": "b"}]))]})
}

#[tokio::test(start_paused = true)]
async fn two_that_both_believe_they_lead_run_nothing_twice() {
    let world = World::new();
    let _first = world.controller();
    let _second = world.controller();
    world.submit("x", levels()).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "30/30"));
    sleep(Duration::from_mins(1)).await;
    assert_eq!(world.status("x"), status, "terminal is terminal");
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn another_takes_over_where_the_leader_dies_or_stops() {
    for is_killed in [false, true] {
        let world = World::new();
        let first = world.candidate("one");
        world.submit("x", levels()).await;
        world.job("x.b.3").await;
        let _second = world.candidate("two");
        sleep(Duration::from_secs(1)).await;
        if is_killed {
            first.kill();
        } else {
            first.stop().await;
        }
        let status = world.ended("x").await;
        assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "30/30"));
        laws::hold(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn told_to_stop_it_records_what_it_knows_and_starts_nothing() {
    let world = World::new();
    let controller = world.controller();
    let task = json!({"name": "a", "commandsIter": {"command": "sleep 60", "count": 500}});
    world.submit("x", json!({"tasks": [task]})).await;
    world.job("x.a.40").await;
    controller.stop().await;
    let made = world.fake.journal().jobs.len();
    assert!(made < 100, "{made}");
    assert_eq!(usize::try_from(world.status("x").tasks[0].running), Ok(made));
    let _next = world.controller();
    assert_eq!(world.ended("x").await.progress, "500/500");
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_created_does_not_keep_the_rest_from_being_ended() {
    // A quota that is used up: the API server refuses Jobs after the first fifty.
    let mut made = 0;
    let world = World::faulty(Schedule::calls(move |point| {
        if point.request.verb != Verb::Create || point.request.resource != Resource::Jobs {
            return None;
        }
        made += 1;
        (made > 50).then_some(Fault::Refuse { code: 403, retry_after: None })
    }));
    let _controller = world.controller();
    let task = json!({"name": "a", "commandsIter": {"command": "sleep 100000", "count": 500}});
    world.submit("x", json!({"tasks": [task]})).await;
    sleep(Duration::from_mins(2)).await;
    assert_eq!(world.status("x").tasks[0].running, 50);
    world.patch("x", json!({"cancel": true})).await;
    let status = world.ended("x").await;
    assert_eq!(status.message, "execution was cancelled");
    sleep(Duration::from_mins(1)).await;
    assert_eq!(world.fake.all(Resource::Jobs).len(), 0);
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_tried_again() {
    let world = World::new();
    let _controller = world.controller();
    world
        .submit(
            "x",
            json!({"tasks": [
                {"name": "a", "commands": ["do", "flaky 1"], "backoffLimit": 0},
                {"name": "b", "commands": ["do"], "dependents": [{"target": "a"}]},
            ]}),
        )
        .await;
    assert_eq!(world.ended("x").await.phase, "Failed");
    world.patch("x", json!({"retryGeneration": 1})).await;
    let status = world
        .until("it succeeds", |fake| {
            crate::world::status(fake, "x").filter(|status| status.phase == "Succeeded")
        })
        .await;
    assert_eq!(status.retry_generation, Some(1));
    assert_eq!(world.created("x.a.0") + world.created("x.a.1-1") + world.created("x.b.0"), 3);
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_tried_again_while_the_rest_still_ends() {
    for (policy, created) in [("FailFast", 1), ("Abort", 2)] {
        let world = World::new();
        let _controller = world.controller();
        world
            .submit(
                "x",
                json!({"failurePolicy": policy, "tasks": [
                    {"name": "a", "commands": ["flaky 1"], "backoffLimit": 0},
                    {"name": "slow", "commands": ["sleep 60"]},
                    {"name": "b", "commands": ["do"], "dependents": [{"target": "a"}, {"target": "slow"}]},
                ]}),
            )
            .await;
        world
            .until("its failure is recorded", |fake| {
                (crate::world::status(fake, "x")?.tasks.first()?.failed == 1).then_some(())
            })
            .await;
        world.patch("x", json!({"retryGeneration": 1})).await;
        let status = world
            .until("it succeeds", |fake| crate::world::status(fake, "x").filter(|s| s.phase == "Succeeded"))
            .await;
        assert_eq!(status.progress, "3/3", "{policy}");
        let slow = world.created("x.slow.0") + world.created("x.slow.0-1");
        assert!(slow <= created, "{policy}: {slow}");
        laws::hold(&world);
    }
}

/// Nothing is ended before why is recorded, so that who takes over does not make it again.
#[tokio::test(start_paused = true)]
async fn an_abort_is_one_for_who_takes_over() {
    let is_delete = |point: &gene_tests::fake::fault::Point<'_>| {
        point.request.verb == Verb::Delete && point.request.resource == Resource::Jobs
    };
    let mut deletes = 0;
    let world = World::faulty(Schedule::calls(move |point| {
        if !is_delete(point) || point.user != CONTROLLER {
            return None;
        }
        deletes += 1;
        (deletes == 2).then_some(Fault::Crash { is_done: true })
    }));
    let first = world.controller();
    let slow = json!({"name": "slow", "commandsIter": {"command": "sleep 600", "count": 3}});
    let bad = json!({"name": "bad", "commands": ["sleep 2; exit 3"], "backoffLimit": 0});
    world.submit("x", json!({"failurePolicy": "Abort", "tasks": [slow, bad]})).await;
    first.process.killed().await;
    drop(first);
    assert_eq!(world.status("x").tasks[1].failed, 1, "it is recorded");
    let _second = world.controller();
    assert_eq!(world.ended("x").await.phase, "Failed");
    laws::hold(&world);
}

/// The watch brings the end that another has recorded while this one still asks for the Execution, in vain.
#[tokio::test(start_paused = true)]
async fn an_end_that_is_seen_while_it_is_asked_for_stays() {
    let is_late = |elapsed: Duration| elapsed > Duration::from_secs(5);
    let world = World::faulty(Schedule::new(
        move |point| {
            let is_look = point.user == CONTROLLER
                && point.request.resource == Resource::Executions
                && point.request.verb == Verb::Get;
            is_look.then_some(Fault::Hang(Duration::from_mins(1)))
        },
        move |point| {
            let is_it = point.user == CONTROLLER && point.request.resource == Resource::Executions;
            (is_it && is_late(point.elapsed)).then_some(WatchFault::Delay(Duration::from_secs(20)))
        },
    ));
    let _controller = world.controller();
    let next = json!({"name": "b", "commands": ["sleep 300"], "dependents": [{"target": "a"}]});
    world.submit("x", json!({"tasks": [{"name": "a", "commands": ["sleep 10"]}, next]})).await;
    world.job("x.a.0").await;
    sleep(Duration::from_secs(7)).await;
    let mut ended = (*world.fake.get(Resource::Executions, "default", "x").unwrap()).clone();
    ended["status"]["phase"] = json!("Failed");
    ended["status"]["message"] = json!("another has ended it");
    world.fake.with_store(|store| _ = store.put(Resource::Executions, ended));
    world.job("x.b.0").await;
    sleep(Duration::from_mins(10)).await;
    let looks = world
        .fake
        .audit()
        .count(CONTROLLER, |call| call.resource == Resource::Executions && call.verb == Verb::Get);
    assert!(looks > 0, "it asked for the Execution");
    assert_eq!(world.status("x").message, "another has ended it");
}
