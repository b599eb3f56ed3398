//! `template`: what may stand in it, and what comes of it together with what lies under and over it.

use gene_types::{Limits, template, validate_document};
use serde_json::{Value, json};

use crate::execution;

/// An Execution of one task with these fields beside what it must have.
fn spec(of_spec: &Value, of_task: &Value) -> Value {
    let mut task = json!({"name": "a", "image": "u:1", "commands": ["true"]});
    let mut spec = json!({});
    for (object, more) in [(&mut task, of_task), (&mut spec, of_spec)] {
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    spec["tasks"] = json!([task]);
    execution(spec)
}

fn merged(of_spec: &Value, of_task: &Value) -> Value {
    let document = spec(&json!({"template": of_spec}), &json!({"template": of_task}));
    let valid = validate_document(document, &Limits::CLUSTER).unwrap();
    let spec = &valid.execution().spec;
    template::merged(spec, &spec.tasks[0])
}

fn refusals(of_spec: &Value, of_task: &Value) -> Vec<String> {
    let errors = validate_document(spec(of_spec, of_task), &Limits::CLUSTER).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn without_a_template_there_is_the_bare_form() {
    let bare = json!({"metadata": {}, "spec": {"containers": [{"name": "main"}]}});
    assert_eq!(merged(&Value::Null, &json!({})), bare);
    assert_eq!(merged(&json!({"metadata": null, "spec": null}), &json!({"spec": {}})), bare);
}

#[test]
fn the_tasks_own_lies_over_the_executions() {
    let of_spec = json!({
        "metadata": {"labels": {"team": "a", "x": "1"}},
        "spec": {
            "serviceAccountName": "one", "priorityClassName": "low",
            "tolerations": [{"key": "a"}, {"key": "b"}],
            "securityContext": {"runAsUser": 1, "fsGroup": 2},
            "volumes": [{"name": "s", "emptyDir": {}}, {"name": "t", "emptyDir": {}}],
            "containers": [{"name": "main", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "volumeMounts": [{"name": "s", "mountPath": "/s", "readOnly": true}]}],
        },
    });
    let of_task = json!({
        "metadata": {"labels": {"x": "2"}, "annotations": {"n": "v"}},
        "spec": {
            "serviceAccountName": "two", "priorityClassName": null,
            "tolerations": [{"key": "c"}],
            "securityContext": {"runAsUser": 7},
            "volumes": [{"name": "s", "configMap": {"name": "c"}}],
            "initContainers": [{"name": "side", "image": "p:1", "restartPolicy": "Always"}],
            "containers": [{"name": "main",
                "env": [{"name": "C", "value": "3"}, {"name": "A", "valueFrom": {"secretKeyRef": {"name": "k", "key": "v"}}}],
                "volumeMounts": [{"name": "t", "mountPath": "/s"}, {"name": "t", "mountPath": "/t"}],
                "securityContext": {"privileged": false}}],
        },
    });
    let expected = json!({
        "metadata": {"labels": {"team": "a", "x": "2"}, "annotations": {"n": "v"}},
        "spec": {
            "serviceAccountName": "two",
            "tolerations": [{"key": "c"}],
            "securityContext": {"runAsUser": 7, "fsGroup": 2},
            "volumes": [{"name": "s", "configMap": {"name": "c"}}, {"name": "t", "emptyDir": {}}],
            "initContainers": [{"name": "side", "image": "p:1", "restartPolicy": "Always"}],
            "containers": [{"name": "main",
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "k", "key": "v"}}}, {"name": "B", "value": "2"},
                    {"name": "C", "value": "3"}],
                "volumeMounts": [{"name": "t", "mountPath": "/s"}, {"name": "t", "mountPath": "/t"}],
                "securityContext": {"privileged": false}}],
        },
    });
    assert_eq!(merged(&of_spec, &of_task), expected);
}

#[test]
fn explicit_fields_lie_over_both() {
    let mut pod = merged(
        &json!({"spec": {"nodeSelector": {"disk": "ssd", "zone": "x"}, "containers": [
            {"name": "main", "workingDir": "/t", "resources": {"limits": {"gpu": 1, "memory": "1G"}}}]}}),
        &json!({}),
    );
    let explicit = json!({"metadata": {"labels": {"l": "v"}}, "spec": {
        "restartPolicy": "Never", "nodeSelector": {"zone": "y"},
        "containers": [{"name": "main", "image": "u:1", "workingDir": "/e", "resources": {"limits": {"memory": "2G"}}}]}});
    template::lay_over(&mut pod, explicit);
    let expected = json!({"metadata": {"labels": {"l": "v"}}, "spec": {
        "restartPolicy": "Never", "nodeSelector": {"disk": "ssd", "zone": "y"},
        "containers": [{"name": "main", "image": "u:1", "workingDir": "/e", "resources": {"limits": {"gpu": 1, "memory": "2G"}}}]}});
    assert_eq!(pod, expected);
}

