//! Whether the API server has what is needed and lets us in.

#[cfg(test)]
mod tests;

use std::time::Duration;

use gene_daemon::admin::Gate;
use gene_types::v1alpha1::{API_VERSION, GROUP, VERSION};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::{Api, Client};
use tokio::time::{Instant, sleep, timeout};

use crate::metrics::{self, Metrics};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_secs(5);

/// Returns once Executions, Jobs and pods can be listed in `namespace` (in all where there is none).
///
/// Until then `gate` and the log say what is missing: the API server, the definition of Executions, or a right. All of
/// them may still come, and a process that ended instead would only be started again.
pub async fn wait_for_access(client: &Client, namespace: Option<&str>, metrics: &Metrics, gate: &Gate) {
    let mut said = String::new();
    while let Err(missing) = access(client, namespace, metrics).await {
        gate.close(missing.as_str());
        if said != missing {
            tracing::warn!("waiting: {missing}");
            said = missing;
        }
        sleep(PAUSE).await;
    }
    gate.open();
}

async fn access(client: &Client, namespace: Option<&str>, metrics: &Metrics) -> Result<(), String> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, VERSION, "Execution"));
    let (executions, jobs, pods): (Api<DynamicObject>, Api<Job>, Api<Pod>) = match namespace {
        Some(namespace) => (
            Api::namespaced_with(client.clone(), namespace, &kind),
            Api::namespaced(client.clone(), namespace),
            Api::namespaced(client.clone(), namespace),
        ),
        None => (Api::all_with(client.clone(), &kind), Api::all(client.clone()), Api::all(client.clone())),
    };
    list("executions", &executions, metrics).await?;
    list("jobs", &jobs, metrics).await?;
    list("pods", &pods, metrics).await
}

/// Asks for the metadata of one object: enough to know whether more would be given.
async fn list<K>(resource: &'static str, api: &Api<K>, metrics: &Metrics) -> Result<(), String>
where
    K: Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    let began = Instant::now();
    let answer = timeout(PATIENCE, api.list_metadata(&ListParams::default().limit(1))).await;
    let code = answer.as_ref().map_or(0, |answer| metrics::code(answer, 200));
    metrics.api_call("list", resource, code, began.elapsed());
    match answer {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(kube::Error::Api(status))) if status.code == 404 => {
            // Jobs and pods are part of every API server.
            Err(format!(
                "the API server does not know {resource} of {API_VERSION}: their CustomResourceDefinition is not installed"
            ))
        }
        Ok(Err(kube::Error::Api(status))) => Err(format!("cannot list {resource}: {}", status.message)),
        Ok(Err(error)) => Err(format!("cannot list {resource}: {error}")),
        Err(_) => Err(format!("cannot list {resource}: no answer within {PATIENCE:?}")),
    }
}
