//! `kubectl gene submit` of what the server refuses: shown at the lines of the file.

use std::{fs, process::Command};

use serde_json::Value;

use super::{installed::Installed, rules::user, scene::Scene};
use crate::{cluster::until, process::program};

/// Good for `lint`; the server knows what a finalizer may be called, and this one's admin which images.
const FILE: &str = "\
apiVersion: execution.kubegene.io/v1alpha1
kind: Execution
metadata:
  name: wgs
  finalizers:
  - rare diseases
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
fn submit(scene: &Scene, file: &str, words: &[&str]) -> (i32, String, String) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("wgs.yaml"), file).unwrap();
    let mut command = Command::new(program("kubectl-gene"));
    command.current_dir(directory.path()).env("NO_COLOR", "1");
    command.args(["submit", "wgs.yaml", "--namespace", scene.place.name()]).args(words);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn what_the_server_refuses_is_shown_in_the_file() {
    let scene = Scene::new("submit").await;
    let (code, out, err) = submit(&scene, FILE, &[]);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    for part in ["wgs.yaml:5:3 metadata.finalizers", "5 |   finalizers:", "^^^^^^", "error: name part must"] {
        assert!(err.contains(part), "{part:?} is missing in:\n{err}");
    }

    let file = FILE.replace("  finalizers:\n  - rare diseases\n", "  labels: {team: rare-diseases}\n");
    let policy = "object.spec.tasks.all(t, t.image != 'bwa:0.7.17')";
    let message = "spec.tasks[1].image: this version of bwa is not allowed here; take bwa:0.7.18";
    let policy = Installed::policy(&scene.place.client, scene.place.name(), policy, message).await;
    let said = until("the policy", || async {
        let (code, _, err) = submit(&scene, &file, &["--dry-run=server"]);
        (code == 1).then_some(err)
    })
    .await;
    for part in [
        "error: ",
        "this version of bwa is not allowed here",
        "wgs.yaml:12:12 spec.tasks[1].image",
        "12 |     image: bwa:0.7.17",
        "= help: take bwa:0.7.18",
    ] {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
    policy.delete();

    let file = file.replace("0.7.17", "0.7.18");
    let (code, out, err) = submit(&scene, &file, &["--dry-run=server", "-o", "yaml"]);
    assert_eq!(code, 0, "{err}");
    let shown: Value = serde_saphyr::from_str(&out).unwrap();
    assert_eq!(shown["spec"]["tasks"][1]["dependents"][0]["type"], "whole", "{out}");
    let recorded = &shown["metadata"]["annotations"][gene_types::names::ANNOTATION_SUBMITTED_BY];
    assert_eq!(*recorded, user(&scene.admin).await);
    assert_eq!(scene.admin.try_get("wgs").await.code, 404);
    let (code, out, err) = submit(&scene, &file, &[]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("wgs created"), "{out}");
    scene.remove().await;
}
