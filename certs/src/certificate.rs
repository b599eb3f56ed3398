//! A certificate as it is read: whose it is, from when to when, and what for.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use pem::{EncodeConfig, LineEnding, Pem};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::serving::Validity;

/// More certificates than any bundle of ours ever holds; of a larger one only so many are looked at.
pub const MOST: usize = 64;

/// The SHA-256 of a certificate, which tells it from all others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub(crate) [u8; 32]);

/// A certificate without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// What tells it from others.
    pub fingerprint: Fingerprint,
    /// From when to when it is valid.
    pub validity: Validity,
    /// Whether it may sign others.
    pub is_ca: bool,
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Itself, as ASN.1.
    pub(crate) der: Vec<u8>,
}

/// Why a text is no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No PEM block of a certificate in it.
    #[error("holds no certificate (a block that begins with \"-----BEGIN CERTIFICATE-----\")")]
    None,
    /// PEM that ends or goes wrong in its middle.
    #[error("its PEM text is damaged at block {0}")]
    Pem(usize),
    /// A block that is no certificate inside.
    #[error("block {0} is no certificate")]
    Asn1(usize),
    /// A time that no calendar has.
    #[error("block {0} has a time of validity that is no time")]
    Time(usize),
    /// More than [`MOST`] blocks.
    #[error("holds more than {MOST} certificates")]
    TooMany,
}

impl Certificate {
    /// Reads a certificate of ASN.1. `block` is its number in the text that it is from, from 1.
    ///
    /// # Errors
    /// It is none.
    pub fn from_der(der: &[u8], block: usize) -> Result<Self, Error> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| Error::Asn1(block))?;
        if !rest.is_empty() {
            return Err(Error::Asn1(block));
        }
        let time = |seconds| Timestamp::from_second(seconds).map_err(|_| Error::Time(block));
        let validity = Validity {
            not_before: time(parsed.validity().not_before.timestamp())?,
            not_after: time(parsed.validity().not_after.timestamp())?,
        };
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        Ok(Self {
            fingerprint: Fingerprint(Sha256::digest(der).into()),
            validity,
            is_ca: parsed.is_ca(),
            names: names.unwrap_or_default(),
            der: der.to_vec(),
        })
    }

    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// It holds none, or the first is damaged.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        all(text)?.into_iter().next().ok_or(Error::None)
    }

    /// Itself, as PEM.
    pub fn pem(&self) -> String {
        let block = Pem::new("CERTIFICATE", self.der.as_slice());
        pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF))
    }

    /// Whether `authority`'s key signed it.
    pub fn is_signed_by(&self, authority: &Self) -> bool {
        let (Ok((_, own)), Ok((_, other))) =
            (X509Certificate::from_der(&self.der), X509Certificate::from_der(&authority.der))
        else {
            return false;
        };
        own.issuer() == other.subject() && own.verify_signature(Some(other.public_key())).is_ok()
    }
}

/// All certificates of a PEM text, in its order; blocks of other kinds are passed over.
///
/// # Errors
/// Where one of them is damaged.
pub fn all(text: &[u8]) -> Result<Vec<Certificate>, Error> {
    let mut found = Vec::new();
    for (index, block) in CertificateDer::pem_slice_iter(text).enumerate() {
        let block = block.map_err(|_| Error::Pem(index + 1))?;
        if found.len() == MOST {
            return Err(Error::TooMany);
        }
        found.push(Certificate::from_der(&block, index + 1)?);
    }
    if found.is_empty() { Err(Error::None) } else { Ok(found) }
}

/// These certificates as one PEM text.
pub fn bundle<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> String {
    certificates.into_iter().map(Certificate::pem).collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let address = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = address.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

impl fmt::Display for Fingerprint {
    /// All of it, in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    /// Its beginning, which tells it from the few others beside it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = ();

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(());
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| ())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ())?;
        }
        Ok(Self(bytes))
    }
}
