//! What all Jobs of a task have in common.
//!
//! At the bottom lie the original's defaults, over them the templates of Execution and task, over these
//! what the fields of the task say.

use std::collections::BTreeMap;

use gene_types::{
    Execution,
    names::{LABEL_NAME, LABEL_TASK},
    retry,
    template::{self, MAIN},
    v1alpha1::Task,
};
use serde_json::{Map, Value, json};

use super::{LABEL_QUEUE, Owner, TaskJob, escape::escape, resources::resources, volumes::volumes};

/// The program that is given each command, where the task names none.
const DEFAULT_SHELL: [&str; 2] = ["sh", "-c"];
/// How the original had images pulled; a template may say otherwise.
const DEFAULT_PULL_POLICY: &str = "IfNotPresent";

pub(super) fn lay_out(execution: &Execution, owner: &Owner, task: &Task) -> TaskJob {
    let backoff_limit = retry::backoff_limit(&execution.spec, task);
    let mut merged = template::merged(&execution.spec, task);
    let fields = json!({
        "spec": pod_fields(execution, task, backoff_limit),
        "metadata": {"labels": {LABEL_NAME: owner.name, LABEL_TASK: task.name}},
    });
    template::lay_over(&mut merged, fields);

    let mut pod = take_object(&mut merged, "spec");
    let containers = match pod.remove("containers") {
        Some(Value::Array(containers)) => containers,
        _ => Vec::new(),
    };
    let (main, others): (Vec<Value>, Vec<Value>) =
        containers.into_iter().partition(|container| container["name"] == MAIN);
    let mut container = match main.into_iter().next() {
        Some(Value::Object(main)) => main,
        _ => Map::new(),
    };
    container.remove("name");
    container.entry("imagePullPolicy").or_insert_with(|| DEFAULT_PULL_POLICY.into());
    let env = match container.remove("env") {
        Some(Value::Array(env)) => env,
        _ => Vec::new(),
    };

    let mut job = Map::new();
    job.extend(backoff_limit.map(|limit| ("backoffLimit".to_owned(), limit.into())));
    job.extend(task.active_deadline_seconds.map(|s| ("activeDeadlineSeconds".to_owned(), s.into())));
    let labels = [(LABEL_NAME, &owner.name), (LABEL_TASK, &task.name)];
    TaskJob {
        owner: owner.clone(),
        task: task.name.clone(),
        labels: labels.into_iter().map(|(label, value)| (label.to_owned(), value.as_str().into())).collect(),
        queue: execution.metadata.labels.as_ref().and_then(|labels| labels.get(LABEL_QUEUE).cloned()),
        shell: shell(task),
        env,
        job,
        metadata: take_object(&mut merged, "metadata"),
        pod,
        container,
        others,
    }
}

/// The pod's `spec`, as far as the fields of the task (or else those of the Execution) say it.
fn pod_fields(execution: &Execution, task: &Task, backoff_limit: Option<i32>) -> Value {
    // With `OnFailure` the Job controller deletes the pod, and its log, as it gives up.
    let restart_policy = if backoff_limit == Some(0) { "Never" } else { "OnFailure" };
    let mut pod = json!({"restartPolicy": restart_policy});
    let mut main = json!({"name": MAIN, "image": task.image});

    let (sources, mounts) = volumes(task);
    if !sources.is_empty() {
        pod["volumes"] = sources.into();
        main["volumeMounts"] = mounts.into();
    }
    if let Some(env) = task.env.as_ref().filter(|env| !env.is_empty()) {
        main["env"] = json!(env);
    }
    if let Some(directory) = task.working_dir.as_ref().filter(|directory| !directory.is_empty()) {
        main["workingDir"] = json!(directory);
    }
    if let Some(resources) = task.resources.as_ref().and_then(resources) {
        main["resources"] = resources;
    }

    let selector =
        |selector: &Option<BTreeMap<String, String>>| selector.clone().filter(|map| !map.is_empty());
    if let Some(selector) = selector(&task.node_selector).or_else(|| selector(&execution.spec.node_selector))
    {
        pod["nodeSelector"] = json!(selector);
    }
    if let Some(affinity) = task.affinity.as_ref().or(execution.spec.affinity.as_ref()) {
        pod["affinity"] = json!(affinity);
    }
    let tolerations = [&task.tolerations, &execution.spec.tolerations];
    if let Some(tolerations) = tolerations.into_iter().flatten().find(|list| !list.is_empty()) {
        pod["tolerations"] = json!(tolerations);
    }
    pod["containers"] = json!([main]);
    pod
}

/// The kubelet expands every word of a command, so the shell's are escaped as the text is.
fn shell(task: &Task) -> Vec<Value> {
    match task.shell.as_deref() {
        Some(words) if !words.is_empty() => words.iter().map(|word| escape(word).into()).collect(),
        _ => DEFAULT_SHELL.map(Value::from).to_vec(),
    }
}

fn take_object(value: &mut Value, field: &str) -> Map<String, Value> {
    match value.get_mut(field).map(Value::take) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
