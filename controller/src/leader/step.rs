//! What a candidate does next, as a pure function of what it saw.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use tokio::time::Instant;

/// What a Lease says, without what does not concern its tenure.
///
/// The times are those of the holder's wall clock: compared for equality, never with another clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Who holds the Lease; none where it was released.
    pub holder: Option<String>,
    /// How long it is to be taken for held after it last changed.
    pub duration: Duration,
    pub acquired: Option<Timestamp>,
    pub renewed: Option<Timestamp>,
    pub transitions: i32,
}

/// What a candidate does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Create the Lease or replace the holder in it, under the resourceVersion that was read.
    Take,
    /// It is another's until `until`, unless it changes before.
    Wait {
        /// When its record will have been unchanged for its duration.
        until: Instant,
    },
}

/// A Lease is taken when there is none, when it is released, when it names `me` (an earlier life of this candidate),
/// and when at `now` it has not changed since `seen_at` for its duration.
pub(super) fn step(record: Option<&Record>, seen_at: Instant, now: Instant, me: &str) -> Decision {
    let Some(record) = record else { return Decision::Take };
    match record.holder.as_deref() {
        None => Decision::Take,
        Some(holder) if holder == me => Decision::Take,
        Some(_) => {
            let until = seen_at + record.duration;
            if now >= until { Decision::Take } else { Decision::Wait { until } }
        }
    }
}

impl Record {
    /// What `lease` says. A holder without a stored duration is given that of Kubernetes' own components, and no holder
    /// keeps a Lease for more than an hour without renewing it.
    pub(super) fn of(lease: &Lease) -> Self {
        const USUAL: i32 = 15;
        const LONGEST: i32 = 3600;
        let spec = lease.spec.clone().unwrap_or_default();
        let seconds = spec.lease_duration_seconds.unwrap_or(USUAL).clamp(1, LONGEST);
        Self {
            holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
            duration: Duration::from_secs(u64::from(seconds.unsigned_abs())),
            acquired: spec.acquire_time.map(|time| time.0),
            renewed: spec.renew_time.map(|time| time.0),
            transitions: spec.lease_transitions.unwrap_or_default(),
        }
    }
}
