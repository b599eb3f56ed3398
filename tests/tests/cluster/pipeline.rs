//! A whole pipeline in real containers, and output that a task is made from.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

use crate::fixture::{Lab, document, root, text};

/// The tasks of examples/gatk.yaml with their widths; each waits for the whole of its parent.
const GATK: [(&str, usize, Option<&str>); 7] = [
    ("splitfq", 2, None),
    ("bwamapping", 13, Some("splitfq")),
    ("mergemappedbam", 1, Some("bwamapping")),
    ("samflagstat", 1, Some("mergemappedbam")),
    ("sammerge", 40, Some("mergemappedbam")),
    ("mkdupbqsr", 40, Some("sammerge")),
    ("mergevcf", 1, Some("mkdupbqsr")),
];

#[test]
fn ninety_eight_jobs_on_a_shared_volume_succeed_in_order() {
    let lab = Lab::new("gatk");
    // A directory of this run's own on the node.
    let shared = format!("kubegene-{}", lab.namespace);
    let example = fs::read_to_string(root().join("examples/gatk.yaml")).unwrap();
    let mine = example.replace("/tmp/kubegene-gatk", &format!("/tmp/{shared}"));
    assert_ne!(mine, example);
    let said = lab.submit(&mine, &["--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");

    let execution = lab.execution("gatk");
    assert_eq!(
        (&execution["status"]["phase"], &execution["status"]["progress"]),
        (&json!("Succeeded"), &json!("98/98"))
    );
    let mut times: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for job in lab.of("jobs", "gatk") {
        let task = text(&job["metadata"]["labels"]["execution.kubegene.io/task"]);
        let time = |name: &str| text(&job["status"][name]);
        times.entry(task).or_default().push((time("startTime"), time("completionTime")));
    }
    let lines = taken_from_the_node(&lab, &shared);
    let places = |task: &str| -> Vec<usize> {
        let of_task = lines.iter().enumerate().filter(|(_, line)| line.split(' ').next() == Some(task));
        of_task.map(|(at, _)| at).collect()
    };
    assert_eq!(lines.len(), 98, "{lines:?}");
    for (task, width, parent) in GATK {
        assert_eq!(times[task].len(), width, "{task}");
        assert_eq!(places(task).len(), width, "{task}: {lines:?}");
        let Some(parent) = parent else { continue };
        assert!(places(parent).last() < places(task).first(), "{parent} before {task}: {lines:?}");
        let complete = times[parent].iter().map(|(_, end)| end).max();
        let began = times[task].iter().map(|(start, _)| start).min();
        assert!(began >= complete, "{task} began at {began:?}, {parent} was complete at {complete:?}");
    }
}

/// What the jobs have written, in its order; their directory is removed.
fn taken_from_the_node(lab: &Lab, shared: &str) -> Vec<String> {
    let spec = format!(
        "  tasks:\n  - name: read\n    image: busybox:1.37\n    commands: ['cat /host/{shared}/jobs && rm -r /host/{shared}']\n    \
             volumes: {{host: {{mountPath: /host, mountFrom: {{hostPath: {{path: /tmp}}}}}}}}\n"
    );
    let said = lab.submit(&document("read", &spec), &["--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    lab.succeed(&["logs", "read/read/0"]).out.lines().map(str::to_owned).collect()
}

#[test]
fn a_task_is_made_from_what_another_has_printed() {
    let lab = Lab::new("result");
    let said = lab.succeed(&["submit", "examples/get-result.yaml", "--wait"]);
    assert!(said.out.contains("get-result"), "{said:?}");
    assert_eq!(
        lab.jobs("get-result"),
        [
            "get-result.finish.0",
            "get-result.list.0",
            "get-result.work.0",
            "get-result.work.1",
            "get-result.work.2"
        ]
    );
    for (index, value) in ["1", "2", "3"].iter().enumerate() {
        let said = lab.succeed(&["logs", &format!("get-result/work/{index}")]);
        assert_eq!(said.out.trim_end(), format!("work on {value}"));
    }
    let execution = lab.execution("get-result");
    let tasks = execution["status"]["tasks"].as_array().unwrap();
    let source = tasks.iter().find(|task| task["name"] == "list").unwrap();
    let kept = text(&source["result"]["configMap"]);
    let maps = lab.read(&["get", "configmaps"]);
    let map = maps["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|map| text(&map["metadata"]["name"]).starts_with(&kept));
    let map = map.unwrap_or_else(|| panic!("{kept} is not there: {maps:#}"));
    assert_eq!(map["immutable"], Value::Bool(true));
    assert_eq!(map["metadata"]["ownerReferences"][0]["uid"], execution["metadata"]["uid"]);

    let said = lab.succeed(&["submit", "examples/generic-condition.yaml", "--wait"]);
    assert!(said.out.contains("generic-condition"), "{said:?}");
    assert!(lab.jobs("generic-condition").contains(&"generic-condition.matched.0".to_owned()));
}
