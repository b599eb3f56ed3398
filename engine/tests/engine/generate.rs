//! Executions for properties: any mixture of dependencies, conditions, results and policies that is legal.

use proptest::prelude::*;
use serde_json::{Value, json};

/// An Execution and what its tasks come to.
#[derive(Clone, Debug)]
pub struct Case {
    pub spec: Value,
    /// For each task what its vertices print, and which of its indexes fails in how many attempts.
    pub prints: Vec<String>,
    pub fails: Vec<Option<(u32, u32)>>,
}

/// The choices for one task; what they mean depends on the tasks before it.
#[derive(Clone, Debug)]
struct Choice {
    width: u32,
    targets: Vec<(prop::sample::Index, bool, bool)>,
    kind: u8,
    prints: usize,
    fails: Option<(u32, u32)>,
    retry: Option<u32>,
    parallelism: Option<u32>,
    estimate: Option<u32>,
}

const PRINTS: [&str; 6] = ["", "x", "x y", "x y z", "k:1", "k:7,j:0"];

pub fn cases() -> impl Strategy<Value = Case> {
    let choice = (
        1..4_u32,
        prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<bool>()), 0..4),
        0..10_u8,
        0..PRINTS.len(),
        prop::option::weighted(0.15, (0..4_u32, prop::sample::select(vec![1, 1, 2, u32::MAX]))),
        prop::option::weighted(0.2, 0..3_u32),
        prop::option::weighted(0.2, 1..3_u32),
        prop::option::weighted(0.3, 0..100_u32),
    )
        .prop_map(|(width, targets, kind, prints, fails, retry, parallelism, estimate)| Choice {
            width,
            targets,
            kind,
            prints,
            fails,
            retry,
            parallelism,
            estimate,
        });
    let policy = prop::option::of(prop::sample::select(vec!["FailFast", "Abort", "Continue"]));
    let bound = prop::option::weighted(0.4, 1..5_u32);
    let retry = prop::option::weighted(0.5, (0..3_u32, 0..4_u32));
    (prop::collection::vec(choice, 1..9), policy, bound, retry)
        .prop_map(|(choices, policy, bound, retry)| build(&choices, policy, bound, retry))
}

fn build(choices: &[Choice], policy: Option<&str>, bound: Option<u32>, retry: Option<(u32, u32)>) -> Case {
    let mut tasks: Vec<Value> = Vec::new();
    let mut widths: Vec<Option<u32>> = Vec::new();
    for (number, choice) in choices.iter().enumerate() {
        let mut task = json!({"name": format!("t{number}"), "image": "busybox:1.37"});
        let mut width = Some(choice.width);
        let source = choice.targets.first().map(|(index, ..)| index.index(number.max(1)));
        let on_skipped = |ignore: bool| if ignore { "Ignore" } else { "Skip" };
        // A source must be able to have one vertex: of known width 1, or dynamic.
        let reads = source.filter(|source| {
            number > 0 && choice.kind >= 5 && widths[*source].is_none_or(|width| width == 1)
        });
        if let Some(source) = reads {
            let name = format!("t{source}");
            task["dependents"] = json!([{"target": name, "onSkipped": on_skipped(choice.targets[0].2)}]);
            match choice.kind {
                5 | 6 => {
                    task["commandsIter"] =
                        json!({"command": "do ${1}", "varsIter": [["get_result", name, " "]]});
                    width = None;
                }
                7 => task["condition"] = json!({"condition": ["check_result", name, "x"]}),
                8 => {
                    task["genericCondition"] = json!({"dependJobName": name, "matchRules": [
                        {"key": "k", "operator": "Gt", "values": ["3"]}, {"key": "j", "operator": "Exists"}]});
                }
                _ => {
                    task["condition"] = json!({"condition": ["check_result", name, "x y"]});
                    task["commandsIter"] =
                        json!({"command": "do ${1}", "varsIter": [["get_result", name, " "], ["a", "b"]]});
                    width = None;
                }
            }
        } else if number > 0 {
            let mut dependents: Vec<Value> = Vec::new();
            for (index, iterate, ignore) in &choice.targets {
                let target = index.index(number);
                let may_iterate = widths[target].is_none_or(|of_target| of_target == choice.width);
                let type_ = if *iterate && may_iterate { "iterate" } else { "whole" };
                dependents.push(
                    json!({"target": format!("t{target}"), "type": type_, "onSkipped": on_skipped(*ignore)}),
                );
            }
            task["dependents"] = json!(dependents);
            if choice.kind == 1 {
                task["condition"] = json!({"condition": [false]});
            }
        } else if choice.kind == 1 {
            task["condition"] = json!({"condition": [true]});
        }
        if width.is_some() {
            task["commands"] =
                json!((0..choice.width).map(|index| format!("do {index}")).collect::<Vec<_>>());
        }
        if let Some(limit) = choice.retry {
            task["retry"] = json!({"limit": limit, "backoff": {"seconds": 1}});
        }
        if let Some(bound) = choice.parallelism {
            task["parallelism"] = json!(bound);
        }
        if let Some(seconds) = choice.estimate {
            task["estimate"] = json!({"seconds": seconds});
        }
        tasks.push(task);
        widths.push(width);
    }
    let mut spec = json!({"tasks": tasks});
    if let Some(policy) = policy {
        spec["failurePolicy"] = json!(policy);
    }
    if let Some((limit, seconds)) = retry {
        spec["retry"] = json!({"limit": limit, "backoff": {"seconds": seconds}});
    }
    if let Some(bound) = bound {
        spec["parallelism"] = json!(bound);
    }
    let prints = choices.iter().map(|choice| PRINTS[choice.prints].to_owned()).collect();
    Case { spec, prints, fails: choices.iter().map(|choice| choice.fails).collect() }
}
