//! Killed at random instants and started again: nothing twice, nothing lost, all end.

use std::{env, sync::Arc, time::Duration};

use fastrand::Rng;
use futures::StreamExt;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::{
    cluster::{BOUND, Place, until},
    pods,
    process::{Controller, Log},
    record::{self, Record, Seen},
    shape::Shape,
};

const RUNS: u64 = 20;
/// At once: the Executions mostly wait for the Job controller.
const BESIDE: usize = 4;
/// How often the controller of one run is killed, and after how many milliseconds of life.
const KILLS: std::ops::RangeInclusive<u32> = 3..=6;
const LIFE: std::ops::RangeInclusive<u64> = 10..=2500;

/// `GENE_CRASH_SEED` replays one run.
#[tokio::test]
async fn a_controller_that_is_killed_does_nothing_twice_and_loses_nothing() {
    let replayed = env::var("GENE_CRASH_SEED").ok();
    let first = Rng::new().u64(..) >> 1;
    let seeds: Vec<u64> = match replayed {
        Some(seed) => vec![seed.parse().expect("GENE_CRASH_SEED is a number")],
        None => (0..RUNS).map(|run| first + run).collect(),
    };
    eprintln!("seeds {seeds:?}; one run again: GENE_CRASH_SEED=SEED");
    futures::stream::iter(seeds).map(run).buffer_unordered(BESIDE).collect::<Vec<()>>().await;
}

async fn run(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let shape = Arc::new(Shape::new(&mut rng));
    let place = Place::new("crash").await;
    let log = Log::new(Some(seed));
    let record = Record::default();
    let namespace = place.name().to_owned();
    let keep = tokio::spawn(record::keep(place.client.clone(), namespace.clone(), Arc::clone(&record)));
    let play =
        tokio::spawn(pods::play(place.client.clone(), namespace.clone(), Arc::clone(&shape), rng.fork()));
    place.create("run", &shape.spec).await;

    for _ in 0..rng.u32(KILLS) {
        let controller = Controller::start(&namespace, "controller", &log);
        sleep(Duration::from_millis(rng.u64(LIFE))).await;
        controller.kill().await;
    }
    let controller = Controller::start(&namespace, "controller", &log);
    let ended = timeout(BOUND, place.ended("run")).await;
    let status = ended.unwrap_or_else(|_| panic!("seed {seed}: it has not ended; {shape:#?}"));
    controller.kill().await;
    // With "PodSucceeded" the last Jobs are complete a second after the Execution.
    let has_ended = |job: &Seen| job.has_failed || job.completed.is_some();
    until("the end of the Jobs", || async { record.lock().unwrap().values().all(has_ended).then_some(()) })
        .await;
    for task in [keep, play] {
        assert!(!task.is_finished(), "seed {seed}: the test has stopped looking");
        task.abort();
    }

    let all_jobs: Vec<Seen> = record.lock().unwrap().values().cloned().collect();
    let listed = place.jobs().list(&kube::api::ListParams::default()).await.unwrap();
    assert_eq!(all_jobs.len(), listed.items.len(), "seed {seed}: no Job was made and deleted again");
    let whole = shape.vertices().all(|(task, index)| shape.succeeds(task, index));
    let phase = if whole { "Succeeded" } else { "Failed" };
    assert_eq!(status["phase"], phase, "seed {seed}: {status:#}");
    let is_job_complete = shape.spec["startOn"] == "JobComplete";
    for (task, index) in shape.vertices() {
        look_at_vertex(&shape, task, index, &all_jobs, is_job_complete, seed);
        let counts = &status["tasks"][task];
        let width = shape.tasks[task].fails.len();
        let succeeded = (0..width).filter(|index| shape.succeeds(task, *index)).count();
        assert_eq!(counts["succeeded"], json!(succeeded), "seed {seed}: {counts:#}");
    }
    place.namespace.delete().await.unwrap();
}

fn look_at_vertex(
    shape: &Shape,
    task: usize,
    index: usize,
    all_jobs: &[Seen],
    is_job_complete: bool,
    seed: u64,
) {
    let name = &shape.tasks[task].name;
    let jobs_of = |task: &str, index: usize| -> Vec<&Seen> {
        let mut jobs: Vec<&Seen> =
            all_jobs.iter().filter(|job| job.task == task && job.index == index).collect();
        jobs.sort_by_key(|job| (job.attempt, job.order));
        jobs
    };
    let jobs = jobs_of(name, index);
    let fails = shape.tasks[task].fails[index];
    let expected = match (shape.starts(task, index), shape.succeeds(task, index)) {
        (false, _) => 0,
        (true, true) => fails + 1,
        (true, false) => fails,
    };
    let attempts: Vec<u32> = jobs.iter().map(|job| job.attempt).collect();
    assert_eq!(attempts, (0..expected).collect::<Vec<_>>(), "seed {seed}: {name}[{index}]: {jobs:#?}");
    for job in &jobs {
        let fails = job.attempt < fails;
        assert_eq!((job.has_failed, job.completed.is_some()), (fails, !fails), "seed {seed}: {job:#?}");
        let suffix = if job.attempt == 0 { String::new() } else { format!("-{}", job.attempt) };
        assert_eq!(job.name, format!("run.{name}.{index}{suffix}"));
    }
    for pair in jobs.windows(2) {
        assert!(pair[0].order < pair[1].order, "seed {seed}: {jobs:#?}");
    }
    let Some(first) = jobs.first() else { return };
    for (parent, index) in shape.waits_for(task, index) {
        let parent = &shape.tasks[parent].name;
        let done = jobs_of(parent, index).into_iter().find(|job| job.completed.is_some());
        let done = done
            .unwrap_or_else(|| panic!("seed {seed}: {parent}[{index}] has not succeeded before {first:#?}"));
        assert!(done.order < first.order, "seed {seed}: {done:#?} {first:#?}");
        if is_job_complete {
            assert!(first.started >= done.completed, "seed {seed}: {done:#?} {first:#?}");
            assert!(Some(&first.created) >= done.completed.as_ref(), "seed {seed}: {done:#?} {first:#?}");
        }
    }
}
