mod fields;

use gene_types::ValidExecution;
use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use super::*;

/// `examples/test-exec.yaml`.
fn seed() -> Value {
    let task = |name: &str, echo: &str, dependents: Value| json!({"name": name, "type": "Job", "image": "ubuntu", "commands": [echo], "dependents": dependents});
    let tasks = json!([
        task("a", "echo A", Value::Null),
        task("b", "echo B", json!([{"target": "a", "type": "whole"}])),
        task("c", "echo C", json!([{"target": "a", "type": "whole"}])),
        task("d", "echo D", json!([{"target": "b", "type": "whole"}])),
    ]);
    let metadata = json!({"name": "test-exec", "namespace": "default"});
    json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": {"tasks": tasks}})
}

fn owner() -> Owner {
    Owner {
        namespace: "default".into(),
        name: "test-exec".into(),
        uid: "b0e9c1d2-0a3f-4b55-9f0e-2f6a7c1d8e90".into(),
    }
}

/// Jobs as they are made of a valid Execution; each is one that the API's own type holds whole.
fn jobs(document: &Value) -> (ValidExecution, Vec<Value>) {
    let execution: Execution = serde_json::from_value(document.clone()).unwrap();
    let valid = gene_types::validate(execution, &gene_types::Limits::CLUSTER).unwrap();
    let mut jobs = Vec::new();
    for (task, plan) in valid.execution().spec.tasks.iter().zip(&valid.plan().tasks) {
        let made = TaskJob::new(valid.execution(), &owner(), task);
        let pieces = plan.commands.cut("");
        for index in 0..plan.commands.width(&pieces) {
            let job = made.job(index as u32, 0, &plan.commands.command(index, &pieces)).unwrap();
            let typed: Job = serde_json::from_value(job.clone()).unwrap();
            assert_eq!(serde_json::to_value(typed).unwrap(), job);
            jobs.push(job);
        }
    }
    (valid, jobs)
}

/// The one Job of one task with these fields, in an Execution whose spec has these.
#[allow(clippy::needless_pass_by_value, reason = "so that the cases can be written as literals")]
fn job_of(spec: Value, task: Value) -> Value {
    let mut whole = json!({"name": "t", "image": "i", "commands": ["true"]});
    whole.as_object_mut().unwrap().extend(task.as_object().unwrap().clone());
    let mut document = json!({
        "apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": "test-exec"}, "spec": {"tasks": [whole]},
    });
    document["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    jobs(&document).1.remove(0)
}

fn task(task: Value) -> Value {
    job_of(json!({}), task)
}

fn at<'a>(job: &'a Value, pointer: &str) -> &'a Value {
    job.pointer(pointer).unwrap_or(&Value::Null)
}

fn pod<'a>(job: &'a Value, field: &str) -> &'a Value {
    at(job, &format!("/spec/template/spec/{field}"))
}

fn main<'a>(job: &'a Value, field: &str) -> &'a Value {
    pod(job, &format!("containers/0/{field}"))
}

#[test]
fn the_job_of_the_first_vertex_is_the_documented_one() {
    let (_, jobs) = jobs(&seed());
    let names: Vec<&str> = jobs.iter().filter_map(|job| at(job, "/metadata/name").as_str()).collect();
    assert_eq!(names, ["test-exec.a.0", "test-exec.b.0", "test-exec.c.0", "test-exec.d.0"]);
    let (_, documented) = include_str!("../../../docs/jobs.md").split_once("```json\n").unwrap();
    let (documented, _) = documented.split_once("```").unwrap();
    assert_eq!(jobs[0], serde_json::from_str::<Value>(documented).unwrap());
}

#[test]
fn another_attempt_has_another_name() {
    let (valid, _) = jobs(&seed());
    let made = TaskJob::new(valid.execution(), &owner(), &valid.execution().spec.tasks[0]);
    let job = made.job(0, 2, &Command { text: "echo A".into(), arguments: vec![] }).unwrap();
    assert_eq!(at(&job, "/metadata/name"), "test-exec.a.0-2");
    assert_eq!(main(&job, "name"), "test-exec-a-0-2");
    assert_eq!(at(&job, "/metadata/labels/execution.kubegene.io~1attempt"), "2");
    assert_eq!(at(&job, "/spec/template/metadata/labels/execution.kubegene.io~1attempt"), "2");
    assert_eq!(main(&job, "env/3/value"), "2");
}

