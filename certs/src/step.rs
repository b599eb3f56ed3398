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
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::authority::{Authority, renew_at};
use crate::certificate::{Certificate, Fingerprint};
use crate::contents::Contents;
use crate::serving::Validity;
use crate::settings::Settings;

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

/// What a replica remembers between two looks.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// What the Secret held when it was last of use: what it is written from where it is gone.
    contents: Option<Contents>,
    shown: Option<Shown>,
    /// Since when, by the steady clock, each authority was in every bundle, at every look.
    trusted: BTreeMap<Fingerprint, Duration>,
    /// Since when each authority that nobody knows was in some bundle, at every look.
    strangers: BTreeMap<Fingerprint, Duration>,
    /// Authorities that the Secret named as previous ones until their time was over.
    retired: BTreeSet<Fingerprint>,
    /// What every entry of each configuration held when it was last read; none where it never was.
    known: [Option<Vec<BTreeSet<Fingerprint>>>; 2],
}

/// The leaf that a replica shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Who signed it.
    pub by: Certificate,
    /// When it is valid.
    pub validity: Validity,
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

impl Held {
    /// What is shown.
    pub fn shown(&self) -> Option<&Shown> {
        self.shown.as_ref()
    }

    /// A leaf is shown from now on.
    pub fn show(&mut self, by: Certificate, validity: Validity) {
        self.shown = Some(Shown { by, validity });
    }

    /// Whether an API server trusts what is shown, by what was last known: else what is missing.
    ///
    /// # Errors
    /// Why not, in words for `/readyz`.
    pub fn standing(&self, now: Moment, settings: &Settings) -> Result<(), String> {
        let Some(shown) = &self.shown else { return Err("no certificate yet".to_owned()) };
        let Validity { not_before, not_after } = shown.validity;
        if now.wall > not_after {
            return Err(format!("the certificate expired at {not_after}"));
        }
        if now.wall < not_before {
            return Err(format!("the certificate is valid from {not_before} on; it is {} now", now.wall));
        }
        for (kind, known) in [Kind::Validating, Kind::Mutating].into_iter().zip(&self.known) {
            let name = &settings.configuration;
            let Some(known) = known else {
                return Err(format!("{kind} \"{name}\" could not be read yet"));
            };
            if !known.iter().all(|entry| entry.contains(&shown.by.fingerprint)) {
                return Err(format!(
                    "caBundle of {kind} \"{name}\" does not hold the authority of the certificate yet"
                ));
            }
        }
        Ok(())
    }

    /// Takes in what was read.
    fn observe(&mut self, seen: &Seen, now: Moment) {
        for ((_, read), known) in seen.configurations.iter().zip(&mut self.known) {
            match read {
                Read::Unknown => {}
                Read::Absent => *known = Some(Vec::new()),
                Read::Present(bundles) => {
                    let entries = bundles.entries.iter().map(|entry| fingerprints(&entry.certificates));
                    *known = Some(entries.collect());
                }
            }
        }
        let mut contents = &Contents::default();
        if let Read::Present(stored) = &seen.secret {
            contents = &stored.contents;
            self.retire(contents, now);
            if contents.current.as_ref().is_some_and(|current| is_valid(&current.certificate, now)) {
                self.contents = Some(contents.clone());
            }
        }
        let complete = seen.configurations.iter().all(|(_, read)| *read != Read::Unknown);
        let candidates: BTreeSet<Fingerprint> =
            contents.trusted().iter().map(|certificate| certificate.fingerprint).collect();
        let known = &self.known;
        let everywhere =
            |authority: &Fingerprint| known.iter().flatten().flatten().all(|entry| entry.contains(authority));
        // What could not be read may have been changed and changed back meanwhile.
        self.trusted
            .retain(|authority, _| complete && candidates.contains(authority) && everywhere(authority));
        for authority in candidates.iter().filter(|authority| complete && everywhere(authority)) {
            self.trusted.entry(*authority).or_insert(now.steady);
        }
        let strangers: BTreeSet<Fingerprint> = known
            .iter()
            .flatten()
            .flatten()
            .flatten()
            .filter(|authority| !contents.trusts(**authority))
            .copied()
            .collect();
        self.strangers.retain(|authority, _| strangers.contains(authority));
        for authority in strangers {
            self.strangers.entry(authority).or_insert(now.steady);
        }
    }

    /// Since when an authority has been in all bundles for the settle time, or not yet.
    fn is_settled(&self, authority: Fingerprint, now: Moment, settings: &Settings) -> bool {
        self.trusted.get(&authority).is_some_and(|since| now.steady.saturating_sub(*since) >= settings.settle)
    }

