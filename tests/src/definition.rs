//! The definition of Executions, on a real API server.

use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Client, api::PostParams};
use tokio::time::timeout;

/// How long an API server may take to serve what was just defined.
const BOUND: Duration = Duration::from_mins(1);

/// Installs it where it is not there yet, and returns when it is served.
///
/// # Panics
/// When the API server refuses, or takes too long: no test can go on then.
#[expect(clippy::panic, reason = "it is called by tests alone, and ends them")]
pub async fn install(client: &Client) {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let definition = gene_types::crd::crd();
    let name = definition.metadata.name.clone().unwrap_or_default();
    match api.create(&PostParams::default(), &definition).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.is_already_exists() => {}
        Err(error) => panic!("cannot install {name}: {error}"),
    }
    let established = kube::runtime::conditions::is_crd_established();
    match timeout(BOUND, kube::runtime::wait::await_condition(api, &name, established)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => panic!("cannot see {name}: {error}"),
        Err(elapsed) => panic!("{name} is not served within {BOUND:?}: {elapsed}"),
    }
}