#[test]
fn dollars_reach_the_shell() {
    let job = task(json!({
        "shell": ["bash", "-c", "eval \"$(cat)\" $$"],
        "commands": null,
        "commandsIter": {"command": "echo $(date) $$ $HOME ${1} \"$GENE_ARG_1\"", "vars": [["$(GENE_TASK)"]]},
        "env": [{"name": "WHO", "value": "$(GENE_TASK)-$(GENE_INDEX)-$$-$(GENE_ARG_1)"}, {"name": "FROM", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
    }));
    assert_eq!(
        *main(&job, "command"),
        json!([
            "bash",
            "-c",
            "eval \"$$(cat)\" $$$$",
            "echo $$(date) $$$$ $HOME $$(GENE_TASK) \"$GENE_ARG_1\""
        ])
    );
    let env = main(&job, "env").as_array().unwrap();
    assert_eq!(env[4], json!({"name": "GENE_ARG_1", "value": "$$(GENE_TASK)"}));
    // The user's own come after ours, so that they may refer to them, and are as they were written.
    assert_eq!(env[5], json!({"name": "WHO", "value": "$(GENE_TASK)-$(GENE_INDEX)-$$-$(GENE_ARG_1)"}));
    assert_eq!(env[6], json!({"name": "FROM", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}));
    assert_eq!(env.len(), 7);
}

#[test]
fn failures_keep_the_pod_where_asked() {
    let one = |spec: Value, fields: Value| {
        let job = job_of(spec, fields);
        (pod(&job, "restartPolicy").clone(), at(&job, "/spec/backoffLimit").clone())
    };
    let none = || json!({});
    let retry = || json!({"retry": {"limit": 2}});
    assert_eq!(one(none(), none()), (json!("OnFailure"), Value::Null));
    assert_eq!(one(none(), json!({"backoffLimit": 3})), (json!("OnFailure"), json!(3)));
    assert_eq!(one(none(), json!({"backoffLimit": 0})), (json!("Never"), json!(0)));
    assert_eq!(one(none(), retry()), (json!("Never"), json!(0)));
    assert_eq!(one(retry(), none()), (json!("Never"), json!(0)));
}

#[test]
fn a_queue_is_passed_on_to_the_job_alone() {
    let mut document = seed();
    document["metadata"]["labels"] = json!({"kueue.x-k8s.io/queue-name": "night", "team": "genomics"});
    let (_, jobs) = jobs(&document);
    assert_eq!(at(&jobs[0], "/metadata/labels/kueue.x-k8s.io~1queue-name"), "night");
    assert!(at(&jobs[0], "/metadata/labels/team").is_null());
    assert!(at(&jobs[0], "/spec/template/metadata/labels/kueue.x-k8s.io~1queue-name").is_null());
}

#[test]
fn what_cannot_be_executed_is_refused() {
    let (valid, _) = jobs(&seed());
    let made = TaskJob::new(valid.execution(), &owner(), &valid.execution().spec.tasks[0]);
    let of = |text: &str, arguments: &[&str]| {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        made.job(0, 0, &Command { text: text.to_owned(), arguments }).map_err(|failure| {
            assert_eq!(failure.exit_code, None);
            (failure.reason, failure.message)
        })
    };
    let long = "$".repeat(MAX_ARGUMENT_BYTES + 1);
    let error = |reason: &str, message: &str| Err((reason.to_owned(), message.to_owned()));
    assert!(of(&long[1..], &[]).is_ok());
    assert_eq!(
        of(&long, &[]),
        error("TooLong", "its command has 131,072 bytes; at most 131,071 can be executed")
    );
    let name = "GENE_ARG_2=".len();
    assert!(of("", &["", &long[1 + name..]]).is_ok());
    assert_eq!(
        of("", &["", &long[name..]]),
        error("TooLong", "its variable GENE_ARG_2 has 131,072 bytes; at most 131,071 can be executed")
    );
    assert_eq!(
        of("", &["a\0"]),
        error("UnsafeValue", "its variable GENE_ARG_1 holds a NUL, which no process can be given")
    );
    assert_eq!(of("\0", &[]), error("UnsafeValue", "its command holds a NUL, which no process can be given"));
}
