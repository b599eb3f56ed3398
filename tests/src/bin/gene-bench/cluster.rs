//! The cluster of $KUBECONFIG, made ready: what the product needs is installed, save for a controller.

use std::{
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use gene_types::v1alpha1;
use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::{Namespace, ServiceAccount},
};
use kube::{
    Api, Client, Config, ResourceExt as _,
    api::{
        ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
        PostParams, TypeMeta,
    },
    config::{AuthInfo, KubeConfigOptions, Kubeconfig, NamedAuthInfo},
};
use tokio::time::sleep;

use super::{Args, audit::Audit};

/// Where all that is measured lives; it is removed at the end.
pub const NAMESPACE: &str = "gene-bench";

/// Where the controller's service account and its lease are.
pub const CONTROLLER_NAMESPACE: &str = "kubegene-system";
const CONTROLLER: &str = "gene-controller";

/// The audit log's name of the controller.
pub const CONTROLLER_USER: &str = "system:serviceaccount:kubegene-system:gene-controller";

/// Longer than any measuring takes.
const TOKEN_SECONDS: i64 = 4 * 3600;

/// How long the cluster may take for anything that is no measurement.
const LIMIT: Duration = Duration::from_mins(5);

/// What is installed; the Deployment is not among it.
const MANIFESTS: [&str; 4] = [
    include_str!("../../../../manifests/base/namespace/namespace.yaml"),
    include_str!("../../../../manifests/base/crd/crd.yaml"),
    include_str!("../../../../manifests/base/controller/serviceaccount.yaml"),
    include_str!("../../../../manifests/base/controller/rbac.yaml"),
];

/// The cluster.
pub struct Cluster {
    /// With the rights of who measures.
    pub client: Client,
    /// With those of the controller.
    pub as_controller: Client,
    /// By which the controller comes in.
    pub kubeconfig: tempfile::NamedTempFile,
    /// The controller's program.
    pub controller: PathBuf,
    /// The plugin's program.
    pub plugin: PathBuf,
    /// Where there is one.
    pub audit: Option<Mutex<Audit>>,
}

impl Cluster {
    /// Connects and installs.
    pub async fn prepare(args: &Args) -> Result<Self> {
        let kubeconfig = Kubeconfig::read().context("KUBECONFIG names no usable file")?;
        let client = connect(kubeconfig.clone()).await?;
        for manifest in MANIFESTS {
            install(&client, manifest).await?;
        }
        let namespaces = Api::<Namespace>::all(client.clone());
        let namespace: Namespace =
            serde_json::from_value(serde_json::json!({"metadata": {"name": NAMESPACE}}))?;
        if let Err(error) = namespaces.create(&PostParams::default(), &namespace).await {
            ensure!(is_already_there(&error), "namespace \"{NAMESPACE}\": {error}");
        }
        let accounts = Api::<ServiceAccount>::namespaced(client.clone(), NAMESPACE);
        within("the service account of its pods", async || Ok(accounts.get_opt("default").await?.is_some()))
            .await?;
        let executions = Api::<DynamicObject>::namespaced_with(client.clone(), NAMESPACE, &executions());
        within("the kind Execution", async || Ok(executions.list(&ListParams::default()).await.is_ok()))
            .await?;

        let own = with_token(kubeconfig, token(&client).await?)?;
        let file = tempfile::NamedTempFile::new()?;
        serde_json::to_writer(file.as_file(), &own)?;
        let audit = args.audit_log.as_deref().map(Audit::open).transpose()?.map(Mutex::new);
        let (controller, plugin) = (args.controller.clone(), args.plugin.clone());
        let cluster =
            Self { client, as_controller: connect(own).await?, kubeconfig: file, controller, plugin, audit };
        cluster.clear().await?;
        Ok(cluster)
    }

