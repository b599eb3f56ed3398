//! The admission objects of `manifests/base`, made for one namespace under names of its own, and gone again when the test ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use kube::Client;
use serde_json::{Value, json};

use super::{probe::HERE, request::Requester};

/// The group's path.
const REGISTRATION: &str = "/apis/admissionregistration.k8s.io/v1";

/// What the names of the policies on Executions begin with.
const OURS: &str = "gene-executions";

/// The two kinds of webhook configurations.
pub const CONFIGURATIONS: [&str; 2] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/// Where the API server finds the webhook.
#[derive(Clone, Copy, Debug)]
pub struct Behind {
    /// Where reviews before an object is complete go, a port of this machine.
    pub mutate: u16,
    /// Where reviews of final objects go.
    pub validate: u16,
}

/// Objects of the whole cluster that are deleted when this is dropped, also where the test fails.
pub struct Installed {
    objects: Vec<String>,
}

impl Installed {
    /// Both configurations, for the Executions of the namespace alone; their webhooks have no `caBundle`.
    pub async fn configurations(client: &Client, namespace: &str, behind: Behind) -> Self {
        let mut installed = Self { objects: Vec::new() };
        for kind in CONFIGURATIONS {
            let mut object = the_only(kind);
            rename(&mut object, namespace);
            for webhook in object["webhooks"].as_array_mut().unwrap() {
                let path = webhook["clientConfig"]["service"]["path"].as_str().unwrap().to_owned();
                let port = if path == "/mutate" { behind.mutate } else { behind.validate };
                webhook["clientConfig"] = json!({"url": format!("https://{}:{port}{path}", *HERE)});
                webhook["namespaceSelector"] = selector(namespace);
            }
            installed.create(client, &object).await;
        }
        installed
    }

    /// The policies and their bindings, for the Executions of the namespace alone.
    pub async fn policies(client: &Client, namespace: &str) -> Self {
        let mut installed = Self { objects: Vec::new() };
        let is_ours = |object: &Value| object["metadata"]["name"].as_str().unwrap().starts_with(OURS);
        for mut policy in all("ValidatingAdmissionPolicy").into_iter().filter(is_ours) {
            rename(&mut policy, namespace);
            installed.create(client, &policy).await;
        }
        for mut binding in all("ValidatingAdmissionPolicyBinding").into_iter().filter(is_ours) {
            rename(&mut binding, namespace);
            let policy = binding["spec"]["policyName"].as_str().unwrap().to_owned();
            binding["spec"]["policyName"] = json!(of_namespace(&policy, namespace));
            binding["spec"]["matchResources"]["namespaceSelector"] = selector(namespace);
            installed.create(client, &binding).await;
        }
        assert_eq!(installed.objects.len(), 4, "{:?}", installed.objects);
        installed
    }

    /// A policy of somebody else's on the Executions of the namespace.
    pub async fn policy(client: &Client, namespace: &str, expression: &str, message: &str) -> Self {
        let mut installed = Self { objects: Vec::new() };
        let [mut policy, mut binding] = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"].map(|kind| {
            let name = of_namespace("somebody-elses", namespace);
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name}})
        });
        policy["spec"] = json!({
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["execution.kubegene.io"],
                "apiVersions": ["*"],
                "resources": ["executions"],
                "operations": ["CREATE"],
            }]},
            "validations": [{"expression": expression, "message": message}],
        });
        binding["spec"] = json!({
            "policyName": policy["metadata"]["name"],
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": selector(namespace)},
        });
        for object in [policy, binding] {
            installed.create(client, &object).await;
        }
        installed
    }

    async fn create(&mut self, client: &Client, object: &Value) {
        let kind = object["kind"].as_str().unwrap().to_lowercase();
        self.objects.push(format!("{kind}/{}", object["metadata"]["name"].as_str().unwrap()));
        let plural =
            if kind.ends_with('y') { kind.replace("policy", "policies") } else { format!("{kind}s") };
        let path = format!("{REGISTRATION}/{plural}?fieldValidation=Strict");
        Requester::new(client, "").create_at(&path, object).await.admitted();
    }

    /// Deletes all of it, and returns when it is gone.
    pub fn delete(mut self) {
        assert!(delete(&std::mem::take(&mut self.objects)), "it is deleted");
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        delete(&self.objects);
    }
}

fn delete(objects: &[String]) -> bool {
    if objects.is_empty() {
        return true;
    }
    let mut command = Command::new("kubectl");
    command.args(["delete", "--ignore-not-found", "--timeout=30s"]).args(objects);
    command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The name of a configuration of this namespace.
pub fn of_namespace(name: &str, namespace: &str) -> String {
    format!("{name}-{namespace}")
}

fn rename(object: &mut Value, namespace: &str) {
    let name = of_namespace(object["metadata"]["name"].as_str().unwrap(), namespace);
    object["metadata"]["name"] = json!(name);
}

fn selector(namespace: &str) -> Value {
    json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}})
}

fn the_only(kind: &str) -> Value {
    let mut found = all(kind);
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

/// The objects of a kind in the base of the manifests.
fn all(kind: &str) -> Vec<Value> {
    let mut files = Vec::new();
    find(&super::probe::root().join("manifests/base"), &mut files);
    files.sort();
    let documents = files.iter().flat_map(|path| -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap();
        serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    documents.filter(|document| document["kind"] == kind).collect()
}

fn find(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}
