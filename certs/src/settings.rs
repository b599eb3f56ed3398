//! Where the certificates are kept, for whom they are, and how long they live.

use std::time::Duration;

/// What [`crate::keep::keep`] must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The namespace of the Service and of the Secret.
    pub namespace: String,
    /// The Service by which the API server reaches the webhook; leaves are for its names.
    pub service: String,
    /// The Secret that holds the authority.
    pub secret: String,
    /// The name of the validating and of the mutating webhook configuration whose `caBundle` is kept.
    pub configuration: String,
    /// More names and addresses that a leaf is for: those of a webhook that is reached by `clientConfig.url`.
    pub names: Vec<String>,
    /// Whether `caBundle` of webhooks with `clientConfig.url` is kept too. Without it only those are kept that name the
    /// Service, since a URL says nothing about whose it is.
    pub urls: bool,
    /// How long an authority lives. It is replaced at two thirds of it.
    pub ca_life: Duration,
    /// How long a leaf lives. It is replaced at two thirds of it.
    pub leaf_life: Duration,
    /// How long an authority must have been in every `caBundle` before a leaf of it is shown in place of another's: the
    /// time in which all API servers learn of it.
    pub settle: Duration,
    /// How often everything is looked at.
    pub interval: Duration,
}

/// How long an authority lives.
pub const CA_LIFE: Duration = Duration::from_hours(365 * 24);
/// How long a leaf lives. Short, since it is in memory alone and costs nothing to replace.
pub const LEAF_LIFE: Duration = Duration::from_hours(24);
/// An API server follows webhook configurations by a watch and learns of a change within milliseconds; this is for one
/// that is behind.
pub const SETTLE: Duration = Duration::from_secs(10);
/// Three reads each; what is broken by hand is mended within this time.
pub const INTERVAL: Duration = Duration::from_secs(10);
/// The Secret of the manifests.
pub const SECRET: &str = "gene-webhook-ca";
/// The Service and the webhook configurations of the manifests.
pub const WEBHOOK: &str = "gene-webhook";

impl Settings {
    /// What the manifests install, in this namespace.
    pub fn new(namespace: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            service: WEBHOOK.to_owned(),
            secret: SECRET.to_owned(),
            configuration: WEBHOOK.to_owned(),
            names: Vec::new(),
            urls: false,
            ca_life: CA_LIFE,
            leaf_life: LEAF_LIFE,
            settle: SETTLE,
            interval: INTERVAL,
        }
    }

    /// All names that a leaf is for: the Service's, of which an API server asks for the first, then the others.
    pub fn leaf_names(&self) -> Vec<String> {
        let Self { service, namespace, .. } = self;
        let mut names = vec![
            format!("{service}.{namespace}.svc"),
            format!("{service}.{namespace}.svc.cluster.local"),
            format!("{service}.{namespace}"),
        ];
        names.extend(self.names.iter().cloned());
        names
    }

    /// Whether the lives fit each other.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self) -> Result<(), String> {
        let Self { ca_life, leaf_life, settle, interval, .. } = *self;
        if leaf_life < Duration::from_secs(3) {
            return Err(format!("a leaf that lives {leaf_life:?} is gone before it is seen; at least 3s"));
        }
        if leaf_life.saturating_mul(2) > ca_life {
            return Err(format!(
                "a leaf must not outlive its authority: {leaf_life:?} is more than half of the authority's {ca_life:?}"
            ));
        }
        if settle.saturating_mul(6) > ca_life {
            return Err(format!(
                "a rotation waits {settle:?} for the API servers; an authority that lives {ca_life:?} leaves no time for it"
            ));
        }
        if interval.is_zero() {
            return Err("the interval must not be 0".to_owned());
        }
        if interval.saturating_mul(6) > leaf_life {
            return Err(format!(
                "a leaf that lives {leaf_life:?} may run out between two looks {interval:?} apart; look at least six times in its life"
            ));
        }
        Ok(())
    }
}