    /// Removes all that a run has left, and waits until it is gone.
    pub async fn clear(&self) -> Result<()> {
        let kinds = [executions(), resource("batch", "v1", "Job"), resource("", "v1", "Pod")];
        let of =
            |kind: &ApiResource| Api::<DynamicObject>::namespaced_with(self.client.clone(), NAMESPACE, kind);
        let parameters = DeleteParams::background().grace_period(0);
        within("the removal of what a run has left", async || {
            let mut is_empty = true;
            for kind in &kinds {
                let left = of(kind).list_metadata(&ListParams::default().limit(1)).await?;
                if !left.items.is_empty() {
                    is_empty = false;
                    // Thousands of objects take longer than an answer may: what is left goes the next time.
                    let _ = of(kind).delete_collection(&parameters, &ListParams::default()).await;
                }
            }
            Ok(is_empty)
        })
        .await
    }

    /// Removes the namespace; what was installed stays.
    pub async fn remove(&self) {
        let namespaces = Api::<Namespace>::all(self.client.clone());
        if let Err(error) = namespaces.delete(NAMESPACE, &DeleteParams::background()).await {
            eprintln!("namespace \"{NAMESPACE}\" is left: {error}");
        }
    }

    /// CPU seconds that the API server has taken.
    pub async fn server_cpu_seconds(&self) -> Result<f64> {
        let request = http::Request::get("/metrics").body(Vec::new())?;
        let page = self.client.request_text(request).await?;
        let line = page.lines().find_map(|line| line.strip_prefix("process_cpu_seconds_total "));
        Ok(line.context("the API server does not say how much CPU it has taken")?.trim().parse()?)
    }
}

/// The kind that all is about.
pub fn executions() -> ApiResource {
    resource(v1alpha1::GROUP, v1alpha1::VERSION, v1alpha1::KIND)
}

fn resource(group: &str, version: &str, kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

async fn connect(kubeconfig: Kubeconfig) -> Result<Client> {
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    // A call that is repeated unseen would be measured as one.
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

/// Creates or updates what a manifest holds.
async fn install(client: &Client, manifest: &str) -> Result<()> {
    for document in manifest.split("\n---\n") {
        let object: DynamicObject = serde_saphyr::from_str(document)?;
        let TypeMeta { api_version, kind } = object.types.clone().context("a manifest without a kind")?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let resource = resource(group, version, &kind);
        let api = match object.namespace() {
            Some(namespace) => Api::<DynamicObject>::namespaced_with(client.clone(), &namespace, &resource),
            None => Api::<DynamicObject>::all_with(client.clone(), &resource),
        };
        let name = object.name_any();
        let parameters = PatchParams::apply("gene-bench").force();
        api.patch(&name, &parameters, &Patch::Apply(&object))
            .await
            .with_context(|| format!("{kind} \"{name}\" cannot be installed"))?;
    }
    Ok(())
}

/// A token of the controller's service account.
async fn token(client: &Client) -> Result<String> {
    let accounts = Api::<ServiceAccount>::namespaced(client.clone(), CONTROLLER_NAMESPACE);
    let spec = TokenRequestSpec { expiration_seconds: Some(TOKEN_SECONDS), ..TokenRequestSpec::default() };
    let request = TokenRequest { spec, ..TokenRequest::default() };
    let answer = accounts.create_token_request(CONTROLLER, &PostParams::default(), &request).await?;
    Ok(answer.status.context("a token request without an answer")?.token)
}

/// The same cluster by another's token.
fn with_token(mut kubeconfig: Kubeconfig, token: String) -> Result<Kubeconfig> {
    let current = kubeconfig.current_context.clone().unwrap_or_default();
    kubeconfig.contexts.retain(|context| context.name == current);
    let context = kubeconfig.contexts.first_mut().and_then(|context| context.context.as_mut());
    context.context("KUBECONFIG has no current context")?.user = Some(CONTROLLER.into());
    let auth_info = Some(AuthInfo { token: Some(token.into()), ..AuthInfo::default() });
    kubeconfig.auth_infos =
        vec![NamedAuthInfo { name: CONTROLLER.into(), auth_info, ..NamedAuthInfo::default() }];
    Ok(kubeconfig)
}

/// Asks until it is so.
async fn within(what: &str, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let since = Instant::now();
    loop {
        let last = match is_so().await {
            Ok(true) => return Ok(()),
            Ok(false) => String::new(),
            Err(error) => format!(": {error:#}"),
        };
        if since.elapsed() > LIMIT {
            bail!("{what} is not there after {} s{last}", LIMIT.as_secs());
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn is_already_there(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.is_already_exists())
}
