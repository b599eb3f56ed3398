//! Whatever the order of events, their loss, their repetition and restarts: nothing twice, nothing
//! lost, no bound broken, and the end that must be. `PROPTEST_CASES` makes more than 256 of each.

use std::collections::{BTreeMap, BTreeSet};

use gene_engine::{Action, Event, Phase, Steering, Vertex};
use gene_types::v1alpha1::{DependencyType, ExecutionStatus};
use proptest::prelude::*;

use crate::{
    generate::{Case, cases},
    oracle::{self, Fate},
    world::{
        Outcome::{Flaky, Prints},
        World, at,
    },
};

/// One thing that the world may do next.
#[derive(Clone, Debug)]
enum Turn {
    /// Ask the engine for at most so many actions, and carry them out.
    Act(usize),
    /// A running Job ends; its event goes into the post.
    Finish(prop::sample::Index),
    /// An event of the post is delivered, perhaps twice, or lost.
    Deliver(prop::sample::Index, u8),
    /// A running Job is deleted by hand; its event goes into the post.
    Vanish(prop::sample::Index),
    /// The next start that is asked for cannot be made.
    Refuse,
    /// The changeable part of the spec changes.
    Steer(Steering),
    /// Every Job is looked at, as after a reconnect.
    Resync,
    /// The status is recorded.
    Record,
    /// A new engine takes over from what was recorded last.
    Restart,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let index = || any::<prop::sample::Index>();
    let turn = prop_oneof![
        4 => (1..4_usize).prop_map(Turn::Act),
        4 => index().prop_map(Turn::Finish),
        4 => (index(), 0..6_u8).prop_map(|(index, how)| Turn::Deliver(index, how)),
        1 => index().prop_map(Turn::Vanish),
        1 => Just(Turn::Refuse),
        1 => steerings().prop_map(Turn::Steer),
        1 => Just(Turn::Resync),
        1 => Just(Turn::Record),
        1 => Just(Turn::Restart),
    ];
    prop::collection::vec(turn, 0..120)
}

fn steerings() -> impl Strategy<Value = Steering> {
    (prop::bool::weighted(0.2), prop::bool::weighted(0.05), prop::option::of(0..4_u32))
        .prop_map(|(suspend, cancel, parallelism)| Steering { suspend, cancel, parallelism })
}

fn world_of(case: &Case) -> World {
    let mut world = World::new(case.spec.clone());
    for (task, (prints, fails)) in case.prints.iter().zip(&case.fails).enumerate() {
        world = world.let_it(&format!("t{task}"), Prints(prints.clone()));
        if let Some((index, times)) = fails {
            world = world.let_it(&format!("t{task}[{index}]"), Flaky(*times, prints.clone()));
        }
    }
    world
}

/// The world as it is, held against what must hold at any time.
struct Watched {
    world: World,
    post: Vec<Event>,
    recorded: ExecutionStatus,
    steering: Steering,
    refuses: bool,
    was_reopened: bool,
    /// Nobody has asked the engine what to do since it took over, so its status is none to record.
    is_unasked: bool,
}

impl Watched {
    fn new(case: &Case) -> Self {
        let world = world_of(case);
        let steering = Steering::of(&world.valid.execution().spec);
        Self {
            world,
            post: Vec::new(),
            recorded: ExecutionStatus::default(),
            steering,
            refuses: false,
            was_reopened: false,
            is_unasked: false,
        }
    }

    fn take(&mut self, turn: &Turn) {
        match turn {
            Turn::Act(max) => {
                self.act(*max);
            }
            Turn::Finish(index) => {
                let running = self.world.running();
                if !running.is_empty() {
                    let (vertex, attempt) = running[index.index(running.len())];
                    self.world.now += 1;
                    let event = self.world.end_job(vertex, attempt);
                    self.post.push(event);
                }
            }
            Turn::Deliver(index, how) => {
                if !self.post.is_empty() {
                    let event = self.post.swap_remove(index.index(self.post.len()));
                    match how {
                        0 => {} // lost
                        1 => {
                            self.world.run.observe(event.clone());
                            self.world.run.observe(event);
                        }
                        _ => self.world.run.observe(event),
                    }
                }
            }
            Turn::Vanish(index) => {
                let running = self.world.running();
                if !running.is_empty() {
                    let key = running[index.index(running.len())];
                    self.world.jobs.remove(&key);
                    self.world.starts.retain(|start| *start != key);
                    self.post.push(Event::Gone { vertex: key.0, attempt: key.1, at: at(self.world.now) });
                }
            }
            Turn::Refuse => self.refuses = true,
            Turn::Steer(steering) => self.steer(*steering),
            Turn::Resync => self.resync(),
            Turn::Record => self.record(),
            Turn::Restart => {
                self.is_unasked = true;
                self.world.run = self.world.rebuilt(&self.recorded);
                self.post.clear();
            }
        }
    }

    fn record(&mut self) {
        if !self.is_unasked {
            self.recorded = self.world.status();
        }
    }

