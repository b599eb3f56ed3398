//! What one replica does next: a function of what it read, of the time, and of what it remembers.
//!
//! What holds whatever the order in which replicas look, write, stop and start again:
//! - a leaf takes the place of another authority's only once its own authority was in every `caBundle` for the settle
//!   time, as this replica saw it; unless what is shown is of no use any more;
//! - an authority leaves `caBundle` only when no leaf of it can be valid: it is in the Secret until then, and what the
//!   Secret does not know stays for as long as a leaf lives;
//! - each action is right by itself, whatever becomes of the others, and none is carried out on an object that has
//!   changed since it was read.
//!
//! The webhook configurations must be read before the Secret: then whatever one of ours put into a bundle is in the
//! Secret that is read.

mod evolve;
mod held;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::authority::Authority;
use crate::certificate::{Certificate, Fingerprint};
use crate::contents::Contents;
use crate::settings::Settings;

pub use held::{Held, Shown};

/// Certificates in a bundle beyond which those that nobody knows are not spared: somebody fills it.
const STRANGERS: usize = 8;
/// The shortest pause between two looks.
const SHORTEST: Duration = Duration::from_millis(100);
/// The least time that a look and what follows from it may take, however short the settle time is: some answers of a
/// busy API server.
const SHORTEST_GOOD: Duration = Duration::from_secs(5);
/// The pause while a configuration does not exist: when somebody applies it, it is without a bundle, and Executions are
/// refused until it has one.
const EXPECTANT: Duration = Duration::from_secs(1);

/// What became of reading an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read<T> {
    /// It could not be read.
    Unknown,
    /// It does not exist.
    Absent,
    /// It is this.
    Present(T),
}

/// The Secret as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it holds.
    pub contents: Contents,
    /// What in it is damaged.
    pub faults: Vec<String>,
    /// Its resourceVersion.
    pub version: String,
}

/// The webhooks of a configuration that are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundles {
    /// Each of them.
    pub entries: Vec<Entry>,
    /// The configuration's resourceVersion.
    pub version: String,
}

/// One webhook's `caBundle`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the configuration's list, from 0.
    pub place: usize,
    /// The webhook's name.
    pub name: String,
    /// What the bundle holds; none where it is empty or damaged.
    pub certificates: Vec<Certificate>,
    /// Whether there is something else in it.
    pub damaged: bool,
}

/// The two kinds of webhook configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Those that only judge.
    Validating,
    /// Those that change what they get.
    Mutating,
}

/// Everything that was read for one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The configurations, read before the Secret.
    pub configurations: [(Kind, Read<Bundles>); 2],
    /// The Secret.
    pub secret: Read<Stored>,
}

/// What time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the API server's clock, which judges certificates. It may step.
    pub wall: Timestamp,
    /// Since this replica began, by a clock that only goes on.
    pub steady: Duration,
}

/// One thing to do. All of one [`Step`] may be done, in order, whatever becomes of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Show a leaf that this authority signs.
    Show(Authority),
    /// Write bundles of this configuration, where it still has this resourceVersion.
    Trust {
        /// Which one.
        kind: Kind,
        /// Its resourceVersion.
        version: String,
        /// The place, the name, and what is to stand there.
        entries: Vec<(usize, String, Vec<Certificate>)>,
    },
    /// Create the Secret.
    Create(Contents, &'static str),
    /// Replace the Secret of this resourceVersion.
    Replace(Contents, String, &'static str),
}

/// What to do, and when to look again if nothing of it has changed anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// In this order.
    pub actions: Vec<Action>,
    /// At most so long.
    pub wait: Duration,
}

/// What is not begun so long after the look that it was decided on began must not be done any more: a process that was
/// stopped meanwhile would act on what is long past, and write times that are over.
pub fn good_for(settings: &Settings) -> Duration {
    settings.settle.max(SHORTEST_GOOD)
}

/// Decides. `fresh` makes a new authority, which is valid from now on.
///
/// # Errors
/// What `fresh` says.
pub fn step<E>(
    held: &mut Held,
    seen: &Seen,
    now: Moment,
    settings: &Settings,
    mut fresh: impl FnMut() -> Result<Authority, E>,
) -> Result<Step, E> {
    held.observe(seen, now);
    let mut actions = Vec::new();
    if let Read::Present(stored) = &seen.secret {
        if let Some(by) = held.leaf_due(&stored.contents, seen, now, settings) {
            actions.push(Action::Show(by.clone()));
        }
        if stored.contents.current.as_ref().is_some_and(|current| is_valid(&current.certificate, now)) {
            for (kind, read) in &seen.configurations {
                let Read::Present(bundles) = read else { continue };
                let entries = held.mended(bundles, &stored.contents, now, settings);
                if !entries.is_empty() {
                    let version = bundles.version.clone();
                    actions.push(Action::Trust { kind: *kind, version, entries });
                }
            }
        }
    }
    actions.extend(evolve::secret(held, seen, now, settings, &mut fresh)?);
    Ok(Step { wait: held.wait(seen, now, settings), actions })
}

fn fingerprints(certificates: &[Certificate]) -> BTreeSet<Fingerprint> {
    certificates.iter().map(|certificate| certificate.fingerprint).collect()
}

fn is_valid(certificate: &Certificate, now: Moment) -> bool {
    certificate.validity.holds_at(now.wall)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

impl std::fmt::Display for Kind {
    /// As `kubectl` calls it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Validating => "validatingwebhookconfiguration",
            Self::Mutating => "mutatingwebhookconfiguration",
        })
    }
}
