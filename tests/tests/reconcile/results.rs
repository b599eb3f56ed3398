//! Tasks that depend on what others printed.

use std::time::Duration;

use gene_tests::fake::{
    fault::{Fault, Schedule},
    request::Verb,
    resource::Resource,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    laws,
    world::{CONTROLLER, World},
};

/// So many creates of a ConfigMap are refused, where they are: at up to ten seconds each more than two minutes.
const KEEPS: usize = 25;

/// One prints words, another works on each, a third is left out, a fourth waits for both.
fn dynamic() -> Value {
    json!({"tasks": [
        {"name": "list", "commands": ["print x y z"]},
        {"name": "work", "commandsIter": {"command": "do ${1}", "varsIter": [["get_result", "list", " "]]},
         "dependents": [{"target": "list"}]},
        {"name": "never", "commands": ["do"], "condition": {"condition": ["check_result", "list", "other"]},
         "dependents": [{"target": "list"}]},
        {"name": "end", "commands": ["do"],
         "dependents": [{"target": "work"}, {"target": "never", "onSkipped": "Ignore"}]},
    ]})
}

const AWAY: Fault = Fault::Refuse { code: 503, retry_after: None };

/// Where nobody can read what a pod printed.
fn no_log() -> World {
    World::faulty(Schedule::calls(|point| {
        let is_log = point.user == CONTROLLER && point.request.subresource == "log";
        is_log.then_some(AWAY)
    }))
}

