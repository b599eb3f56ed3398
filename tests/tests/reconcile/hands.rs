//! What people do to Jobs and Executions behind the controller's back.

use std::{collections::BTreeSet, time::Duration};

use gene_tests::{fake::resource::Resource, resources};
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{laws, world::World};

pub fn chain() -> Value {
    json!({"tasks": [
        {"name": "a", "commands": ["sleep 30"]},
        {"name": "b", "commands": ["sleep 30"], "dependents": [{"target": "a"}]},
    ]})
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_job_that_is_deleted_runs_again() {
    let world = World::new();
    let _controller = world.controller();
    world.submit("x", chain()).await;
    let uid = world.job("x.a.0").await;
    sleep(Duration::from_secs(10)).await;
    world.delete_job("x.a.0").await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    assert_eq!((world.created("x.a.0"), world.created("x.b.0")), (2, 1));
    let events = world.events();
    assert!(
        events.iter().any(|e| e.starts_with("JobDeleted ") && e.contains("a[0] runs again")),
        "{events:?}"
    );
    laws::hold_but(&world, &BTreeSet::from([uid]));
}

#[tokio::test(start_paused = true)]
async fn a_finished_job_that_is_deleted_stays_done() {
    for is_away in [false, true] {
        let world = World::new();
        let mut controller = Some(world.controller());
        world.submit("x", chain()).await;
        world.job("x.b.0").await;
        sleep(Duration::from_secs(2)).await;
        if is_away {
            controller.take().unwrap().kill();
        }
        world.delete_job("x.a.0").await;
        let _controller = controller.unwrap_or_else(|| world.controller());
        assert_eq!(world.ended("x").await.phase, "Succeeded");
        assert_eq!(world.created("x.a.0"), 1);
        laws::hold(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_fails_the_vertex() {
    let world = World::new();
    let body = resources::object(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x.a.0"},
        "spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "busybox", "command": ["sleep 900"]}]}}},
    }));
    let jobs = resources::jobs(&world.fake.client("user"), "default");
    jobs.create(&PostParams::default(), &body).await.unwrap();
    let _controller = world.controller();
    world.submit("x", chain()).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.vertices["x.a.0"].reason.as_str()), ("Failed", "NameTaken"));
    assert!(status.message.contains("belongs to nobody"), "{}", status.message);
    assert!(world.has_job("x.a.0"), "it is not ours");
}

#[tokio::test(start_paused = true)]
async fn an_execution_made_again_at_once_has_jobs_of_its_own() {
    for how in [DeleteParams::background(), DeleteParams::foreground()] {
        let world = World::new();
        let _controller = world.controller();
        let first = world.submit("x", chain()).await;
        world.job("x.a.0").await;
        world.delete_execution("x", &how).await;
        world
            .until("it is gone", |fake| {
                fake.get(Resource::Executions, "default", "x").is_none().then_some(())
            })
            .await;
        let second = world.submit("x", chain()).await;
        assert_ne!(first, second);
        assert_eq!(world.ended("x").await.phase, "Succeeded");
        let journal = world.fake.journal();
        assert_eq!(journal.created_by_owner(&first).get("x.b.0"), None);
        assert_eq!(journal.created_by_owner(&second).len(), 2);
        laws::hold(&world);
    }
}

#[tokio::test(start_paused = true)]
async fn other_tasks_than_those_that_began_are_an_error() {
    let world = World::new();
    let _controller = world.controller();
    world.submit("x", chain()).await;
    world.job("x.a.0").await;
    sleep(Duration::from_secs(5)).await;
    let mut tasks = chain()["tasks"].clone();
    for task in tasks.as_array_mut().unwrap() {
        task["image"] = json!("busybox:1.38");
    }
    world.patch("x", json!({"tasks": tasks})).await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Error");
    assert!(status.message.contains("its tasks were changed"), "{}", status.message);
    assert_eq!(status.tasks[0].running, 1, "what ran is recorded");
    sleep(Duration::from_mins(5)).await;
    assert!(world.has_job("x.a.0") && !world.has_job("x.b.0"), "what ran is left, nothing new starts");
}

/// Puts an Execution where a schema and a webhook would have been, had they been there.
pub fn store(world: &World, name: &str, spec: &Value, status: &Value) {
    let uid = world.fake.with_store(gene_tests::fake::store::Store::new_uid);
    let object = json!({
        "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
        "metadata": {"name": name, "namespace": "default", "uid": uid, "generation": 1},
        "spec": spec, "status": status,
    });
    world.fake.with_store(|store| _ = store.put(Resource::Executions, object));
}

#[tokio::test(start_paused = true)]
async fn fields_of_a_newer_version_keep_nothing_from_running() {
    let world = World::new();
    let task = json!({"name": "a", "image": "i", "commands": ["do"], "later": {"deep": [1]}});
    store(&world, "x", &json!({"newer": true, "tasks": [task]}), &json!({}));
    let _controller = world.controller();
    let status = world.ended("x").await;
    assert_eq!(
        (status.phase.as_str(), status.message.as_str()),
        ("Succeeded", "execution has run successfully")
    );
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn one_that_cannot_be_run_harms_only_itself() {
    let world = World::new();
    let put = |name: &str, spec: Value, status: Value| store(&world, name, &spec, &status);
    let cycle = json!([{"name": "a", "image": "i", "commands": ["do"], "dependents": [{"target": "a"}]}]);
    put("cyclic", json!({"tasks": cycle}), json!({}));
    put("undecodable", json!({"tasks": 7, "startOn": []}), json!({}));
    put(
        "speechless",
        json!({"tasks": [{"name": "a", "image": "i", "commands": ["do"]}]}),
        json!({"tasks": 3}),
    );
    let _controller = world.controller();
    world.submit("x", chain()).await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    for (name, part) in [("cyclic", "waits for itself"), ("speechless", "its status")] {
        let status = world.ended(name).await;
        assert_eq!(status.phase, "Error", "{name}");
        assert!(status.message.contains(part), "{name}: {}", status.message);
    }
    assert_eq!(world.fake.journal().jobs.len(), 2);
}
