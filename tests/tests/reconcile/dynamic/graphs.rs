//! Graphs whose course depends on what is printed, with what must come of each.

use serde_json::{Value, json};

/// An Execution, and what must come of it.
pub struct Graph {
    pub what: &'static str,
    pub tasks: Value,
    /// Of each task its phase, how many of its vertices succeeded of how many, and what is said of it.
    pub ends: &'static [&'static str],
    /// The commands of the tasks that are made from output, in order.
    pub commands: &'static [&'static str],
}

/// A task that waits for the whole of others.
fn task(name: &str, after: &[&str], more: Value) -> Value {
    let dependents: Vec<Value> = after.iter().map(|target| json!({"target": target})).collect();
    let mut task = json!({"name": name, "commands": ["do"], "dependents": dependents, "backoffLimit": 0});
    if more.get("commandsIter").is_some() {
        task.as_object_mut().unwrap().remove("commands");
    }
    let Value::Object(more) = more else { panic!("fields of a task are an object") };
    task.as_object_mut().unwrap().extend(more);
    task
}

fn prints(name: &str, text: &str) -> Value {
    task(name, &[], json!({"commands": [format!("print {text}")]}))
}

/// One vertex for each word that another printed.
fn each(name: &str, source: &str, command: &str) -> Value {
    let iter = json!({"command": command, "varsIter": [["get_result", source, " "]]});
    task(name, &[source], json!({"commandsIter": iter}))
}

fn cased(name: &str, source: &str, expected: &str) -> Value {
    let condition = json!({"condition": ["check_result", source, expected]});
    task(name, &[source], json!({"condition": condition}))
}

fn ruled(name: &str, source: &str, operator: &str, values: &[&str]) -> Value {
    let rule = json!({"key": "k", "operator": operator, "values": values});
    let condition = json!({"dependJobName": source, "matchRules": [rule]});
    task(name, &[source], json!({"genericCondition": condition}))
}

fn join(name: &str, after: &[&str]) -> Value {
    let dependents: Vec<Value> =
        after.iter().map(|target| json!({"target": target, "onSkipped": "Ignore"})).collect();
    task(name, &[], json!({"dependents": dependents}))
}

fn iterates(name: &str, over: &str, width: usize) -> Value {
    let commands: Vec<String> = (0..width).map(|index| format!("on {index}")).collect();
    task(name, &[], json!({"commands": commands, "dependents": [{"target": over, "type": "iterate"}]}))
}

/// All of them.
pub fn graphs() -> Vec<Graph> {
    made_from_output().into_iter().chain(conditional()).collect()
}

