//! Killed at random instants and resumed: nothing is lost, and nothing runs twice but what was in flight.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, RandomState},
    process::Stdio,
    thread,
    time::Duration,
};

use rustix::process::Signal;

use crate::world::{World, send};

const KILLS: usize = 50;
const PARALLELISM: usize = 4;

/// Every command says when it begins and when it ends, in one `write` each, and in which generation.
const TASKS: [&str; 4] = [
    "name: a, commandsIter: {command: 'echo begin $GENERATION a.${item} >> trace; sleep 0.002; echo end $GENERATION a.${item} >> trace', count: 20}",
    "name: b, commandsIter: {command: 'echo begin $GENERATION b.${item} >> trace; echo end $GENERATION b.${item} >> trace', count: 20}, dependents: [{target: a, type: iterate}]",
    "name: c, commands: ['echo begin $GENERATION c.0 >> trace; echo end $GENERATION c.0 >> trace; [ -s list ] || seq 20 > list; cat list'], dependents: [{target: b}]",
    "name: d, commandsIter: {command: 'echo begin $GENERATION d.${item} >> trace; sleep 0.001; echo end $GENERATION d.${item} >> trace', varsIter: [[get_result, c, \"\\n\"]]}, dependents: [{target: c}]",
];

#[test]
fn fifty_times() {
    let seed = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let mut random = Random(seed | 1);
    let mut kills = 0;
    while kills < KILLS {
        kills += one(&mut random, KILLS - kills);
    }
}

/// One Execution, killed until it is done all the same, or so often. Returns how often it was killed.
fn one(random: &mut Random, most: usize) -> usize {
    let world = World::of_tasks(&TASKS);
    let mut kills = 0;
    loop {
        let mut command = world.command(&format!("run x.yaml --resume --parallelism {PARALLELISM}"));
        command.env("GENERATION", kills.to_string()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let is_last = kills == most;
        if !is_last {
            thread::sleep(Duration::from_micros(random.below(120_000)));
            if child.try_wait().unwrap().is_none() {
                send(&child, Signal::KILL);
            }
        }
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            Some(code) => {
                assert_eq!(code, 0, "{}", String::from_utf8_lossy(&output.stderr));
                break;
            }
            None => kills += 1,
        }
    }
    check(&world.read("trace"));
    let status = &world.json(".gene/x/finished.json")["status"];
    assert_eq!((&status["phase"], &status["progress"]), (&"Succeeded".into(), &"61/61".into()));
    kills
}

fn check(trace: &str) {
    let mut begun: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut ended = BTreeSet::new();
    for line in trace.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [word, generation, vertex] = words[..] else { panic!("{line:?} in\n{trace}") };
        let generation: usize = generation.parse().unwrap();
        let (task, index) = vertex.split_once('.').unwrap();
        let generations = begun.entry(vertex).or_default();
        if word == "begin" {
            let last = generations.last().copied();
            assert!(
                last.is_none_or(|last| last < generation),
                "{vertex} ran twice in one generation\n{trace}"
            );
            generations.push(generation);
            match task {
                "b" => assert!(ended.contains(&format!("a.{index}")), "{vertex} began too early\n{trace}"),
                "c" => assert!(
                    (0..20).all(|i| ended.contains(&format!("b.{i}"))),
                    "c.0 began too early\n{trace}"
                ),
                "d" => assert!(ended.contains("c.0"), "{vertex} began too early\n{trace}"),
                _ => {}
            }
        } else {
            assert_eq!(
                generations.last(),
                Some(&generation),
                "{vertex} of an earlier generation went on\n{trace}"
            );
            ended.insert(vertex.to_owned());
        }
    }
    let all: BTreeSet<String> = ["a", "b", "d"]
        .iter()
        .flat_map(|task| (0..20).map(move |index| format!("{task}.{index}")))
        .chain(["c.0".to_owned()])
        .collect();
    assert_eq!(ended, all, "lost\n{trace}");
    // What began in a generation and again in a later one was in flight when the former was killed:
    // no more than may be at once.
    let mut again: BTreeMap<usize, usize> = BTreeMap::new();
    for generations in begun.values() {
        for generation in &generations[..generations.len() - 1] {
            *again.entry(*generation).or_default() += 1;
        }
    }
    assert!(again.values().all(|&count| count <= PARALLELISM), "{again:?} ran twice\n{trace}");
}

/// Marsaglia's xorshift: enough to pick instants.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
