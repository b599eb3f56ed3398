//! The authority that the webhook's replicas keep by themselves.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::time::{Instant, sleep};

use super::{TRIES, see};
use crate::api::Server;
use crate::authority::Authority;
use crate::contents::Contents;
use crate::keep::time::Time;
use crate::settings::Settings;
use crate::step::{Action, Held, Moment, Read, Stored, step};

/// How often a rotation that is waited for is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Makes what is missing: the Secret with an authority, and `caBundle`. Says what was written.
///
/// # Errors
/// What could not be read or written, and why.
pub async fn issue(server: &Server, settings: &Settings) -> anyhow::Result<Vec<String>> {
    let (mut time, mut held, mut lines) = (Time::new(), Held::default(), Vec::new());
    for _ in 0..TRIES {
        let (look, now) = see(server, settings, &mut time).await?;
        let fresh = || Authority::new(now.wall, settings.ca_life);
        let decided = step(&mut held, &look.seen, now, settings, fresh).context("an authority")?;
        let mut again = false;
        for action in decided.actions.into_iter().filter(|action| !matches!(action, Action::Show(_))) {
            again = true;
            match server.write(settings, action, look.secret.as_ref()).await {
                (Ok(()), what) => lines.push(format!("wrote {what}")),
                (Err(error), _) if error.is_conflict() => {}
                (Err(error), what) => bail!("cannot write {what}: {error}"),
            }
        }
        if !again {
            lines.extend(look.notes);
            if lines.is_empty() {
                lines.push("nothing was missing".to_owned());
            }
            return Ok(lines);
        }
    }
    bail!("others write the same objects again and again; nothing came to rest in {TRIES} tries")
}

/// Begins a rotation: another authority is put into the Secret and into `caBundle`; the replicas do the rest. Says what
/// was written, and the authority that will sign.
///
/// # Errors
/// What could not be read or written, and why; or another rotation is under way.
pub async fn rotate(server: &Server, settings: &Settings) -> anyhow::Result<(Vec<String>, String)> {
    let (next, mut lines) = change(server, settings, |contents, now| {
        if contents.next.is_some() {
            bail!("a rotation is under way already: the next authority waits to be trusted everywhere");
        }
        let next = Authority::new(now.wall, settings.ca_life).context("an authority")?;
        let name = next.certificate.fingerprint.to_string();
        contents.next = Some(next);
        Ok((name, "an admin asks for another authority"))
    })
    .await?;
    lines.extend(issue(server, settings).await?);
    Ok((lines, next))
}

/// Waits until the replicas sign with `next`, at most `within`.
///
/// # Errors
/// It took longer, or the Secret could not be read.
pub async fn wait(
    server: &Server,
    settings: &Settings,
    next: &str,
    within: Duration,
) -> anyhow::Result<String> {
    let (end, mut time) = (Instant::now() + within, Time::new());
    loop {
        let (look, _) = see(server, settings, &mut time).await?;
        if let Read::Present(Stored {
            contents: Contents { current: Some(current), previous_until, .. }, ..
        }) = look.seen.secret
            && current.certificate.fingerprint.to_string() == next
        {
            let until = previous_until.map_or_else(String::new, |until| {
                format!("; the one before stays trusted until {until}, when its last leaf has expired")
            });
            return Ok(format!("the new authority signs{until}"));
        }
        if Instant::now() >= end {
            bail!(
                "after {within:?} the new authority does not sign yet; the replicas of the webhook see to it: \
                 look whether they run (kubectl -n {} get pods)",
                settings.namespace
            );
        }
        sleep(LOOK).await;
    }
}

/// Ends the trust in authorities that signed before, at once and for good: somebody may have their key. Leaves of them
/// that are still shown are refused from then on.
///
/// # Errors
/// What could not be read or written, and why; or the rotation has not come so far.
pub async fn finish(server: &Server, settings: &Settings) -> anyhow::Result<Vec<String>> {
    let ((), mut lines) = change(server, settings, |contents, _| {
        if contents.next.is_some() {
            bail!("the next authority does not sign yet; wait for it (gene-certs rotate --wait waits)");
        }
        if contents.previous.is_empty() {
            bail!("there is no previous authority; begin with \"gene-certs rotate --wait\"");
        }
        contents.revoked.extend(contents.previous.iter().map(|previous| previous.fingerprint));
        contents.previous.clear();
        contents.previous_until = None;
        Ok(((), "an admin ends the trust in previous authorities"))
    })
    .await?;
    lines.extend(issue(server, settings).await?);
    Ok(lines)
}

/// Changes what the Secret holds.
async fn change<T>(
    server: &Server,
    settings: &Settings,
    mut change: impl FnMut(&mut Contents, Moment) -> anyhow::Result<(T, &'static str)>,
) -> anyhow::Result<(T, Vec<String>)> {
    let mut time = Time::new();
    for _ in 0..TRIES {
        let (look, now) = see(server, settings, &mut time).await?;
        let Read::Present(Stored { mut contents, version, .. }) = look.seen.secret else {
            bail!(
                "secret \"{}/{}\" does not exist; \"gene-certs issue\" makes it",
                settings.namespace,
                settings.secret
            );
        };
        if contents.current.is_none() {
            bail!(
                "secret \"{}/{}\" holds no authority that can sign; \"gene-certs issue\" mends it",
                settings.namespace,
                settings.secret
            );
        }
        let (result, reason) = change(&mut contents, now)?;
        let action = Action::Replace(contents, version, reason);
        match server.write(settings, action, look.secret.as_ref()).await {
            (Ok(()), what) => return Ok((result, vec![format!("wrote {what}")])),
            (Err(error), _) if error.is_conflict() => {}
            (Err(error), what) => bail!("cannot write {what}: {error}"),
        }
    }
    bail!("others write the same Secret again and again; not written in {TRIES} tries")
}
