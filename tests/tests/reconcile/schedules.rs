//! Random Executions, and everything goes wrong that can: nothing runs twice, nothing is lost, all end.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::{join, join_all};
use gene_tests::fake::{
    FakeCluster, Options,
    fault::{Fault, Schedule, random},
    object,
    request::Verb,
    resource::Resource,
};
use gene_types::v1alpha1::ExecutionStatus;
use kube::api::DeleteParams;
use tokio::time::sleep;

use crate::{
    case::{Case, script},
    laws,
    plan::Plan,
    world::{CONTROLLER, Controller, World, is_terminal},
};

/// So many are played where nobody says how many.
const SCHEDULES: u64 = 200;

/// No fault after so long.
const FAULTY: Duration = Duration::from_mins(5);

#[test]
fn schedules() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (first, count) = match number("GENE_FAULT_SEED") {
        Some(seed) => (seed, 1),
        None => (fastrand::u64(..1 << 32), number("GENE_FAULT_SCHEDULES").unwrap_or(SCHEDULES)),
    };
    eprintln!("{count} schedules from seed {first} on; one of them again: GENE_FAULT_SEED=n");
    let begun = Instant::now();
    let next = AtomicU64::new(first);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    if catch_unwind(AssertUnwindSafe(|| play(seed))).is_err() {
                        eprintln!("that was seed {seed}");
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "GENE_FAULT_SEED of what failed: {failed:?}");
    eprintln!("they took {:?}", begun.elapsed());
}

/// Plays one schedule from its beginning to its end, in a runtime of its own.
fn play(seed: u64) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let mut rng = fastrand::Rng::with_seed(seed);
    let cases: Vec<Case> = (0..rng.usize(1..4)).map(|_| Case::draw(&mut rng)).collect();
    // kube's watches draw their pauses from the thread's own.
    fastrand::seed(seed);
    let expected = runtime().unwrap().block_on(untroubled(seed, &cases));
    fastrand::seed(seed);
    runtime().unwrap().block_on(troubled(seed, &mut rng, &cases, &expected));
}

/// What comes of them where nothing goes wrong.
async fn untroubled(seed: u64, cases: &[Case]) -> Vec<ExecutionStatus> {
    let world = World::scripted(script(cases.to_vec()), Options { seed, ..Options::default() });
    let _controller = world.controller();
    let mut all = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        world.submit(&format!("x{number}"), case.spec.clone()).await;
    }
    for number in 0..cases.len() {
        all.push(world.ended(&format!("x{number}")).await);
    }
    laws::hold(&world);
    all
}

async fn troubled(seed: u64, rng: &mut fastrand::Rng, cases: &[Case], expected: &[ExecutionStatus]) {
    let plans: Vec<Plan> = cases.iter().map(|_| Plan::draw(rng)).collect();
    let ends_early = !plans.iter().all(|plan| plan.changes_nothing()) || !cases.iter().all(Case::is_certain);
    let faults = faults(rng, !ends_early);
    let at_once = if rng.u8(..5) == 0 { 2 } else { 1 };
    let world = World::scripted(script(cases.to_vec()), Options { seed, faults, ..Options::default() });
    let mut deleted = BTreeSet::new();
    let everything = async {
        tokio::select! {
            biased; // The same seed plays the same.
            () = controllers(&world, rng.fork(), at_once) => {}
            () = people(&world, rng.fork(), cases, &plans, &mut deleted) => {}
        }
    };
    everything.await;
    let broken = laws::broken(&world, (at_once == 1 || !ends_early).then_some(&deleted));
    let mut broken: Vec<String> =
        broken.into_iter().chain(unexpected(&world, cases, &plans, expected)).collect();
    broken.dedup();
    if !broken.is_empty() {
        if std::env::var_os("GENE_FAULT_SEED").is_some() {
            world.tell();
        }
        panic!("{plans:?}\n{}", broken.join("\n"));
    }
}

/// What goes wrong with the controller's calls and watches. `is_certain`: whether everything is to run, whatever is
/// faster.
fn faults(rng: &mut fastrand::Rng, is_certain: bool) -> Schedule {
    let rates = random::Rates {
        call: [0.0, 0.05, 0.2, 0.5][rng.usize(..4)],
        crash: [0.0, 0.005, 0.02, 0.1][rng.usize(..4)],
        event: [0.0, 0.02, 0.1, 0.3][rng.usize(..4)],
        until: FAULTY,
        user: Some(CONTROLLER.into()),
    };
    let schedule = std::sync::Arc::new(Mutex::new(random::schedule(rng.u64(..), rates)));
    // A create that lands long after its sender died cannot be known to anybody: harmless where the
    // vertex is to run anyway, and a Job after the end where that was declared meanwhile. The same holds of one
    // that is long on its way where another controller ends everything: it finds the name free again.
    let of_events = std::sync::Arc::clone(&schedule);
    Schedule::new(
        move |point| match schedule.lock().unwrap().on_call(point) {
            Some(Fault::LandLate(_) | Fault::Slow { .. })
                if !is_certain
                    && point.request.verb == Verb::Create
                    && point.request.resource == Resource::Jobs =>
            {
                Some(Fault::LoseAnswer)
            }
            fault => fault,
        },
        move |point| of_events.lock().unwrap().on_event(point),
    )
}

