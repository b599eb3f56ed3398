//! The Deployments: restricted, never without a replica, started as the programs expect.

use gene_controller::args::Args;
use serde_json::{Value, json};

use crate::place::{base, one, text};

/// Both programs.
const NAMES: [&str; 2] = ["gene-controller", "gene-webhook"];

fn deployment(name: &str) -> Value {
    one(&base(), "Deployment", name)
}

fn container(name: &str) -> Value {
    let containers = deployment(name)["spec"]["template"]["spec"]["containers"].clone();
    assert_eq!(containers.as_array().unwrap().len(), 1);
    containers[0].clone()
}

/// The fields that the restricted profile of Pod Security asks for, and a root file system that cannot be written.
#[test]
fn pods_are_restricted() {
    for name in NAMES {
        let deployment = deployment(name);
        let pod = &deployment["spec"]["template"]["spec"];
        assert_eq!(
            pod["securityContext"],
            json!({
                "runAsNonRoot": true,
                "runAsUser": 65532,
                "runAsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            })
        );
        for field in ["hostNetwork", "hostPID", "hostIPC", "volumes", "initContainers"] {
            assert_eq!(pod[field], Value::Null, "{field}");
        }
        assert_eq!(pod["priorityClassName"], one(&base(), "PriorityClass", "kubegene")["metadata"]["name"]);
        let container = container(name);
        assert_eq!(
            container["securityContext"],
            json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            })
        );
        assert!(container["resources"]["requests"]["cpu"].is_string());
        assert!(container["resources"]["requests"]["memory"].is_string());
        assert!(container["resources"]["limits"]["memory"].is_string());
    }
}

#[test]
fn one_replica_is_always_there() {
    for name in NAMES {
        let deployment = deployment(name);
        let spec = &deployment["spec"];
        assert_eq!(spec["replicas"], 2);
        assert_eq!(spec["strategy"]["rollingUpdate"], json!({"maxUnavailable": 0, "maxSurge": 1}));
        let labels = &spec["template"]["metadata"]["labels"];
        let budget = one(&base(), "PodDisruptionBudget", name);
        assert_eq!(budget["spec"]["minAvailable"], 1);
        let network = one(&base(), "NetworkPolicy", name);
        let spread = &spec["template"]["spec"]["topologySpreadConstraints"][0];
        let mut selectors = vec![
            spec["selector"]["matchLabels"].clone(),
            budget["spec"]["selector"]["matchLabels"].clone(),
            network["spec"]["podSelector"]["matchLabels"].clone(),
            spread["labelSelector"]["matchLabels"].clone(),
        ];
        if name == "gene-webhook" {
            selectors.push(one(&base(), "Service", name)["spec"]["selector"].clone());
        }
        for selector in selectors {
            assert_eq!(selector, json!({"app.kubernetes.io/name": name}));
            assert_eq!(labels["app.kubernetes.io/name"], name);
        }
        assert_eq!(spread["whenUnsatisfiable"], "ScheduleAnyway");
    }
}

/// New endpoints are known everywhere before old ones go, and what runs may end.
#[test]
fn the_webhook_is_replaced_without_a_gap() {
    let deployment = deployment("gene-webhook");
    assert_eq!(deployment["spec"]["minReadySeconds"], 5);
    let grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
    let configuration = one(&base(), "ValidatingWebhookConfiguration", "gene-webhook");
    let review = configuration["webhooks"][0]["timeoutSeconds"].as_u64().unwrap();
    assert!(grace >= 5 + review + 5, "{grace} s is too short for 5 s of drain and a review of {review} s");
}

#[test]
fn the_controller_is_started_as_it_expects() {
    let container = container("gene-controller");
    assert_eq!(container["command"], json!(["/gene-controller"]));
    let args = arguments(&container);
    let parsed: Args = clap::Parser::try_parse_from(&args).unwrap();
    assert_eq!((parsed.namespace, parsed.lease_namespace.as_deref()), (None, Some("kubegene-system")));
    assert_eq!(parsed.listen.port(), 8080);
    assert_eq!(container["ports"], json!([{"name": "http", "containerPort": 8080}]));
}

#[test]
fn the_webhook_is_started_as_it_expects() {
    let container = container("gene-webhook");
    assert_eq!(container["command"], json!(["/gene-webhook"]));
    assert_eq!(
        arguments(&container)[1..],
        [
            "--listen=0.0.0.0:8443",
            "--admin-listen=0.0.0.0:8080",
            "--secret=gene-webhook-ca",
            "--service=gene-webhook",
            "--namespace=kubegene-system",
            "--configuration=gene-webhook",
            "--log-format=json",
        ]
    );
    assert_eq!(
        container["ports"],
        json!([{"name": "https", "containerPort": 8443}, {"name": "http", "containerPort": 8080}])
    );
    let service = one(&base(), "Service", "gene-webhook");
    assert_eq!(service["spec"]["ports"][0]["targetPort"], "https");
}

#[test]
fn pods_are_asked_for_their_health() {
    for name in NAMES {
        let container = container(name);
        for (probe, path) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
            assert_eq!(container[probe]["httpGet"], json!({"path": path, "port": "http"}), "{name} {probe}");
        }
    }
}

/// The command line as the kubelet makes it.
fn arguments(container: &Value) -> Vec<String> {
    let words = |field: &str| -> Vec<String> { serde_json::from_value(container[field].clone()).unwrap() };
    let expand = |word: String| {
        let known = [
            ("POD_NAME", "pod-0", "metadata.name"),
            ("POD_NAMESPACE", "kubegene-system", "metadata.namespace"),
        ];
        known.iter().fold(word, |word, (name, value, path)| {
            let reference = format!("$({name})");
            if word.contains(&reference) {
                let variable = json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}});
                assert!(container["env"].as_array().unwrap().contains(&variable), "{name} is not set");
            }
            word.replace(&reference, value)
        })
    };
    [words("command"), words("args")].concat().into_iter().map(expand).collect()
}

#[test]
fn the_image_is_of_this_version_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    for name in NAMES {
        let container = container(name);
        assert_eq!(container["image"], format!("kubegene/kubegene:{version}"));
        assert_eq!(container["imagePullPolicy"], "IfNotPresent");
    }
    let label = format!("org.opencontainers.image.version=\"{version}\"");
    assert!(text("Dockerfile").contains(&label), "the Dockerfile lacks {label}");
    assert!(text("xtask/src/image.rs").contains("\"docker.io/kubegene/kubegene\""));
}
