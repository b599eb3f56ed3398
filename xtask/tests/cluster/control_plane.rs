//! Clusters without a node.

use std::process::Stdio;

use crate::fixture::{Cluster, until};

#[test]
fn what_has_crashed_is_started_again_and_keeps_its_objects() {
    let cluster = Cluster::new();
    cluster.succeed(&["up", "--control-plane-only", "--fake-nodes", "3"]);
    let status = cluster.succeed(&["status"]);
    assert!(status.contains("3 of 3 Ready"), "{status}");
    let kubeconfig = cluster.state().join("admin.kubeconfig");
    assert_eq!(cluster.succeed(&["kubeconfig"]), format!("{}\n", kubeconfig.display()));

    let before = cluster.processes();
    cluster.succeed(&["up", "--control-plane-only", "--fake-nodes", "5"]);
    assert_eq!(cluster.processes(), before, "what runs is left alone");
    assert_eq!(
        cluster.kubectl(&["get", "nodes", "--selector=type=kwok", "--output=name"]).lines().count(),
        5
    );

    cluster.kubectl(&["create", "configmap", "kept"]);
    for name in ["kube-apiserver", "etcd", "kwok"] {
        cluster.crash(name);
    }
    let error = cluster.fail(&["status"]);
    for name in ["kube-apiserver", "etcd", "kwok"] {
        assert!(error.contains(&format!("{name} does not run")), "{error}");
    }
    cluster.succeed(&["up", "--control-plane-only"]);
    assert!(cluster.succeed(&["status"]).contains("5 of 5 Ready"));
    cluster.kubectl(&["get", "configmap", "kept"]);

    let error = cluster.fail(&["up", "--control-plane-only", "--fsync"]);
    assert!(error.contains("was started without --fsync"), "{error}");

    // The order in which an orderly end of the API server takes a minute.
    cluster.crash("etcd");
    for _ in 0..2 {
        cluster.succeed(&["down"]);
        assert_eq!(cluster.count(), 0);
        assert!(!cluster.state().exists());
    }
    assert!(cluster.fail(&["status"]).contains("there is no cluster at"));
    assert!(cluster.fail(&["kubeconfig"]).contains("cargo xtask cluster up"));
}

#[test]
fn a_job_on_fake_nodes_completes_and_is_in_the_audit_log() {
    let cluster = Cluster::new();
    cluster.succeed(&["up", "--control-plane-only", "--fake-nodes", "1"]);
    let job = cluster.state().join("job.json");
    std::fs::write(&job, JOB).unwrap();
    cluster.kubectl(&["create", "-f", &job.display().to_string()]);
    cluster.kubectl(&["wait", "--for=condition=Complete", "job/fake", "--timeout=60s"]);
    let audit = std::fs::read_to_string(cluster.state().join("audit.log")).unwrap();
    let is_creation = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["verb"] == "create" && event["objectRef"]["resource"] == "jobs"
    };
    assert_eq!(audit.lines().filter(|line| is_creation(line)).count(), 1);
    cluster.succeed(&["down"]);
}

const JOB: &str = r#"{
    "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "fake"},
    "spec": {"template": {"spec": {
        "restartPolicy": "Never",
        "nodeSelector": {"type": "kwok"},
        "tolerations": [{"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}],
        "containers": [{"name": "c", "image": "nothing"}]
    }}}
}"#;

#[test]
fn two_at_once_do_not_meet() {
    let (first, second) = (Cluster::new(), Cluster::new());
    let up = ["up", "--control-plane-only", "--fake-nodes", "1"];
    let mut start = first.command(&up).stderr(Stdio::null()).spawn().unwrap();
    second.succeed(&up);
    assert!(start.wait().unwrap().success());
    first.kubectl(&["create", "configmap", "mine"]);
    second.kubectl(&["create", "configmap", "mine"]);
    first.succeed(&["down"]);
    second.succeed(&["status"]);
    second.succeed(&["down"]);
}

#[test]
fn an_up_that_was_killed_half_way_is_ended_or_finished() {
    for then in ["down", "up"] {
        let cluster = Cluster::new();
        let up = ["up", "--control-plane-only", "--fake-nodes", "1"];
        let mut start = cluster.command(&up).stderr(Stdio::null()).spawn().unwrap();
        until("two processes run", || cluster.count() >= 2);
        start.kill().unwrap();
        start.wait().unwrap();
        if then == "up" {
            cluster.succeed(&up);
            cluster.succeed(&["status"]);
        }
        cluster.succeed(&["down"]);
        assert_eq!(cluster.count(), 0);
        assert!(!cluster.state().exists());
    }
}

#[test]
fn a_process_that_cannot_start_is_told_with_the_end_of_its_log() {
    let cluster = Cluster::new();
    cluster.succeed(&["up", "--control-plane-only", "--fake-nodes", "1"]);
    cluster.crash("kube-apiserver");
    std::fs::write(cluster.state().join("audit-policy.json"), "kind: Nonsense").unwrap();
    let error = cluster.fail(&["up", "--control-plane-only"]);
    assert!(error.contains("kube-apiserver has ended"), "{error}");
    assert!(error.contains("audit policy"), "{error}");
    cluster.succeed(&["down"]);
}
