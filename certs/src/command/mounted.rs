//! A Secret of type `kubernetes.io/tls` that the webhook's pods mount and never write. Its authority signs once: its key
//! is thrown away, so that nobody can steal it, and each renewal is a rotation.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use serde_json::Value;
use tokio::time::sleep;

use super::{TRIES, see};
use crate::api::{Look, Server, data};
use crate::authority::{Authority, pair};
use crate::certificate::{self, Certificate};
use crate::keep::time::Time;
use crate::settings::Settings;
use crate::step::Read;

/// What such a Secret holds.
#[derive(Debug)]
pub struct Mounted {
    /// What the pods show.
    pub leaf: Certificate,
    /// Who signed it.
    pub authority: Certificate,
}

impl Mounted {
    /// Reads it.
    ///
    /// # Errors
    /// What in it is missing, damaged, or does not fit together.
    pub fn read(object: &Value) -> Result<Self, String> {
        let data = data(object);
        let text = |key: &str| data.get(key).map(Vec::as_slice).unwrap_or_default();
        let leaf = Certificate::from_pem(text("tls.crt")).map_err(|error| format!("\"tls.crt\" {error}"))?;
        pair(vec![CertificateDer::from(leaf.der.clone())], text("tls.key"))
            .map_err(|error| format!("\"tls.key\" {error}"))?;
        let authorities = certificate::all(text("ca.crt")).map_err(|error| format!("\"ca.crt\" {error}"))?;
        let authority = authorities.into_iter().find(|authority| leaf.is_signed_by(authority));
        let authority = authority.ok_or_else(|| "\"tls.crt\" is not signed by \"ca.crt\"".to_owned())?;
        Ok(Self { leaf, authority })
    }

    /// Whether an API server takes it now.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, settings: &Settings, now: Timestamp) -> Result<(), String> {
        for (what, certificate) in [("tls.crt", &self.leaf), ("ca.crt", &self.authority)] {
            let validity = certificate.validity;
            if now > validity.not_after {
                return Err(format!("\"{what}\" expired at {}", validity.not_after));
            }
            if now < validity.not_before {
                return Err(format!(
                    "\"{what}\" is valid from {} on, and it is {now}: the clock of whoever made it was ahead",
                    validity.not_before
                ));
            }
        }
        let asked = format!("{}.{}.svc", settings.service, settings.namespace);
        if !self.leaf.names.contains(&asked) {
            return Err(format!(
                "\"tls.crt\" is not for \"{asked}\", but for {}",
                self.leaf.names.join(", ")
            ));
        }
        Ok(())
    }
}

/// Makes what is missing: an authority and a leaf of it that lives `life`, in `settings.secret`, and `caBundle`. Where
/// they are there and good, or `renew` is not asked for, only `caBundle` is seen to.
///
/// # Errors
/// What could not be read or written, and why.
pub async fn issue(
    server: &Server,
    settings: &Settings,
    life: Duration,
    renew: bool,
) -> anyhow::Result<Vec<String>> {
    let (look, now) = see(server, settings, &mut Time::new()).await?;
    let mounted = look.secret.as_ref().map(Mounted::read);
    let good = match mounted {
        Some(Ok(mounted)) => mounted.check(settings, now.wall).is_ok().then_some(mounted),
        _ => None,
    };
    match good {
        Some(mounted) if !renew => {
            let mut lines = trust(server, settings, &mounted.authority, false).await?;
            lines.extend(look.notes);
            if lines.is_empty() {
                let until = mounted.leaf.validity.not_after;
                lines.push(format!(
                    "nothing was missing; the certificate expires at {until} (--renew exchanges it)"
                ));
            }
            Ok(lines)
        }
        shown => exchange(server, settings, life, &look, now.wall, shown.is_some()).await,
    }
}

/// Exchanges authority and leaf: both authorities are in `caBundle` from then on, until [`finish`].
///
/// # Errors
/// What could not be read or written, and why.
pub async fn rotate(server: &Server, settings: &Settings, life: Duration) -> anyhow::Result<Vec<String>> {
    issue(server, settings, life, true).await
}

