//! What happens to Executions, and to whoever creates some, while the product is changed and broken.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    fixture::{Lab, command, document, root, text, until},
    load::Load,
    product::{NAMESPACE, apply, read, rolled_out, succeed, webhook_pods},
};

/// For how long creates may be refused after one of two replicas was killed: generous, since it is a machine's that does
/// much besides. docs/webhook.md says what was measured.
const MISSED: Duration = Duration::from_secs(10);

/// The tasks of the Execution, each after the whole of the one before, and the width of each.
const LEVELS: usize = 6;
const WIDTH: usize = 5;

/// A rolling update of everything, an exchange of the authority, leaves that are renewed, and a rolling update back.
pub fn nothing_is_lost_or_refused_meanwhile() {
    let lab = Lab::new("upgrade");
    let shared = format!("kubegene-{}", lab.namespace);
    let submitted = lab.submit(&document("wide", &tasks(&shared)), &[]);
    assert_eq!(submitted.code, Some(0), "{submitted:?}");
    until("the Execution to have begun", || (!lab.jobs("wide").is_empty()).then_some(()));

    let load = Load::start();
    let bundles = bundles();
    let changed = changed_manifests();
    apply(&changed.path().display().to_string());
    assert_eq!(self::bundles(), bundles, "what was applied has taken caBundle away");
    rolled_out();
    assert_eq!(phase(&lab), "Running", "the Execution is too short for this test");

    let rotated = command("gene-certs", &["rotate", "--wait"]).output().unwrap();
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    assert_ne!(self::bundles(), bundles, "the authority is the old one");
    for _ in 0..2 {
        renewed_everywhere();
    }

    apply("manifests");
    rolled_out();
    until("the replaced replicas to be gone", || (all_webhook_pods() == 2).then_some(()));
    let outcome = load.stop();
    eprintln!(
        "{} creates while all was replaced twice, the authority exchanged and leaves renewed: {} refused, the slowest {:.2} s",
        outcome.len(),
        outcome.refusals().len(),
        outcome.slowest().as_secs_f64()
    );
    assert_eq!(outcome.refusals(), Vec::<&str>::new());
    lab.wait("wide", "phase=Succeeded");
    ran_once(&lab, &shared);
}

fn phase(lab: &Lab) -> String {
    text(&lab.execution("wide")["status"]["phase"])
}

/// Each vertex writes a line of its own to the node, each time that it runs.
fn tasks(shared: &str) -> String {
    let mut spec = "  tasks:\n".to_owned();
    for level in 0..LEVELS {
        let dependents =
            if level > 0 { format!(", dependents: [{{target: t{}}}]", level - 1) } else { String::new() };
        let task = format!(
            "  - {{name: t{level}, image: busybox, commandsIter: {{count: {WIDTH}, command: \
             'echo $GENE_TASK.$GENE_INDEX >> /out/ran; sleep 4 # ${{item}}'}}{dependents}, volumes: {{out: \
             {{mountPath: /out, mountFrom: {{hostPath: {{path: /tmp/{shared}, type: DirectoryOrCreate}}}}}}}}}}\n"
        );
        spec.push_str(&task);
    }
    spec
}

/// Every vertex has one Job with one success, and has written one line.
fn ran_once(lab: &Lab, shared: &str) {
    let jobs = lab.of("jobs", "wide");
    assert_eq!(jobs.len(), LEVELS * WIDTH);
    for job in jobs {
        assert_eq!(
            (&job["status"]["succeeded"], &job["status"]["failed"]),
            (&json!(1), &Value::Null),
            "{job:#}"
        );
    }
    let spec = format!(
        "  tasks:\n  - name: read\n    image: busybox\n    commands: ['cat /host/{shared}/ran && rm -r /host/{shared}']\n    \
         volumes: {{host: {{mountPath: /host, mountFrom: {{hostPath: {{path: /tmp}}}}}}}}\n"
    );
    let said = lab.submit(&document("read", &spec), &["--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = lab.succeed(&["logs", "read/read/0"]);
    let mut ran: Vec<&str> = said.out.lines().collect();
    ran.sort_unstable();
    let expected = (0..LEVELS).flat_map(|level| (0..WIDTH).map(move |index| format!("t{level}.{index}")));
    assert_eq!(ran, expected.collect::<Vec<_>>());
}

/// A version with another definition, other pods, and certificates that live for seconds.
fn changed_manifests() -> TempDir {
    let directory = tempfile::tempdir_in(root().join("target")).unwrap();
    let template =
        json!({"spec": {"template": {"metadata": {"annotations": {"example.org/version": "next"}}}}});
    let webhook: Vec<Value> = ["--leaf-life=9s", "--check-interval=1s", "--settle=2s"]
        .map(|word| json!({"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": word}))
        .to_vec();
    let patch = |kind: &str, name: &str, patch: &Value| json!({"target": {"kind": kind, "name": name}, "patch": patch.to_string()});
    let mut deployment = template;
    deployment["apiVersion"] = json!("apps/v1");
    deployment["kind"] = json!("Deployment");
    deployment["metadata"] = json!({"name": "any"});
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../../manifests"],
        "patches": [
            patch("Deployment", "gene-.*", &deployment),
            patch("Deployment", "gene-webhook", &json!(webhook)),
            patch("CustomResourceDefinition", ".*", &json!({
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": "any", "annotations": {"example.org/version": "next"}},
            })),
        ],
    });
    fs::write(directory.path().join("kustomization.yaml"), kustomization.to_string()).unwrap();
    directory
}

