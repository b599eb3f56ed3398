//! Creates that were carried out although nobody said so, and answers that say when to ask again.

use std::time::Duration;

use gene_tests::fake::{
    fault::{Fault, Point, Schedule},
    request::Verb,
    resource::Resource,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    laws,
    world::{CONTROLLER, World},
};

fn one(command: &str) -> Value {
    json!({"tasks": [{"name": "a", "commands": [command]}]})
}

fn is_job(point: &Point<'_>, verb: Verb) -> bool {
    point.user == CONTROLLER && point.request.resource == Resource::Jobs && point.request.verb == verb
}

/// A world in which each create of a Job is answered so long after it was carried out.
fn late(after: Duration) -> World {
    World::faulty(Schedule::calls(move |point| {
        is_job(point, Verb::Create).then_some(Fault::Slow { before: Duration::ZERO, after })
    }))
}

/// Its Job runs, is seen, and its create is answered only when the cancelling has been recorded.
#[tokio::test(start_paused = true)]
async fn what_is_cancelled_before_its_create_is_answered_is_ended() {
    let world = late(Duration::from_secs(20));
    let _controller = world.controller();
    world.submit("x", one("sleep 100000")).await;
    world.job("x.a.0").await;
    sleep(Duration::from_secs(5)).await;
    world.patch("x", json!({"cancel": true})).await;
    let status = world.ended("x").await;
    assert_eq!((status.message.as_str(), status.tasks[0].cancelled), ("execution was cancelled", 1));
    world.until("its Job is gone", |_| (!world.has_job("x.a.0")).then_some(())).await;
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn what_is_wanted_again_before_its_create_is_answered_goes_on() {
    let world = late(Duration::from_secs(20));
    let _controller = world.controller();
    world.submit("x", one("sleep 100")).await;
    world.job("x.a.0").await;
    for change in [json!({"cancel": true}), json!({"cancel": false, "retryGeneration": 1})] {
        sleep(Duration::from_secs(5)).await;
        world.patch("x", change).await;
    }
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    assert_eq!(world.fake.journal().jobs.len(), 1);
    laws::hold(&world);
}

/// A world in which the first create of a Job is carried out and its answer is lost, a second is refused where
/// `second` says so, and whose Job has the name cannot be asked for half a minute.
fn lost(second: Option<Fault>) -> World {
    let mut creates = 0;
    World::faulty(Schedule::calls(move |point| {
        if is_job(point, Verb::Create) {
            creates += 1;
            return match creates {
                1 => Some(Fault::LoseAnswer),
                2 => second.clone(),
                _ => None,
            };
        }
        let is_away = is_job(point, Verb::Get) && point.elapsed < Duration::from_secs(30);
        is_away.then_some(Fault::Refuse { code: 503, retry_after: None })
    }))
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_by_a_lost_create_is_not_free() {
    let world = lost(None);
    let _controller = world.controller();
    world.submit("x", one("sleep 100000")).await;
    world.job("x.a.0").await;
    sleep(Duration::from_secs(5)).await;
    world.patch("x", json!({"cancel": true})).await;
    let status = world.ended("x").await;
    assert_eq!((status.message.as_str(), status.tasks[0].cancelled), ("execution was cancelled", 1));
    laws::hold(&world);
    world.until("its Job is gone", |_| (!world.has_job("x.a.0")).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_after_a_lost_create_may_be_there() {
    let world = lost(Some(Fault::Refuse { code: 422, retry_after: None }));
    let _controller = world.controller();
    world.submit("x", one("sleep 60")).await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    assert_eq!(world.created("x.a.0"), 1);
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_when_to_ask_again_is_heeded() {
    let mut creates = 0;
    let world = World::faulty(Schedule::calls(move |point| {
        creates += u32::from(is_job(point, Verb::Create));
        let is_first = is_job(point, Verb::Create) && creates == 1;
        is_first.then_some(Fault::Refuse { code: 503, retry_after: Some(30) })
    }));
    let _controller = world.controller();
    world.submit("x", one("do")).await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    let audit = world.fake.audit();
    let is_create = |call: &&gene_tests::fake::audit::Call| {
        call.verb == Verb::Create && call.resource == Resource::Jobs && call.user == CONTROLLER
    };
    let times: Vec<_> = audit.calls.iter().filter(is_create).map(|call| call.at).collect();
    assert_eq!(times.len(), 2);
    let waited = times[1].duration_since(times[0]).as_secs();
    assert!((30..32).contains(&waited), "{waited} s");
}
