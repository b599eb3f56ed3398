//! The examples of `examples/kubegene` on the fake API server: as many Jobs as they have, each after those that it
//! waits for.

use std::{collections::BTreeMap, time::Duration};

use gene_tests::{
    fake::{
        Options,
        simulator::{Play, Script},
    },
    graphs::{self, Graph},
};
use serde_json::Value;

use crate::{laws, world::World};

/// A world in which tasks print this, and jobs take different times with every seed.
fn world(prints: BTreeMap<String, String>, seed: u64) -> World {
    let script = Script::new(move |attempt| {
        let name = attempt.name().bytes().fold(seed, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
        let time = fastrand::Rng::with_seed(name).u64(10..5000);
        let mut play = Play::succeed(Duration::from_millis(time));
        if let Some(text) = prints.get(attempt.label("execution.kubegene.io/task")) {
            play.log = format!("{text}\n");
        }
        play
    });
    World::scripted(script, Options { seed, ..Options::default() })
}

/// Those that are Executions or are made into one.
fn graphs() -> impl Iterator<Item = Graph> {
    graphs::all().into_iter().filter(|graph| graph.submit.is_none())
}

#[tokio::test(start_paused = true)]
async fn every_job_is_created_once_and_after_those_that_it_waits_for() {
    for graph in graphs() {
        let spec = graph.execution()["spec"].clone();
        for seed in 0..3 {
            check(&graph, &spec, seed).await;
        }
    }
}

async fn check(graph: &Graph, spec: &Value, seed: u64) {
    let world = world(graph.prints.clone(), seed);
    let _controller = world.controller();
    let uid = world.submit("x", spec.clone()).await;
    let status = world.ended("x").await;
    let (file, all) = (&graph.file, graph.vertices());
    assert_eq!(status.phase, "Succeeded", "{file}: {status:?}");
    assert_eq!(status.progress, format!("{0}/{0}", all.len()), "{file}");
    laws::hold(&world);

    let journal = world.fake.journal();
    let created = journal.created_by_owner(&uid);
    let expected: BTreeMap<String, usize> = all.iter().map(|job| (called(job), 1)).collect();
    assert_eq!(created, expected.iter().map(|(name, count)| (&**name, *count)).collect(), "{file}");
    // When each was created, and when its container had ended.
    let times = |job: &String| {
        let name = called(job);
        let made = journal.jobs.iter().find(|job| job.name == name).unwrap();
        (made.at, journal.runs_of(&name).find_map(|run| run.ended).unwrap().0)
    };
    let times: BTreeMap<&String, _> = all.iter().map(|job| (job, times(job))).collect();
    for (parent, child) in &graph.edges {
        assert!(times[parent].1 <= times[child].0, "{file}: {child} was created before {parent} had ended");
    }
    let mut order: Vec<String> = all.iter().cloned().collect();
    order.sort_by_key(|job| times[job].1);
    assert_eq!(graph.fault(&order), None);
}

/// The Job of `task[index]`.
fn called(job: &str) -> String {
    let (task, index) = job.trim_end_matches(']').split_once('[').unwrap();
    format!("x.{task}.{index}")
}

/// What is left out where a source prints something else; what is made from words has as many jobs as there are.
#[tokio::test(start_paused = true)]
async fn what_another_output_does_not_ask_for_is_skipped() {
    let expected: [(&str, &str, &[&str]); 6] = [
        (
            "execution/exec-5.yaml",
            "1 2 3",
            &[
                "jobbeforefinish Skipped 1",
                "jobfinish Skipped 1",
                "jobmodcond Skipped 1",
                "jobmodgetresult Succeeded 3",
                "jobpreparemod Succeeded 1",
            ],
        ),
        (
            "execution/exec-6.yaml",
            "testkey:other",
            &[
                "jobbeforefinish Skipped 1",
                "jobfinish Skipped 1",
                "jobgenericcond Skipped 1",
                "jobpreparemod Succeeded 1",
            ],
        ),
        (
            "conditional-sample/simple-sample-chkresult.yaml",
            "1234",
            &["jobfinish Skipped 1", "jobmod Skipped 2", "jobpreparemod Succeeded 1"],
        ),
        (
            "conditional-getresult-combination/simple-sample-get-chkresult.yaml",
            "3",
            &[
                "jobbeforefinish Skipped 1",
                "jobfinish Skipped 1",
                "jobmodcond Skipped 2",
                "jobmodgetresult Succeeded 1",
                "jobpreparemod Succeeded 1",
            ],
        ),
        (
            "samejob-condition-getresult/samejob-condition-getresult.yaml",
            "1 3 5",
            &[
                "jobbeforefinish Skipped 1",
                "jobfinish Skipped 1",
                "jobmodcondgetres Skipped ?",
                "jobpreparemod Succeeded 1",
            ],
        ),
        (
            "generic-condition/generic-condition-workflow.yaml",
            "other:testwithInOp",
            &["jobfinish Skipped 1", "jobmod Skipped 2", "jobpreparemod Succeeded 1"],
        ),
    ];
    for (file, printed, tasks) in expected {
        let graph = graphs().find(|graph| graph.file == file).unwrap();
        let prints = graph.prints.keys().map(|task| (task.clone(), printed.to_owned())).collect();
        let world = world(prints, 1);
        let _controller = world.controller();
        world.submit("x", graph.execution()["spec"].clone()).await;
        let status = world.ended("x").await;
        assert_eq!(status.phase, "Succeeded", "{file}: {status:?}");
        let line = |task: &gene_types::v1alpha1::TaskStatus| {
            let total = task.total.map_or("?".into(), |total| total.to_string());
            format!("{} {} {total}", task.name, task.phase)
        };
        let mut lines: Vec<String> = status.tasks.iter().map(line).collect();
        lines.sort();
        assert_eq!(lines, tasks, "{file}");
        laws::hold(&world);
    }
}
