//! A cluster that runs containers: as root.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::fixture::{Cluster, until};

/// A pod that needs no image but the one that every node has.
const POD: &str = r#"{
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "held"},
    "spec": {"terminationGracePeriodSeconds": 0, "containers": [{
        "name": "c", "image": "kubegene.local/pause:1", "imagePullPolicy": "Never",
        "resources": {"limits": {"memory": "32Mi"}}
    }]}
}"#;

#[test]
fn a_node_runs_a_pod_survives_crashes_and_leaves_no_trace() {
    let machine = machine();
    let cluster = Cluster::new();
    cluster.succeed(&["up", "--fake-nodes", "2"]);
    let status = cluster.succeed(&["status"]);
    assert!(status.contains("3 of 3 Ready"), "{status}");
    let link = status.lines().find_map(|line| line.split_once("joined by link ")).unwrap().1.to_owned();
    assert_eq!(self::machine(), machine, "the machine's own rules and settings are left alone");

    let pod = cluster.state().join("pod.json");
    fs::write(&pod, POD).unwrap();
    cluster.kubectl(&["create", "-f", &pod.display().to_string()]);
    let is_ready = ["wait", "--for=condition=Ready", "pod/held", "--timeout=60s"];
    cluster.kubectl(&is_ready);
    let traces = traces(&cluster, &link);
    assert!(traces.iter().any(|trace| trace.contains("kubepods")), "{traces:?}");
    assert!(traces.iter().any(|trace| trace.contains(&link)), "{traces:?}");

    let container = || {
        cluster.kubectl(&[
            "get",
            "pod",
            "held",
            "--output=jsonpath={.status.containerStatuses[0].containerID}",
        ])
    };
    let before = container();
    for name in ["kubelet", "containerd", "kube-proxy"] {
        cluster.crash(name);
    }
    cluster.succeed(&["up"]);
    cluster.kubectl(&is_ready);
    assert_eq!(container(), before, "a container outlives containerd and kubelet");

    // Without what holds the namespaces, it is as if the machine had been started again.
    cluster.crash("pause");
    cluster.succeed(&["up"]);
    until("the pod has a new container", || container() != before);
    cluster.kubectl(&is_ready);

    cluster.crash("containerd");
    for _ in 0..2 {
        cluster.succeed(&["down"]);
        assert_eq!(self::traces(&cluster, &link), Vec::<String>::new());
        assert_eq!(self::machine(), machine);
    }
}

#[test]
fn two_at_once_have_networks_of_their_own() {
    let (first, second) = (Cluster::new(), Cluster::new());
    let mut start = first.command(&["up"]).stderr(Stdio::null()).spawn().unwrap();
    second.succeed(&["up"]);
    assert!(start.wait().unwrap().success());
    let networks = |cluster: &Cluster| {
        let status = cluster.succeed(&["status"]);
        let lines = status
            .lines()
            .filter(|line| ["pods ", "services ", "server "].iter().any(|name| line.starts_with(name)));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (of_first, of_second) = (networks(&first), networks(&second));
    assert_eq!(of_first.len(), 3);
    assert!(
        of_first.iter().zip(&of_second).all(|(first, second)| first != second),
        "{of_first:?} {of_second:?}"
    );
    first.succeed(&["down"]);
    second.succeed(&["status"]);
    second.succeed(&["down"]);
}

#[test]
fn a_kind_of_cluster_does_not_become_the_other() {
    let cluster = Cluster::new();
    cluster.succeed(&["up", "--control-plane-only", "--fake-nodes", "1"]);
    let error = cluster.fail(&["up"]);
    assert!(error.contains("is one without a node, not with a node"), "{error}");
    let error = cluster.fail(&["load-image", "any.tar"]);
    assert!(error.contains("any.tar"), "{error}");
    cluster.succeed(&["down"]);
}

/// What a cluster could change of the machine's own: packet filter rules and kernel settings.
fn machine() -> Vec<String> {
    let rules = output("iptables-save", &[]);
    // Without comments, which have the time, and without counters.
    let rules = rules.lines().filter(|line| !line.starts_with('#'));
    let rules = rules.map(|line| line.split(" [").next().unwrap_or_default().to_owned());
    let settings = ["net/ipv4/ip_forward", "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic"];
    let settings = settings.map(|name| fs::read_to_string(Path::new("/proc/sys").join(name)).unwrap());
    rules.chain(settings).collect()
}

/// Everything on the machine that has the cluster's name.
fn traces(cluster: &Cluster, link: &str) -> Vec<String> {
    let state = cluster.state().display().to_string();
    let group = link.replace("kubegene", "kubegene-");
    let groups = output("find", &["/sys/fs/cgroup", "-type", "d"]);
    let everything = [
        output("ip", &["-o", "link"]),
        output("ip", &["route", "show", "table", "all"]),
        fs::read_to_string("/proc/mounts").unwrap(),
        groups,
    ];
    let is_ours = |line: &&str| [link, &group, &state].iter().any(|name| line.contains(name));
    let mut traces: Vec<String> =
        everything.iter().flat_map(|text| text.lines()).filter(is_ours).map(str::to_owned).collect();
    if cluster.state().exists() {
        traces.push(state);
    }
    if cluster.count() > 0 {
        traces.push(format!("{} processes", cluster.count()));
    }
    traces
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
