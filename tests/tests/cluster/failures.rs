//! What failed says why, what waits says for what, and what was mended goes on.

use serde_json::json;

use crate::fixture::{Lab, document, text, until};

#[test]
fn an_exit_code_is_shown_as_it_was() {
    let lab = Lab::new("exit");
    let spec =
        "  tasks:\n  - {name: check, image: busybox, backoffLimit: 0, commands: ['echo before; exit 3']}\n";
    let said = lab.submit(&document("wgs", spec), &["--wait"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("exit code 3"), "{said:?}");

    let vertex = &lab.execution("wgs")["status"]["vertices"]["wgs.check.0"];
    assert_eq!(
        (&vertex["phase"], &vertex["reason"], &vertex["exitCode"]),
        (&json!("Failed"), &json!("Error"), &json!(3)),
        "{vertex}"
    );
    for words in [&["tree", "wgs"][..], &["describe", "execution", "wgs"], &["describe", "wgs/check/0"]] {
        let said = lab.succeed(words);
        assert!(said.out.contains("exit 3") || said.out.contains("exit code 3"), "{words:?}: {said:?}");
    }
    let said = lab.succeed(&["logs", "wgs", "--failed"]);
    assert!(said.out.ends_with("before\n"), "{said:?}");
}

#[test]
fn a_process_without_memory_is_shown_as_such() {
    let lab = Lab::new("memory");
    let spec = "  tasks:\n  - {name: sort, image: busybox, backoffLimit: 0, resources: {memory: 32Mi}, commands: [tail /dev/zero]}\n";
    let said = lab.submit(&document("wgs", spec), &["--wait"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let vertex = &lab.execution("wgs")["status"]["vertices"]["wgs.sort.0"];
    assert_eq!((&vertex["reason"], &vertex["exitCode"]), (&json!("OOMKilled"), &json!(137)), "{vertex}");
    for words in [&["tree", "wgs"][..], &["describe", "execution", "wgs"], &["describe", "wgs/sort[0]"]] {
        let said = lab.succeed(words);
        assert!(said.out.contains("OOMKilled"), "{words:?}: {said:?}");
    }
}

#[test]
fn a_missing_image_shows_while_it_waits() {
    let lab = Lab::new("image");
    let spec = "  tasks:\n  - {name: call, image: 'registry.invalid/gatk:4.0.9', commands: [call]}\n";
    assert_eq!(lab.submit(&document("wgs", spec), &[]).code, Some(0));
    for words in [&["tree", "wgs"][..], &["describe", "wgs/call/0"]] {
        until("the missing image", || {
            let said = lab.succeed(words);
            let tells = said.out.contains("ImagePull") && said.out.contains("gatk:4.0.9");
            tells.then_some(())
        });
    }
    assert_eq!(lab.execution("wgs")["status"]["phase"], "Running");
    lab.succeed(&["delete", "wgs", "--wait"]);
}

#[test]
fn what_was_mended_goes_on_without_running_again_what_succeeded() {
    let lab = Lab::new("mend");
    let reference = |content: &str| {
        let data = format!("--from-literal=sequence={content}");
        let said =
            lab.kubectl(&["create", "configmap", "reference", &data, "--dry-run=client", "-o", "yaml"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let file = std::env::temp_dir().join(format!("{}.yaml", lab.namespace));
        std::fs::write(&file, said.out).unwrap();
        let said = lab.kubectl(&["apply", "-f", &file.display().to_string()]);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(said.code, Some(0), "{said:?}");
    };
    reference("NNNN");
    let spec = "  failurePolicy: Continue
  tasks:
  - name: shard
    image: busybox
    commandsIter: {command: 'echo shard ${item}', count: 3}
  - name: check
    image: busybox
    backoffLimit: 0
    commands: ['test $(cat /reference/sequence) = ACGT']
    volumes: {reference: {mountPath: /reference, mountFrom: {configMap: reference}}}
    dependents: [{target: shard}]
  - {name: merge, image: busybox, commands: [echo merged], dependents: [{target: check}]}
  - {name: report, image: busybox, commands: [echo report], dependents: [{target: shard}]}
";
    let said = lab.submit(&document("wgs", spec), &["--wait"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let uids = || {
        let jobs = lab.of("jobs", "wgs");
        let uid = |job: &serde_json::Value| (text(&job["metadata"]["name"]), text(&job["metadata"]["uid"]));
        jobs.iter().map(uid).collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = uids();
    let names: Vec<&str> = before.keys().map(String::as_str).collect();
    assert_eq!(names, ["wgs.check.0", "wgs.report.0", "wgs.shard.0", "wgs.shard.1", "wgs.shard.2"]);

    reference("ACGT");
    lab.succeed(&["retry", "wgs"]);
    lab.wait("wgs", "phase=Succeeded");
    let after = uids();
    let new: Vec<&str> =
        after.keys().filter(|name| !before.contains_key(*name)).map(String::as_str).collect();
    assert_eq!(new, ["wgs.check.0-1", "wgs.merge.0"]);
    assert!(before.iter().all(|(name, uid)| after.get(name) == Some(uid)), "{before:?} {after:?}");
    let status = &lab.execution("wgs")["status"];
    assert_eq!(
        (&status["progress"], &status["vertices"]["wgs.check.0-1"]["attempt"]),
        (&json!("6/6"), &json!(1))
    );
    let said = lab.gene(&["retry", "wgs"]);
    assert_eq!(said.code, Some(1), "nothing is left to try again: {said:?}");
    assert!(said.err.contains("wgs"), "{said:?}");
}
