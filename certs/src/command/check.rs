//! Whether bundle, authority and leaf fit each other, and what expires when.

use std::fmt;

use jiff::Timestamp;

use super::mounted::Mounted;
use super::shown;
use crate::api::Server;
use crate::authority::renew_at;
use crate::certificate::Certificate;
use crate::contents::Contents;
use crate::keep::time::Time;
use crate::settings::Settings;
use crate::step::{Entry, Read};

/// One line: whether it is as it should be, and what to do where it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it should be.
    pub good: bool,
    /// What was found.
    pub text: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for Finding {
    /// As `gene-certs check` prints it: a line, and another one where there is something to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.good { "ok   " } else { "wrong" };
        write!(f, "{verdict}  {}", self.text)?;
        self.help.iter().try_for_each(|help| write!(f, "\n       help: {help}"))
    }
}

/// Looks at everything; at the server of `address` too where one is given. `mounted` is for an install whose pods mount
/// their certificate.
pub async fn check(
    server: &Server,
    settings: &Settings,
    mounted: bool,
    address: Option<&str>,
) -> Vec<Finding> {
    let look = server.look(settings).await;
    let mut time = Time::new();
    let now = time.moment(look.date).wall;
    let mut findings: Vec<Finding> = look
        .faults
        .iter()
        .map(|fault| wrong(fault.clone(), "see who you are and what you may do: kubectl auth whoami"))
        .collect();
    let name = format!("secret \"{}/{}\"", settings.namespace, settings.secret);
    // Who must be in every bundle.
    let mut trusted: Vec<Certificate> = Vec::new();
    let mut leaf = None;
    match (&look.seen.secret, &look.secret) {
        (Read::Absent, _) => {
            let help = if mounted {
                "gene-certs issue makes it"
            } else {
                "a running webhook writes it within seconds; where none runs, gene-certs issue makes it"
            };
            findings.push(wrong(format!("{name} does not exist"), help));
        }
        (Read::Present(_), Some(object)) if mounted => match Mounted::read(object) {
            Err(fault) => findings.push(wrong(format!("{name}: {fault}"), "gene-certs issue makes another")),
            Ok(pair) => {
                findings.push(match pair.check(settings, now) {
                    Err(fault) => wrong(format!("{name}: {fault}"), "gene-certs issue makes another"),
                    Ok(()) => lasting(
                        format!("{name}: the certificate"),
                        &pair.leaf,
                        now,
                        "gene-certs rotate exchanges it",
                    ),
                });
                trusted.push(pair.authority);
                leaf = Some(pair.leaf);
            }
        },
        (Read::Present(stored), _) => {
            let help = "a running webhook mends it within seconds; where none runs, gene-certs issue does";
            findings.extend(stored.faults.iter().map(|fault| wrong(format!("{name}: {fault}"), help)));
            findings.extend(authority(&name, &stored.contents, now, help));
            trusted = stored.contents.trusted();
        }
        _ => {}
    }
    for (kind, read) in &look.seen.configurations {
        if let Read::Present(bundles) = read {
            let what = format!("{kind} \"{}\"", settings.configuration);
            findings.extend(bundles.entries.iter().map(|entry| bundle(&what, entry, &trusted, mounted)));
        }
    }
    findings.extend(look.notes.into_iter().map(good));
    findings.extend(time.difference().map(good));
    if let Some(address) = address {
        let bundles = look.seen.configurations.iter().filter_map(|(_, read)| match read {
            Read::Present(bundles) => Some(&bundles.entries),
            _ => None,
        });
        let bundles: Vec<&Entry> = bundles.flatten().collect();
        findings.push(served(settings, address, &bundles, leaf.as_ref(), now).await);
    }
    findings
}

fn authority(name: &str, contents: &Contents, now: Timestamp, help: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &contents.current {
        None => findings.push(wrong(format!("{name} holds no authority that can sign"), help)),
        Some(current) => {
            let renewed = renew_at(current.certificate.validity);
            findings.push(within(
                format!("{name}: the authority"),
                &current.certificate,
                now,
                help,
                &format!("; another follows from {renewed} on"),
            ));
        }
    }
    if let Some(next) = &contents.next {
        let text = format!("{name}: a rotation is under way, the next authority");
        findings.push(within(text, &next.certificate, now, help, ""));
    }
    if let Some(until) = contents.previous_until.filter(|_| !contents.previous.is_empty()) {
        let count = contents.previous.len();
        findings.push(good(format!("{name}: {count} previous, trusted until {until} for their last leaves")));
    }
    findings
}

