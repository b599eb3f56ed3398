//! Replicas that look, write, stop and start again in any order, against a server that is one line of writes.

mod model;

use std::convert::Infallible;

use jiff::Timestamp;

use crate::authority::Authority;
use crate::certificate::{Certificate, Fingerprint};
use crate::serving::Validity;
use crate::settings::Settings;

/// Lives that are short beside a thousand hours of a model's time.
fn settings() -> Settings {
    Settings {
        ca_life: std::time::Duration::from_secs(3000),
        leaf_life: std::time::Duration::from_secs(300),
        ..Settings::new("lab")
    }
}

/// Authorities that are numbers.
#[derive(Clone, Debug, Default)]
struct Mint(u32);

impl Mint {
    fn make(&mut self, now: Timestamp, settings: &Settings) -> Result<Authority, Infallible> {
        self.0 += 1;
        let second = |seconds: i64| Timestamp::from_second(now.as_second() + seconds).unwrap();
        let life = i64::try_from(settings.ca_life.as_secs()).unwrap();
        let mut fingerprint = [0; 32];
        fingerprint[..4].copy_from_slice(&self.0.to_be_bytes());
        Ok(Authority::of_test(Certificate {
            fingerprint: Fingerprint(fingerprint),
            validity: Validity { not_before: second(-3600), not_after: second(life) },
            is_ca: true,
            names: Vec::new(),
            der: Vec::new(),
        }))
    }
}
