//! What the Secret holds: the authority that signs, the one that will, and those whose leaves may still be shown.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::authority::Authority;
use crate::certificate::{self, Certificate, Fingerprint};

/// The certificate and the key of the authority that signs.
const CURRENT: (&str, &str) = ("ca.crt", "ca.key");
/// Those of the authority that will sign once everybody trusts it.
const NEXT: (&str, &str) = ("next.crt", "next.key");
/// The certificates of authorities that signed before.
const PREVIOUS: &str = "previous.crt";
/// Until when leaves of those may be shown, as RFC 3339.
const UNTIL: &str = "previous-until";
/// Fingerprints of authorities that nobody may trust again, one a line.
const REVOKED: &str = "revoked";
/// All keys of the Secret that are ours.
const KEYS: [&str; 7] = [CURRENT.0, CURRENT.1, NEXT.0, NEXT.1, PREVIOUS, UNTIL, REVOKED];

/// What the Secret holds, read and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The authority that signs leaves; none where the Secret has none that can.
    pub current: Option<Authority>,
    /// The authority that will sign once it is in every `caBundle`.
    pub next: Option<Authority>,
    /// Authorities whose leaves may still be shown, oldest first. Their keys are gone.
    pub previous: Vec<Certificate>,
    /// When the last leaf of [`Contents::previous`] has expired.
    pub previous_until: Option<Timestamp>,
    /// Authorities that are not taken up again from a bundle or from a replica's memory: somebody may have their key.
    pub revoked: BTreeSet<Fingerprint>,
}

impl Contents {
    /// Every certificate that `caBundle` must hold: the current one first.
    pub fn trusted(&self) -> Vec<Certificate> {
        let signing = [&self.current, &self.next].into_iter().flatten().map(|authority| &authority.certificate);
        signing.chain(&self.previous).cloned().collect()
    }

    /// Whether it names this authority, as one that is trusted.
    pub fn trusts(&self, authority: Fingerprint) -> bool {
        let signing = [&self.current, &self.next].into_iter().flatten().map(|authority| &authority.certificate);
        signing.chain(&self.previous).any(|certificate| certificate.fingerprint == authority)
    }

    /// Reads the data of a Secret. What is damaged is left out and said, as key and fault: `"ca.key" does not belong to
    /// the certificate beside it`. The certificate of an authority whose key is of no use becomes a previous one: its
    /// leaves may still be shown.
    pub fn read(data: &BTreeMap<String, Vec<u8>>) -> (Self, Vec<String>) {
        let mut contents = Self::default();
        let mut faults = Vec::new();
        if let Some(text) = data.get(PREVIOUS).filter(|text| !text.is_empty()) {
            match certificate::all(text) {
                Ok(certificates) => contents.previous = certificates,
                Err(error) => faults.push(format!("\"{PREVIOUS}\" {error}")),
            }
        }
        for (names, place) in [(CURRENT, &mut contents.current), (NEXT, &mut contents.next)] {
            match authority(data, names) {
                Ok(authority) => *place = authority,
                Err((orphan, fault)) => {
                    faults.push(fault);
                    contents.previous.extend(orphan);
                }
            }
        }
        if let Some(text) = text_of(data, UNTIL) {
            match text.parse() {
                Ok(until) => contents.previous_until = Some(until),
                Err(_) => faults.push(format!(
                    "\"{UNTIL}\" is \"{}\", which is no time such as 2030-01-31T12:00:00Z",
                    text.escape_debug()
                )),
            }
        }
        for line in text_of(data, REVOKED).unwrap_or_default().split_whitespace() {
            match line.parse() {
                Ok(fingerprint) => {
                    contents.revoked.insert(fingerprint);
                }
                Err(()) => faults.push(format!("\"{REVOKED}\" has a line that is no SHA-256 fingerprint")),
            }
        }
        (contents, faults)
    }

    /// Writes itself into the data of a Secret; keys that are not ours stay as they are.
    pub fn write(&self, data: &mut BTreeMap<String, Vec<u8>>) {
        for key in KEYS {
            data.remove(key);
        }
        for (names, authority) in [(CURRENT, &self.current), (NEXT, &self.next)] {
            let Some(authority) = authority else { continue };
            data.insert(names.0.to_owned(), authority.certificate.pem().into_bytes());
            data.insert(names.1.to_owned(), authority.key_pem().as_bytes().to_vec());
        }
        if !self.previous.is_empty() {
            data.insert(PREVIOUS.to_owned(), certificate::bundle(&self.previous).into_bytes());
        }
        if let Some(until) = self.previous_until {
            data.insert(UNTIL.to_owned(), until.to_string().into_bytes());
        }
        if !self.revoked.is_empty() {
            let lines: String = self.revoked.iter().map(|fingerprint| format!("{fingerprint}\n")).collect();
            data.insert(REVOKED.to_owned(), lines.into_bytes());
        }
    }
}

/// The authority of these two keys, none where neither is there; else its certificate where that is good, and what is
/// wrong.
fn authority(
    data: &BTreeMap<String, Vec<u8>>,
    (certificate, key): (&str, &str),
) -> Result<Option<Authority>, (Option<Certificate>, String)> {
    use crate::authority::Error;
    let (text, secret) = match (data.get(certificate), data.get(key)) {
        (None, None) => return Ok(None),
        (Some(text), Some(secret)) => (text, secret),
        (Some(text), None) => {
            return Err((orphan(text), format!("\"{key}\" is missing beside \"{certificate}\"")));
        }
        (None, Some(_)) => return Err((None, format!("\"{certificate}\" is missing beside \"{key}\""))),
    };
    Authority::from_pem(text, secret).map(Some).map_err(|error| {
        let damaged = match error {
            Error::Key | Error::Mismatch => key,
            _ => certificate,
        };
        (orphan(text), format!("\"{damaged}\" {error}"))
    })
}

fn orphan(text: &[u8]) -> Option<Certificate> {
    Certificate::from_pem(text).ok().filter(|certificate| certificate.is_ca)
}

fn text_of<'a>(data: &'a BTreeMap<String, Vec<u8>>, key: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(data.get(key)?).unwrap_or("(no text)").trim();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
