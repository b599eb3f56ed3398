//! Calls of the API server about the one Lease, each bounded in time.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::Api;
use kube::api::PostParams;
use tokio::time::{Instant, timeout};

use super::Settings;
use crate::metrics::{self, Metrics};

/// The Lease that is contended for.
pub(super) struct Leases {
    api: Api<Lease>,
    settings: Settings,
    metrics: Arc<Metrics>,
}

/// Why a call brought nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Somebody else wrote first.
    Conflict,
    /// The Lease to be replaced, or its namespace, is not there.
    Missing(String),
    /// Anything else; whether a write was done is not known.
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("another replica wrote the lease first"),
            Self::Missing(why) | Self::Other(why) => f.write_str(why),
        }
    }
}

impl Leases {
    pub(super) fn new(client: kube::Client, settings: Settings, metrics: Arc<Metrics>) -> Self {
        Self { api: Api::namespaced(client, &settings.namespace), settings, metrics }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The Lease, where there is one.
    pub(super) async fn get(&self) -> Result<Option<Lease>, Trouble> {
        self.call("get", 200, self.api.get_opt(&self.settings.name)).await
    }

    /// Writes `lease`: creates it where it has no resourceVersion, else replaces the one that has it.
    pub(super) async fn write(&self, lease: &Lease) -> Result<Lease, Trouble> {
        let params = PostParams::default();
        if lease.metadata.resource_version.is_none() {
            self.call("create", 201, self.api.create(&params, lease)).await
        } else {
            self.call("update", 200, self.api.replace(&self.settings.name, &params, lease)).await
        }
    }

    /// `found`, or a new Lease, as it is to be written when this candidate takes it. What others keep in its metadata
    /// stays.
    pub(super) fn taken(&self, found: Option<Lease>) -> Lease {
        let now = MicroTime(Timestamp::now());
        let mut lease = found.unwrap_or_else(|| Lease {
            metadata: ObjectMeta { name: Some(self.settings.name.clone()), ..ObjectMeta::default() },
            ..Lease::default()
        });
        let spec = lease.spec.take().unwrap_or_default();
        let changes_hands = spec.holder_identity.as_deref() != Some(&self.settings.identity);
        lease.spec = Some(LeaseSpec {
            holder_identity: Some(self.settings.identity.clone()),
            lease_duration_seconds: Some(whole_seconds(self.settings.duration)),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            lease_transitions: Some(
                spec.lease_transitions.unwrap_or_default().saturating_add(i32::from(changes_hands)),
            ),
            ..spec
        });
        lease
    }

    /// One call, answered within a third of the renew deadline, so that a leader has two tries before it must stop.
    async fn call<T>(
        &self,
        verb: &'static str,
        done: u16,
        call: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, Trouble> {
        let limit = self.settings.renew_deadline / 3;
        let began = Instant::now();
        let answer = timeout(limit, call).await;
        let code = answer.as_ref().map_or(0, |answer| metrics::code(answer, done));
        self.metrics.api_call(verb, "leases", code, began.elapsed());
        let what = || format!("cannot {verb} lease \"{}/{}\"", self.settings.namespace, self.settings.name);
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(kube::Error::Api(status))) => Err(match status.code {
                409 => Trouble::Conflict,
                404 => Trouble::Missing(format!("{}: {}", what(), status.message)),
                _ => Trouble::Other(format!("{}: {}", what(), status.message)),
            }),
            Ok(Err(error)) => Err(Trouble::Other(format!("{}: {error}", what()))),
            Err(_) => Err(Trouble::Other(format!("{}: no answer within {limit:?}", what()))),
        }
    }
}

fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(seconds.max(1)).unwrap_or(i32::MAX)
}
