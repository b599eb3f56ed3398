//! What a replica remembers between two looks, and what follows from it for leaf and bundles.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::{
    Bundles, EXPECTANT, Kind, Moment, Read, SHORTEST, STRANGERS, Seen, fingerprints, is_valid, signed,
};
use crate::authority::{Authority, renew_at};
use crate::certificate::{Certificate, Fingerprint};
use crate::contents::Contents;
use crate::serving::Validity;
use crate::settings::Settings;

/// What a replica remembers between two looks.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// What the Secret held when it was last of use: what it is written from where it is gone.
    pub(super) contents: Option<Contents>,
    pub(super) shown: Option<Shown>,
    /// Since when, by the steady clock, each authority was in every bundle, at every look.
    pub(super) trusted: BTreeMap<Fingerprint, Duration>,
    /// Since when each authority that nobody knows was in some bundle, at every look.
    pub(super) strangers: BTreeMap<Fingerprint, Duration>,
    /// Authorities that the Secret named as previous ones until their time was over.
    pub(super) retired: BTreeSet<Fingerprint>,
    /// What every entry of each configuration held when it was last read; none where it never was.
    pub(super) known: [Option<Vec<BTreeSet<Fingerprint>>>; 2],
}

/// The leaf that a replica shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Who signed it.
    pub by: Certificate,
    /// When it is valid.
    pub validity: Validity,
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
    pub(super) fn observe(&mut self, seen: &Seen, now: Moment) {
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
    pub(super) fn is_settled(&self, authority: Fingerprint, now: Moment, settings: &Settings) -> bool {
        self.trusted.get(&authority).is_some_and(|since| now.steady.saturating_sub(*since) >= settings.settle)
    }

    /// Who is to sign a leaf now, if anybody. By what the Secret holds at this moment: an authority that has given way
    /// to another signs nothing any more.
    pub(super) fn leaf_due<'a>(
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
    pub(super) fn is_trusted(&self, authority: Fingerprint) -> bool {
        self.known.iter().flatten().flatten().all(|entry| entry.contains(&authority))
    }

    /// What must stand in the entries that hold too little or too much.
    pub(super) fn mended(
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
    pub(super) fn is_spared(
        &self,
        other: &Certificate,
        contents: &Contents,
        now: Moment,
        settings: &Settings,
    ) -> bool {
        let grace = settings.leaf_life + settings.settle;
        let since = self.strangers.get(&other.fingerprint).copied().unwrap_or(now.steady);
        other.is_ca
            && now.wall <= other.validity.not_after
            && !contents.revoked.contains(&other.fingerprint)
            && !self.retired.contains(&other.fingerprint)
            && now.steady.saturating_sub(since) < grace
    }

    /// Remembers which previous authorities are gone from the Secret because their time was over.
    pub(super) fn retire(&mut self, contents: &Contents, now: Moment) {
        self.retired.retain(|authority| !contents.trusts(*authority));
        let Some(before) = &self.contents else { return };
        if before.previous_until.is_some_and(|until| now.wall >= until) {
            let gone = before.previous.iter().filter(|previous| !contents.trusts(previous.fingerprint));
            self.retired.extend(gone.map(|previous| previous.fingerprint));
        }
    }

    /// How long nothing will change by itself.
    pub(super) fn wait(&self, seen: &Seen, now: Moment, settings: &Settings) -> Duration {
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