    fn steer(&mut self, steering: Steering) {
        self.steering = Steering { cancel: self.steering.cancel || steering.cancel, ..steering };
        self.world.steering = Some(self.steering);
        self.world.run.observe(Event::Steer(steering));
    }

    fn resync(&mut self) {
        let keys: Vec<_> = self.world.jobs.keys().copied().collect();
        for (vertex, attempt) in keys {
            let event = self.world.event_of(vertex, attempt);
            self.world.run.observe(event);
        }
        let missing: Vec<_> = self
            .world
            .run
            .unfinished()
            .filter_map(|vertex| Some((vertex, self.world.run.attempt(vertex)?)))
            .filter(|key| !self.world.jobs.contains_key(key))
            .collect();
        for (vertex, attempt) in missing {
            self.world.run.observe(Event::Gone { vertex, attempt, at: at(self.world.now) });
        }
        self.post.clear();
    }

    /// Carries out what the engine asks for, once. Whether it asked for anything.
    fn act(&mut self, max: usize) -> bool {
        let before = self.world.phase();
        let actions = self.world.run.next(at(self.world.now), max);
        self.is_unasked = false;
        let asked = !actions.is_empty();
        if actions.iter().any(|action| matches!(action, Action::End { .. })) {
            self.recorded = self.world.status(); // before the evidence goes
        }
        if self.world.phase() != before {
            self.recorded = self.world.status(); // as is promised of a change of phase
        }
        for action in actions {
            if let Action::Start { vertex, attempt } = action {
                self.check_start(vertex, attempt);
                if std::mem::take(&mut self.refuses) {
                    self.world.run.observe(Event::NotStarted { vertex, attempt });
                    continue;
                }
            }
            if let Action::End { vertex, attempt } = action {
                // The Job may have ended by itself before anybody was told.
                if self.world.jobs.get(&(vertex, attempt)).is_none_or(|job| job.finished.is_some()) {
                    continue;
                }
            }
            self.world.perform(action);
        }
        if self.world.phase().is_terminal() {
            assert_eq!(self.world.running(), [], "it ends while something runs");
        }
        asked
    }

    /// Whatever the engine believes: in truth the Jobs that this vertex waits for have succeeded, there
    /// is room for it, and nobody wants that nothing starts.
    fn check_start(&self, vertex: Vertex, attempt: u32) {
        self.check_attempt(vertex, attempt);
        let plan = &self.world.valid.plan().tasks[vertex.task as usize];
        assert!(!self.steering.suspend && !self.steering.cancel, "{} is not wanted", self.world.name(vertex));
        let running = self.world.running();
        let of_task = running.iter().filter(|(other, _)| other.task == vertex.task).count();
        for (count, bound) in [(running.len(), self.steering.parallelism), (of_task, plan.parallelism)] {
            assert!(
                count < bound.unwrap_or(u32::MAX) as usize,
                "there is no room for {}",
                self.world.name(vertex)
            );
        }
        for dependency in &plan.dependencies {
            let mut of_target: BTreeMap<Vertex, bool> = BTreeMap::new();
            for ((target, _), job) in &self.world.jobs {
                let counts = target.task == dependency.task
                    && (dependency.kind == DependencyType::Whole || target.index == vertex.index);
                if counts {
                    *of_target.entry(*target).or_default() |= job.finished.is_some() && !job.failed;
                }
            }
            assert!(of_target.values().all(|succeeded| *succeeded), "{} is early", self.world.name(vertex));
        }
    }

    /// No attempt of this vertex runs or has succeeded, and the pause after the last failure is over.
    fn check_attempt(&self, vertex: Vertex, attempt: u32) {
        let plan = &self.world.valid.plan().tasks[vertex.task as usize];
        let name = self.world.name(vertex);
        for ((_, earlier), job) in self.world.jobs.iter().filter(|((other, _), _)| *other == vertex) {
            assert!(*earlier < attempt, "{name} goes back to attempt {attempt}");
            assert!(job.failed, "{name} has attempt {attempt} beside {earlier}");
            let pause = plan.retry.map_or(0, |retry| retry.pause_after(*earlier));
            let until = job.finished.map_or(i64::MAX, |finished| finished + pause);
            let has_waited = *earlier + 1 < attempt || self.was_reopened || self.world.now >= until;
            assert!(has_waited, "attempt {attempt} of {name} is early");
        }
    }

    fn succeeded(&self) -> BTreeSet<Vertex> {
        let succeeded =
            |(_, job): &(&(Vertex, u32), &crate::world::Job)| job.finished.is_some() && !job.failed;
        self.world.jobs.iter().filter(succeeded).map(|((vertex, _), _)| *vertex).collect()
    }

    /// The cause of all failures is mended, and the Execution opened again. Who does that knows what is
    /// there to know.
    fn reopen(&mut self) {
        let plan = &self.world.valid.plan().tasks;
        let prints = plan.iter().map(|task| task.name.clone());
        let mended: Vec<_> = prints.map(|name| (name.clone(), self.world.outcomes[&name].clone())).collect();
        self.world.outcomes = mended.into_iter().collect();
        self.was_reopened = true;
        self.steering.cancel = false;
        self.world.steering = Some(self.steering);
        self.recorded = self.world.status();
        self.world.run = self.world.reopened(&self.recorded, 1);
        self.recorded = self.world.status();
        self.post.clear();
    }

