//! Executions that nobody has checked stop nothing of another.

use serde_json::{Value, json};

use crate::fixture::{Lab, document, until};

#[test]
fn one_made_invalid_behind_the_api_harms_only_itself() {
    let lab = Lab::new("invalid");
    let spec = "  tasks:\n  - {name: first, image: busybox, commands: [sleep 4]}\n  \
                - {name: second, image: busybox, commands: [echo second], dependents: [{target: first}]}\n";
    for name in ["good", "edited"] {
        assert_eq!(lab.submit(&document(name, spec), &[]).code, Some(0));
    }
    until("both to have begun", || {
        (!lab.jobs("good").is_empty() && !lab.jobs("edited").is_empty()).then_some(())
    });
    // What the schema allows and no check of ours would.
    let cycle = json!([{"op": "add", "path": "/spec/tasks/0/dependents", "value": [{"target": "second", "type": "whole"}]}]);
    let said = lab.kubectl(&[
        "patch",
        "executions.execution.kubegene.io",
        "edited",
        "--type=json",
        "-p",
        &cycle.to_string(),
    ]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for (name, tasks) in nonsense() {
        let object = json!({
            "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution", "metadata": {"name": name}, "spec": {"tasks": tasks},
        });
        let file = tempfile::NamedTempFile::with_suffix(".json").unwrap();
        std::fs::write(file.path(), object.to_string()).unwrap();
        let said = lab.kubectl(&["create", "-f", &file.path().display().to_string()]);
        assert_eq!(said.code, Some(0), "the schema takes {name}: {said:?}");
    }
    lab.wait("good", "phase=Succeeded");
    lab.wait("edited", "phase=Error");
    assert_eq!(lab.jobs("edited"), ["edited.first.0"], "nothing was started, and what ran was left");
    for (name, _) in nonsense() {
        lab.wait(name, "phase=Error");
        let status = &lab.execution(name)["status"];
        assert!(
            status["message"].as_str().is_some_and(|message| message.len() > 10),
            "{name} says why: {status:#}"
        );
        assert!(lab.jobs(name).is_empty());
        let said = lab.succeed(&["tree", name]);
        assert!(said.out.contains("Error"), "{said:?}");
    }
}

/// Tasks that no program of ours would have let through.
fn nonsense() -> [(&'static str, Value); 4] {
    let task = |more: Value| {
        let mut task = json!({"name": "a", "type": "Job", "image": "busybox", "commands": ["echo a"]});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([task])
    };
    [
        ("dangling", task(json!({"dependents": [{"target": "nobody", "type": "whole"}]}))),
        ("condition", task(json!({"condition": {"condition": [{"deep": [1, {"er": null}]}]}}))),
        ("cells", task(json!({"commandsIter": {"command": "x ${1}", "varsIter": [{"no": "list"}]}}))),
        ("quantity", task(json!({"resources": {"cpu": {"not": "a quantity"}}}))),
    ]
}
