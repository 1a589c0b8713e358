//! What the border counts: requests and their durations by operation and status.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds in seconds, from a cached answer to the longest deadline.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    operation: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    operation: &'static str,
}

/// One counter, for the part of the server that counts.
#[derive(Clone, Debug, Default)]
pub struct Count(Counter);

impl Count {
    /// Counts one.
    pub fn inc(&self) {
        self.0.inc();
    }

    /// How many were counted.
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// Every instrument of the border.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Labels, Counter>,
    durations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    panics: Counter,
    limited: Counter,
    api_key_verifications: Count,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("claviger");
        let requests = Family::<Labels, Counter>::default();
        let durations =
            Family::<OperationLabels, Histogram, fn() -> Histogram>::new_with_constructor(|| {
                Histogram::new(BUCKETS)
            });
        let panics = Counter::default();
        let limited = Counter::default();
        registry.register("requests", "Requests answered", requests.clone());
        let help = "Time from the first byte to the answer";
        registry.register_with_unit("request_duration", help, Unit::Seconds, durations.clone());
        registry.register("handler_panics", "Handlers that panicked", panics.clone());
        registry.register("rate_limited", "Requests over a limit", limited.clone());
        let api_key_verifications = Count::default();
        let help = "Legacy API keys verified, not counting those that were remembered";
        let counter = api_key_verifications.0.clone();
        registry.register("api_key_verifications", help, counter);
        Self {
            registry: Mutex::new(registry),
            requests,
            durations,
            panics,
            limited,
            api_key_verifications,
        }
    }
}

impl Metrics {
    /// Counts one answered request.
    pub fn request(&self, operation: &'static str, status: u16, took: Duration) {
        self.requests
            .get_or_create(&Labels { operation, status })
            .inc();
        self.durations
            .get_or_create(&OperationLabels { operation })
            .observe(took.as_secs_f64());
    }

    /// Counts a handler that panicked.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// Counts a request over a limit.
    pub fn limited(&self) {
        self.limited.inc();
    }

    /// Counts verifications of legacy API keys.
    pub fn api_key_verifications(&self) -> Count {
        self.api_key_verifications.clone()
    }

    /// Everything in the OpenMetrics text format.
    pub fn encode(&self) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        match prometheus_client::encoding::text::encode(&mut text, &registry) {
            Ok(()) => text,
            Err(_) => "# EOF\n".to_owned(),
        }
    }
}
