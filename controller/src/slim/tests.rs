use gene_types::names::{LABEL_ATTEMPT, LABEL_INDEX, LABEL_NAME, LABEL_TASK};
use kube::{
    Resource,
    core::{ObjectList, WatchEvent},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::job::LABEL_QUEUE;

const JOB: &str = include_str!("samples/job.json");
const POD: &str = include_str!("samples/pod.json");
const EXECUTION: &str = include_str!("samples/execution.json");

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn of_a_job_only_what_is_read_is_kept() {
    let job: SlimJob = serde_json::from_str(JOB).unwrap();
    let expected = VertexLabels { execution: "wgs".into(), task: "align".into(), index: 12, attempt: 1 };
    assert_eq!(job.vertex, Some(expected));
    assert_eq!(
        serde_json::to_value(job.meta()).unwrap(),
        json!({
            "name": "wgs.align.12-1",
            "namespace": "genomics",
            "uid": "0d7b6a1e-2f0f-4d3b-8c55-0a4f3f0d9e11",
            "resourceVersion": "4711",
            "generation": 1,
            "creationTimestamp": "2026-03-01T12:00:00Z",
            "ownerReferences": [{
                "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution", "name": "wgs",
                "uid": "5b1f4c0e-8a55-4d0c-9d0b-6d1f0f1a2b3c", "controller": true, "blockOwnerDeletion": true,
            }],
        })
    );
    assert_eq!(job.status.start_time, Some(time("2026-03-01T12:00:01Z")));
    assert_eq!(job.status.completion_time, Some(time("2026-03-01T12:00:09Z")));
    let conditions: Vec<&str> = job.status.conditions.iter().map(|one| one.type_.as_str()).collect();
    assert_eq!(conditions, ["SuccessCriteriaMet", "Complete"]);
    assert_eq!(job.status.conditions[1].reason, "CompletionsReached");
    assert_eq!(job.status.conditions[1].last_transition_time, Some(time("2026-03-01T12:00:09Z")));
}

#[test]
fn a_job_is_small() {
    let job: SlimJob = serde_json::from_str(JOB).unwrap();
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
    let metadata = &job.metadata;
    let names = [&metadata.name, &metadata.namespace, &metadata.uid, &metadata.resource_version];
    let owners: usize = metadata
        .owner_references
        .iter()
        .flatten()
        .map(|owner| {
            size_of_val(owner)
                + owner.api_version.capacity()
                + owner.kind.capacity()
                + owner.name.capacity()
                + owner.uid.capacity()
        })
        .sum();
    let vertex = job.vertex.as_ref().map_or(0, |vertex| vertex.execution.capacity() + vertex.task.capacity());
    let conditions: usize = job
        .status
        .conditions
        .iter()
        .map(|condition| {
            size_of_val(condition)
                + condition.type_.capacity()
                + condition.status.capacity()
                + condition.reason.capacity()
                + condition.message.capacity()
        })
        .sum();
    assert_eq!(job.status.conditions.capacity(), job.status.conditions.len());
    let unfinished = size_of_val(&job) + names.into_iter().map(text).sum::<usize>() + owners + vertex;
    assert!(unfinished <= 1024, "{unfinished}");
    assert!(unfinished + conditions <= 1536, "{conditions}");
}

#[test]
fn of_a_pod_only_what_is_read_is_kept() {
    let pod: SlimPod = serde_json::from_str(POD).unwrap();
    assert_eq!(pod.vertex.as_ref().map(|vertex| vertex.index), Some(12));
    assert_eq!(pod.node_name.as_deref(), Some("node-2"));
    assert_eq!(pod.phase, "Failed");
    assert_eq!(pod.memory_limits, [("wgs-align-12-1".to_owned(), Some("4Gi".to_owned()))]);
    let end = pod.containers[0].terminated.as_ref().unwrap();
    assert_eq!((end.exit_code, end.reason.as_str(), end.signal), (137, "OOMKilled", None));
    assert_eq!(end.finished_at, Some(time("2026-03-01T12:00:39Z")));
    assert!(pod.containers[0].last_terminated.is_none() && pod.init_containers.is_empty());
}

#[test]
fn an_execution_keeps_spec_and_status_as_they_were_sent() {
    let check = |execution: &SlimExecution| {
        let sent: Value = serde_json::from_str(EXECUTION).unwrap();
        let spec = execution.spec.as_ref().unwrap().get();
        assert!(spec.contains("\\u0041") && spec.contains("0.50"), "{spec}");
        assert_eq!(serde_json::from_str::<Value>(spec).unwrap(), sent["spec"]);
        assert_eq!(execution.status.as_ref().unwrap().get(), r#"{"phase": "Running", "vertices": {}}"#);
        assert_eq!(execution.metadata.generation, Some(2));
        let labels = serde_json::to_value(&execution.metadata.labels).unwrap();
        assert_eq!(labels, json!({LABEL_QUEUE: "night"}));
    };
    check(&serde_json::from_str(EXECUTION).unwrap());

    for kind in ["ADDED", "MODIFIED", "DELETED"] {
        let event = format!(r#"{{"type":"{kind}","object":{EXECUTION}}}"#);
        match serde_json::from_str(&event).unwrap() {
            WatchEvent::Added(execution)
            | WatchEvent::Modified(execution)
            | WatchEvent::Deleted(execution) => {
                check(&execution);
            }
            other => panic!("{other:?}"),
        }
    }
    let bookmark = r#"{"type":"BOOKMARK","object":{"apiVersion":"execution.kubegene.io/v1alpha1","kind":"Execution","metadata":{"resourceVersion":"9","creationTimestamp":null}}}"#;
    let event: WatchEvent<SlimExecution> = serde_json::from_str(bookmark).unwrap();
    assert!(matches!(event, WatchEvent::Bookmark(bookmark) if bookmark.metadata.resource_version == "9"));

    let list = format!(
        r#"{{"apiVersion":"execution.kubegene.io/v1alpha1","items":[{EXECUTION},{EXECUTION}],"kind":"ExecutionList","metadata":{{"continue":"","resourceVersion":"12"}}}}"#
    );
    let list: ObjectList<SlimExecution> = serde_json::from_str(&list).unwrap();
    assert_eq!((list.items.len(), list.metadata.resource_version.as_deref()), (2, Some("12")));
    list.items.iter().for_each(check);
}

#[test]
fn nothing_but_a_strange_spec_makes_an_execution_undecodable() {
    for spec in ["5", "null", r#"{"tasks": {"no": "list"}}"#, "[[[[]]]]"] {
        let text = format!(r#"{{"metadata":{{"name":"a","uid":"u"}},"spec":{spec}}}"#);
        let execution: SlimExecution = serde_json::from_str(&text).unwrap();
        // An absent spec and one of null are the same: neither can be decoded.
        assert_eq!(
            execution.spec.map(|spec| spec.get().to_owned()),
            (spec != "null").then(|| spec.to_owned())
        );
    }
}

#[test]
fn the_resources_are_the_cluster_s() {
    assert_eq!(SlimJob::url_path(&(), Some("x")), "/apis/batch/v1/namespaces/x/jobs");
    assert_eq!(SlimPod::url_path(&(), None), "/api/v1/pods");
    assert_eq!(SlimExecution::url_path(&(), None), "/apis/execution.kubegene.io/v1alpha1/executions");
}

#[test]
fn labels_that_name_no_vertex_are_none() {
    let vertex = |index: &str, attempt: &str| {
        let labels = json!({LABEL_NAME: "e", LABEL_TASK: "t", LABEL_INDEX: index, LABEL_ATTEMPT: attempt});
        let job: SlimJob = serde_json::from_value(json!({"metadata": {"labels": labels}})).unwrap();
        job.vertex.map(|vertex| (vertex.index, vertex.attempt))
    };
    assert_eq!(vertex("0", "0"), Some((0, 0)));
    assert_eq!(vertex("4294967295", "10"), Some((u32::MAX, 10)));
    for bad in ["", "-1", "+1", "01", "00", "1.0", "x", "4294967296", " 1"] {
        assert_eq!(vertex(bad, "0"), None, "{bad:?}");
        assert_eq!(vertex("0", bad), None, "{bad:?}");
    }
    let job: SlimJob = serde_json::from_value(json!({"metadata": {"name": "x"}})).unwrap();
    assert_eq!(job.vertex, None);
}

/// Every place in a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut step = |key: &str, value: &Value| {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        places(value, &place, found);
        found.push(place);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| step(key, value)),
        Value::Array(items) => {
            for (key, value) in items.iter().enumerate() {
                step(&key.to_string(), value);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn a_field_of_a_wrong_type_is_at_most_an_error(
        sample in 0..3_usize, place in any::<prop::sample::Index>(), other in 0..7_usize,
    ) {
        let mut document: Value = serde_json::from_str([JOB, POD, EXECUTION][sample]).unwrap();
        let mut found = Vec::new();
        places(&document, "", &mut found);
        let others = [json!(null), json!(-1e300), json!(""), json!([[]]), json!({"a": {}}), json!(true), json!("ä".repeat(99))];
        let place: &String = place.get(&found);
        *document.pointer_mut(place).unwrap() = others[other].clone();
        let text = document.to_string();
        let decoded = [
            serde_json::from_str::<SlimJob>(&text).map(|_| ()),
            serde_json::from_str::<SlimPod>(&text).map(|_| ()),
            serde_json::from_str::<SlimExecution>(&text).map(|_| ()),
        ];
        for error in decoded.into_iter().filter_map(Result::err) {
            prop_assert!(error.is_data(), "{}", error);
        }
    }

    #[test]
    fn no_prefix_of_a_document_panics(sample in 0..3_usize, end in any::<prop::sample::Index>()) {
        let text = [JOB, POD, EXECUTION][sample];
        let end = text.floor_char_boundary(end.index(text.trim_end().len()));
        prop_assert!(serde_json::from_str::<SlimJob>(&text[..end]).is_err());
        prop_assert!(serde_json::from_str::<SlimPod>(&text[..end]).is_err());
        prop_assert!(serde_json::from_str::<SlimExecution>(&text[..end]).is_err());
    }
}
