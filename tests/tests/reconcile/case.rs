//! Executions for properties: any mixture of dependencies, conditions, results and policies that is legal.

use std::time::Duration;

use gene_tests::fake::simulator::{Attempt, Outcome, Play, Script};
use serde_json::{Value, json};

/// An Execution and what its vertices come to.
#[derive(Clone, Debug)]
pub struct Case {
    pub spec: Value,
    /// For each task what its vertices print, and which of its indexes fails in how many attempts.
    prints: Vec<&'static str>,
    fails: Vec<Option<(u32, u32)>>,
    seed: u64,
}

const PRINTS: [&str; 6] = ["", "x", "x y", "x y z", "k:1", "k:7,j:0"];

impl Case {
    pub fn draw(rng: &mut fastrand::Rng) -> Self {
        let tasks = rng.usize(1..9);
        let mut case =
            Self { spec: json!({"tasks": []}), prints: Vec::new(), fails: Vec::new(), seed: rng.u64(..) };
        // Widths, where they are known beforehand.
        let mut widths: Vec<Option<u32>> = Vec::new();
        let shared_retry = rng.u8(..4) == 0;
        for number in 0..tasks {
            let (mut task, width) = task(rng, number, &widths);
            if rng.u8(..4) == 0 {
                task["retry"] = json!({"limit": rng.u32(..3), "backoff": {"seconds": rng.u32(..4)}});
            } else if !shared_retry {
                task["backoffLimit"] = json!(0);
            }
            if rng.u8(..5) == 0 {
                task["parallelism"] = json!(rng.u32(1..3));
            }
            case.spec["tasks"].as_array_mut().unwrap().push(task);
            widths.push(width);
            case.prints.push(PRINTS[rng.usize(..PRINTS.len())]);
            let fails = (rng.u8(..7) == 0).then(|| (rng.u32(..3), [1, 1, 2, u32::MAX][rng.usize(..4)]));
            case.fails.push(fails);
        }
        if shared_retry {
            case.spec["retry"] = json!({"limit": rng.u32(..3), "backoff": {"seconds": rng.u32(..4)}});
        }
        if let Some(policy) = [None, Some("FailFast"), Some("Abort"), Some("Continue")][rng.usize(..4)] {
            case.spec["failurePolicy"] = json!(policy);
        }
        if rng.u8(..3) == 0 {
            case.spec["parallelism"] = json!(rng.u32(1..5));
        }
        if rng.u8(..3) == 0 {
            case.spec["startOn"] = json!("PodSucceeded");
        }
        case
    }

    /// Whether what comes of every task is known, whatever is faster.
    pub fn is_certain(&self) -> bool {
        self.spec["failurePolicy"] == "Continue"
    }

    /// Whether the output of this Job may be lost where the Job is deleted by hand before it is complete: the pod's
    /// success counts, so that it does not run again, and what another task is to be made from goes with the pod.
    pub fn loses_output(&self, job: &Value) -> bool {
        let name = &job["metadata"]["labels"]["execution.kubegene.io/task"];
        let is_read = |task: &Value| {
            let iterated = task.pointer("/commandsIter/varsIter/0/1");
            let checked = task.pointer("/condition/condition/1");
            let matched = task.pointer("/genericCondition/dependJobName");
            [iterated, checked, matched].contains(&Some(name))
        };
        let tasks = self.spec["tasks"].as_array().unwrap();
        self.spec["startOn"] == "PodSucceeded" && tasks.iter().any(is_read)
    }

