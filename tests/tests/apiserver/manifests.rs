//! That the API server takes every object of the manifests as it stands there.

use std::process::Command;

use gene_tests::resources;
use kube::{
    Api,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
    core::GroupVersionKind,
};
use serde_json::Value;

use crate::cluster::Place;

/// Kinds that other programs bring, which a cluster for tests has not.
const OF_OTHERS: [&str; 2] = ["cert-manager.io", "monitoring.coreos.com"];

#[tokio::test]
async fn the_api_server_takes_all_that_the_manifests_create() {
    let place = Place::new("manifests").await;
    let mut tried = 0;
    for directory in [
        ".",
        "overlays/cert-manager",
        "overlays/prometheus",
        "overlays/without-job-check",
        "overlays/namespaced/admin",
        "overlays/namespaced/app",
    ] {
        for object in built(directory) {
            let api_version = object["apiVersion"].as_str().unwrap();
            let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
            if OF_OTHERS.contains(&group) {
                continue;
            }
            let (kind, name) =
                (object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap());
            let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
            let mut object = object.clone();
            let api: Api<DynamicObject> = if object["metadata"]["namespace"].is_string() {
                // Theirs need not be there, and a dry run creates none.
                object["metadata"]["namespace"] = place.name().into();
                Api::namespaced_with(place.client.clone(), place.name(), &resource)
            } else {
                Api::all_with(place.client.clone(), &resource)
            };
            let mut parameters = PatchParams::apply("gene-test").force().dry_run();
            parameters.field_validation = Some(kube::api::ValidationDirective::Strict);
            let object = resources::object(object);
            let answer = api.patch(name, &parameters, &Patch::Apply(&object)).await;
            answer.unwrap_or_else(|error| panic!("{directory}: {kind} \"{name}\": {error}"));
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} objects were tried");
    place.namespace.delete().await.unwrap();
}

fn built(directory: &str) -> Vec<Value> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let of_the_cluster = format!("{root}/target/cluster/bin/kubectl");
    let kubectl =
        if std::path::Path::new(&of_the_cluster).exists() { of_the_cluster } else { "kubectl".to_owned() };
    let mut command = Command::new(kubectl);
    let output = command.args(["kustomize", &format!("{root}/manifests/{directory}")]).output().unwrap();
    assert!(output.status.success(), "{directory}: {}", String::from_utf8_lossy(&output.stderr));
    serde_saphyr::from_multiple(&String::from_utf8(output.stdout).unwrap()).unwrap()
}
