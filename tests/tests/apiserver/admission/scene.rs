//! A namespace whose Executions are admitted as the product does it.

use serde_json::{Value, json};

use super::{
    installed::{Behind, Installed},
    probe,
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
    log: Log,
}

impl Scene {
    /// Everything, in force.
    pub async fn new(name: &str) -> Self {
        Self::over(name, &[]).await
    }

    /// The same over Executions that were stored before.
    pub async fn over(name: &str, stored: &[Value]) -> Self {
        let place = Place::new(name).await;
        let log = Log::new(None);
        let admin = Requester::new(&place.client, place.name());
        for document in stored {
            admin.create(document).await.admitted();
        }
        let Unasked { place, policies, .. } = Unasked::in_place(place).await;
        let port = probe::free_port();
        let behind = Behind { mutate: port, validate: port };
        let configurations = Installed::configurations(&place.client, place.name(), behind).await;
        let webhook = Webhook::start(port, place.name(), &[], &log);
        webhook.ready().await;
        // The API server learns of the authority by a watch.
        until("webhooks that are asked", || async {
            (admin.try_create(&cyclic("probe")).await.code == 422).then_some(())
        })
        .await;
        Self { place, admin, webhook, configurations, policies, log }
    }

    /// Returns when no webhook is asked any more.
    pub async fn without_webhook(self) -> Unasked {
        let Self { place, admin, webhook, configurations, policies, log } = self;
        configurations.delete();
        until_nobody_is_asked(&admin).await;
        webhook.kill().await;
        drop(log);
        Unasked { place, admin, policies }
    }

    /// Removes what is of the cluster, and the namespace.
    pub async fn remove(self) {
        self.without_webhook().await.remove().await;
    }
}

/// A namespace with policies alone: what is left of a scene when its webhook and the configurations are gone.
pub struct Unasked {
    pub place: Place,
    pub admin: Requester,
    pub policies: Installed,
}

impl Unasked {
    /// One in which there never was a webhook.
    pub async fn new(name: &str) -> Self {
        Self::in_place(Place::new(name).await).await
    }

    async fn in_place(place: Place) -> Self {
        let admin = Requester::new(&place.client, place.name());
        let policies = Installed::policies(&place.client, place.name()).await;
        until_policies_hold(&admin).await;
        Self { place, admin, policies }
    }

    /// Removes what is of the cluster, and the namespace.
    pub async fn remove(self) {
        self.policies.delete();
        self.place.namespace.delete().await.unwrap();
    }
}

/// Returns when the API server asks the webhooks no more. The policies let a cycle of two pass.
pub async fn until_nobody_is_asked(admin: &Requester) {
    until("no webhook", || async { admin.try_create(&cyclic("probe")).await.is_admitted().then_some(()) })
        .await;
}

/// Returns when the policies are in force: an annotation that nobody may set is refused.
pub async fn until_policies_hold(admin: &Requester) {
    let mut forged = execution("probe", &json!({}));
    forged["metadata"]["annotations"] = json!({gene_types::names::ANNOTATION_SUBMITTED_BY: "somebody-else"});
    until("policies that hold", || async {
        admin.try_create(&forged).await.message().contains("ValidatingAdmissionPolicy").then_some(())
    })
    .await;
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
    let task = |name: &str, target: &str| json!({"name": name, "image": "busybox:1.37", "commands": ["x"], "dependents": [{"target": target}]});
    execution(name, &json!({"tasks": [task("a", "b"), task("b", "a")]}))
}