/// What stands in `caBundle` of both configurations.
fn bundles() -> Vec<String> {
    let read =
        |kind: &str| text(&read(&["get", kind, "gene-webhook"])["webhooks"][0]["clientConfig"]["caBundle"]);
    ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"].map(read).to_vec()
}

/// Returns when each replica shows another certificate than now.
fn renewed_everywhere() {
    let now: Vec<(String, String)> = webhook_pods()
        .into_iter()
        .map(|pod| {
            let expiry = expiry(&pod);
            (pod, expiry)
        })
        .collect();
    assert_eq!(now.len(), 2, "{now:?}");
    for (pod, before) in now {
        until("another certificate", || (expiry(&pod) != before).then_some(()));
    }
}

/// When the certificate of a replica ends, as its metrics say.
fn expiry(pod: &str) -> String {
    let metrics =
        succeed(&["get", "--raw", &format!("/api/v1/namespaces/{NAMESPACE}/pods/{pod}:8080/proxy/metrics")]);
    let line =
        metrics.lines().find(|line| line.starts_with("gene_webhook_certificate_expiry_timestamp_seconds "));
    line.unwrap_or_else(|| panic!("{metrics}")).to_owned()
}

fn all_webhook_pods() -> usize {
    let pods = read(&["-n", NAMESPACE, "get", "pods", "-l", "app.kubernetes.io/name=gene-webhook"]);
    pods["items"].as_array().unwrap().len()
}

/// Each in turn: an API server keeps its connection, so that it does not notice the end of the one that it does not ask.
pub fn a_killed_replica_is_missed_for_moments() {
    for pod in webhook_pods() {
        kill(&pod);
    }
}

fn kill(pod: &str) {
    let process = process(pod);
    let load = Load::start();
    kill_process(process, Signal::KILL).unwrap();
    let killed = Instant::now();
    until("the replica to be there again", || {
        let status = read(&["-n", NAMESPACE, "get", "pod", pod])["status"].take();
        let container = &status["containerStatuses"][0];
        (container["restartCount"] == 1 && container["ready"] == true).then_some(())
    });
    let back = killed.elapsed();
    let outcome = load.stop();
    eprintln!(
        "one of two replicas killed: {} of {} creates refused, within {:.2} s; it was back after {:.1} s",
        outcome.refusals().len(),
        outcome.len(),
        outcome.refused_for().as_secs_f64(),
        back.as_secs_f64()
    );
    assert!(
        outcome.refused_for() < MISSED,
        "refused for {:?}: {:?}",
        outcome.refused_for(),
        outcome.refusals()
    );
    // What was refused was so because nobody answered.
    for refusal in outcome.refusals() {
        assert!(refusal.contains("failed calling webhook"), "{refusal}");
    }
}

/// The process of a pod of the webhook: in its environment is the pod's name.
fn process(pod: &str) -> Pid {
    let name = format!("HOSTNAME={pod}");
    let of_the_pod = |directory: &PathBuf| {
        let command = fs::read(directory.join("cmdline")).unwrap_or_default();
        let environment = fs::read(directory.join("environ")).unwrap_or_default();
        command.starts_with(b"/gene-webhook\0")
            && environment.split(|byte| *byte == 0).any(|variable| variable == name.as_bytes())
    };
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = processes.filter(of_the_pod).collect();
    assert_eq!(found.len(), 1, "the cluster must run on this machine, and this test as root: {found:?}");
    let id = found.remove(0).file_name().unwrap().to_str().unwrap().parse().unwrap();
    Pid::from_raw(id).unwrap()
}