/// Tasks with as many vertices as others print words.
fn made_from_output() -> Vec<Graph> {
    vec![
        Graph {
            what: "b is made from a's output, c from b's",
            tasks: json!([
                prints("a", "x"),
                each("b", "a", "print ${1}1 ${1}2"),
                each("c", "b", "do ${1}"),
                join("d", &["c"])
            ]),
            ends: &["a Succeeded 1/1", "b Succeeded 1/1", "c Succeeded 2/2", "d Succeeded 1/1"],
            commands: &["print x1 x2", "do x1", "do x2"],
        },
        Graph {
            what: "b has two vertices, so that nobody can tell which of them c is made from",
            tasks: json!([prints("a", "x y"), each("b", "a", "print ${1}"), each("c", "b", "do ${1}")]),
            ends: &[
                "a Succeeded 1/1",
                "b Succeeded 2/2",
                "c Failed 0/?: reads what \"b\" printed, which must have exactly one vertex, but it has 2",
            ],
            commands: &["print x", "print y"],
        },
        Graph {
            what: "made from the output of a task that runs under a condition",
            tasks: json!([
                prints("ask", "yes"),
                task(
                    "tell",
                    &["ask"],
                    json!({"commands": ["print u v"], "condition": {"condition": ["check_result", "ask", "yes"]}})
                ),
                each("work", "tell", "do ${1}"),
            ]),
            ends: &["ask Succeeded 1/1", "tell Succeeded 1/1", "work Succeeded 2/2"],
            commands: &["do u", "do v"],
        },
        Graph {
            what: "made from the output of a task that is skipped: with it, or of no vertex",
            tasks: json!([
                prints("ask", "no"),
                cased("tell", "ask", "yes"),
                each("work", "tell", "do ${1}"),
                {"name": "none", "dependents": [{"target": "tell", "onSkipped": "Ignore"}],
                 "commandsIter": {"command": "do ${1}", "varsIter": [["get_result", "tell", " "]]}},
                join("end", &["work", "none"]),
            ]),
            ends: &[
                "ask Succeeded 1/1",
                "tell Skipped 0/1: condition: \"ask\" printed \"no\", not \"yes\"",
                "work Skipped 0/?: it depends on \"tell\", which was skipped",
                "none Succeeded 0/0",
                "end Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "iterated over, and over what iterates over it",
            tasks: json!([
                prints("s", "x y"),
                each("d", "s", "do ${1}"),
                iterates("e", "d", 2),
                iterates("f", "e", 2)
            ]),
            ends: &["s Succeeded 1/1", "d Succeeded 2/2", "e Succeeded 2/2", "f Succeeded 2/2"],
            commands: &["do x", "do y"],
        },
        Graph {
            what: "iterated over by a task of another width",
            tasks: json!([prints("s", "x y z"), each("d", "s", "do ${1}"), iterates("e", "d", 2)]),
            ends: &[
                "s Succeeded 1/1",
                "d Pending 0/3",
                "e Failed 0/2: has 2 vertices and iterates over \"d\", which has 3; both must have equally many",
            ],
            commands: &[],
        },
        Graph {
            what: "nothing was printed: no vertex, and done",
            tasks: json!([
                prints("s", ""),
                each("d", "s", "do ${1}"),
                each("e", "d", "do ${1}"),
                join("end", &["d", "e"])
            ]),
            ends: &["s Succeeded 1/1", "d Succeeded 0/0", "e Succeeded 0/0", "end Succeeded 1/1"],
            commands: &[],
        },
    ]
}

/// Tasks that run, or do not, for what others print.
fn conditional() -> Vec<Graph> {
    vec![
        Graph {
            what: "if and else, joined; by output",
            tasks: json!([
                prints("ask", "paired"),
                cased("paired", "ask", "paired"),
                cased("single", "ask", "single"),
                join("merge", &["paired", "single"])
            ]),
            ends: &[
                "ask Succeeded 1/1",
                "paired Succeeded 1/1",
                "single Skipped 0/1: condition: \"ask\" printed \"paired\", not \"single\"",
                "merge Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "switch and case, joined; by pairs",
            tasks: json!([
                prints("ask", "k:7,j:0"),
                ruled("low", "ask", "Lt", &["5"]),
                ruled("some", "ask", "In", &["6", "7"]),
                ruled("none", "ask", "DoesNotExist", &[]),
                join("end", &["low", "some", "none"]),
            ]),
            ends: &[
                "ask Succeeded 1/1",
                "low Skipped 0/1: genericCondition: \"ask\" printed \"k:7,j:0\"; no rule holds: k Lt 5",
                "some Succeeded 1/1",
                "none Skipped 0/1: genericCondition: \"ask\" printed \"k:7,j:0\"; no rule holds: k DoesNotExist",
                "end Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "skipped beside a parent that runs, which ends later",
            tasks: json!([
                task("off", &[], json!({"condition": {"condition": [false]}})),
                task("live", &[], json!({"commands": ["sleep 5"]})),
                task("both", &["off", "live"], json!({})),
                task("below", &["both"], json!({})),
                join("any", &["live", "below"]),
            ]),
            ends: &[
                "off Skipped 0/1: its condition is false",
                "live Succeeded 1/1",
                "both Skipped 0/1: it depends on \"off\", which was skipped",
                "below Skipped 0/1: it depends on \"both\", which was skipped",
                "any Succeeded 1/1",
            ],
            commands: &[],
        },
        Graph {
            what: "roots with a condition, and with an iterator",
            tasks: json!([
                task("yes", &[], json!({"condition": {"condition": [true]}})),
                task("rows", &[], json!({"commandsIter": {"command": "do ${1}", "varsIter": [["p", "q"]]}})),
                task("two", &["yes", "rows"], json!({})),
            ]),
            ends: &["yes Succeeded 1/1", "rows Succeeded 2/2", "two Succeeded 1/1"],
            commands: &[],
        },
    ]
}
