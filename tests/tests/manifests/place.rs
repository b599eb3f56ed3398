//! Manifests as they lie there, and as kustomize makes them.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Where the product is installed.
pub const NAMESPACE: &str = "kubegene-system";

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string is wanted: {value}")).to_owned()
}

/// The documents of a manifest.
pub fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The files that a kustomization and those below it list, in its order.
pub fn listed(directory: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(directory.join("kustomization.yaml")).unwrap();
    let kustomization: Value = serde_saphyr::from_str(&text).unwrap();
    let resources = kustomization["resources"].as_array().unwrap().iter();
    let path = |resource: &Value| directory.join(resource.as_str().unwrap());
    resources.map(path).flat_map(|path| if path.is_dir() { listed(&path) } else { vec![path] }).collect()
}

/// All manifests below a directory, but for kustomizations.
pub fn files(directory: &Path) -> BTreeSet<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { BTreeSet::from([path]) })
        .filter(|path| !path.ends_with("kustomization.yaml"))
        .collect()
}

/// Everything that the base creates.
pub fn base() -> Vec<Value> {
    listed(&root().join("manifests/base"))
        .iter()
        .flat_map(|file| documents(&fs::read_to_string(file).unwrap()))
        .collect()
}

/// The object of a kind and name.
pub fn one(objects: &[Value], kind: &str, name: &str) -> Value {
    find(objects, kind, name).unwrap_or_else(|| panic!("there is no {kind} \"{name}\""))
}

/// The same, where there may be none.
pub fn find(objects: &[Value], kind: &str, name: &str) -> Option<Value> {
    let fits = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    objects.iter().find(fits).cloned()
}

/// What kustomize makes of a directory below `manifests`. `None` where this machine has no kubectl, which is said, and
/// fails where `CI` is set.
pub fn built(directory: &str) -> Option<Vec<Value>> {
    let Some(kubectl) = kubectl() else {
        assert!(env::var_os("CI").is_none(), "there is no kubectl");
        eprintln!("not run: there is no kubectl, neither on PATH nor in target/cluster/bin");
        return None;
    };
    let output =
        Command::new(kubectl).args(["kustomize", directory]).current_dir(root().join("manifests")).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{directory}: {}", String::from_utf8_lossy(&output.stderr));
    Some(documents(&String::from_utf8(output.stdout).unwrap()))
}

fn kubectl() -> Option<PathBuf> {
    let of_the_cluster = root().join("target/cluster/bin/kubectl");
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|directory| directory.join("kubectl"));
    on_path.chain([of_the_cluster]).find(|file| file.is_file())
}
