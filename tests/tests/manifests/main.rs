//! What `kubectl apply -k manifests` and the overlays create: complete, restricted, and in agreement with the code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expected, and what it did not run"
)]

mod admission;
mod overlays;
mod place;
mod pods;
mod rights;

use std::collections::BTreeSet;

use place::{NAMESPACE, base, files, listed, one, root, text};
use serde_json::{Value, json};

/// Of the cluster, so in no namespace.
const OF_THE_CLUSTER: [&str; 8] = [
    "Namespace",
    "PriorityClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

#[test]
fn the_base_lists_every_file_once() {
    let listed = listed(&root().join("manifests/base"));
    let there = files(&root().join("manifests/base"));
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), there);
    assert_eq!(listed.len(), there.len(), "a file is listed twice: {listed:?}");
}

#[test]
fn objects_are_in_the_namespace_under_labels_by_which_they_are_found() {
    let mut seen = BTreeSet::new();
    for object in base() {
        let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
        let name = metadata["name"].as_str().unwrap();
        assert!(seen.insert((kind.to_owned(), name.to_owned())), "{kind} {name} is there twice");
        if kind == "CustomResourceDefinition" {
            continue;
        }
        assert_eq!(metadata["labels"]["app.kubernetes.io/part-of"], "kubegene", "{kind} {name}");
        let namespace = if OF_THE_CLUSTER.contains(&kind) { Value::Null } else { json!(NAMESPACE) };
        assert_eq!(metadata["namespace"], namespace, "{kind} {name}");
    }
    let namespace = one(&base(), "Namespace", NAMESPACE);
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
}

/// A request that meets a webhook before what serves it is there is refused: they come last.
#[test]
fn webhook_configurations_come_last() {
    let kinds: Vec<String> = base().iter().map(|object| place::string(&object["kind"])).collect();
    let first = kinds.iter().position(|kind| kind.ends_with("WebhookConfiguration")).unwrap();
    assert!(kinds[first..].iter().all(|kind| kind.ends_with("WebhookConfiguration")), "{kinds:?}");
    assert_eq!(kinds[0], "Namespace");
}

#[test]
fn install_yaml_is_the_base() {
    let (made, there) = (place::documents(&text("manifests/install.yaml")), base());
    assert_eq!(made.len(), there.len());
    for (made, there) in made.iter().zip(&there) {
        let what = format!("{} {}", there["kind"], there["metadata"]["name"]);
        assert!(made == there, "{what}: run \"cargo xtask generate\"");
    }
}
