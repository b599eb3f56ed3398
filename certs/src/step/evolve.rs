//! What the Secret should hold.

use jiff::Timestamp;

use super::{Action, Held, Moment, Read, STRANGERS, Seen, Stored, good_for, is_valid, signed};
use crate::authority::{Authority, renew_at};
use crate::certificate::Certificate;
use crate::contents::Contents;
use crate::settings::Settings;

/// The write that the Secret needs, if any.
pub(super) fn secret<E>(
    held: &Held,
    seen: &Seen,
    now: Moment,
    settings: &Settings,
    fresh: &mut impl FnMut() -> Result<Authority, E>,
) -> Result<Option<Action>, E> {
    let complete = seen.configurations.iter().all(|(_, read)| *read != Read::Unknown);
    match &seen.secret {
        Read::Unknown => Ok(None),
        // Who knows no authority must know the bundles first: what is in them may be another replica's.
        Read::Absent if !complete => Ok(None),
        Read::Absent => {
            let remembered = held.contents.clone().filter(|contents| can_sign(contents, now));
            let reason = match remembered {
                Some(_) => "the Secret was gone; it is written again from memory",
                None => "a first authority",
            };
            let mut contents = remembered.unwrap_or_default();
            ensure_current(&mut contents, None, now, fresh)?;
            adopt_strangers(&mut contents, seen, now, settings);
            adopt_shown(&mut contents, held, now, settings);
            tidy(&mut contents, held, now, settings);
            Ok(Some(Action::Create(contents, reason)))
        }
        Read::Present(stored) => {
            let Some((contents, reason)) = evolved(held, stored, seen, now, settings, complete, fresh)?
            else {
                return Ok(None);
            };
            Ok(Some(Action::Replace(contents, stored.version.clone(), reason)))
        }
    }
}

fn evolved<E>(
    held: &Held,
    stored: &Stored,
    seen: &Seen,
    now: Moment,
    settings: &Settings,
    complete: bool,
    fresh: &mut impl FnMut() -> Result<Authority, E>,
) -> Result<Option<(Contents, &'static str)>, E> {
    let mut contents = stored.contents.clone();
    let mut reason = "what is no longer needed goes";
    if !stored.faults.is_empty() {
        reason = "the Secret was damaged";
    }
    if !can_sign(&contents, now) {
        if !complete {
            return Ok(None);
        }
        reason = "the Secret held no authority that can sign";
        ensure_current(&mut contents, held.contents.as_ref(), now, fresh)?;
        adopt_strangers(&mut contents, seen, now, settings);
    }
    if adopt_shown(&mut contents, held, now, settings) {
        reason = "the authority of the certificate that is shown was not in the Secret";
    }
    if contents.next.as_ref().is_some_and(|next| !is_valid(&next.certificate, now)) {
        reason = "the next authority was not valid";
        contents.next = None;
    }
    let settled = |next: &Authority| held.is_settled(next.certificate.fingerprint, now, settings);
    if complete && contents.next.as_ref().is_some_and(settled) {
        reason = "the next authority is trusted everywhere and signs from now on";
        let next = contents.next.take();
        if let Some(current) = std::mem::replace(&mut contents.current, next) {
            keep_trusting(&mut contents, current.certificate, now, settings);
        }
    } else if contents.next.is_none() {
        let due = |current: &Authority| now.wall >= renew_at(current.certificate.validity);
        if contents.current.as_ref().is_some_and(due) {
            reason = "two thirds of the authority's life are over; another one is to be trusted";
            contents.next = Some(fresh()?);
        }
    }
    tidy(&mut contents, held, now, settings);
    let changed = contents != stored.contents || !stored.faults.is_empty();
    Ok(changed.then_some((contents, reason)))
}

/// Whether the authority that signs leaves is there and valid.
fn can_sign(contents: &Contents, now: Moment) -> bool {
    contents.current.as_ref().is_some_and(|current| is_valid(&current.certificate, now))
}