#[test]
fn what_is_the_systems_to_say_is_refused() {
    let template = json!({
        "metadata": {"name": "n", "labels": {
            "controller-uid": "u", "job-name": "j", "batch.kubernetes.io/job-name": "j",
            "execution.kubegene.io/task": "t", "good": "g", "number": 1}},
        "specs": {},
        "spec": {
            "restartPolicy": "Never",
            "containers": [
                {"name": "main", "image": "i", "command": ["c"], "args": ["a"], "env": [{"name": "GENE_TASK", "value": "x"}]},
                {"name": "other"}, {"image": "i"}],
            "initContainers": [{"name": "once"}, {"name": "often", "restartPolicy": "OnFailure"},
                {"name": "main", "restartPolicy": "Always"}],
            "volumes": {"name": "v"},
        },
    });
    let at = "spec.tasks[0].template";
    let expected = [
        "specs: there is no field \"specs\" here; there is a field \"spec\"",
        "metadata.name: there is no field \"name\" here; the fields here are labels, annotations",
        "metadata.labels[batch.kubernetes.io/job-name]: the label \"batch.kubernetes.io/job-name\" is set by the system; choose another name for the label",
        "metadata.labels.controller-uid: the label \"controller-uid\" is set by the system; choose another name for the label",
        "metadata.labels[execution.kubegene.io/task]: the label \"execution.kubegene.io/task\" is set by the system; choose another name for the label",
        "metadata.labels.job-name: the label \"job-name\" is set by the system; choose another name for the label",
        "metadata.labels.number: a string is wanted, not 1; put it in quotes",
        "spec.restartPolicy: the system sets the pod's restartPolicy; remove it: retry and backoffLimit say what happens after a failure",
        "spec.containers[2].name: name is missing; add the field name, a string: the items of this list are told apart by it",
        "spec.containers[0].image: the task says what image the container \"main\" has; write the task's image",
        "spec.containers[0].command: the task says what command the container \"main\" has; write the task's shell and commands",
        "spec.containers[0].args: the task says what args the container \"main\" has; write the task's commands",
        "spec.containers[0].env[0].name: names that begin with GENE_ are set by the system; choose another name",
        "spec.containers[1].name: container \"other\" would keep the Job from ending; only \"main\", which runs the command, may stand here; move it to initContainers with restartPolicy: Always, so that it is ended with the command",
        "spec.initContainers[0].restartPolicy: container \"once\" does not run beside the command; write restartPolicy: Always; what has to come before is a task of its own",
        "spec.initContainers[1].restartPolicy: container \"often\" does not run beside the command; write restartPolicy: Always; what has to come before is a task of its own",
        "spec.initContainers[2].name: \"main\" is the container that runs the command; give this one another name, or move it to containers",
        "spec.volumes: a list is wanted; write a list, as in a pod template",
    ];
    let found = refusals(&json!({}), &json!({"template": template}));
    assert_eq!(found, expected.map(|line| format!("{at}.{line}")));
    // The Execution's own is held to the same.
    let found = refusals(&json!({"template": template}), &json!({}));
    assert_eq!(found, expected.map(|line| format!("spec.template.{line}")));
}

#[test]
fn a_volume_has_one_source() {
    let template =
        json!({"spec": {"volumes": [{"name": "ok", "emptyDir": {}}, {"name": "ref", "emptyDir": {}}]}});
    let volumes = json!({"ref": {"mountPath": "/ref", "mountFrom": {"pvc": "claim"}}});
    let both = json!({"volumes": volumes, "template": template});
    let expected = "template.spec.volumes[1].name: task \"a\" has a volume \"ref\" of its own; give one of the two another name";
    assert_eq!(
        refusals(&json!({"template": template}), &both),
        [format!("spec.{expected}"), format!("spec.tasks[0].{expected}")]
    );
    assert_eq!(refusals(&json!({"template": template}), &json!({"template": template})), [""; 0]);
}

#[test]
fn a_template_of_any_shape_is_judged_and_nothing_else() {
    for value in [json!(1), json!("x"), json!([]), json!(true)] {
        let found = refusals(&json!({"template": value}), &json!({}));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("spec.template: an object is wanted, not "), "{found:?}");
        for part in ["metadata", "spec"] {
            let found = refusals(&json!({}), &json!({"template": {part: value}}));
            assert_eq!(found.len(), 1, "{found:?}");
        }
        let odd = json!({"metadata": {"labels": value}, "spec": {"containers": [value], "volumes": [value]}});
        assert!(refusals(&json!({}), &json!({"template": odd})).len() >= 3, "{value}");
    }
    let deep = (0..100).fold(json!(1), |inner, _| json!({"x": inner}));
    let found = refusals(&json!({"template": {"spec": deep}}), &json!({}));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("nested more than 64 levels deep"), "{found:?}");
}
