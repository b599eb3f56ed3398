//! What the simulator of the fake promises beyond what conformance asks: retries, restarts, reasons, scale.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::similar_names,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use futures::TryStreamExt;
use gene_tests::{
    fake::{
        FakeCluster, Options,
        resource::Resource,
        simulator::{Outcome, Play, Script, Start},
    },
    resources,
    wait::until,
};
use kube::{
    Api,
    api::{DynamicObject, PostParams, WatchEvent, WatchParams},
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

const USER: &str = "gene-controller";

fn job(name: &str, policy: &str, limit: u32) -> DynamicObject {
    resources::bare_job(name, policy, limit)
}

/// Thousands of Jobs must stay affordable: runs with many seeds are made of them.
#[tokio::test(start_paused = true)]
async fn two_thousand_jobs_take_seconds() {
    let begun = std::time::Instant::now();
    let fake = FakeCluster::start(Options::default());
    let api = resources::jobs(&fake.client(USER), "default");
    let watched = async {
        let mut done = std::collections::BTreeSet::new();
        let mut events =
            std::pin::pin!(api.watch(&WatchParams::default().timeout(3_600), "0").await.unwrap());
        while done.len() < 2_000 {
            if let Some(WatchEvent::Modified(job)) = events.try_next().await.unwrap()
                && job.data["status"]["completionTime"].is_string()
            {
                done.insert(job.metadata.name.unwrap());
            }
        }
    };
    let made =
        futures::future::join_all((0..2_000).map(|number| {
            let api = &api;
            async move {
                api.create(&PostParams::default(), &job(&format!("a.{number}"), "Never", 0)).await.unwrap()
            }
        }));
    let (made, ()) = tokio::join!(made, watched);
    assert_eq!((made.len(), fake.journal().runs.len()), (2_000, 2_000));
    assert!(fake.elapsed() < Duration::from_secs(10), "it is all at once: {:?}", fake.elapsed());
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

async fn played(script: Script, body: DynamicObject) -> (FakeCluster, Value) {
    let fake = FakeCluster::start(Options { script: Some(script), ..Options::default() });
    let api = resources::jobs(&fake.client(USER), "default");
    api.create(&PostParams::default(), &body).await.unwrap();
    let is_over = |found: Option<&DynamicObject>| {
        let conditions = found.and_then(|job| job.data["status"]["conditions"].as_array());
        conditions.into_iter().flatten().any(|c| c["type"] == "Complete" || c["type"] == "Failed")
    };
    let begun = Instant::now();
    loop {
        // Backoffs of hours pass in no time, but not in the bound of one wait.
        let wait = async { until(&api, "a", "end", is_over).await };
        if let Ok(found) = timeout(Duration::from_secs(50), wait).await {
            return (fake, found.unwrap().data["status"].clone());
        }
        assert!(begun.elapsed() < Duration::from_hours(10));
    }
}

#[tokio::test(start_paused = true)]
async fn a_never_job_gets_a_new_pod_for_each_failure() {
    let script = Script::new(|attempt| Play::exit(Duration::from_secs(1), i32::from(attempt.number < 2) * 3));
    let (fake, status) = played(script, job("a", "Never", 2)).await;
    assert_eq!((&status["succeeded"], &status["failed"]), (&json!(1), &json!(2)), "{status}");
    let codes: Vec<i32> = fake.journal().runs_of("a").map(|run| run.ended.unwrap().1).collect();
    assert_eq!(codes, [3, 3, 0]);
    let starts: Vec<_> = fake.journal().runs_of("a").map(|run| run.started).collect();
    assert!(starts[2].duration_since(starts[1]).as_secs() >= 20, "the wait doubles: {starts:?}");
}

#[tokio::test(start_paused = true)]
async fn an_on_failure_job_restarts_its_container_and_loses_its_pod_at_the_end() {
    let script = Script::new(|_| Play::exit(Duration::from_secs(1), 3));
    let (fake, status) = played(script, job("a", "OnFailure", 3)).await;
    assert_eq!((&status["failed"], status.get("succeeded")), (&json!(1), None), "{status}");
    assert_eq!(status["conditions"][1]["reason"], "BackoffLimitExceeded");
    let journal = fake.journal();
    let restarts: Vec<u32> = journal.runs_of("a").map(|run| run.restart).collect();
    assert_eq!(restarts, [0, 1, 2, 3], "the third restart reaches the limit, and the Job ends while it runs");
    assert!(fake.all(Resource::Pods).is_empty());
}

#[tokio::test(start_paused = true)]
async fn pods_tell_why_they_failed_or_wait() {
    let script = Script::new(|_| Play { log: "no\n".into(), ..Play::out_of_memory(Duration::from_secs(1)) });
    let (fake, status) = played(script, job("a", "Never", 0)).await;
    assert_eq!(status["conditions"][1]["message"], "Job has reached the specified backoff limit");
    let pod = fake.all(Resource::Pods).remove(0);
    let ended = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!((&ended["reason"], &ended["exitCode"]), (&json!("OOMKilled"), &json!(137)));
    let pods: Api<k8s_openapi::api::core::v1::Pod> = Api::namespaced(fake.client(USER), "default");
    let name = pod["metadata"]["name"].as_str().unwrap();
    assert_eq!(pods.logs(name, &kube::api::LogParams::default()).await.unwrap(), "no\n");

    let missing = Start::ImageMissing(Some(Duration::from_secs(30)));
    let script = Script::new(move |_| Play::blocked(missing.clone()));
    let (fake, status) = played(script, job("a", "Never", 0)).await;
    assert_eq!(status["succeeded"], 1);
    assert!(fake.elapsed() >= Duration::from_secs(30));
    assert_eq!(Play::print("x").outcome, Outcome::Exit(0));
}