/// Puts an authority that can sign where none is: the next one, else the remembered one, else a new one.
fn ensure_current<E>(
    contents: &mut Contents,
    remembered: Option<&Contents>,
    now: Moment,
    fresh: &mut impl FnMut() -> Result<Authority, E>,
) -> Result<(), E> {
    if can_sign(contents, now) {
        return Ok(());
    }
    if let Some(current) = contents.current.take() {
        contents.previous.push(current.certificate);
    }
    let next = contents.next.take().filter(|next| is_valid(&next.certificate, now));
    let remembered = || {
        let current = remembered.filter(|contents| can_sign(contents, now))?.current.clone()?;
        let revoked = contents.revoked.contains(&current.certificate.fingerprint);
        (!revoked).then_some(current)
    };
    contents.current = match next.or_else(remembered) {
        Some(authority) => Some(authority),
        None => Some(fresh()?),
    };
    Ok(())
}

/// Goes on trusting what is in the bundles and unknown: a replica that knows more than this one may show leaves of it.
fn adopt_strangers(contents: &mut Contents, seen: &Seen, now: Moment, settings: &Settings) {
    let bundles = seen.configurations.iter().filter_map(|(_, read)| match read {
        Read::Present(bundles) => Some(bundles),
        _ => None,
    });
    let strangers: Vec<Certificate> = bundles
        .flat_map(|bundles| &bundles.entries)
        .flat_map(|entry| &entry.certificates)
        .filter(|other| other.is_ca && !contents.trusts(other.fingerprint))
        .cloned()
        .collect();
    for stranger in strangers.into_iter().take(STRANGERS) {
        keep_trusting(contents, stranger, now, settings);
    }
}

/// Goes on trusting the authority of the leaf that this replica shows. Says whether it was not trusted.
fn adopt_shown(contents: &mut Contents, held: &Held, now: Moment, settings: &Settings) -> bool {
    let Some(shown) = held.shown.as_ref().filter(|shown| now.wall <= shown.validity.not_after) else {
        return false;
    };
    if contents.trusts(shown.by.fingerprint) || contents.revoked.contains(&shown.by.fingerprint) {
        return false;
    }
    keep_trusting(contents, shown.by.clone(), now, settings);
    true
}

/// Trusts an authority until the last leaf that it may have signed until now has expired.
fn keep_trusting(contents: &mut Contents, authority: Certificate, now: Moment, settings: &Settings) {
    if contents.revoked.contains(&authority.fingerprint) || now.wall > authority.validity.not_after {
        return;
    }
    contents.previous.push(authority);
    let until = last_leaf(now, settings);
    let until = contents.previous_until.map_or(until, |other| other.max(until));
    contents.previous_until = Some(until);
}

/// Drops what nobody can need any more, and what stands there twice.
fn tidy(contents: &mut Contents, held: &Held, now: Moment, settings: &Settings) {
    let signing = [&contents.current, &contents.next].into_iter().flatten();
    let mut known: std::collections::BTreeSet<_> =
        signing.map(|authority| authority.certificate.fingerprint).collect();
    let over = contents.previous_until.is_some_and(|until| now.wall >= until);
    let own = held.shown.as_ref().filter(|shown| now.wall <= shown.validity.not_after);
    let own = own.map(|shown| shown.by.fingerprint);
    let revoked = &contents.revoked;
    contents.previous.retain(|previous| {
        let needed = !over || own == Some(previous.fingerprint);
        needed
            && now.wall <= previous.validity.not_after
            && !revoked.contains(&previous.fingerprint)
            && known.insert(previous.fingerprint)
    });
    if contents.previous.is_empty() {
        contents.previous_until = None;
    } else if contents.previous_until.is_none() {
        contents.previous_until = Some(last_leaf(now, settings));
    }
}

/// When a leaf has expired everywhere that somebody signs who looked before this decision is carried out: both take at
/// most [`good_for`].
fn last_leaf(now: Moment, settings: &Settings) -> Timestamp {
    now.wall.checked_add(signed(settings.leaf_life + 2 * good_for(settings))).unwrap_or(Timestamp::MAX)
}
