//! What a server shows to its clients: the present certificate, exchanged at any time without a connection's notice.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// From when to when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// Whether it is valid at this moment.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// The certificate that a server shows, none at first. Whoever keeps it [`Serving::publish`]es the next one; handshakes
/// that begin from then on get that.
#[derive(Debug, Default)]
pub struct Serving {
    current: ArcSwapOption<Shown>,
}

#[derive(Debug)]
struct Shown {
    key: Arc<CertifiedKey>,
    validity: Validity,
}

impl Serving {
    /// Nothing to show yet: handshakes are refused.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Shows this certificate from now on.
    pub fn publish(&self, key: CertifiedKey, validity: Validity) {
        self.current.store(Some(Arc::new(Shown { key: Arc::new(key), validity })));
    }

    /// The validity of what is shown; none where nothing is.
    pub fn validity(&self) -> Option<Validity> {
        self.current.load().as_ref().map(|shown| shown.validity)
    }
}

impl ResolvesServerCert for Serving {
    /// The same for every name that a client asks for: a wrong one is for the client to notice.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.load().as_ref().map(|shown| Arc::clone(&shown.key))
    }
}
