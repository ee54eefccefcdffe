//! Metrics of runtime calls, with upstream's names, labels, help and buckets
//! (`pkg/kubelet/metrics/metrics.go` and `kuberuntime/instrumented_services.go`, 1.37).

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use tokio::time::Instant;

use crate::Operation;

/// Counters and histograms of the calls of a [`crate::Client`]. Clones share their values.
#[derive(Debug, Clone)]
pub struct Metrics {
    operations: IntCounterVec,
    operation_errors: IntCounterVec,
    operation_duration_seconds: HistogramVec,
    run_pod_sandbox_duration_seconds: HistogramVec,
    run_pod_sandbox_errors: IntCounterVec,
}

/// Labels of upstream's metrics.
const OPERATION_TYPE: &str = "operation_type";
const RUNTIME_HANDLER: &str = "runtime_handler";

impl Metrics {
    /// New metrics, registered in `registry`. Fails when the names are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Metrics {
            operations: IntCounterVec::new(
                Opts::new(
                    "kubelet_runtime_operations_total",
                    "[ALPHA] Cumulative number of runtime operations by operation type.",
                ),
                &[OPERATION_TYPE],
            )?,
            operation_errors: IntCounterVec::new(
                Opts::new(
                    "kubelet_runtime_operations_errors_total",
                    "[ALPHA] Cumulative number of runtime operation errors by operation type.",
                ),
                &[OPERATION_TYPE],
            )?,
            operation_duration_seconds: HistogramVec::new(
                HistogramOpts::new(
                    "kubelet_runtime_operations_duration_seconds",
                    "[ALPHA] Duration in seconds of runtime operations. Broken down by operation type.",
                )
                .buckets(prometheus::exponential_buckets(0.005, 2.5, 14)?),
                &[OPERATION_TYPE],
            )?,
            run_pod_sandbox_duration_seconds: HistogramVec::new(
                HistogramOpts::new(
                    "kubelet_run_podsandbox_duration_seconds",
                    "[ALPHA] Duration in seconds of the run_podsandbox operations. Broken down by RuntimeClass.Handler.",
                ),
                &[RUNTIME_HANDLER],
            )?,
            run_pod_sandbox_errors: IntCounterVec::new(
                Opts::new(
                    "kubelet_run_podsandbox_errors_total",
                    "[ALPHA] Cumulative number of the run_podsandbox operation errors by RuntimeClass.Handler.",
                ),
                &[RUNTIME_HANDLER],
            )?,
        };
        registry.register(Box::new(metrics.operations.clone()))?;
        registry.register(Box::new(metrics.operation_errors.clone()))?;
        registry.register(Box::new(metrics.operation_duration_seconds.clone()))?;
        registry.register(Box::new(metrics.run_pod_sandbox_duration_seconds.clone()))?;
        registry.register(Box::new(metrics.run_pod_sandbox_errors.clone()))?;
        Ok(metrics)
    }

    /// Starts the record of one call. It counts as failed unless [`Recording::succeed`] is called, also when it is dropped
    /// because the caller gave up: upstream sees an error there too.
    pub(crate) fn start(&self, operation: Operation, runtime_handler: Option<&str>) -> Recording {
        Recording {
            metrics: self.clone(),
            operation,
            runtime_handler: runtime_handler.map(str::to_owned),
            started: Instant::now(),
            failed: true,
        }
    }
}

/// One call under way; recorded when dropped.
#[derive(Debug)]
pub(crate) struct Recording {
    metrics: Metrics,
    operation: Operation,
    runtime_handler: Option<String>,
    started: Instant,
    failed: bool,
}

impl Recording {
    /// The call has succeeded.
    pub(crate) fn succeed(mut self) {
        self.failed = false;
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let labels = [self.operation.label()];
        let seconds = self.started.elapsed().as_secs_f64();
        self.metrics.operations.with_label_values(&labels).inc();
        self.metrics.operation_duration_seconds.with_label_values(&labels).observe(seconds);
        if self.failed {
            self.metrics.operation_errors.with_label_values(&labels).inc();
        }
        if let Some(handler) = self.runtime_handler.as_deref() {
            self.metrics.run_pod_sandbox_duration_seconds.with_label_values(&[handler]).observe(seconds);
            if self.failed {
                self.metrics.run_pod_sandbox_errors.with_label_values(&[handler]).inc();
            }
        }
    }
}