    /// What its containers do.
    pub fn play(&self, attempt: &Attempt<'_>) -> Play {
        let number = |name: &str| {
            attempt.label(&format!("execution.kubegene.io/{name}")).trim_start_matches('t').parse::<u32>()
        };
        let (Ok(task), Ok(index), Ok(number)) = (number("task"), number("index"), number("attempt")) else {
            // Its Job is gone, and it soon as well.
            return Play::succeed(Duration::from_millis(10));
        };
        let task = task as usize;
        let fails = self.fails[task].is_some_and(|(of, times)| of == index && number < times);
        // The same vertex takes as long whenever it runs; most are short.
        let mixed = self.seed ^ (task as u64) << 40 ^ u64::from(index) << 20 ^ u64::from(number);
        let mut rng = fastrand::Rng::with_seed(mixed);
        let most = 1 << rng.u32(4..15);
        Play {
            outcome: Outcome::Exit(i32::from(fails)),
            log: format!("{}\n", self.prints[task]),
            ..Play::succeed(Duration::from_millis(rng.u64(1..most)))
        }
    }
}

/// What the containers of all cases do; an Execution is called `x` and its number.
pub fn script(cases: Vec<Case>) -> Script {
    Script::new(move |attempt| {
        let name = attempt.label("execution.kubegene.io/name").trim_start_matches('x');
        let case = name.parse::<usize>().ok().and_then(|number| cases.get(number));
        // Without a name: its Job is gone, and it soon as well.
        case.map_or_else(|| Play::succeed(Duration::from_millis(10)), |case| case.play(attempt))
    })
}

fn task(rng: &mut fastrand::Rng, number: usize, widths: &[Option<u32>]) -> (Value, Option<u32>) {
    let mut task = json!({"name": format!("t{number}"), "image": "busybox:1.37"});
    let on_skipped = |rng: &mut fastrand::Rng| if rng.bool() { "Ignore" } else { "Skip" };
    let mut width = Some(rng.u32(1..4));
    let kind = rng.u8(..10);
    if number == 0 {
        if kind < 3 {
            task["condition"] = json!({"condition": [kind > 0]});
        }
    } else {
        // A source must be able to have one vertex: of known width 1, or dynamic.
        let source = rng.usize(..number);
        if kind >= 5 && widths[source].is_none_or(|width| width == 1) {
            width = reading(rng, &mut task, &format!("t{source}"), kind, width);
        } else {
            let mut dependents: Vec<Value> = Vec::new();
            for _ in 0..rng.usize(..4) {
                let target = rng.usize(..number);
                let may_iterate = widths[target].is_none_or(|of_target| Some(of_target) == width);
                let kind = if may_iterate && rng.bool() { "iterate" } else { "whole" };
                dependents.push(
                    json!({"target": format!("t{target}"), "type": kind, "onSkipped": on_skipped(rng)}),
                );
            }
            task["dependents"] = json!(dependents);
            if kind == 1 {
                task["condition"] = json!({"condition": [false]});
            }
        }
    }
    match width {
        Some(width) if rng.u8(..4) == 0 => {
            let values: Vec<u32> = (0..width).collect();
            task["commandsIter"] = json!({"command": "do ${1}", "varsIter": [values]});
        }
        Some(width) => {
            task["commands"] = json!((0..width).map(|index| format!("do {index}")).collect::<Vec<_>>());
        }
        None => {}
    }
    (task, width)
}

/// A task that reads what another printed.
fn reading(
    rng: &mut fastrand::Rng,
    task: &mut Value,
    source: &str,
    kind: u8,
    width: Option<u32>,
) -> Option<u32> {
    let on_skipped = if rng.bool() { "Ignore" } else { "Skip" };
    task["dependents"] = json!([{"target": source, "onSkipped": on_skipped}]);
    let result = json!(["get_result", source, " "]);
    match kind {
        5 | 6 => {
            task["commandsIter"] = json!({"command": "do ${1}", "varsIter": [result]});
            return None;
        }
        7 => task["condition"] = json!({"condition": ["check_result", source, "x"]}),
        8 => {
            task["genericCondition"] = json!({"dependJobName": source, "matchRules": [
                {"key": "k", "operator": "Gt", "values": ["3"]}, {"key": "j", "operator": "Exists"}]});
        }
        _ => {
            task["condition"] = json!({"condition": ["check_result", source, "x y"]});
            task["commandsIter"] = json!({"command": "do ${1}", "varsIter": [result, ["a", "b"]]});
            return None;
        }
    }
    width
}
