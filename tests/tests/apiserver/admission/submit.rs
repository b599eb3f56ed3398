//! `kubectl gene submit` of what the server refuses: shown at the lines of the file.

use std::{fs, process::Command};

use super::{probe, scene::Scene};

/// Good for `lint`, and for whoever submits; not for a policy that this cluster has beside.
const FILE: &str = "\
apiVersion: execution.kubegene.io/v1alpha1
kind: Execution
metadata:
  name: wgs
spec:
  tasks:
  - name: trim
    image: fastp:0.23.4
    commands: [fastp -i reads.fq]
  - name: align
    image: bwa:0.7.17
    commands: [bwa mem ref.fa reads.fq]
    dependents:
    - target: trim
";

/// What was typed, and what it said.
fn submit(scene: &Scene, words: &[&str]) -> (i32, String, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wgs.yaml");
    fs::write(&path, FILE).unwrap();
    let mut command = Command::new(probe::program("kubectl-gene"));
    command.current_dir(directory.path()).env("NO_COLOR", "1");
    command.args(["submit", "wgs.yaml", "--namespace", scene.place.name()]).args(words);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn what_the_server_refuses_is_shown_in_the_file() {
    let scene = Scene::new("submit").await;
    let (code, out, err) = submit(&scene, &[]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("wgs created"), "{out}");
    scene.remove().await;
}
