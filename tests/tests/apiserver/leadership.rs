//! Two controllers: the one that leads is killed, the other goes on.

use std::time::Duration;

use gene_tests::resources;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    cluster::{Place, on_fake_nodes, until},
    process::{Controller, Log},
};

/// What docs/controller.md promises after a crash, and a second for this test to see it.
const TAKEN_OVER: Duration = Duration::from_secs(21);

#[tokio::test]
async fn the_standby_takes_over_from_a_killed_leader() {
    let place = Place::new("lead").await;
    let log = Log::new(None);
    let leases = resources::leases(&place.client, place.name());
    let holder = || async {
        let lease = leases.get_opt("gene-controller").await.unwrap()?;
        lease.data["spec"]["holderIdentity"].as_str().filter(|holder| !holder.is_empty()).map(str::to_owned)
    };
    let first = Controller::start(place.name(), "first", &log);
    assert_eq!(until("a leader", holder).await, "first");
    let second = Controller::start(place.name(), "second", &log);
    let spec = |commands: &[&str]| {
        on_fake_nodes(json!({"tasks": [
            {"name": "a", "type": "Job", "image": "busybox", "commands": commands},
            {"name": "b", "type": "Job", "image": "busybox", "commands": ["echo b"], "dependents": [{"target": "a", "type": "whole"}]},
        ]}))
    };
    place.create("before", &spec(&["echo 1", "echo 2"])).await;
    assert_eq!(place.ended("before").await["phase"], "Succeeded");

    place.create("between", &spec(&["echo 1", "echo 2", "echo 3"])).await;
    first.kill().await;
    let killed = Instant::now();
    place.create("after", &spec(&["echo 1"])).await;
    let new = until("another leader", || async { holder().await.filter(|holder| holder != "first") }).await;
    assert_eq!(new, "second");
    let jobs = place.jobs();
    until("work", || async { jobs.get_opt("after.a.0").await.unwrap() }).await;
    assert!(killed.elapsed() < TAKEN_OVER, "taken over after {:?}", killed.elapsed());
    for name in ["between", "after"] {
        assert_eq!(place.ended(name).await["phase"], "Succeeded", "{name}");
    }
    let number = jobs.list(&kube::api::ListParams::default()).await.unwrap().items.len();
    assert_eq!(number, 3 + 4 + 2);
    second.kill().await;
    place.namespace.delete().await.unwrap();
}
