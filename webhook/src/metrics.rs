//! What the webhook counts and times, in the text format of `OpenMetrics`.
//!
//! No label ever holds what somebody sent: the number of series is fixed.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use gene_certs::serving::Serving;
use gene_daemon::admin::Encode;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// From a small part of what a small review may take (1 ms) to what the API server waits for.
const REVIEW: [f64; 16] = [
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 10.0,
];

/// All metrics of one webhook, shared by reference.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    serving: Arc<Serving>,
    reviews: Family<Review, Histogram, fn() -> Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
    refused: Family<Reason, Counter>,
    connections: Gauge<i64, AtomicI64>,
    accepted: Counter,
    certificate: Gauge<i64, AtomicI64>,
}

/// Why a connection or request was not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too much is under way; 503.
    Busy,
    /// The body was too large; 413.
    TooLarge,
    /// The body was too slow; 408.
    TooSlow,
    /// The body was broken off.
    BrokenOff,
    /// What was sent is no review; 400, 404, 405 or 415.
    Malformed,
    /// A fault of the webhook; 500.
    Broken,
    /// No TLS, or none in time.
    Handshake,
    /// No room for another connection.
    Full,
    /// The connection had to make room for another.
    Displaced,
    /// The connection was of no use for too long.
    Idle,
    /// The connection did not take its answers.
    Untaken,
}

/// A review under way, counted until it is dropped.
#[derive(Debug)]
pub struct InFlight<'a>(&'a Metrics);

impl Metrics {
    /// Registers every metric, each at zero.
    pub fn new(serving: Arc<Serving>) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("gene_webhook"),
            serving,
            reviews: Family::new_with_constructor(|| Histogram::new(REVIEW)),
            in_flight: Gauge::default(),
            refused: Family::default(),
            connections: Gauge::default(),
            accepted: Counter::default(),
            certificate: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register_with_unit(
            "review_duration",
            "From a review's head to its answer, by endpoint and verdict",
            Unit::Seconds,
            self.reviews.clone(),
        );
        registry.register("reviews_in_flight", "Reviews that are not answered yet", self.in_flight.clone());
        registry.register(
            "refused",
            "Connections and requests that were not served, by reason",
            self.refused.clone(),
        );
        registry.register("connections", "Connections that are open", self.connections.clone());
        registry.register("connections_accepted", "Connections that were accepted", self.accepted.clone());
        registry.register_with_unit(
            "certificate_expiry_timestamp",
            "When the certificate that is shown expires, since 1970; 0: there is none",
            Unit::Seconds,
            self.certificate.clone(),
        );
    }

    /// Counts a review that was answered.
    pub fn review(&self, endpoint: &'static str, verdict: &'static str, took: Duration) {
        self.reviews.get_or_create(&Review { endpoint, verdict }).observe(took.as_secs_f64());
    }

    /// Counts a review as under way until what is returned is dropped.
    pub fn in_flight(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(self)
    }

    /// Counts what was not served.
    pub fn refused(&self, refusal: Refusal) {
        self.refused.get_or_create(&Reason { reason: refusal.name() }).inc();
    }

    /// Counts a connection that was accepted.
    pub fn accepted(&self) {
        self.accepted.inc();
    }

    /// Sets how many connections are open.
    pub fn connections(&self, open: usize) {
        self.connections.set(open as i64);
    }
}

impl Encode for Metrics {
    fn encode(&self) -> String {
        self.certificate.set(self.serving.validity().map_or(0, |validity| validity.not_after.as_second()));
        let mut page = String::new();
        // Writing into a String does not fail, and the metrics here have no other error.
        if text::encode(&mut page, &self.registry).is_err() {
            page.clear();
        }
        page
    }
}

impl Refusal {
    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::BrokenOff => "broken-off",
            Self::Malformed => "malformed",
            Self::Broken => "broken",
            Self::Handshake => "handshake",
            Self::Full => "full",
            Self::Displaced => "displaced",
            Self::Idle => "idle",
            Self::Untaken => "untaken",
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Review {
    endpoint: &'static str,
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}
