use serde_json::{Value, json};

use super::*;
use crate::local::fixture::{Fixture, execution};

/// Every refusal as a person reads it; `DIR` stands for a directory that exists.
fn check(tasks: Value, volumes: &[&str], env: &[&str], expected: &[&str]) {
    let fixture = Fixture::new();
    let valid = execution(tasks);
    let directory = fixture.path("");
    let given = |options: &[&str]| -> Vec<String> {
        options.iter().map(|option| option.replace("DIR", directory.to_str().unwrap())).collect()
    };
    let bindings = match Bindings::parse(&given(volumes), &given(env)) {
        Ok(bindings) => bindings,
        Err(errors) => return assert_eq!(shown(&errors, &directory), expected),
    };
    let mut errors = bindings.unused([&valid]);
    errors.extend(prepare(&valid, RunnerKind::Process, &bindings, fixture.site()).err().unwrap_or_default());
    assert_eq!(shown(&errors, &directory), expected);
    assert!(!fixture.path("run").exists(), "nothing is made");
}

fn shown(errors: &[FieldError], directory: &Path) -> Vec<String> {
    let directory = directory.to_str().unwrap();
    errors.iter().map(|error| error.to_string().replace(directory, "DIR")).collect()
}

fn with_volume(source: &Value) -> Value {
    json!([{"commands": ["true"], "volumes": {"data": {"mountPath": "/d", "mountFrom": source}}}])
}

#[test]
fn options_that_are_no_pairs_are_refused() {
    check(
        json!([{"commands": ["true"]}]),
        &["x", "=DIR", "a=DIR/no", "b=DIR", "b=DIR", "c=/etc/passwd"],
        &["Y", "=1"],
        &[
            "--volume x: \"x\" is not of the form CLAIM=DIR; write --volume CLAIM=DIR",
            "--volume =DIR: \"=DIR\" is not of the form CLAIM=DIR; write --volume CLAIM=DIR",
            "--volume b: \"b\" is given twice; give it once",
            "--volume a=DIR/no: \"DIR/no\" cannot be used: no such file or directory; name a directory that exists",
            "--volume c=/etc/passwd: \"/etc/passwd\" is not a directory; name a directory that exists",
            "--env Y: \"Y\" is not of the form NAME=VALUE; write --env NAME=VALUE",
            "--env =1: \"=1\" is not of the form NAME=VALUE; write --env NAME=VALUE",
        ],
    );
}

#[test]
fn options_that_name_nothing_are_refused() {
    check(
        json!([{"commands": ["true"], "env": [
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "PLAIN", "value": "v"}
        ]}]),
        &["data=DIR"],
        &["TOKEN=x", "TOKENS=x", "PLAIN=y"],
        &[
            "--volume data: no claim and no volume is called \"data\"; leave it out: the file has no volume",
            "--env PLAIN: the value of \"PLAIN\" stands in the file; the file has \"TOKEN\"",
            "--env TOKENS: no task takes a variable \"TOKENS\" from elsewhere (valueFrom); \
             there is a variable with valueFrom \"TOKEN\"",
        ],
    );
}

#[test]
fn what_only_a_cluster_has_is_refused() {
    for (source, what) in [
        (json!({"configMap": "c"}), "configMap: volume \"data\" is a ConfigMap"),
        (json!({"secret": "c"}), "secret: volume \"data\" is a Secret"),
        (json!({"hostPath": {"path": "/etc"}}), "hostPath: volume \"data\" is a directory of a node"),
        (json!({"nfs": {"server": "s", "path": "/"}}), "nfs: volume \"data\" is an NFS export"),
    ] {
        let expected = format!(
            "spec.tasks[0].volumes.data.mountFrom.{what}, which run does not read; \
             name a directory for it: --volume data=DIR"
        );
        check(with_volume(&source), &[], &[], &[&expected]);
    }
    check(
        json!([{"commands": ["true"], "env": [{"name": "T", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}]),
        &[],
        &[],
        &[
            "spec.tasks[0].env[0].valueFrom: the value of \"T\" comes from the cluster, which run does not ask; \
           give it: --env T=VALUE",
        ],
    );
}

#[test]
fn what_would_never_start_is_refused() {
    let valid = execution(json!([{"commands": ["true"], "parallelism": 0}]));
    let mut spec = valid.execution().spec.clone();
    spec.suspend = Some(true);
    spec.cancel = Some(true);
    spec.parallelism = Some(0);
    let errors = refusals::never_starting(&spec);
    let paths: Vec<_> = errors.iter().map(|error| error.path.to_string()).collect();
    assert_eq!(paths, ["spec.suspend", "spec.cancel", "spec.parallelism", "spec.tasks[0].parallelism"]);
    assert!(errors.iter().all(|error| error.help.is_some()));
}

#[test]
fn only_limits_bind_a_container() {
    let bounds_of = |resources: Value| bounds(&serde_json::from_value(resources).unwrap());
    for (resources, memory, cpus) in [
        (json!({"cpu": 2, "memory": "1Gi"}), Some(1 << 30), None),
        (json!({"memory": 0}), None, None),
        (json!({"limits": {"cpu": "500m", "memory": "1.5k"}}), Some(1500), Some(0.5)),
        (json!({"requests": {"cpu": 1, "memory": 5}}), None, None),
    ] {
        assert_eq!(bounds_of(resources), Bounds { memory, cpus });
    }
}

#[test]
fn a_person_is_told_once_what_does_not_count() {
    let fixture = Fixture::new();
    let plain = execution(json!([{"commands": ["true"]}]));
    let bound = execution(json!([{"commands": ["true"], "resources": {"cpu": 1}}]));
    assert_eq!(fixture.prepare(&plain).notices().len(), 1);
    assert_eq!(fixture.prepare(&bound).notices().len(), 2);
}