    /// Fair from here on: everything ends, every event arrives.
    fn run_out(&mut self) {
        self.steer(Steering::default());
        for _ in 0..10_000 {
            self.act(5);
            self.resync();
            self.act(5);
            let Some((vertex, attempt)) = self.world.running().first().copied() else {
                if self.world.phase().is_terminal() {
                    return;
                }
                self.world.now += 1; // a pause may be what is waited for
                continue;
            };
            self.world.now += 1;
            self.world.end_job(vertex, attempt);
        }
        panic!("it does not end: {:#?}", self.world.status());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_twice_nothing_lost_and_the_end_that_must_be(case in cases(), turns in turns()) {
        let mut watched = Watched::new(&case);
        for turn in &turns {
            watched.take(turn);
        }
        watched.run_out();
        // Nothing twice is asserted where a Job is created; nothing lost where all has run.
        let started: BTreeSet<_> = watched.world.starts.iter().collect();
        prop_assert_eq!(started.len(), watched.world.starts.len());
        let fates = oracle::fates(&watched.world.valid, &case);
        let status = watched.world.status();
        let policy = case.spec.get("failurePolicy").and_then(|policy| policy.as_str()).unwrap_or("FailFast");
        let can_fail = fates.iter().any(|fate| fate.phase() == "Failed");
        if watched.steering.cancel {
            prop_assert!(watched.world.phase() == Phase::Failed || !can_fail);
            return Ok(());
        }
        if policy == "Continue" || !can_fail {
            let phases: Vec<&str> = status.tasks.iter().map(|task| task.phase.as_str()).collect();
            let expected: Vec<&str> = fates.iter().map(Fate::phase).collect();
            prop_assert_eq!(phases, expected);
        }
        let expected = if can_fail { Phase::Failed } else { Phase::Succeeded };
        prop_assert_eq!(watched.world.phase(), expected);
    }

    #[test]
    fn what_is_opened_again_comes_to_its_end_with_new_attempts(
        case in cases(),
        turns in turns(),
        to_the_end in any::<bool>(),
        then in turns(),
    ) {
        let mut watched = Watched::new(&case);
        for turn in &turns {
            watched.take(turn);
        }
        if to_the_end {
            watched.run_out();
        }
        watched.act(0);
        if watched.world.phase() == Phase::Succeeded || watched.world.phase() == Phase::New {
            return Ok(());
        }
        let succeeded: BTreeSet<Vertex> = watched.succeeded();
        let before = watched.world.starts.len();
        watched.reopen();
        for turn in then.iter().filter(|turn| !matches!(turn, Turn::Steer(Steering { cancel: true, .. }))) {
            watched.take(turn);
        }
        watched.run_out();
        for (vertex, _) in &watched.world.starts[before.min(watched.world.starts.len())..] {
            prop_assert!(!succeeded.contains(vertex), "{} ran again", watched.world.name(*vertex));
        }
        let mended = Case { fails: vec![None; case.fails.len()], ..case };
        let fates = oracle::fates(&watched.world.valid, &mended);
        let can_fail = fates.iter().any(|fate| fate.phase() == "Failed");
        let expected = if can_fail { Phase::Failed } else { Phase::Succeeded };
        prop_assert_eq!(watched.world.phase(), expected);
        let status = watched.world.status();
        prop_assert_eq!(status.retry_generation, Some(1));
        let mut again = watched.world.rebuilt(&status);
        prop_assert_eq!(again.phase(), expected);
        prop_assert_eq!(again.next(at(watched.world.now + 9), 9), []);
        prop_assert_eq!(again.status(), status);
    }

    #[test]
    fn incremental_equals_from_scratch(case in cases(), turns in turns()) {
        let mut watched = Watched::new(&case);
        for turn in &turns {
            watched.take(turn);
            if matches!(turn, Turn::Resync) && !watched.world.phase().is_terminal() {
                while watched.act(usize::MAX) {}
                if watched.world.phase().is_terminal() {
                    return Ok(());
                }
                let mut rebuilt = watched.world.rebuilt(&watched.recorded);
                // It was told all that there is: it asks for nothing but what the other waits for.
                let asks = rebuilt.next(at(watched.world.now), usize::MAX);
                let starts = asks.iter().filter(|action| matches!(action, Action::Start { .. })).count();
                prop_assert_eq!(starts, 0, "{:?}", asks);
                let mut incremental = watched.world.status();
                let mut from_scratch = rebuilt.status();
                for status in [&mut incremental, &mut from_scratch] {
                    status.conditions.clear(); // their times are those of being looked at
                    status.started_at = None;
                    // What was ended and is gone, nobody can see any more.
                    status.vertices.retain(|_, vertex| vertex.phase != "Cancelled");
                }
                prop_assert_eq!(incremental, from_scratch);
            }
        }
    }
}
