//! Specs that cannot be followed, and retries that cannot be.

use std::time::Duration;

use gene_tests::fake::{
    fault::{Fault, Schedule},
    resource::Resource,
};
use gene_types::v1alpha1::ExecutionStatus;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    hands::{chain, store},
    laws,
    world::{self, CONTROLLER, World},
};

/// As long as the name of an Execution can be whose tasks are called by one letter: a second attempt has no room.
fn long() -> String {
    "x".repeat(63 - ".a.0".len())
}

async fn heeded(world: &World, name: &str, generation: i64) -> ExecutionStatus {
    world
        .until("the retry is dealt with", |fake| {
            world::status(fake, name).filter(|status| status.retry_generation == Some(generation))
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_cannot_be_is_dealt_with() {
    let bad = json!({"name": "a", "commands": ["sleep 5; exit 3"], "backoffLimit": 0});
    let slow = json!({"name": "b", "commands": ["sleep 60"]});
    for is_running in [false, true] {
        let world = World::new();
        let controller = world.controller();
        let name = long();
        let tasks = if is_running { json!([bad, slow]) } else { json!([bad]) };
        world.submit(&name, json!({"failurePolicy": "Continue", "tasks": tasks})).await;
        world
            .until("it failed", |fake| (world::status(fake, &name)?.tasks.first()?.failed == 1).then_some(()))
            .await;
        if !is_running {
            world.ended(&name).await;
        }
        let before = world.status(&name);
        world.patch(&name, json!({"retryGeneration": 2})).await;
        let status = heeded(&world, &name, 2).await;
        assert_eq!((&status.phase, status.tasks[0].failed), (&before.phase, 1));
        assert_eq!(world.ended(&name).await.phase, "Failed");
        // Who takes over does not ask again. Events take their time.
        sleep(Duration::from_secs(10)).await;
        controller.kill();
        let _second = world.controller();
        sleep(Duration::from_mins(5)).await;
        assert_eq!(world.created(&format!("{name}.a.0")), 1);
        let events = world.events();
        let told: Vec<_> = events.iter().filter(|event| event.starts_with("Retr")).collect();
        assert!(told.len() == 1 && told[0].contains("at most 63 are allowed"), "{events:?}");
        laws::hold(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_created_with_a_retry_generation_is_not_retried() {
    let world = World::new();
    let controller = world.controller();
    let bad = json!({"name": "a", "commands": ["exit 3"], "backoffLimit": 0});
    world.submit("x", json!({"retryGeneration": 3, "tasks": [bad]})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.retry_generation), ("Failed", Some(3)));
    controller.kill();
    let _second = world.controller();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(world.status("x"), status);
    world.patch("x", json!({"retryGeneration": 4})).await;
    assert_eq!(heeded(&world, "x", 4).await.phase, "Running");
    laws::hold(&world);
}

/// A world in which the first status that says `Error` is ten seconds on its way.
fn slow_to_refuse(number: usize) -> World {
    let mut writes = 0;
    World::faulty(Schedule::calls(move |point| {
        let is_status = point.user == CONTROLLER
            && point.request.resource == Resource::Executions
            && point.request.subresource == "status";
        writes += usize::from(is_status);
        let is_it = is_status && writes == number;
        is_it.then_some(Fault::Slow { before: Duration::from_secs(10), after: Duration::ZERO })
    }))
}

#[tokio::test(start_paused = true)]
async fn what_is_put_right_before_its_error_is_recorded_runs() {
    let world = slow_to_refuse(1);
    let tasks = |target: &str| {
        json!([{"name": "a", "image": "i", "commands": ["do"]},
               {"name": "b", "image": "i", "commands": ["do"], "dependents": [{"target": target}]}])
    };
    store(&world, "x", &json!({"tasks": tasks("b")}), &Value::Null);
    let _controller = world.controller();
    sleep(Duration::from_secs(5)).await;
    world.patch("x", json!({"tasks": tasks("a")})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "2/2"), "{}", status.message);
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_back_before_its_error_is_recorded_goes_on() {
    // The first write says that it runs.
    let world = slow_to_refuse(2);
    let _controller = world.controller();
    world.submit("x", chain()).await;
    world.job("x.a.0").await;
    sleep(Duration::from_secs(5)).await;
    let right = world.fake.get(Resource::Executions, "default", "x").unwrap()["spec"]["tasks"].clone();
    let mut wrong = right.clone();
    wrong[0]["image"] = json!("busybox:1.38");
    world.patch("x", json!({"tasks": wrong})).await;
    sleep(Duration::from_secs(5)).await;
    world.patch("x", json!({"tasks": right})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.progress.as_str()), ("Succeeded", "2/2"), "{}", status.message);
    assert_eq!(world.events().iter().filter(|event| event.starts_with("InvalidExecution")).count(), 1);
    laws::hold(&world);
}
