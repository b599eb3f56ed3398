//! What `kubectl apply -k manifests` creates: complete, restricted, and in agreement with the code.

#![allow(clippy::panic, reason = "a test says what it expected")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use gene_controller::permissions::{LEASE, RULES, Rule, Scope};
use serde_json::{Value, json};

const NAMESPACE: &str = "kubegene-system";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents of a manifest.
fn documents(file: &str) -> Vec<Value> {
    let path = format!("manifests/{file}");
    serde_saphyr::from_multiple(&text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files that the kustomization names, in its order.
fn resources() -> Vec<String> {
    let [kustomization] = &documents("kustomization.yaml")[..] else { panic!("one document") };
    serde_json::from_value(kustomization["resources"].clone()).expect("a list of files")
}

/// Everything that is created.
fn objects() -> Vec<Value> {
    resources().iter().flat_map(|file| documents(file)).collect()
}

fn object(kind: &str) -> Value {
    let mut found: Vec<Value> = objects().into_iter().filter(|object| object["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

#[test]
fn the_kustomization_names_every_manifest() {
    let entries = fs::read_dir(root().join("manifests")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = names.filter(|name| name != "kustomization.yaml").collect();
    let listed = resources();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), there);
    assert_eq!(listed.len(), there.len(), "a file is listed twice: {listed:?}");
}

#[test]
fn objects_are_in_the_namespace_under_labels_by_which_they_are_found() {
    let mut seen = BTreeSet::new();
    for object in objects() {
        let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
        let name = metadata["name"].as_str().unwrap();
        assert!(seen.insert((kind.to_owned(), name.to_owned())), "{kind} {name} is there twice");
        if kind == "CustomResourceDefinition" {
            continue;
        }
        assert_eq!(metadata["labels"]["app.kubernetes.io/part-of"], "kubegene", "{kind} {name}");
        let is_of_the_cluster = ["Namespace", "ClusterRole", "ClusterRoleBinding"].contains(&kind);
        let namespace = if is_of_the_cluster { Value::Null } else { json!(NAMESPACE) };
        assert_eq!(metadata["namespace"], namespace, "{kind} {name}");
    }
    let namespace = object("Namespace");
    assert_eq!(namespace["metadata"]["name"], NAMESPACE);
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
}

/// The fields that the restricted profile of Pod Security asks for, and a root file system that cannot be written.
#[test]
fn pods_are_restricted() {
    let deployment = object("Deployment");
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
    for field in ["hostNetwork", "hostPID", "hostIPC", "volumes", "initContainers", "priorityClassName"] {
        assert_eq!(pod[field], Value::Null, "{field}");
    }
    for container in pod["containers"].as_array().unwrap() {
        assert_eq!(
            container["securityContext"],
            json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            })
        );
        assert!(container["resources"]["requests"]["memory"].is_string());
        assert!(container["resources"]["limits"]["memory"].is_string());
    }
}

#[test]
fn one_replica_is_always_there() {
    let deployment = object("Deployment");
    let spec = &deployment["spec"];
    assert_eq!(spec["replicas"], 2);
    assert_eq!(spec["strategy"]["rollingUpdate"], json!({"maxUnavailable": 0, "maxSurge": 1}));
    let labels = &spec["template"]["metadata"]["labels"];
    let budget = object("PodDisruptionBudget");
    assert_eq!(budget["spec"]["minAvailable"], 1);
    let spread = &spec["template"]["spec"]["topologySpreadConstraints"][0];
    for selector in [&spec["selector"], &budget["spec"]["selector"], &spread["labelSelector"]] {
        let wanted = selector["matchLabels"].as_object().unwrap();
        assert!(!wanted.is_empty());
        for (key, value) in wanted {
            assert_eq!(&labels[key], value, "{key}");
        }
    }
    assert_eq!(spread["whenUnsatisfiable"], "ScheduleAnyway");
}

#[test]
fn the_container_is_started_and_asked_as_the_program_expects() {
    let deployment = object("Deployment");
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["command"], json!(["/gene-controller"]));
    assert_eq!(
        container["args"],
        json!([
            "--leader-elect",
            "--identity=$(POD_NAME)",
            "--lease-namespace=$(POD_NAMESPACE)",
            "--listen=0.0.0.0:8080",
            "--log-format=json",
        ])
    );
    let from = |path: &str| json!({"fieldRef": {"fieldPath": path}});
    assert_eq!(
        container["env"],
        json!([
            {"name": "POD_NAME", "valueFrom": from("metadata.name")},
            {"name": "POD_NAMESPACE", "valueFrom": from("metadata.namespace")},
        ])
    );
    assert_eq!(container["ports"], json!([{"name": "http", "containerPort": 8080}]));
    for (probe, path) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
        assert_eq!(container[probe]["httpGet"], json!({"path": path, "port": "http"}), "{probe}");
    }
}