fn bundle(what: &str, entry: &Entry, trusted: &[Certificate], mounted: bool) -> Finding {
    let what = format!("{what}, webhook \"{}\"", entry.name);
    let help = if mounted {
        "gene-certs issue mends it"
    } else {
        "a running webhook mends it within seconds; where none runs, gene-certs issue does"
    };
    if entry.damaged {
        return wrong(format!("{what}: caBundle is damaged"), help);
    }
    if entry.certificates.is_empty() {
        return wrong(format!("{what}: caBundle is empty"), help);
    }
    let missing = trusted
        .iter()
        .filter(|one| !entry.certificates.iter().any(|other| other.fingerprint == one.fingerprint))
        .count();
    if missing > 0 {
        return wrong(format!("{what}: caBundle does not hold the authority that signs"), help);
    }
    let unknown = entry.certificates.len().saturating_sub(trusted.len());
    match (unknown, mounted) {
        (0, _) => good(format!("{what}: caBundle holds what it should")),
        (count, true) => good(format!(
            "{what}: caBundle holds the authority, and {count} more; gene-certs rotate --finish takes them out"
        )),
        (count, false) => good(format!(
            "{what}: caBundle holds what it should, and {count} more, which the webhook takes out once no leaf of them can be valid"
        )),
    }
}

async fn served(
    settings: &Settings,
    address: &str,
    bundles: &[&Entry],
    leaf: Option<&Certificate>,
    now: Timestamp,
) -> Finding {
    let what = format!("the server at {address}");
    let asked = format!("{}.{}.svc", settings.service, settings.namespace);
    let restart = "see the webhook's log and /readyz, which say what is missing";
    let certificate = match shown::certificate(address, &asked).await {
        Ok(certificate) => certificate,
        Err(fault) => return wrong(format!("{what}: {fault}"), restart),
    };
    if !certificate.names.contains(&asked) {
        let names = certificate.names.join(", ");
        return wrong(format!("{what} shows a certificate for {names}, not for \"{asked}\""), restart);
    }
    let signed =
        |entry: &&&Entry| !entry.certificates.iter().any(|authority| certificate.is_signed_by(authority));
    if let Some(entry) = bundles.iter().find(signed) {
        return wrong(
            format!("{what} shows a certificate that caBundle of webhook \"{}\" does not trust", entry.name),
            restart,
        );
    }
    if leaf.is_some_and(|leaf| leaf.fingerprint != certificate.fingerprint) {
        let found = within(format!("{what}: the certificate"), &certificate, now, restart, "");
        return Finding {
            text: format!(
                "{}; the Secret holds another one, which the kubelet brings within two minutes",
                found.text
            ),
            ..found
        };
    }
    within(format!("{what}: the certificate"), &certificate, now, restart, "")
}

/// Of a certificate that somebody must renew in time.
fn lasting(what: String, certificate: &Certificate, now: Timestamp, help: &str) -> Finding {
    if now >= renew_at(certificate.validity) && now <= certificate.validity.not_after {
        let text = format!(
            "{what} expires at {}, and two thirds of its life are over",
            certificate.validity.not_after
        );
        return wrong(text, help);
    }
    within(what, certificate, now, help, "")
}

fn within(what: String, certificate: &Certificate, now: Timestamp, help: &str, more: &str) -> Finding {
    let validity = certificate.validity;
    if now > validity.not_after {
        return wrong(format!("{what} expired at {}", validity.not_after), help);
    }
    if now < validity.not_before {
        return wrong(
            format!(
                "{what} is valid from {} on, and it is {now}: the clock of whoever made it was ahead",
                validity.not_before
            ),
            help,
        );
    }
    let days = validity.not_after.duration_since(now).as_hours() / 24;
    let left = if days > 1 { format!(" (in {days} days)") } else { String::new() };
    good(format!("{what} expires at {}{left}{more}", validity.not_after))
}

fn good(text: impl Into<String>) -> Finding {
    Finding { good: true, text: text.into(), help: None }
}

fn wrong(text: impl Into<String>, help: &str) -> Finding {
    Finding { good: false, text: text.into(), help: Some(help.to_owned()) }
}
