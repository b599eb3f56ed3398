//! A namespace on the cluster, and waiting in it.

use std::{future::Future, time::Duration};

use gene_tests::{definition, namespace::TempNamespace, resources};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, PostParams},
    core::GroupVersionKind,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// How long anything may take.
pub const BOUND: Duration = Duration::from_mins(2);
/// How often a state is looked at that no watch is the subject of.
const PERIOD: Duration = Duration::from_millis(100);

/// A namespace of its own.
pub struct Place {
    pub client: Client,
    pub namespace: TempNamespace,
}

impl Place {
    pub async fn new(name: &str) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::try_default().await.expect("KUBECONFIG names a cluster");
        ensure_nobody_works(&client).await;
        definition::install(&client).await;
        let namespace = TempNamespace::create(client.clone(), name).await.unwrap();
        let place = Self { client, namespace };
        let accounts = resources::api(&place.client, place.name(), "", "v1", "ServiceAccount");
        until("the service account", || async { accounts.get_opt("default").await.unwrap() }).await;
        place
    }

    pub fn name(&self) -> &str {
        &self.namespace.name
    }

    pub fn executions(&self) -> Api<DynamicObject> {
        resources::executions(&self.client, self.name())
    }

    pub fn jobs(&self) -> Api<DynamicObject> {
        resources::jobs(&self.client, self.name())
    }

    /// Creates an Execution as it is, whatever our own checks would say of it.
    pub async fn create(&self, name: &str, spec: &Value) {
        let execution = resources::object(json!({
            "apiVersion": "execution.kubegene.io/v1alpha1",
            "kind": "Execution",
            "metadata": {"name": name},
            "spec": spec,
        }));
        self.executions().create(&PostParams::default(), &execution).await.unwrap();
    }

    /// The status of an Execution that has come to an end.
    pub async fn ended(&self, name: &str) -> Value {
        let api = self.executions();
        until(&format!("the end of {name}"), || async {
            let status = api.get(name).await.unwrap().data["status"].take();
            let phase = status["phase"].as_str().unwrap_or_default();
            ["Succeeded", "Failed", "Error"].contains(&phase).then_some(status)
        })
        .await
    }
}

/// What places the pods of an Execution on fake nodes.
pub fn on_fake_nodes(mut spec: Value) -> Value {
    spec["nodeSelector"] = json!({"type": "kwok"});
    spec["tolerations"] = json!([{"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}]);
    spec
}

/// Looks until there is something to see.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(begun.elapsed() < BOUND, "{what}: not within {BOUND:?}");
        sleep(PERIOD).await;
    }
}

/// An installed controller would do what the killed one has left, and installed admission refuse what a test creates.
async fn ensure_nobody_works(client: &Client) {
    let group = "admissionregistration.k8s.io";
    for (kind, name) in [
        ("ValidatingWebhookConfiguration", "gene-webhook"),
        ("MutatingWebhookConfiguration", "gene-webhook"),
        ("ValidatingAdmissionPolicyBinding", "gene-executions"),
    ] {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
        let api: Api<DynamicObject> = Api::all_with(client.clone(), &kind);
        assert!(
            api.get_opt(name).await.unwrap().is_none(),
            "admission is installed on this cluster; remove it with \"kubectl delete -k manifests\""
        );
    }
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", "Deployment"));
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "kubegene-system", &kind);
    let found = api.get_opt("gene-controller").await.unwrap();
    let replicas = found.and_then(|found| found.data["spec"]["replicas"].as_u64()).unwrap_or_default();
    assert_eq!(
        replicas, 0,
        "a controller works on this cluster; stop it with \
         \"kubectl -n kubegene-system scale deployment/gene-controller --replicas 0\""
    );
}