    /// Who is to sign a leaf now, if anybody. By what the Secret holds at this moment: an authority that has given way
    /// to another signs nothing any more.
    fn leaf_due<'a>(
        &self,
        contents: &'a Contents,
        seen: &Seen,
        now: Moment,
        settings: &Settings,
    ) -> Option<&'a Authority> {
        let current = contents.current.as_ref().filter(|current| is_valid(&current.certificate, now))?;
        let Some(shown) = &self.shown else { return Some(current) };
        let own = current.certificate.fingerprint;
        if !shown.validity.holds_at(now.wall) {
            return Some(current);
        }
        if shown.by.fingerprint == own {
            let longest = now.wall.checked_add(signed(settings.leaf_life)).unwrap_or(now.wall);
            // At the end of an authority's life a new leaf lives no longer than the one before.
            let gains = longest.min(current.certificate.validity.not_after) > shown.validity.not_after;
            return (now.wall >= renew_at(shown.validity) && gains).then_some(current);
        }
        let complete = seen.configurations.iter().all(|(_, read)| *read != Read::Unknown);
        let lost = complete && self.trusted.contains_key(&own) && !self.is_trusted(shown.by.fingerprint);
        (lost || self.is_settled(own, now, settings)).then_some(current)
    }

    /// Whether every bundle that was last read holds this authority.
    fn is_trusted(&self, authority: Fingerprint) -> bool {
        self.known.iter().flatten().flatten().all(|entry| entry.contains(&authority))
    }

    /// What must stand in the entries that hold too little or too much.
    fn mended(
        &self,
        bundles: &Bundles,
        contents: &Contents,
        now: Moment,
        settings: &Settings,
    ) -> Vec<(usize, String, Vec<Certificate>)> {
        let wanted = contents.trusted();
        let mut mended = Vec::new();
        for entry in &bundles.entries {
            let strangers = entry.certificates.iter().filter(|other| !contents.trusts(other.fingerprint));
            let mut spared: Vec<&Certificate> =
                strangers.filter(|other| self.is_spared(other, contents, now, settings)).collect();
            if spared.len() > STRANGERS {
                spared.clear();
            }
            let is = fingerprints(&entry.certificates);
            let shall: Vec<Certificate> = wanted.iter().chain(spared).cloned().collect();
            if entry.damaged || is != fingerprints(&shall) {
                mended.push((entry.place, entry.name.clone(), shall));
            }
        }
        mended
    }

    /// Whether an authority that the Secret does not know stays in the bundle for now: a replica may show a leaf of it
    /// that is not heard of, be it that the Secret was lost, for as long as a leaf lives.
    fn is_spared(&self, other: &Certificate, contents: &Contents, now: Moment, settings: &Settings) -> bool {
        let grace = settings.leaf_life + settings.settle;
        let since = self.strangers.get(&other.fingerprint).copied().unwrap_or(now.steady);
        other.is_ca
            && now.wall <= other.validity.not_after
            && !contents.revoked.contains(&other.fingerprint)
            && !self.retired.contains(&other.fingerprint)
            && now.steady.saturating_sub(since) < grace
    }

    /// Remembers which previous authorities are gone from the Secret because their time was over.
    fn retire(&mut self, contents: &Contents, now: Moment) {
        self.retired.retain(|authority| !contents.trusts(*authority));
        let Some(before) = &self.contents else { return };
        if before.previous_until.is_some_and(|until| now.wall >= until) {
            let gone = before.previous.iter().filter(|previous| !contents.trusts(previous.fingerprint));
            self.retired.extend(gone.map(|previous| previous.fingerprint));
        }
    }

    /// How long nothing will change by itself.
    fn wait(&self, seen: &Seen, now: Moment, settings: &Settings) -> Duration {
        let mut wait = settings.interval;
        if seen.configurations.iter().any(|(_, read)| *read == Read::Absent) {
            wait = wait.min(EXPECTANT);
        }
        for since in self.trusted.values() {
            let left = settings.settle.saturating_sub(now.steady.saturating_sub(*since));
            if !left.is_zero() {
                wait = wait.min(left);
            }
        }
        let mut at = |moment: Timestamp| {
            if moment > now.wall {
                wait = wait.min(moment.duration_since(now.wall).unsigned_abs());
            }
        };
        if let Some(shown) = &self.shown {
            at(renew_at(shown.validity));
        }
        if let Read::Present(stored) = &seen.secret {
            stored.contents.previous_until.into_iter().for_each(&mut at);
            stored.contents.current.iter().for_each(|current| at(renew_at(current.certificate.validity)));
        }
        wait.max(SHORTEST)
    }
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