/// Keeps so many controllers running: they are killed, told to stop, and started again.
async fn controllers(world: &World, mut rng: fastrand::Rng, count: usize) {
    let mut running: Vec<Controller> = Vec::new();
    let is_restless = rng.bool();
    loop {
        while running.len() < count {
            running.push(world.controller());
        }
        let of = rng.usize(..count);
        let process = running[of].process.clone();
        let is_over = !is_restless || world.fake.elapsed() > FAULTY;
        let until = if is_over { Duration::from_secs(10) } else { Duration::from_millis(rng.u64(..20_000)) };
        tokio::select! {
            biased;
            () = process.killed() => drop(running.swap_remove(of)),
            () = sleep(until) => {
                running.retain(|controller| !controller.process.is_killed());
                if !is_over && of < running.len() {
                    let controller = running.swap_remove(of);
                    if rng.bool() { controller.kill() } else { controller.stop().await }
                }
            }
        }
        sleep(Duration::from_millis(rng.u64(..3_000))).await;
    }
}

/// Submits the Executions, does with them what is planned, deletes Jobs by hand now and then, and waits for the end.
async fn people(
    world: &World,
    mut rng: fastrand::Rng,
    cases: &[Case],
    plans: &[Plan],
    deleted: &mut BTreeSet<String>,
) {
    let submit = async |number: usize| {
        world.submit(&format!("x{number}"), plans[number].spec(cases[number].spec.clone())).await;
    };
    for number in 0..cases.len() {
        sleep(Duration::from_millis(rng.u64(..2_000))).await;
        submit(number).await;
    }
    let planned: Vec<_> =
        plans.iter().enumerate().map(|(number, plan)| (number, *plan, rng.fork())).collect();
    let steer = join_all(planned.into_iter().map(async |(number, plan, rng)| {
        plan.carry_out(world, &format!("x{number}"), rng).await;
    }));
    let meddle = async {
        if rng.u8(..4) == 0 {
            // Deleted, and made again at once.
            let number = rng.usize(..cases.len());
            let name = format!("x{number}");
            sleep(Duration::from_millis(rng.u64(..8_000))).await;
            let how = if rng.bool() { DeleteParams::background() } else { DeleteParams::foreground() };
            world.delete_execution(&name, &how).await;
            let is_gone = |fake: &FakeCluster| fake.get(Resource::Executions, "default", &name).is_none();
            world.until("it is gone", |fake| is_gone(fake).then_some(())).await;
            submit(number).await;
        }
        for _ in 0..rng.usize(..3) {
            sleep(Duration::from_millis(rng.u64(..8_000))).await;
            delete_a_job(world, &mut rng, cases, deleted);
        }
    };
    join(steer, meddle).await;
    for number in 0..cases.len() {
        world.ended(&format!("x{number}")).await;
    }
    // What was under way comes to its end as well.
    sleep(Duration::from_mins(2)).await;
}

/// One that has not finished, whose output nobody has read yet.
fn delete_a_job(world: &World, rng: &mut fastrand::Rng, cases: &[Case], deleted: &mut BTreeSet<String>) {
    let journal = world.fake.journal();
    let jobs = world.fake.all(Resource::Jobs);
    let can_go = |job: &&std::sync::Arc<serde_json::Value>| {
        let execution = object::label(job, "execution.kubegene.io/name").unwrap_or_default();
        let case =
            execution.trim_start_matches('x').parse::<usize>().ok().and_then(|number| cases.get(number));
        !case.is_some_and(|case| case.loses_output(job))
            && !object::is_terminating(job)
            && job["status"].get("conditions").is_none()
            && !journal.runs.iter().any(|run| run.job_uid == object::uid(job) && run.ended.is_some())
    };
    let jobs: Vec<_> = jobs.iter().filter(can_go).collect();
    if jobs.is_empty() {
        return;
    }
    let job = jobs[rng.usize(..jobs.len())];
    deleted.insert(object::uid(job).to_owned());
    world.remove_job(object::name(job));
}

/// Where the end is another than it would have been.
fn unexpected(world: &World, cases: &[Case], plans: &[Plan], expected: &[ExecutionStatus]) -> Vec<String> {
    let mut broken = Vec::new();
    for (number, (case, expected)) in cases.iter().zip(expected).enumerate() {
        let status = world.status(&format!("x{number}"));
        if !is_terminal(&status.phase) {
            broken.push(format!("x{number} had ended and is {:?} again", status.phase));
        } else if !plans[number].changes_nothing() {
            let what = plans[number].is_broken_by(&status, expected);
            broken.extend(what.map(|what| format!("x{number}: {what}")));
        } else if status.phase != expected.phase {
            broken.push(format!(
                "x{number} is {} and not {}: {}",
                status.phase, expected.phase, status.message
            ));
        } else if case.is_certain() || status.phase == "Succeeded" {
            for (task, expected) in status.tasks.iter().zip(&expected.tasks) {
                let facts = |task: &gene_types::v1alpha1::TaskStatus| {
                    let indexes = (task.succeeded_indexes.clone(), task.failed_indexes.clone());
                    (task.phase.clone(), task.total, indexes, task.attempts.clone(), task.skipped)
                };
                if facts(task) != facts(expected) {
                    broken.push(format!("x{number}: {task:?}\nand not {expected:?}"));
                }
            }
        }
    }
    broken
}
