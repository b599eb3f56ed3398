//! An authority of our own: a certificate that signs leaves, and its key.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::certificate::{self, Certificate, Fingerprint};
use crate::serving::Validity;

/// How far in the past a certificate begins, for clocks that are behind ours: as much as Kubernetes' own tools take.
pub const BACKDATED: Duration = Duration::from_hours(1);

/// A certificate that signs, and its key. What it prints of itself never holds the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Authority {
    /// What others trust.
    pub certificate: Certificate,
    /// Its PKCS #8 key, as PEM.
    key: String,
}

/// What a server shows, with its key.
#[derive(Clone)]
pub struct Leaf {
    /// The certificate.
    pub certificate: Certificate,
    /// Its PKCS #8 key, as PEM.
    key: String,
}

/// Why a pair of certificate and key is of no use, or none could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] certificate::Error),
    /// It may not sign.
    #[error("is no authority: its certificate may not sign others (basic constraints without \"CA\")")]
    NoAuthority,
    /// The key cannot be read.
    #[error("is no private key that is known here (PKCS #8, SEC 1 or PKCS #1 in PEM)")]
    Key,
    /// The key is another certificate's.
    #[error("does not belong to the certificate beside it")]
    Mismatch,
    /// A certificate could not be made.
    #[error("cannot be made: {0}")]
    Made(#[from] rcgen::Error),
    /// Times that a certificate cannot hold.
    #[error("cannot be made: no certificate can be valid until then")]
    Time,
}

impl Authority {
    /// Makes an authority that is valid from now on, for `life`.
    ///
    /// # Errors
    /// When this machine gives no randomness, or the times are beyond what a certificate holds.
    pub fn new(now: Timestamp, life: Duration) -> Result<Self, Error> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        let validity = lasting(now, life, None)?;
        (params.not_before, params.not_after) = (calendar(validity.not_before)?, calendar(validity.not_after)?);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name = DistinguishedName::new();
        // Each has a name of its own: who verifies finds the signer by it where several are trusted.
        let digest = Fingerprint(Sha256::digest(key.public_key_raw()).into());
        params.distinguished_name.push(DnType::CommonName, format!("gene-webhook-ca {digest:?}"));
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate: Certificate::from_der(certificate.der(), 1)?, key: key.serialize_pem() })
    }

    /// Reads an authority: the first certificate of `certificate`, and its key.
    ///
    /// # Errors
    /// One of them cannot be read, they do not belong to each other, or the certificate may not sign.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, Error> {
        let certificate = Certificate::from_pem(certificate)?;
        if !certificate.is_ca {
            return Err(Error::NoAuthority);
        }
        pair(vec![certificate.der.clone().into()], key)?;
        let key = std::str::from_utf8(key).map_err(|_| Error::Key)?;
        // What rustls reads and rcgen does not could not sign later.
        KeyPair::from_pem(key).map_err(|_| Error::Key)?;
        Ok(Self { certificate, key: key.to_owned() })
    }

    /// Makes a leaf for these names that is valid from now on, for `life` but no longer than the authority.
    ///
    /// # Errors
    /// When a name is none that a certificate can hold, or this machine gives no randomness.
    pub fn leaf(&self, names: &[String], now: Timestamp, life: Duration) -> Result<Leaf, Error> {
        let issuer = Issuer::from_ca_cert_der(
            &CertificateDer::from(self.certificate.der.as_slice()),
            KeyPair::from_pem(&self.key)?,
        )?;
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(names)?;
        let validity = lasting(now, life, Some(self.certificate.validity))?;
        (params.not_before, params.not_after) = (calendar(validity.not_before)?, calendar(validity.not_after)?);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.distinguished_name = DistinguishedName::new();
        if let Some(first) = names.first() {
            // 64 bytes at most stand there; nobody reads it, as the names above count.
            let name: String = first.chars().take(64).collect();
            params.distinguished_name.push(DnType::CommonName, name);
        }
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Leaf { certificate: Certificate::from_der(certificate.der(), 1)?, key: key.serialize_pem() })
    }

    /// Its key, for the Secret alone.
    pub fn key_pem(&self) -> &str {
        &self.key
    }

    /// An authority that signs nothing, for tests of who may sign.
    #[cfg(test)]
    pub(crate) fn of_test(certificate: Certificate) -> Self {
        let key = format!("PRIVATE KEY of {}", certificate.fingerprint);
        Self { certificate, key }
    }
}

impl Leaf {
    /// Its key, for whoever serves with it.
    pub fn key_pem(&self) -> &str {
        &self.key
    }

    /// For a server to show.
    ///
    /// # Errors
    /// Never for a leaf that an [`Authority`] made.
    pub fn certified(&self) -> Result<CertifiedKey, Error> {
        pair(vec![self.certificate.der.clone().into()], self.key.as_bytes())
    }
}

/// A chain as a server shows it, and its key.
///
/// # Errors
/// The key cannot be read, or is not that of the chain's first certificate.
pub fn pair(chain: Vec<CertificateDer<'static>>, key: &[u8]) -> Result<CertifiedKey, Error> {
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::Key)?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => Error::Mismatch,
        _ => Error::Key,
    })
}

/// When two thirds of a certificate's life are over, which begins [`BACKDATED`] after its first moment.
pub fn renew_at(validity: Validity) -> Timestamp {
    let backdated = SignedDuration::try_from(BACKDATED).unwrap_or(SignedDuration::ZERO);
    let whole = validity.not_after.duration_since(validity.not_before);
    let begun = if whole > backdated { backdated } else { SignedDuration::ZERO };
    let until = begun + (whole - begun) / 3 * 2;
    validity.not_before.checked_add(until).unwrap_or(validity.not_after)
}

/// From a little before now until `life` from now, within `bounds`; whole seconds, as a certificate has them.
fn lasting(now: Timestamp, life: Duration, bounds: Option<Validity>) -> Result<Validity, Error> {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).map_err(|_| Error::Time);
    let begin = now.as_second().checked_sub(seconds(BACKDATED)?).ok_or(Error::Time)?;
    let end = now.as_second().checked_add(seconds(life)?).ok_or(Error::Time)?;
    let begin = Timestamp::from_second(begin).map_err(|_| Error::Time)?;
    let end = Timestamp::from_second(end).map_err(|_| Error::Time)?;
    let end = bounds.map_or(end, |bounds| end.min(bounds.not_after));
    Ok(Validity { not_before: begin, not_after: end })
}

fn calendar(at: Timestamp) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp(at.as_second()).map_err(|_| Error::Time)
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("certificate", &self.certificate.fingerprint).finish_non_exhaustive()
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf").field("certificate", &self.certificate.fingerprint).finish_non_exhaustive()
    }
}
