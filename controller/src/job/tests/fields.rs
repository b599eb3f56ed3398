//! Each field of a task, where it stands in the Job.

use serde_json::{Value, json};

use super::{at, job_of, main, pod, task};

#[test]
fn plain_fields_are_honoured() {
    let job = task(
        json!({"activeDeadlineSeconds": 60, "workingDir": "/data", "env": [], "shell": ["python3", "-c"]}),
    );
    assert_eq!(*at(&job, "/spec/activeDeadlineSeconds"), 60);
    assert_eq!(*main(&job, "workingDir"), "/data");
    assert_eq!(*main(&job, "command"), json!(["python3", "-c", "true"]));
}

#[test]
fn resources_become_requests_and_limits() {
    let resources = |given: Value| main(&task(json!({"resources": given})), "resources").clone();
    for (given, expected) in [
        (
            json!({"cpu": 2, "memory": "4G"}),
            json!({"requests": {"cpu": "2", "memory": "4G"}, "limits": {"memory": "4G"}}),
        ),
        (json!({"cpu": 0.5, "memory": 0}), json!({"requests": {"cpu": "0.5"}})),
        (json!({"cpu": "0", "memory": "0"}), Value::Null),
        (json!({}), Value::Null),
        (
            json!({"requests": {"cpu": "250m", "memory": 0}, "limits": {"memory": "1Gi", "nvidia.com/gpu": 1, "cpu": 0}}),
            json!({"requests": {"cpu": "250m", "memory": "0"}, "limits": {"memory": "1Gi", "nvidia.com/gpu": "1"}}),
        ),
        (json!({"requests": {"cpu": 0}, "limits": {"cpu": "0m"}}), Value::Null),
    ] {
        assert_eq!(resources(given.clone()), expected, "{given}");
    }
}

#[test]
fn volumes_come_from_everywhere() {
    let job = task(json!({"volumes": {
        "a-claim": {"mountPath": "/a", "mountFrom": {"pvc": "data"}},
        "b-map": {"mountPath": "/b", "readOnly": true, "subPath": "x/y", "mountFrom": {"configMap": "conf"}},
        "c-secret": {"mountPath": "/c", "readOnly": false, "mountFrom": {"secret": "key"}},
        "d-empty": {"mountPath": "/d", "mountFrom": {"emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"}}},
        "e-host": {"mountPath": "/e", "mountFrom": {"hostPath": {"path": "/mnt", "type": "Directory"}}},
        "f-nfs": {"mountPath": "/f", "mountFrom": {"nfs": {"server": "nas", "path": "/x", "readOnly": true}}},
        "g-empty": {"mountPath": "/g", "mountFrom": {"emptyDir": {}}},
    }}));
    assert_eq!(
        *pod(&job, "volumes"),
        json!([
            {"name": "a-claim", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "b-map", "configMap": {"name": "conf"}},
            {"name": "c-secret", "secret": {"secretName": "key"}},
            {"name": "d-empty", "emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"}},
            {"name": "e-host", "hostPath": {"path": "/mnt", "type": "Directory"}},
            {"name": "f-nfs", "nfs": {"server": "nas", "path": "/x", "readOnly": true}},
            {"name": "g-empty", "emptyDir": {}},
        ])
    );
    assert_eq!(
        *main(&job, "volumeMounts"),
        json!([
            {"name": "a-claim", "mountPath": "/a"},
            {"name": "b-map", "mountPath": "/b", "readOnly": true, "subPath": "x/y"},
            {"name": "c-secret", "mountPath": "/c"},
            {"name": "d-empty", "mountPath": "/d"},
            {"name": "e-host", "mountPath": "/e"},
            {"name": "f-nfs", "mountPath": "/f"},
            {"name": "g-empty", "mountPath": "/g"},
        ])
    );
}

#[test]
fn placement_is_the_tasks_else_the_executions() {
    let affinity = |zone: &str| json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": [zone]}]}]}}});
    let spec = json!({"nodeSelector": {"disk": "ssd"}, "affinity": affinity("a"), "tolerations": [{"key": "night", "operator": "Exists"}]});
    for inheriting in [json!({}), json!({"nodeSelector": {}, "tolerations": []})] {
        let job = job_of(spec.clone(), inheriting);
        for field in ["nodeSelector", "affinity", "tolerations"] {
            assert_eq!(pod(&job, field), &spec[field]);
        }
    }
    let own = json!({"nodeSelector": {"gpu": "yes"}, "affinity": affinity("b"), "tolerations": [{"key": "day", "operator": "Exists"}]});
    let job = job_of(spec, own.clone());
    for field in ["nodeSelector", "affinity", "tolerations"] {
        assert_eq!(pod(&job, field), &own[field]);
    }
    assert!(pod(&task(json!({})), "affinity").is_null());
}

#[test]
fn fields_lie_over_templates() {
    let job = job_of(
        json!({"template": {
            "metadata": {"labels": {"team": "genomics"}, "annotations": {"sidecar.istio.io/inject": "false"}},
            "spec": {
                "serviceAccountName": "runner",
                "securityContext": {"runAsNonRoot": true},
                "volumes": [{"name": "cache", "emptyDir": {}}],
                "initContainers": [{"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}],
                "containers": [{
                    "name": "main", "imagePullPolicy": "Always", "workingDir": "/from-template",
                    "env": [{"name": "A", "value": "template"}, {"name": "B", "value": "template"}],
                    "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
                    "securityContext": {"allowPrivilegeEscalation": false},
                }],
            },
        }}),
        json!({
            "template": {"spec": {"serviceAccountName": "aligner"}},
            "workingDir": "/data",
            "env": [{"name": "B", "value": "own"}, {"name": "C", "value": "own"}],
            "volumes": {"ref": {"mountPath": "/ref", "mountFrom": {"pvc": "ref"}}},
        }),
    );
    let metadata = at(&job, "/spec/template/metadata");
    assert_eq!(metadata["annotations"], json!({"sidecar.istio.io/inject": "false"}));
    assert_eq!(metadata["labels"]["team"], "genomics");
    assert_eq!(metadata["labels"]["execution.kubegene.io/index"], "0");
    assert!(at(&job, "/metadata/labels/team").is_null());
    assert_eq!(*pod(&job, "serviceAccountName"), "aligner");
    assert_eq!(*pod(&job, "securityContext"), json!({"runAsNonRoot": true}));
    assert_eq!(
        *pod(&job, "initContainers"),
        json!([{"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}])
    );
    assert_eq!(
        *pod(&job, "volumes"),
        json!([{"name": "cache", "emptyDir": {}}, {"name": "ref", "persistentVolumeClaim": {"claimName": "ref"}}])
    );
    assert_eq!(pod(&job, "containers").as_array().unwrap().len(), 1);
    assert_eq!(*main(&job, "name"), "test-exec-t-0");
    assert_eq!(
        (main(&job, "imagePullPolicy"), main(&job, "workingDir")),
        (&json!("Always"), &json!("/data"))
    );
    assert_eq!(
        *main(&job, "volumeMounts"),
        json!([{"name": "cache", "mountPath": "/cache"}, {"name": "ref", "mountPath": "/ref"}])
    );
    assert_eq!(
        main(&job, "env").as_array().unwrap()[4..],
        [
            json!({"name": "A", "value": "template"}),
            json!({"name": "B", "value": "own"}),
            json!({"name": "C", "value": "own"})
        ]
    );
}
