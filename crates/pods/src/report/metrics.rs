//! Metrics of the status writer, with upstream's names and buckets.

use crate::metrics::POD_START_BUCKETS;
use prometheus::core::Collector;
use prometheus::{Gauge, Histogram, HistogramOpts, Registry};

/// Registered once, in the wiring.
#[derive(Clone, Debug)]
pub struct ReportMetrics {
    /// `kubelet_pod_status_sync_duration_seconds`.
    pub pod_status_sync_duration: Histogram,
    /// `kubelet_pod_start_sli_duration_seconds`.
    pub pod_start_sli_duration: Histogram,
    /// `kubelet_pod_start_total_duration_seconds`.
    pub pod_start_total_duration: Histogram,
    /// `kubelet_first_network_pod_start_sli_duration_seconds`.
    pub first_network_pod_start_sli_duration: Gauge,
}

const SYNC_BUCKETS: [f64; 11] = [0.010, 0.050, 0.100, 0.500, 1.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0];

impl ReportMetrics {
    /// Makes and registers them.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let start = |name: &str, help: &str| {
            Histogram::with_opts(HistogramOpts::new(name, help).buckets(POD_START_BUCKETS.to_vec()))
        };
        let metrics = Self {
            pod_status_sync_duration: Histogram::with_opts(
                HistogramOpts::new(
                    "kubelet_pod_status_sync_duration_seconds",
                    "Duration in seconds to sync a pod status update. Measures time from detection of a change to pod status until the API is successfully updated for that pod, even if multiple intevening changes to pod status occur.",
                )
                .buckets(SYNC_BUCKETS.to_vec()),
            )?,
            pod_start_sli_duration: start(
                "kubelet_pod_start_sli_duration_seconds",
                "Duration in seconds to start a pod, excluding time to pull images and run init containers, measured from pod creation timestamp to when all its containers are reported as started and observed via watch",
            )?,
            pod_start_total_duration: start(
                "kubelet_pod_start_total_duration_seconds",
                "Duration in seconds to start a pod since creation, including time to pull images and run init containers, measured from pod creation timestamp to when all its containers are reported as started and observed via watch",
            )?,
            first_network_pod_start_sli_duration: Gauge::new(
                "kubelet_first_network_pod_start_sli_duration_seconds",
                "Duration in seconds to start the first network pod, excluding time to pull images and run init containers, measured from pod creation timestamp to when all its containers are reported as started and observed via watch",
            )?,
        };
        let collectors: [Box<dyn Collector>; 4] = [
            Box::new(metrics.pod_status_sync_duration.clone()),
            Box::new(metrics.pod_start_sli_duration.clone()),
            Box::new(metrics.pod_start_total_duration.clone()),
            Box::new(metrics.first_network_pod_start_sli_duration.clone()),
        ];
        collectors.into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(metrics)
    }
}
