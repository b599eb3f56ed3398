//! What admission adds to a create through a real API server.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use gene_types::v1alpha1;
use k8s_openapi::{
    ByteString,
    api::admissionregistration::v1::{MutatingWebhookConfiguration, ValidatingWebhookConfiguration},
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client,
    api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Setting, latency::Latencies, review, server::Server};
use crate::{
    cluster::executions,
    report::{Report, Spread},
};

/// Creates of each kind in a run, one after the other.
const CREATES: usize = 300;

/// Those that are not counted: connections and caches are cold.
const WARM_UP: usize = 20;

/// The configurations have this name, so that those of an installed webhook are not touched.
const NAME: &str = "gene-bench-webhook";

/// How long the API server may take to serve the kind, and to call a webhook that it was told of.
const LIMIT: Duration = Duration::from_mins(1);

/// Measures on the cluster of $KUBECONFIG, on which no webhook for Executions may be installed.
pub async fn measure(setting: &Setting, report: &mut Report) -> Result<()> {
    let client = Client::try_default().await.context("KUBECONFIG names no usable cluster")?;
    let server = Server::start(setting).await?;
    let api = Api::<DynamicObject>::namespaced_with(client.clone(), "default", &executions());
    serve_kind(&client, &api).await?;
    let result = compare(&client, &api, &server, setting, report).await;
    unregister(&client).await?;
    result?;
    server.program.stop().await
}

async fn compare(
    client: &Client,
    api: &Api<DynamicObject>,
    server: &Server,
    setting: &Setting,
    report: &mut Report,
) -> Result<()> {
    let mut columns: BTreeMap<&str, [Vec<f64>; 2]> = BTreeMap::new();
    for _ in 0..setting.runs {
        for kind in ["without", "with"] {
            if kind == "with" {
                register(client, server).await?;
                called(api).await?;
            }
            let latencies = create(api).await?;
            let (p50, p99) = (latencies.percentile(50), latencies.percentile(99));
            eprintln!("  {kind} the webhook: p50 {p50:.2} ms, p99 {p99:.2} ms");
            let [of_p50, of_p99] = columns.entry(kind).or_default();
            of_p50.push(p50);
            of_p99.push(p99);
        }
        unregister(client).await?;
    }
    for (kind, [p50, p99]) in columns.iter().rev() {
        let what = format!("dry-run create of 100 vertices in 10 tasks, {kind} the webhook: p50; p99, ms");
        let spread = |samples: &Vec<f64>| Spread::of(samples.iter().copied(), 2);
        report.add(&what, format!("{}; {}", spread(p50), spread(p99)), "");
    }
    Ok(())
}

/// The Execution of the small reviews.
fn small() -> Result<DynamicObject> {
    let review = review::small()?;
    let review: Value = serde_json::from_slice(&review.first().context("there is a review")?.body)?;
    let mut object = review["request"]["object"].clone();
    object["metadata"] = json!({"name": object["metadata"]["name"], "namespace": "default"});
    Ok(serde_json::from_value(object)?)
}

async fn create(api: &Api<DynamicObject>) -> Result<Latencies> {
    let object = small()?;
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    let mut samples = Vec::with_capacity(CREATES);
    for number in 0..WARM_UP + CREATES {
        let start = Instant::now();
        api.create(&dry_run, &object).await?;
        if number >= WARM_UP {
            samples.push(start.elapsed());
        }
    }
    Ok(Latencies::of(&samples))
}

async fn serve_kind(client: &Client, api: &Api<DynamicObject>) -> Result<()> {
    let definition: CustomResourceDefinition = gene_types::crd();
    let name = definition.metadata.name.clone().context("the definition has a name")?;
    let parameters = PatchParams::apply("gene-bench").force();
    let kinds = Api::<CustomResourceDefinition>::all(client.clone());
    kinds.patch(&name, &parameters, &Patch::Apply(&definition)).await?;
    let (since, object) = (Instant::now(), small()?);
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    while let Err(error) = api.create(&dry_run, &object).await {
        ensure!(since.elapsed() < LIMIT, "the API server does not take Executions: {error}");
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Waits until the API server calls the webhook: then a new Execution names who has asked.
async fn called(api: &Api<DynamicObject>) -> Result<()> {
    let (since, object) = (Instant::now(), small()?);
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    loop {
        let created = api.create(&dry_run, &object).await?;
        let annotations = created.metadata.annotations.unwrap_or_default();
        if annotations.contains_key(gene_types::names::ANNOTATION_SUBMITTED_BY) {
            return Ok(());
        }
        ensure!(since.elapsed() < LIMIT, "the API server does not call the webhook");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn register(client: &Client, server: &Server) -> Result<()> {
    let configuration = |endpoint: &str| {
        json!({
            "metadata": {"name": NAME},
            "webhooks": [{
                "name": format!("{endpoint}.execution.kubegene.io"),
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 10,
                "rules": [{
                    "apiGroups": [v1alpha1::GROUP],
                    "apiVersions": [v1alpha1::VERSION],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": ["executions"],
                }],
                "clientConfig": {
                    "url": server.target.url(endpoint),
                    "caBundle": ByteString(server.authority_pem().into_bytes()),
                },
            }],
        })
    };
    let mutating: MutatingWebhookConfiguration = serde_json::from_value(configuration("mutate"))?;
    let validating: ValidatingWebhookConfiguration = serde_json::from_value(configuration("validate"))?;
    Api::all(client.clone()).create(&PostParams::default(), &mutating).await?;
    Api::all(client.clone()).create(&PostParams::default(), &validating).await?;
    Ok(())
}

async fn unregister(client: &Client) -> Result<()> {
    let parameters = DeleteParams::default();
    let mutating = Api::<MutatingWebhookConfiguration>::all(client.clone()).delete(NAME, &parameters).await;
    let validating =
        Api::<ValidatingWebhookConfiguration>::all(client.clone()).delete(NAME, &parameters).await;
    for error in [mutating.err(), validating.err()].into_iter().flatten() {
        let is_gone = matches!(&error, kube::Error::Api(status) if status.is_not_found());
        ensure!(is_gone, "a webhook configuration \"{NAME}\" is left: {error}");
    }
    Ok(())
}
