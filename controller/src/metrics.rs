//! What the controller counts and times, in the text format of `OpenMetrics`.
//!
//! No label ever holds the name of an object: the number of series does not grow with the cluster.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use gene_daemon::admin::Encode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The HTTP status of an API call's outcome: `done` where it succeeded, 0 where no answer came.
pub fn code<T>(outcome: &kube::Result<T>, done: u16) -> u16 {
    match outcome {
        Ok(_) => done,
        Err(kube::Error::Api(status)) => status.code,
        Err(_) => 0,
    }
}

/// From a small part of the promise for "Job event decoded to child's create sent" (1 ms) to well beyond a bad moment.
const EVENT_TO_CREATE: [f64; 16] = [
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
];

/// An API call takes about a millisecond on a quiet server and is given up after some ten seconds.
const API_CALL: [f64; 13] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// A status is some hundred bytes for one vertex and below etcd's limit of 1.5 MB for the largest.
const STATUS_BYTES: [f64; 7] = [256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0];

/// All metrics of one controller, shared by reference.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    api_calls: Family<Call, Counter>,
    api_call_duration: Family<Verb, Histogram, fn() -> Histogram>,
    event_to_create: Histogram,
    status_write_duration: Histogram,
    status_write_bytes: Histogram,
    executions: Gauge<i64, AtomicI64>,
    executions_finished: Family<Phase, Counter>,
    vertices_finished: Family<Phase, Counter>,
    jobs_created: Counter,
    watch_restarts: Family<Kind, Counter>,
    events_dropped: Counter,
    leading: Gauge<i64, AtomicI64>,
    reconcile_errors: Family<Category, Counter>,
}

impl Metrics {
    /// Registers every metric, each at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("gene"),
            api_calls: Family::default(),
            api_call_duration: Family::new_with_constructor(api_call_histogram),
            event_to_create: Histogram::new(EVENT_TO_CREATE),
            status_write_duration: Histogram::new(API_CALL),
            status_write_bytes: Histogram::new(STATUS_BYTES),
            executions: Gauge::default(),
            executions_finished: Family::default(),
            vertices_finished: Family::default(),
            jobs_created: Counter::default(),
            watch_restarts: Family::default(),
            events_dropped: Counter::default(),
            leading: Gauge::default(),
            reconcile_errors: Family::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "api_calls",
            "Calls of the API server by verb, resource and HTTP status; code 0: no answer",
            self.api_calls.clone(),
        );
        registry.register_with_unit(
            "api_call_duration",
            "How long calls of the API server took",
            Unit::Seconds,
            self.api_call_duration.clone(),
        );
        registry.register_with_unit(
            "event_to_create",
            "From a Job's event decoded to the create of its child sent",
            Unit::Seconds,
            self.event_to_create.clone(),
        );
        registry.register_with_unit(
            "status_write_duration",
            "How long writes of an Execution's status took",
            Unit::Seconds,
            self.status_write_duration.clone(),
        );
        registry.register_with_unit(
            "status_write",
            "Size of the statuses written",
            Unit::Bytes,
            self.status_write_bytes.clone(),
        );
        registry.register("executions_running", "Executions that have not ended", self.executions.clone());
        registry.register(
            "executions_finished",
            "Executions that ended, by phase",
            self.executions_finished.clone(),
        );
        registry.register(
            "vertices_finished",
            "Vertices that ended, by phase",
            self.vertices_finished.clone(),
        );
        registry.register("jobs_created", "Jobs created", self.jobs_created.clone());
        registry.register("watch_restarts", "Watches begun anew, by kind", self.watch_restarts.clone());
        registry.register(
            "events_dropped",
            "Events that were not recorded: too many, or no API server to take them",
            self.events_dropped.clone(),
        );
        registry.register("leading", "1 while this process leads, else 0", self.leading.clone());
        registry.register(
            "reconcile_errors",
            "What went wrong while reconciling, by category",
            self.reconcile_errors.clone(),
        );
    }

    /// Counts one call of the API server; `code` is the HTTP status, 0 where no answer came.
    pub fn api_call(&self, verb: &'static str, resource: &'static str, code: u16, took: Duration) {
        self.api_calls.get_or_create(&Call { verb, resource, code }).inc();
        self.api_call_duration.get_or_create(&Verb { verb, resource }).observe(took.as_secs_f64());
    }

    /// Records how long after a Job's event was decoded the create of a child was sent.
    pub fn event_to_create(&self, took: Duration) {
        self.event_to_create.observe(took.as_secs_f64());
    }

    /// Records one write of a status: how long it took and how large it was.
    pub fn status_write(&self, took: Duration, bytes: usize) {
        self.status_write_duration.observe(took.as_secs_f64());
        self.status_write_bytes.observe(bytes as f64);
    }

    /// Sets how many Executions have not ended.
    pub fn executions(&self, running: usize) {
        self.executions.set(running as i64);
    }

    /// Counts an Execution that ended in `phase`.
    pub fn execution_finished(&self, phase: &'static str) {
        self.executions_finished.get_or_create(&Phase { phase }).inc();
    }

    /// Counts a vertex that ended in `phase`.
    pub fn vertex_finished(&self, phase: &'static str) {
        self.vertices_finished.get_or_create(&Phase { phase }).inc();
    }

    /// Counts a Job created.
    pub fn job_created(&self) {
        self.jobs_created.inc();
    }

    /// Counts a watch of `kind` that had to begin anew.
    pub fn watch_restarted(&self, kind: &'static str) {
        self.watch_restarts.get_or_create(&Kind { kind }).inc();
    }

    /// Counts an Event that was not recorded.
    pub fn event_dropped(&self) {
        self.events_dropped.inc();
    }

    /// Says whether this process leads.
    pub fn leading(&self, leading: bool) {
        self.leading.set(i64::from(leading));
    }

    /// Counts something that went wrong while reconciling.
    pub fn reconcile_error(&self, category: &'static str) {
        self.reconcile_errors.get_or_create(&Category { category }).inc();
    }
}

impl Encode for Metrics {
    fn encode(&self) -> String {
        let mut page = String::new();
        // Writing into a String does not fail, and the metrics here have no other error.
        if text::encode(&mut page, &self.registry).is_err() {
            page.clear();
        }
        page
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    verb: &'static str,
    resource: &'static str,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Verb {
    verb: &'static str,
    resource: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Phase {
    phase: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Category {
    category: &'static str,
}

fn api_call_histogram() -> Histogram {
    Histogram::new(API_CALL)
}
