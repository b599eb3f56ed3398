//! Creates that nobody stores, at a steady rate, while something else happens.

use std::time::{Duration, Instant};

use gene_tests::resources;
use kube::{Client, api::PostParams};
use serde_json::json;
use tokio::{
    runtime::Runtime,
    sync::{oneshot, watch},
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval},
};

/// Of creates.
const PERIOD: Duration = Duration::from_millis(50);

/// Creates until it is stopped.
pub struct Load {
    runtime: Runtime,
    stop: watch::Sender<bool>,
    work: JoinHandle<Vec<Create>>,
}

/// Creates that are answered before anything else happens.
const FIRST: usize = 10;

/// One create.
struct Create {
    /// When it was sent, and for how long it lasted.
    at: Instant,
    took: Duration,
    /// Why it was refused.
    refusal: Option<String>,
}

/// What became of all creates.
pub struct Outcome {
    creates: Vec<Create>,
}

impl Load {
    pub fn start() -> Self {
        // Another part of this test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let (stop, stopped) = watch::channel(false);
        let (first, answered) = oneshot::channel();
        let work = runtime.spawn(run(stopped, first));
        runtime.block_on(answered).expect("the first creates are answered");
        Self { runtime, stop, work }
    }

    /// No more; what became of them.
    pub fn stop(self) -> Outcome {
        self.stop.send_replace(true);
        let creates = self.runtime.block_on(self.work).unwrap();
        assert!(creates.len() > 20, "{} creates are no load", creates.len());
        Outcome { creates }
    }
}

impl Outcome {
    pub fn len(&self) -> usize {
        self.creates.len()
    }

    pub fn refusals(&self) -> Vec<&str> {
        self.creates.iter().filter_map(|create| create.refusal.as_deref()).collect()
    }

    pub fn slowest(&self) -> Duration {
        self.creates.iter().map(|create| create.took).max().unwrap_or_default()
    }

    /// From when the first refused create was sent to when the last one was answered.
    pub fn refused_for(&self) -> Duration {
        let refused: Vec<_> = self.creates.iter().filter(|create| create.refusal.is_some()).collect();
        let first = refused.iter().map(|create| create.at).min();
        let last = refused.iter().map(|create| create.at + create.took).max();
        first.zip(last).map(|(first, last)| last - first).unwrap_or_default()
    }
}

async fn run(mut stopped: watch::Receiver<bool>, began: oneshot::Sender<()>) -> Vec<Create> {
    let client = Client::try_default().await.expect("KUBECONFIG names a cluster");
    let mut first = Vec::new();
    for _ in 0..FIRST {
        first.push(create(client.clone()).await);
    }
    // Nobody listens any more where the test has failed.
    let _ = began.send(());
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut work = JoinSet::new();
    while !*stopped.borrow_and_update() {
        ticks.tick().await;
        work.spawn(create(client.clone()));
    }
    first.extend(work.join_all().await);
    first
}

async fn create(client: Client) -> Create {
    let execution = resources::object(json!({
        "apiVersion": "execution.kubegene.io/v1alpha1",
        "kind": "Execution",
        "metadata": {"name": "load"},
        "spec": {"tasks": [{"name": "a", "image": "busybox:1.37", "commands": ["echo a"]}]},
    }));
    let at = Instant::now();
    let params = PostParams { dry_run: true, ..PostParams::default() };
    let answer = resources::executions(&client, "default").create(&params, &execution).await;
    Create { at, took: at.elapsed(), refusal: answer.err().map(|error| error.to_string()) }
}
