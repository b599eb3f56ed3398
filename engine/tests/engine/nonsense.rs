//! Whatever it is told, in truth or not: it does not panic, what it says adds up, and its bounds hold.

use std::sync::Arc;

use gene_engine::{Action, Event, Failure, Options, Run, Steering, Vertex};
use gene_types::{
    retry,
    v1alpha1::{ExecutionStatus, KeptResult, TaskStatus, VertexStatus},
};
use k8s_openapi::jiff::Timestamp;
use proptest::prelude::*;

use crate::{
    generate::cases,
    world::{World, at},
};

fn vertices() -> impl Strategy<Value = Vertex> {
    let index = prop_oneof![9 => 0..4_u32, 1 => Just(100_000), 1 => Just(u32::MAX)];
    (prop_oneof![20 => 0..9_u32, 1 => Just(u32::MAX)], index).prop_map(|(task, index)| Vertex { task, index })
}

fn times() -> impl Strategy<Value = Timestamp> {
    prop_oneof![8 => (900..1100_i64).prop_map(at), 1 => Just(Timestamp::MIN), 1 => Just(Timestamp::MAX)]
}

fn texts() -> impl Strategy<Value = Result<String, String>> {
    let texts =
        prop::sample::select(vec!["", "x", "x y", "x y z", "k:1", "k:7,j:0", "k", "a;b", "\0", "\n\n"]);
    prop_oneof![9 => texts.prop_map(|text| Ok(text.to_owned())), 1 => Just(Err("it is gone".to_owned()))]
}

fn events() -> impl Strategy<Value = Event> {
    let attempt = prop_oneof![6 => Just(0), 2 => 1..3_u32, 1 => Just(u32::MAX)];
    let parts = (vertices(), attempt, times(), prop::option::of(times()));
    let of_vertex = (parts, 0..6_u8).prop_map(|((vertex, attempt, time, started), kind)| match kind {
        0 => Event::Started { vertex, attempt, at: time },
        1 => Event::Succeeded { vertex, attempt, started, finished: time, message: Some("words".into()) },
        2 => Event::Failed { vertex, attempt, started, finished: time, failure: Failure::new("", "") },
        3 => Event::Gone { vertex, attempt, at: time },
        4 => Event::NotStarted { vertex, attempt },
        _ => Event::Retry { vertex, attempt },
    });
    let steering = (prop::bool::weighted(0.2), prop::bool::weighted(0.05), prop::option::of(0..3_u32))
        .prop_map(|(suspend, cancel, parallelism)| Steering { suspend, cancel, parallelism });
    prop_oneof![
        8 => of_vertex,
        2 => (vertices(), texts()).prop_map(|(vertex, text)| Event::Result { vertex, text }),
        1 => steering.prop_map(Event::Steer),
    ]
}

/// A status that nobody wrote.
fn statuses() -> impl Strategy<Value = ExecutionStatus> {
    let indexes = || prop::sample::select(vec!["", "0", "0-2", "1,0,1", "2-0", "0-4294967295", "x", ",,-"]);
    let numbers = || prop::option::of(prop_oneof![4 => -1..3_i32, 1 => Just(i32::MAX)]);
    let task = (0..9_u32, [indexes(), indexes(), indexes(), indexes()], numbers(), numbers(), any::<bool>());
    let phases = prop::sample::select(vec!["Running", "Failed", "", "Succeeded", "Error", "x"]);
    (prop::collection::vec(task, 0..12), prop::option::of(times()), phases).prop_map(
        |(tasks, time, phase)| {
            let time = time.map(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time);
            let listed =
                VertexStatus { phase: "Failed".into(), finished_at: time.clone(), ..VertexStatus::default() };
            let vertices = (0..9).map(|task| (format!("x.t{task}.0"), listed.clone())).collect();
            let numbers =
                |number: Option<i32>| number.map(|number| ("0".to_owned(), number)).into_iter().collect();
            let tasks = tasks.into_iter().map(|(number, indexes, attempt, from, is_kept)| {
                let [succeeded, failed, cancelled, running] = indexes.map(str::to_owned);
                TaskStatus {
                    name: format!("t{number}"),
                    phase: if is_kept { "Failed".into() } else { String::new() },
                    succeeded_indexes: succeeded,
                    failed_indexes: failed,
                    cancelled_indexes: cancelled,
                    running_indexes: running,
                    attempts: numbers(attempt),
                    retried_from: numbers(from),
                    result: is_kept.then(KeptResult::default),
                    ..TaskStatus::default()
                }
            });
            let tasks = tasks.collect();
            ExecutionStatus {
                phase: phase.into(),
                retried_at: time.clone(),
                started_at: time,
                vertices,
                tasks,
                ..ExecutionStatus::default()
            }
        },
    )
}

/// What a status says adds up.
fn check(run: &mut Run) {
    let status = run.status();
    for task in &status.tasks {
        let parts = [task.pending, task.running, task.succeeded, task.failed, task.skipped, task.cancelled];
        assert!(parts.iter().all(|part| *part >= 0), "{task:?}");
        if let Some(total) = task.total {
            assert_eq!(parts.iter().sum::<i32>(), total, "{task:?}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_it_is_told_makes_it_panic(
        case in cases(),
        status in statuses(),
        reopens in any::<bool>(),
        told in prop::collection::vec((events(), 0..4_usize, times()), 0..40),
    ) {
        let world = World::new(case.spec);
        let mut run = Run::new(Arc::clone(&world.valid), Options::default());
        let _ = retry::check_reopening(&world.valid, &status);
        if reopens {
            run = Run::reopened(Arc::clone(&world.valid), &status, 7, at(1000), Options::default());
        } else {
            run.recall(&status);
        }
        // A run that had ended repeats what was recorded, whatever that is.
        let had_ended = run.phase().is_terminal();
        if !had_ended {
            check(&mut run);
        }
        for (event, max, now) in told {
            run.observe(event);
            for action in run.next(now, max) {
                if let Action::Start { vertex, .. } = action {
                    run.command(vertex);
                }
            }
            if !had_ended {
                check(&mut run);
            }
        }
    }
}
