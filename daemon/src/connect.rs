//! The way to the API server.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// A client of the API server and the namespace that it is in by default.
///
/// `kubeconfig` or `context` where given, else `$KUBECONFIG`, else what a pod is given, else `~/.kube/config`. The client
/// does not repeat a request by itself: who calls knows what a repetition means and how long it is worth waiting.
///
/// # Errors
/// When none of these says how to reach an API server, or what they say is wrong. Whether the server answers is not
/// asked.
pub async fn client(kubeconfig: Option<&Path>, context: Option<&str>) -> anyhow::Result<Client> {
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let named = std::env::var_os("KUBECONFIG").is_some_and(|files| !files.is_empty());
    let in_pod = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
    let mut config = match kubeconfig {
        Some(file) => {
            let text =
                Kubeconfig::read_from(file).with_context(|| format!("kubeconfig \"{}\"", file.display()))?;
            Config::from_custom_kubeconfig(text, &options)
                .await
                .with_context(|| format!("kubeconfig \"{}\"", file.display()))?
        }
        None if in_pod && !named && context.is_none() => {
            Config::incluster().context("what this pod was given")?
        }
        None => Config::from_kubeconfig(&options).await.context("kubeconfig")?,
    };
    config.connect_timeout = Some(CONNECT);
    config.default_retry = false;
    Client::try_from(config).context("the connection to the API server")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_kubeconfig_that_is_no_use_is_named() {
        let folder = std::env::temp_dir().join("no such folder of gene-controller");
        let error = client(Some(&folder.join("config")), None).await.err().unwrap();
        assert!(format!("{error:#}").contains("no such folder of gene-controller/config"), "{error:#}");
    }
}
