//! Reviews as a real API server sends them: recorded when an Execution was created, with other tasks put in.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use serde_json::{Value, json};

/// What it sent to the two endpoints for one create.
const RECORDED: [(&str, &str); 2] =
    [("/mutate", include_str!("review/mutate.json")), ("/validate", include_str!("review/validate.json"))];

/// As many Executions of each shape, so that no two reviews in a row have the same texts.
const NAMES: usize = 8;

/// A review and where it is sent.
#[derive(Clone, Debug)]
pub struct Review {
    /// The endpoint.
    pub path: &'static str,
    /// By which the answer names it.
    pub uid: String,
    /// What is sent.
    pub body: Bytes,
}

/// 100 vertices in 10 tasks: a chain by index, as shards go through tools.
pub fn small() -> Result<Vec<Review>> {
    let samples: Vec<String> = (0..10).map(|sample| format!("NA{}", 12_878 + sample)).collect();
    of(&tasks(10, |number| {
        json!({
            "resources": {"cpu": 2, "memory": "4G"},
            "commandsIter": {
                "command": format!("tool{number} --in /data/${{1}}.{number}.bam --out /data/${{1}}.next.bam"),
                "varsIter": [samples],
            },
            "type": "iterate",
        })
    }))
}

/// 2,000 tasks of one vertex, each waiting for the one before: near to the most that the API server could store.
pub fn large() -> Result<Vec<Review>> {
    of(&tasks(
        2_000,
        |number| json!({"commands": [format!("tool --in {number}.bam --out {number}.next.bam")], "type": "whole"}),
    ))
}

/// The four tasks of the seed example, as they were recorded.
pub fn example() -> Result<Vec<Review>> {
    let recorded: Value = serde_json::from_str(RECORDED[0].1)?;
    of(&recorded["request"]["object"]["spec"]["tasks"])
}

/// Reviews as large as a body may be, by what is in them: long texts, and what takes most memory once it is decoded.
pub fn floods(bytes: usize) -> Result<Vec<(&'static str, Bytes)>> {
    let mut floods = Vec::new();
    for (what, element) in [
        ("long texts", json!("x".repeat(100_000))),
        ("numbers", json!(0)),
        ("objects of one field", json!({"": 0})),
    ] {
        let hull = of(&json!([{"name": "a", "image": "i:1", "commands": []}]))?;
        let hull = &hull.last().context("there is a review")?.body;
        let text = String::from_utf8(hull.to_vec())?;
        let (before, after) = text.split_once("\"commands\":[]").context("the review has commands")?;
        let element = element.to_string();
        let left = bytes - before.len() - after.len() - "\"commands\":[]".len();
        let elements = vec![element.as_str(); left / (element.len() + 1)].join(",");
        floods.push((what, Bytes::from(format!("{before}\"commands\":[{elements}]{after}"))));
    }
    Ok(floods)
}

/// Tasks of a pipeline, each after the one before. The part has what a task runs, and the type of its dependency.
fn tasks(count: usize, part: impl Fn(usize) -> Value) -> Value {
    let task = |number: usize| {
        let mut task = part(number);
        let type_ = task["type"].take();
        task["name"] = json!(format!("step-{number}"));
        task["type"] = json!("Job");
        task["image"] = json!("biocontainers/tools:1.17");
        let former = number.checked_sub(1);
        let former = former.map(|former| json!({"target": format!("step-{former}"), "type": type_}));
        task["dependents"] = json!(former.as_slice());
        task
    };
    json!((0..count).map(task).collect::<Vec<_>>())
}

/// Both endpoints in turn, as one create has it.
fn of(tasks: &Value) -> Result<Vec<Review>> {
    let mut reviews = Vec::new();
    for number in 0..NAMES {
        for (path, recorded) in RECORDED {
            let mut review: Value = serde_json::from_str(recorded)?;
            let request = &mut review["request"];
            let uid =
                format!("{number:08x}{}", &request["uid"].as_str().context("a review has an uid")?[8..]);
            request["uid"] = json!(uid);
            request["name"] = json!(format!("wgs-{number}"));
            request["object"]["metadata"]["name"] = json!(format!("wgs-{number}"));
            request["object"]["spec"]["tasks"] = tasks.clone();
            reviews.push(Review { path, uid, body: serde_json::to_vec(&review)?.into() });
        }
    }
    Ok(reviews)
}
