//! The fake's own promises: every fault is what it says, the same seed gives the same run, the journal tells all.

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
        FakeCluster, Options, Process,
        fault::{Fault, Schedule, WatchFault, random},
        request::Verb,
        resource::Resource,
    },
    resources,
    wait::until,
};
use kube::{
    Api,
    api::{DynamicObject, Patch, PatchParams, PostParams, WatchEvent, WatchParams},
};
use serde_json::json;
use tokio::time::{Instant, timeout};

const USER: &str = "gene-controller";

fn config_map(name: &str) -> DynamicObject {
    resources::object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}))
}

fn faulty(fault: Fault) -> (FakeCluster, Process, Api<DynamicObject>) {
    let fake =
        FakeCluster::start(Options { faults: Schedule::at_call(USER, 0, fault), ..Options::default() });
    let process = fake.process(USER);
    let api = resources::config_maps(&process.client(), "default");
    (fake, process, api)
}

fn is_there(fake: &FakeCluster) -> bool {
    fake.get(Resource::ConfigMaps, "default", "a").is_some()
}

fn code_of(error: &kube::Error) -> u16 {
    match error {
        kube::Error::Api(status) => status.code,
        _ => 0,
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_fails_before_or_after_it_is_done() {
    for (fault, code, is_done) in [
        (Fault::Refuse { code: 500, retry_after: None }, 500, false),
        (Fault::Refuse { code: 429, retry_after: Some(1) }, 429, false),
        (Fault::Disconnect, 0, false),
        (Fault::Hang(Duration::from_secs(40)), 0, false),
        (Fault::LoseAnswer, 0, true),
        (Fault::TimeOutAfter, 504, true),
    ] {
        let (fake, _process, api) = faulty(fault.clone());
        let error = api.create(&PostParams::default(), &config_map("a")).await.unwrap_err();
        assert_eq!((code_of(&error), is_there(&fake)), (code, is_done), "{fault:?}: {error}");
        let call = &fake.audit().calls[0];
        assert_eq!((call.verb, call.name.as_str(), call.is_committed), (Verb::Create, "a", is_done));
        assert_eq!(api.create(&PostParams::default(), &config_map("a")).await.is_ok(), !is_done);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_with_the_usual_retries_gets_through() {
    for code in [429, 503, 504] {
        let faults = Schedule::at_call(USER, 0, Fault::Refuse { code, retry_after: Some(1) });
        let fake = FakeCluster::start(Options { faults, ..Options::default() });
        let api = resources::config_maps(&fake.process(USER).retrying_client(), "default");
        api.create(&PostParams::default(), &config_map("a")).await.unwrap();
        let codes: Vec<u16> = fake.audit().calls.iter().map(|call| call.code).collect();
        assert_eq!(codes, [code, 201]);
        assert!(code != 429 || fake.elapsed() >= Duration::from_secs(1), "Retry-After is honoured");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_lands_after_its_sender_gave_it_up() {
    let (fake, _process, api) = faulty(Fault::LandLate(Duration::from_secs(5)));
    api.create(&PostParams::default(), &config_map("a")).await.unwrap_err();
    assert!(!is_there(&fake));
    let found = until(&api, "a", "land", |found| found.is_some()).await;
    assert!(found.is_some() && fake.elapsed() >= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_killed_process_gets_no_answer_and_does_nothing_more() {
    for is_done in [false, true] {
        let (fake, process, api) = faulty(Fault::Crash { is_done });
        let create = async { api.create(&PostParams::default(), &config_map("a")).await };
        tokio::select! {
            answer = create => panic!("the dead get no answer: {answer:?}"),
            () = process.killed() => {}
        }
        assert_eq!(is_there(&fake), is_done);
        let silence =
            timeout(Duration::from_hours(1), api.create(&PostParams::default(), &config_map("b"))).await;
        assert!(silence.is_err() && fake.get(Resource::ConfigMaps, "default", "b").is_none());
        let next = resources::config_maps(&fake.client(USER), "default");
        assert_eq!(next.get_opt("a").await.unwrap().is_some(), is_done);
    }
}

#[tokio::test(start_paused = true)]
async fn someone_else_is_first() {
    let fake = FakeCluster::start(Options::default());
    let api = resources::config_maps(&fake.client(USER), "default");
    let made = api.create(&PostParams::default(), &config_map("a")).await.unwrap();
    fake.set_faults(Schedule::calls(|point| (point.request.verb == Verb::Patch).then_some(Fault::Touch)));
    let version = made.metadata.resource_version;
    let patch = Patch::Merge(json!({"metadata": {"resourceVersion": version}, "data": {"x": "y"}}));
    let error = api.patch("a", &PatchParams::default(), &patch).await.unwrap_err();
    assert!(matches!(&error, kube::Error::Api(status) if status.is_conflict()), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_list_is_as_of_before() {
    let fake = FakeCluster::start(Options::default());
    let api = resources::config_maps(&fake.client(USER), "default");
    for name in ["a", "b", "c"] {
        api.create(&PostParams::default(), &config_map(name)).await.unwrap();
    }
    fake.set_faults(Schedule::calls(|_| Some(Fault::Stale(2))));
    let any = kube::api::ListParams::default().match_any();
    assert_eq!(api.list(&any).await.unwrap().items.len(), 1);
    assert_eq!(
        api.list(&kube::api::ListParams::default()).await.unwrap().items.len(),
        3,
        "the newest is the newest"
    );
}

#[tokio::test(start_paused = true)]
async fn watch_events_are_late_dropped_or_expired() {
    for fault in [WatchFault::Delay(Duration::from_secs(20)), WatchFault::Drop, WatchFault::Expire] {
        let wanted = fault.clone();
        let on_event = move |_: &gene_tests::fake::fault::WatchPoint<'_>| Some(wanted.clone());
        let fake =
            FakeCluster::start(Options { faults: Schedule::new(|_| None, on_event), ..Options::default() });
        let api = resources::config_maps(&fake.client(USER), "default");
        let begun = Instant::now();
        api.create(&PostParams::default(), &config_map("a")).await.unwrap();
        let mut events = std::pin::pin!(api.watch(&WatchParams::default(), "0").await.unwrap());
        let first = events.try_next().await;
        match fault {
            WatchFault::Delay(time) => {
                assert!(matches!(first, Ok(Some(WatchEvent::Added(_)))), "{first:?}");
                assert!(begun.elapsed() >= time);
            }
            WatchFault::Drop => assert!(matches!(first, Ok(None) | Err(_)), "{first:?}"),
            WatchFault::Expire => {
                assert!(matches!(first, Ok(Some(WatchEvent::Error(status))) if status.code == 410));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_history_expires_watches() {
    let fake = FakeCluster::start(Options::default());
    let api = resources::config_maps(&fake.client(USER), "default");
    let made = api.create(&PostParams::default(), &config_map("a")).await.unwrap();
    api.create(&PostParams::default(), &config_map("b")).await.unwrap();
    fake.forget_history();
    let version = made.metadata.resource_version.unwrap();
    let mut events = std::pin::pin!(api.watch(&WatchParams::default(), &version).await.unwrap());
    let first = events.try_next().await.unwrap();
    assert!(matches!(&first, Some(WatchEvent::Error(status)) if status.code == 410), "{first:?}");
    assert!(events.try_next().await.unwrap().is_none(), "the server ends the watch");
}

/// A client that makes Jobs whatever happens to its calls; answers what it saw and what was journaled.
async fn random_run(seed: u64) -> (Vec<String>, String) {
    let rates = random::Rates { call: 0.4, crash: 0.0, ..random::Rates::default() };
    let faults = random::schedule(seed, rates);
    let fake = FakeCluster::start(Options { seed, faults, ..Options::default() });
    let api = resources::jobs(&fake.client(USER), "default");
    let mut seen = Vec::new();
    for number in 0..10 {
        loop {
            match api
                .create(&PostParams::default(), &resources::bare_job(&format!("a.{number}"), "Never", 0))
                .await
            {
                Ok(_) => break,
                Err(kube::Error::Api(status)) if status.is_already_exists() => break,
                Err(error) => seen.push(error.to_string()),
            }
        }
    }
    for number in 0..10 {
        let name = format!("a.{number}");
        loop {
            match api.get(&name).await {
                Ok(job) if job.data["status"]["succeeded"] == 1 => break,
                Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                Err(error) => seen.push(error.to_string()),
            }
        }
    }
    let journal = fake.journal();
    assert!(journal.created_by_owner("").values().all(|count| *count == 1), "seed {seed}");
    assert_eq!((journal.jobs.len(), journal.runs.len()), (10, 10), "seed {seed}");
    (seen, format!("{:?} {:?}", journal, fake.audit().calls))
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_run() {
    for seed in 0..5 {
        let (first, second) = (random_run(seed).await, random_run(seed).await);
        assert!(!first.0.is_empty(), "seed {seed} had no fault");
        assert_eq!(first, second, "seed {seed}");
    }
    assert_ne!(random_run(1).await, random_run(2).await);
}
