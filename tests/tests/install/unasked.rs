//! Times without the webhook: it is gone, or nobody asks it.

use serde_json::{Value, json};

use crate::{
    fixture::{Lab, document, until},
    product::{NAMESPACE, admits, apply, is_admitted, read, rolled_out, succeed},
};

/// Two tasks, the second of which starts seconds later.
const SLOW: &str = "  tasks:\n  - {name: first, image: busybox, commands: [sleep 4]}\n  \
                    - {name: second, image: busybox, commands: [echo second], dependents: [{target: first}]}\n";

/// The configurations are there, and no webhook runs.
pub fn without_a_webhook_no_execution_is_admitted() {
    let lab = Lab::new("nobody");
    assert_eq!(lab.submit(&document("before", SLOW), &[]).code, Some(0));
    until("it to have begun", || (!lab.jobs("before").is_empty()).then_some(()));
    succeed(&["-n", NAMESPACE, "scale", "deployment/gene-webhook", "--replicas=0"]);
    until("no webhook", || {
        let pods = read(&["-n", NAMESPACE, "get", "pods", "-l", "app.kubernetes.io/name=gene-webhook"]);
        pods["items"].as_array().unwrap().is_empty().then_some(())
    });
    for file in ["examples/iterate.yaml", "examples/rejected/cycle.yaml"] {
        let said = lab.kubectl(&["create", "-f", file]);
        assert_eq!(said.code, Some(1), "{file}: {said:?}");
        assert!(said.err.contains("failed calling webhook \"mutate.execution.kubegene.io\""), "{said:?}");
    }
    let said = lab.kubectl(&["create", "configmap", "map", "--from-literal=a=b"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    // What is there goes on, and can be taken away, in the foreground too: its finalizer is removed by an update.
    lab.wait("before", "phase=Succeeded");
    let said = lab.kubectl(&["delete", "execution", "before", "--cascade=foreground", "--timeout=30s"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    succeed(&["-n", NAMESPACE, "scale", "deployment/gene-webhook", "--replicas=2"]);
    rolled_out();
    assert!(is_admitted("examples/test-exec.yaml"), "the webhook is rolled out");
}

/// Neither configurations nor the policy on tasks: the schema alone is left, and the controller's own check.
pub fn what_slipped_in_harms_only_itself() {
    let lab = Lab::new("invalid");
    for name in ["good", "edited"] {
        assert_eq!(lab.submit(&document(name, SLOW), &[]).code, Some(0));
    }
    until("both to have begun", || {
        (!lab.jobs("good").is_empty() && !lab.jobs("edited").is_empty()).then_some(())
    });
    succeed(&["delete", "-k", "manifests/base/configurations"]);
    succeed(&["delete", "-f", "manifests/base/policies/executions.yaml"]);
    // What the schema allows and no check of ours would.
    let cycle = json!([
        {"op": "add", "path": "/spec/tasks/0/dependents", "value": [{"target": "second", "type": "whole"}]},
    ]);
    let patch = cycle.to_string();
    // The API server asks for a moment more.
    until("an edit behind the API", || {
        lab.kubectl(&["patch", "execution", "edited", "--type=json", "-p", &patch])
            .code
            .filter(|code| *code == 0)
    });
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
    apply("manifests");
    admits();
    // What is there is not judged again.
    let said = lab.kubectl(&["label", "executions", "--all", "seen=yes"]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

/// Tasks that no program of ours would have let through.
fn nonsense() -> [(&'static str, Value); 5] {
    let task = |more: Value| {
        let mut task = json!({"name": "a", "type": "Job", "image": "busybox", "commands": ["echo a"]});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([task])
    };
    [
        ("dangling", task(json!({"dependents": [{"target": "nobody", "type": "whole"}]}))),
        ("self", task(json!({"dependents": [{"target": "a", "type": "whole"}]}))),
        ("condition", task(json!({"condition": {"condition": [{"deep": [1, {"er": null}]}]}}))),
        ("cells", task(json!({"commandsIter": {"command": "x ${1}", "varsIter": [{"no": "list"}]}}))),
        ("quantity", task(json!({"resources": {"cpu": {"not": "a quantity"}}}))),
    ]
}
