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

/// A Lease is taken when there is none, when it is released, when it names `earlier_self` (a life of this candidate
/// that is over), and when at `now` it has not changed since `seen_at` for its duration.
pub(super) fn step(
    record: Option<&Record>,
    seen_at: Instant,
    now: Instant,
    earlier_self: Option<&str>,
) -> Decision {
    let Some(record) = record else { return Decision::Take };
    match record.holder.as_deref() {
        None => Decision::Take,
        Some(holder) if Some(holder) == earlier_self => Decision::Take,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held(holder: Option<&str>, seconds: u64) -> Record {
        Record {
            holder: holder.map(str::to_owned),
            duration: Duration::from_secs(seconds),
            acquired: None,
            renewed: None,
            transitions: 0,
        }
    }

    proptest! {
        #[test]
        fn anothers_lease_is_taken_when_it_has_not_changed_for_its_duration_and_not_before(
            seconds in 1..100_u64, passed in 0..200_000_u64, named in any::<bool>(),
        ) {
            let seen_at = Instant::now();
            let now = seen_at + Duration::from_millis(passed);
            let until = seen_at + Duration::from_secs(seconds);
            let expected = if now >= until { Decision::Take } else { Decision::Wait { until } };
            let earlier_self = named.then_some("me");
            prop_assert_eq!(step(Some(&held(Some("other"), seconds)), seen_at, now, earlier_self), expected);
        }

        #[test]
        fn what_is_free_or_of_an_earlier_life_is_taken_at_any_time(seconds in 1..100_u64, passed in 0..200_000_u64) {
            let seen_at = Instant::now();
            let now = seen_at + Duration::from_millis(passed);
            for record in [None, Some(held(None, seconds)), Some(held(Some("me"), seconds))] {
                prop_assert_eq!(step(record.as_ref(), seen_at, now, Some("me")), Decision::Take);
            }
        }
    }

    #[test]
    fn a_record_is_read_with_bounds() {
        let lease = |spec: serde_json::Value| {
            serde_json::from_value::<Lease>(serde_json::json!({"metadata": {}, "spec": spec})).unwrap()
        };
        for (spec, holder, seconds) in [
            (serde_json::json!({}), None, 15),
            (serde_json::json!({"holderIdentity": ""}), None, 15),
            (serde_json::json!({"holderIdentity": "a", "leaseDurationSeconds": 7}), Some("a"), 7),
            (serde_json::json!({"holderIdentity": "a", "leaseDurationSeconds": -5}), Some("a"), 1),
            (serde_json::json!({"holderIdentity": "a", "leaseDurationSeconds": i32::MAX}), Some("a"), 3600),
        ] {
            assert_eq!(Record::of(&lease(spec)), held(holder, seconds));
        }
    }
}
