//! A namespace whose Executions are admitted as the product does it.

use serde_json::{Value, json};

use super::{
    installed::{Behind, Installed},
    request::Requester,
    webhook::Webhook,
};
use crate::{
    cluster::{Place, until},
    process::Log,
};

/// A namespace with a webhook in front of it, and policies.
pub struct Scene {
    pub place: Place,
    pub admin: Requester,
    pub webhook: Webhook,
    pub configurations: Installed,
    pub policies: Installed,
    _log: Log,
}

impl Scene {
    /// Everything, in force.
    pub async fn new(name: &str) -> Self {
        let place = Place::new(name).await;
        let log = Log::new(None);
        let webhook = Webhook::start(place.name(), &[], &log);
        let behind = Behind { mutate: webhook.port, validate: webhook.port };
        let configurations = Installed::configurations(&place.client, place.name(), behind).await;
        let policies = Installed::policies(&place.client, place.name()).await;
        let admin = Requester::new(&place.client, place.name());
        webhook.ready().await;
        let scene = Self { place, admin, webhook, configurations, policies, _log: log };
        until("webhooks that are asked", || async {
            let answer = scene.admin.try_create(&cyclic("probe")).await;
            (answer.code == 422).then_some(())
        })
        .await;
        until_policies_hold(&scene.admin, true).await;
        scene
    }

    /// Removes what is of the cluster, and the namespace.
    pub async fn remove(self) {
        self.configurations.delete();
        self.policies.delete();
        self.webhook.kill().await;
        self.place.namespace.delete().await.unwrap();
    }
}

/// Returns when the API server asks the webhooks no more.
pub async fn until_nobody_is_asked(admin: &Requester) {
    until("no webhook", || async {
        let answer = admin.try_create(&cyclic("probe")).await;
        answer.is_admitted().then_some(())
    })
    .await;
}

/// The user whom the probes of policies speak for: one who may create Executions and no Jobs would need rights of its
/// own, so that a change of what may not change is tried instead.
pub async fn until_policies_hold(admin: &Requester, hold: bool) {
    let name = "probe-of-policies";
    admin.create(&execution(name, &json!({}))).await.admitted();
    until("policies that are in force", || async {
        let patch = json!({"spec": {"failurePolicy": "Abort"}});
        let query = "dryRun=All";
        let answer = admin.patch(name, super::request::Patch::Merge, &patch, query).await;
        let is_of_policy = answer.message().contains("ValidatingAdmissionPolicy");
        (is_of_policy == hold).then_some(())
    })
    .await;
    admin.delete(name).await.admitted();
}

/// An Execution of one task, with more in its spec.
pub fn execution(name: &str, more: &Value) -> Value {
    let mut document = json!({
        "apiVersion": "execution.kubegene.io/v1alpha1",
        "kind": "Execution",
        "metadata": {"name": name},
        "spec": {"tasks": [{"name": "a", "image": "busybox:1.37", "commands": ["echo a"]}]},
    });
    document["spec"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

/// One that the webhook alone refuses.
pub fn cyclic(name: &str) -> Value {
    execution(
        name,
        &json!({"tasks": [
            {"name": "a", "type": "Job", "image": "busybox:1.37", "commands": ["echo a"], "dependents": [{"target": "a", "type": "whole"}]},
        ]}),
    )
}
