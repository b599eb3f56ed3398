//! A namespace in which policies hold.

use std::fs;

use gene_tests::resources;
use kube::{
    Api, Client, Config,
    api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams},
    core::GroupVersionKind,
};
use serde_json::{Value, json};

use crate::cluster::{Place, until};

/// The policies of Executions.
pub const EXECUTIONS: &str = "executions.yaml";
pub const MAY_CREATE_JOBS: &str = "may-create-jobs.yaml";

/// What the API server said to a request: the object, or its code, reason and message.
pub type Answer = Result<Value, (u16, String, String)>;

pub fn execution(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution", "metadata": {"name": name}, "spec": spec})
}

/// A task that runs something.
pub fn task(name: &str) -> Value {
    json!({"name": name, "image": "busybox:1.36", "commands": ["echo done"]})
}

/// Everything that a manifest creates.
pub fn documents(path: &str) -> Vec<Value> {
    let path = format!("{}/../manifests/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_saphyr::from_multiple(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Lets policies hold in a namespace, and returns when they do. What they refuse there is `probe`'s.
pub async fn bind(place: &Place, file: &str, probe: impl AsyncFn() -> bool) {
    let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": place.name()}});
    for mut object in documents(&format!("base/policies/{file}")) {
        let name = format!("{}-{}", object["metadata"]["name"].as_str().unwrap(), place.name());
        object["metadata"]["name"] = json!(name);
        if object["kind"] == "ValidatingAdmissionPolicyBinding" {
            object["spec"]["policyName"] = json!(name);
            object["spec"]["matchResources"] = json!({"namespaceSelector": selector});
        } else {
            object["spec"]["matchConstraints"]["namespaceSelector"] = selector.clone();
        }
        create(&place.client, object).await;
    }
    until(&format!("{file} to hold"), async || probe().await.then_some(())).await;
    let name = format!("{}-{}", names(file), place.name());
    let policy = api(&place.client, "ValidatingAdmissionPolicy").get(&name).await.unwrap();
    let warnings = &policy.data["status"]["typeChecking"]["expressionWarnings"];
    assert_eq!(*warnings, Value::Null, "{file}: {warnings:#}");
}

/// Removes them again.
pub async fn unbind(place: &Place, file: &str) {
    remove(place, &format!("{}-{}", names(file), place.name())).await;
}

/// Removes a policy and its binding.
pub async fn remove(place: &Place, name: &str) {
    for kind in ["ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"] {
        api(&place.client, kind).delete(name, &kube::api::DeleteParams::default()).await.unwrap();
    }
}

fn names(file: &str) -> &'static str {
    if file == EXECUTIONS { "gene-executions" } else { "gene-executions-may-create-jobs" }
}

fn api(client: &Client, kind: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
    Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
}

/// Creates an object of the cluster.
pub async fn create(client: &Client, object: Value) {
    let kind = object["kind"].as_str().unwrap().to_owned();
    let object = resources::object(object);
    api(client, &kind).create(&PostParams::default(), &object).await.unwrap();
}

/// Whether the policy of Executions is asked here.
pub async fn is_asked(place: &Place) -> bool {
    let probe = execution("probe", &json!({"tasks": [task("a"), task("a")]}));
    try_create(&place.executions(), &probe, true).await.is_err()
}

/// Creates an Execution, or lets the server only say whether it would.
pub async fn try_create(api: &Api<DynamicObject>, object: &Value, dry_run: bool) -> Answer {
    let parameters = PostParams { dry_run, ..PostParams::default() };
    answer(api.create(&parameters, &resources::object(object.clone())).await)
}

/// Sends a merge patch, or lets the server only say whether it would do it.
pub async fn try_patch(api: &Api<DynamicObject>, name: &str, patch: &Value, dry_run: bool) -> Answer {
    let parameters = PatchParams { dry_run, ..PatchParams::default() };
    answer(api.patch(name, &parameters, &Patch::Merge(patch)).await)
}

/// Puts another object in an Execution's place, as the server only would.
pub async fn try_replace(api: &Api<DynamicObject>, name: &str, object: &Value) -> Answer {
    let parameters = PostParams { dry_run: true, ..PostParams::default() };
    let mut object = object.clone();
    object["metadata"]["resourceVersion"] = json!(api.get(name).await.unwrap().metadata.resource_version);
    answer(api.replace(name, &parameters, &resources::object(object)).await)
}

fn answer(answer: kube::Result<DynamicObject>) -> Answer {
    match answer {
        Ok(object) => Ok(serde_json::to_value(object).unwrap()),
        Err(kube::Error::Api(status)) => Err((status.code, status.reason.clone(), status.message.clone())),
        Err(error) => panic!("{error}"),
    }
}

/// The Executions of a namespace as another user sees them.
pub async fn executions_as(place: &Place, user: &str) -> Api<DynamicObject> {
    resources::executions(&client_as(user).await, place.name())
}

/// The API server as another user has it.
pub async fn client_as(user: &str) -> Client {
    let mut config = Config::infer().await.unwrap();
    config.auth_info.impersonate = Some(user.to_owned());
    Client::try_from(config).unwrap()
}
