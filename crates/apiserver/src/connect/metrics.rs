//! Metrics of the client, with upstream's names, labels, help and buckets
//! (`component-base/metrics/prometheus/restclient/metrics.go`, 1.37).

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use std::time::Duration;

const DURATION_BUCKETS: [f64; 12] = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0];
/// What client-go writes in place of a code when there was no answer.
const NO_ANSWER: &str = "<error>";

/// Clones share their values.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    requests: IntCounterVec,
    duration_seconds: HistogramVec,
}

impl Metrics {
    /// New metrics, registered in `registry`.
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = Opts::new(
            "rest_client_requests_total",
            "[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.",
        );
        let duration = HistogramOpts::new(
            "rest_client_request_duration_seconds",
            "[ALPHA] Request latency in seconds. Broken down by verb, and host.",
        );
        let metrics = Self {
            requests: IntCounterVec::new(requests, &["code", "method", "host"])?,
            duration_seconds: HistogramVec::new(
                duration.buckets(DURATION_BUCKETS.to_vec()),
                &["verb", "host"],
            )?,
        };
        registry.register(Box::new(metrics.requests.clone()))?;
        registry.register(Box::new(metrics.duration_seconds.clone()))?;
        Ok(metrics)
    }

    /// A request that was answered with `code`, or not at all. A watch counts until its first byte.
    pub(super) fn observe(&self, method: &str, host: &str, code: Option<u16>, duration: Duration) {
        let code = code.map_or_else(|| NO_ANSWER.to_owned(), |code| code.to_string());
        self.requests.with_label_values(&[code.as_str(), method, host]).inc();
        self.duration_seconds.with_label_values(&[method, host]).observe(duration.as_secs_f64());
    }
}