#[test]
fn the_image_is_of_this_version_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    let deployment = object("Deployment");
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], format!("kubegene/kubegene:{version}"));
    assert_eq!(container["imagePullPolicy"], "IfNotPresent");
    let label = format!("org.opencontainers.image.version=\"{version}\"");
    assert!(text("Dockerfile").contains(&label), "the Dockerfile lacks {label}");
    assert!(text("xtask/src/image.rs").contains("\"docker.io/kubegene/kubegene\""));
}

/// A rule of RBAC.
fn as_manifest(rule: &Rule) -> Value {
    let mut manifest = json!({"apiGroups": [rule.group], "resources": [rule.resource], "verbs": rule.verbs});
    if rule.scope == Scope::OwnLease {
        manifest["resourceNames"] = json!([LEASE]);
    }
    manifest
}

#[test]
fn rights_are_the_calls_that_the_controller_makes() {
    let of = |is_wanted: fn(Scope) -> bool| -> Value {
        RULES.iter().filter(|rule| is_wanted(rule.scope)).map(as_manifest).collect()
    };
    assert_eq!(object("ClusterRole")["rules"], of(|scope| scope == Scope::Cluster));
    assert_eq!(object("Role")["rules"], of(|scope| scope != Scope::Cluster));

    let account = object("ServiceAccount");
    let deployment = object("Deployment");
    assert_eq!(deployment["spec"]["template"]["spec"]["serviceAccountName"], account["metadata"]["name"]);
    let subject =
        json!({"kind": "ServiceAccount", "name": account["metadata"]["name"], "namespace": NAMESPACE});
    for (kind, role) in [("ClusterRoleBinding", "ClusterRole"), ("RoleBinding", "Role")] {
        let binding = object(kind);
        assert_eq!(binding["subjects"], json!([subject]), "{kind}");
        assert_eq!(binding["roleRef"]["kind"], role);
        assert_eq!(binding["roleRef"]["name"], object(role)["metadata"]["name"]);
    }
}

#[test]
fn every_rule_is_explained() {
    let page = text("docs/install.md");
    let rows: Vec<(&str, &str)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('|'))
        .map(|(resource, rest)| {
            (resource.trim().trim_end_matches('`'), rest.split('|').next().unwrap().trim())
        })
        .collect();
    let expected = RULES.iter().map(|rule| {
        let group = if rule.group.is_empty() { String::new() } else { format!(".{}", rule.group) };
        let (resource, part) = rule
            .resource
            .split_once('/')
            .map_or((rule.resource, String::new()), |(whole, part)| (whole, format!("/{part}")));
        (format!("{resource}{group}{part}"), rule.verbs.join(", "))
    });
    let rows: Vec<_> =
        rows.iter().map(|(resource, verbs)| ((*resource).to_owned(), (*verbs).to_owned())).collect();
    assert_eq!(rows, expected.collect::<Vec<_>>());
}