/// Ends the trust in every authority but the one that signed what the Secret holds.
///
/// # Errors
/// What could not be read or written, and why.
pub async fn finish(server: &Server, settings: &Settings) -> anyhow::Result<Vec<String>> {
    let (look, now) = see(server, settings, &mut Time::new()).await?;
    let name = format!("secret \"{}/{}\"", settings.namespace, settings.secret);
    let Some(object) = look.secret else { bail!("{name} does not exist; \"gene-certs issue\" makes it") };
    let mounted = Mounted::read(&object).and_then(|mounted| {
        mounted.check(settings, now.wall)?;
        Ok(mounted)
    });
    let mounted =
        mounted.map_err(|fault| anyhow::anyhow!("{name}: {fault}; \"gene-certs issue\" mends it"))?;
    let mut lines = trust(server, settings, &mounted.authority, true).await?;
    if lines.is_empty() {
        lines.push("no other authority was trusted".to_owned());
    }
    Ok(lines)
}

async fn exchange(
    server: &Server,
    settings: &Settings,
    life: Duration,
    look: &Look,
    now: Timestamp,
    shown: bool,
) -> anyhow::Result<Vec<String>> {
    let authority = Authority::new(now, life).context("an authority")?;
    let leaf = authority.leaf(&settings.leaf_names(), now, life).context("a certificate")?;
    let mut lines = trust(server, settings, &authority.certificate, false).await?;
    if shown && !lines.is_empty() {
        // What the pods show is good: it must not be exchanged before all API servers know the next authority.
        sleep(settings.settle).await;
    }
    let mut content = look.secret.as_ref().map(data).unwrap_or_default();
    content.extend(BTreeMap::from([
        ("tls.crt".to_owned(), leaf.certificate.pem().into_bytes()),
        ("tls.key".to_owned(), leaf.key_pem().as_bytes().to_vec()),
        ("ca.crt".to_owned(), authority.certificate.pem().into_bytes()),
    ]));
    let name = &settings.secret;
    let written = match &look.secret {
        None => server.create_secret(settings, name, "kubernetes.io/tls", content).await,
        Some(object) => server.replace_secret(settings, name, object, content).await,
    };
    let what = format!("secret \"{}/{name}\"", settings.namespace);
    written.with_context(|| format!("cannot write {what}"))?;
    lines
        .push(format!("wrote {what}: a certificate that expires at {}", leaf.certificate.validity.not_after));
    if shown {
        lines.push(
            "the pods show it within some two minutes, as the kubelet brings it; \"gene-certs rotate --finish\" then \
             ends the trust in the authority before"
                .to_owned(),
        );
    }
    Ok(lines)
}

/// Puts an authority into every bundle, `alone` or beside what is there. Says what was written.
async fn trust(
    server: &Server,
    settings: &Settings,
    authority: &Certificate,
    alone: bool,
) -> anyhow::Result<Vec<String>> {
    let (mut lines, mut time) = (Vec::new(), Time::new());
    for _ in 0..TRIES {
        let (look, now) = see(server, settings, &mut time).await?;
        let mut again = false;
        for (kind, read) in look.seen.configurations {
            let Read::Present(bundles) = read else { continue };
            let mut entries = Vec::new();
            for entry in bundles.entries {
                let mut shall = vec![authority.clone()];
                let others =
                    entry.certificates.iter().filter(|other| other.fingerprint != authority.fingerprint);
                if !alone {
                    shall.extend(others.filter(|other| now.wall <= other.validity.not_after).cloned());
                }
                let holds = entry.certificates.iter().any(|other| other.fingerprint == authority.fingerprint);
                if !holds || entry.damaged || (alone && entry.certificates.len() > 1) {
                    entries.push((entry.place, entry.name, shall));
                }
            }
            if entries.is_empty() {
                continue;
            }
            again = true;
            let what = format!("caBundle of {kind} \"{}\"", settings.configuration);
            match server.trust(settings, kind, &bundles.version, &entries).await {
                Ok(()) => lines.push(format!("wrote {what}")),
                Err(error) if error.is_conflict() => {}
                Err(error) => bail!("cannot write {what}: {error}"),
            }
        }
        if !again {
            return Ok(lines);
        }
    }
    bail!("others write the same webhook configurations again and again; not written in {TRIES} tries")
}