fn phases(world: &World, name: &str) -> Vec<String> {
    let line = |task: &gene_types::v1alpha1::TaskStatus| {
        format!("{} {} {}", task.name, task.phase, task.total.map_or("?".into(), |total| total.to_string()))
    };
    world.status(name).tasks.iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_printed_decides_what_runs() {
    let world = World::new();
    let _controller = world.controller();
    world.submit("x", dynamic()).await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Succeeded", "{status:?}");
    assert_eq!(
        phases(&world, "x"),
        ["list Succeeded 1", "work Succeeded 3", "never Skipped 1", "end Succeeded 1"]
    );
    let kept = status.tasks[0].result.as_ref().unwrap();
    assert!(world.fake.get(Resource::ConfigMaps, "default", &kept.config_map).is_some());
    laws::hold(&world);
    let reads = laws::reads(&world);
    assert!(reads.len() <= 4, "{reads:?}");
}

#[tokio::test(start_paused = true)]
async fn a_generic_condition_reads_pairs() {
    let world = World::new();
    let _controller = world.controller();
    let rules = |value: &str| json!([{"key": "k", "operator": "Gt", "values": [value]}]);
    world
        .submit(
            "x",
            json!({"tasks": [
                {"name": "list", "commands": ["print k:7,j:0"]},
                {"name": "yes", "commands": ["do"], "dependents": [{"target": "list"}],
                 "genericCondition": {"dependJobName": "list", "matchRules": rules("3")}},
                {"name": "no", "commands": ["do"], "dependents": [{"target": "list"}],
                 "genericCondition": {"dependJobName": "list", "matchRules": rules("8")}},
            ]}),
        )
        .await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    assert_eq!(phases(&world, "x"), ["list Succeeded 1", "yes Succeeded 1", "no Skipped 1"]);
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_is_gone_fails_what_needs_it() {
    let world = World::new();
    let first = world.controller();
    world.submit("x", dynamic()).await;
    // The Job is there, its pod is not: nobody can say what it printed.
    world.job("x.list.0").await;
    first.kill();
    world
        .until("it has run", |fake| {
            let job = fake.get(Resource::Jobs, "default", "x.list.0")?;
            (job["status"]["succeeded"] == 1).then_some(())
        })
        .await;
    for pod in world.fake.all(Resource::Pods) {
        let key = gene_tests::fake::store::key_of(&pod);
        world.fake.with_store(|store| store.remove(Resource::Pods, &key));
    }
    let _second = world.controller();
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Failed");
    assert!(status.message.contains("its pod is gone"), "{}", status.message);
    laws::hold(&world);
}

/// A pod's success counts, and what has succeeded does not run again: where somebody deletes its Job before anybody
/// could read the log, the output is lost, and who needs it says so.
#[tokio::test(start_paused = true)]
async fn an_output_that_is_deleted_before_it_is_read_is_lost() {
    let world = no_log();
    let _controller = world.controller();
    let mut spec = dynamic();
    spec["startOn"] = json!("PodSucceeded");
    world.submit("x", spec).await;
    let succeeded = |fake: &gene_tests::fake::FakeCluster| {
        (crate::world::status(fake, "x")?.tasks.first()?.succeeded == 1).then_some(())
    };
    world.until("its success is recorded", succeeded).await;
    world.delete_job("x.list.0").await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Failed");
    let said = "the output of \"list\" cannot be used: its pod is gone, and with it what it printed";
    assert!(status.message.ends_with(said), "{}", status.message);
    assert_eq!((status.tasks[0].phase.as_str(), world.created("x.list.0")), ("Succeeded", 1));
    laws::hold(&world);
}

/// Whose node is away for good has lost its output. That the API server is in trouble for as long loses nothing.
#[tokio::test(start_paused = true)]
async fn a_log_is_given_up_only_where_nothing_but_the_log_is_away() {
    let world = no_log();
    let _controller = world.controller();
    world.submit("x", dynamic()).await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Failed");
    assert!(status.message.contains("what it printed cannot be read"), "{}", status.message);
    assert!(world.fake.elapsed() > Duration::from_mins(2), "{:?}", world.fake.elapsed());
    laws::hold(&world);

    // The log cannot be read at first, then what it said cannot be kept for minutes, then the log once more.
    let (mut logs, mut keeps) = (0, 0);
    let world = World::faulty(Schedule::calls(move |point| {
        if point.user != CONTROLLER {
            return None;
        }
        let is_away = if point.request.subresource == "log" {
            logs += 1;
            logs == 1 || logs == KEEPS + 2
        } else if point.request.resource == Resource::ConfigMaps && point.request.verb == Verb::Create {
            keeps += 1;
            keeps <= KEEPS
        } else {
            false
        };
        is_away.then_some(AWAY)
    }));
    let _controller = world.controller();
    world.submit("x", dynamic()).await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Succeeded", "{}", status.message);
    assert!(world.fake.elapsed() > Duration::from_mins(2), "{:?}", world.fake.elapsed());
    laws::hold(&world);
}

/// A quota or a policy that keeps what was printed from being kept is said where people look.
#[tokio::test(start_paused = true)]
async fn what_keeps_an_output_from_being_kept_is_told_once() {
    let world = World::faulty(Schedule::calls(|point| {
        let is_keep = point.user == CONTROLLER
            && point.request.resource == Resource::ConfigMaps
            && point.request.verb == Verb::Create
            && point.elapsed < Duration::from_mins(5);
        is_keep.then_some(Fault::Refuse { code: 403, retry_after: None })
    }));
    let _controller = world.controller();
    world.submit("x", dynamic()).await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    let events = world.events();
    let told: Vec<_> = events.iter().filter(|event| event.starts_with("FailedResult")).collect();
    assert!(
        told.len() == 1 && told[0].contains("cannot be read and kept yet, it is tried again"),
        "{events:?}"
    );
    laws::hold(&world);
}

/// What a source printed goes with its Job: one that ends as it is being deleted is run again by a retry.
#[tokio::test(start_paused = true)]
async fn an_output_that_goes_with_a_cancelled_job_is_made_again() {
    for start_on in ["JobComplete", "PodSucceeded"] {
        let world = World::faulty(Schedule::calls(|point| {
            let is_delete = point.user == CONTROLLER && point.request.verb == Verb::Delete;
            is_delete.then_some(Fault::Slow { before: Duration::from_secs(20), after: Duration::ZERO })
        }));
        let _controller = world.controller();
        let mut spec = dynamic();
        spec["startOn"] = json!(start_on);
        spec["tasks"][0]["commands"] = json!(["sleep 10; print x y z"]);
        world.submit("x", spec).await;
        world.job("x.list.0").await;
        sleep(Duration::from_secs(5)).await;
        world.patch("x", json!({"cancel": true})).await;
        let status = world.ended("x").await;
        assert_eq!((status.message.as_str(), status.tasks[0].cancelled), ("execution was cancelled", 1));
        world.patch("x", json!({"cancel": false, "retryGeneration": 1})).await;
        let status = world.ended("x").await;
        assert_eq!(status.phase, "Succeeded", "{start_on}: {}", status.message);
        assert_eq!(world.created("x.list.0-1"), 1);
        laws::hold(&world);
    }
}
