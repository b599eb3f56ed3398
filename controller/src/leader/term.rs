//! One tenure of the Lease.

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::lease::{Leases, Trouble};
use super::step::Record;

/// The Lease while it is ours.
pub(super) struct Term {
    /// As the API server last gave it.
    held: Lease,
    /// When the last write that succeeded was sent. Others saw it no earlier, so they wait longer than we do.
    renewed_at: Instant,
}

/// Why a renewal brought nothing.
enum Setback {
    /// The Lease is not ours any more.
    Lost(String),
    /// Not known; it may be tried again.
    Trouble(String),
}

impl Term {
    /// Takes the Lease as it was `found`.
    pub(super) async fn begin(leases: &Leases, found: Option<Lease>) -> Result<Self, Trouble> {
        let renewed_at = Instant::now();
        let held = leases.write(&leases.taken(found)).await?;
        Ok(Self { held, renewed_at })
    }

    /// Renews the Lease; returns, with the reason, when it is lost or could not be renewed before the renew deadline.
    pub(super) async fn keep(&mut self, leases: &Leases) -> String {
        let settings = leases.settings();
        let mut last = String::from("the process was held up");
        loop {
            let deadline = self.renewed_at + settings.renew_deadline;
            sleep_until(deadline.min(Instant::now() + settings.retry)).await;
            let late = |last: &str| format!("not renewed for {:?}: {last}", settings.renew_deadline);
            if Instant::now() >= deadline {
                return late(&last);
            }
            match timeout_at(deadline, self.renew(leases)).await {
                Ok(Ok(())) => {}
                Ok(Err(Setback::Lost(why))) => return why,
                Ok(Err(Setback::Trouble(why))) => {
                    tracing::warn!(lease = settings.name, "lease not renewed: {why}");
                    last = why;
                }
                Err(_) => return late(&last),
            }
        }
    }

    /// Gives the Lease to whoever wants it next. Where that fails, it expires.
    pub(super) async fn release(mut self, leases: &Leases) {
        if let Some(spec) = &mut self.held.spec {
            spec.holder_identity = Some(String::new());
            // What expires at once is free also for those who look at nothing but the times.
            spec.lease_duration_seconds = Some(1);
            spec.renew_time = Some(MicroTime(Timestamp::now()));
        }
        match leases.write(&self.held).await {
            Ok(_) => tracing::info!(lease = leases.settings().name, "lease released"),
            Err(trouble) => tracing::info!(lease = leases.settings().name, "lease not released: {trouble}"),
        }
    }

    async fn renew(&mut self, leases: &Leases) -> Result<(), Setback> {
        match self.write(leases).await {
            Err(Trouble::Conflict) => {}
            result => return result.map_err(|trouble| Setback::of(&trouble)),
        }
        // Somebody wrote: another candidate, or we ourselves, in a renewal whose answer was lost.
        let Some(found) = leases.get().await.map_err(|trouble| Setback::of(&trouble))? else {
            return Err(Setback::Lost("the lease was deleted".to_owned()));
        };
        let (ours, theirs) = (Record::of(&self.held), Record::of(&found));
        if theirs.holder != ours.holder || theirs.acquired != ours.acquired {
            let holder = theirs.holder.unwrap_or_default();
            return Err(Setback::Lost(format!("the lease was taken by \"{holder}\"")));
        }
        self.held = found;
        self.write(leases).await.map_err(|trouble| Setback::of(&trouble))
    }

    async fn write(&mut self, leases: &Leases) -> Result<(), Trouble> {
        let sent = Instant::now();
        let mut next = self.held.clone();
        if let Some(spec) = &mut next.spec {
            spec.renew_time = Some(MicroTime(Timestamp::now()));
        }
        self.held = leases.write(&next).await?;
        self.renewed_at = sent;
        Ok(())
    }
}

impl Setback {
    fn of(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Missing(_) => Self::Lost("the lease was deleted".to_owned()),
            Trouble::Conflict | Trouble::Other(_) => Self::Trouble(trouble.to_string()),
        }
    }
}
